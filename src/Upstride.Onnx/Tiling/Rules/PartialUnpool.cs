using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>One axis of a part of a maximum unpooling.</summary>
/// <param name="Pooled">Elements of the pooling's input that are there.</param>
/// <param name="Offset">Where the first of them lies in the part of the output; may lie before it.</param>
/// <param name="Output">Elements of the part of the output.</param>
/// <param name="Outside">Where, in the part, the whole output or what was pooled ends.</param>
internal readonly record struct UnpoolAxis(int Pooled, int Offset, int Output, int Outside);

/// <summary>A part of a maximum unpooling: maxima that lie in it are put there, others belong to other parts.</summary>
/// <param name="rows">Of the first spatial axis.</param>
/// <param name="columns">Of the second.</param>
/// <param name="withinPlanes">Whether indices count within each plane of the pooling's input; else over the whole of it.</param>
/// <param name="inColumns">Whether they count down before across.</param>
internal sealed class PartialUnpool(UnpoolAxis rows, UnpoolAxis columns, bool withinPlanes, bool inColumns) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Float(0).Shape;
        return [inputs[0].WithShape(new(shape[0], shape[1], rows.Output, columns.Output))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int planes = shape.CountOfAxes(0, 2), each = shape.CountOfAxes(2, shape.Rank), plane = rows.Pooled * columns.Pooled;
        return new(frame =>
        {
            ReadOnlySpan<float> source = frame.Input<float>(0);
            ReadOnlySpan<long> indices = frame.Input<long>(1);
            Span<float> destination = frame.Output<float>(0);
            destination.Clear();
            for (int piece = 0; piece < planes; piece++)
            {
                long first = withinPlanes ? 0 : (long)piece * plane;
                Span<float> target = destination.Slice(piece * rows.Output * columns.Output, rows.Output * columns.Output);

                // Of several for one place the last stays, as in the whole.
                for (int i = piece * each; i < (piece + 1) * each; i++)
                    if (Place((int)(indices[i] - first), inputs) is >= 0 and var place) target[place] = source[i];
            }
        })
        {
            Flops = 0,
        };
    }

    private int Place(int index, NodeInputs inputs)
    {
        (int row, int column) = inColumns ? (index % rows.Pooled, index / rows.Pooled) : (index / columns.Pooled, index % columns.Pooled);
        (row, column) = (row + rows.Offset, column + columns.Offset);
        if (row >= rows.Outside || column >= columns.Outside)
            throw inputs.Fault("an index addresses an element of the pool's input that lies outside the output: give the shape of the "
                + "pool's input as output_shape");
        return row >= 0 && row < rows.Output && column >= 0 && column < columns.Output ? (row * columns.Output) + column : -1;
    }
}
