using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>LpNormalization</c>: the elements along an axis over the sum of their magnitudes (<c>p</c> = 1) or over the root of the sum of their
/// squares (2); zeros stay zeros.
/// </summary>
internal sealed class LpNormalizationOperator : Operator
{
    private readonly long _axis;
    private readonly bool _squares;

    public LpNormalizationOperator(NodeAttributes node)
    {
        _axis = node.Integer("axis", -1);
        _squares = node.Integer("p", 2) switch
        {
            1 => false,
            2 => true,
            var other => throw node.Fault($"attribute p = {other}, and must be 1 or 2"),
        };
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        inputs.Axis(_axis, inputs.Float(0).Shape.Rank);
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = AxisSplit.Of(inputs.Shape(0), inputs.Axis(_axis, inputs.Shape(0).Rank));
        return new(frame =>
        {
            ReadOnlySpan<float> input = frame.Input<float>(0);
            Span<float> destination = frame.Output<float>(0);
            if (destination.IsEmpty) return;
            float[] norms = new float[split.Inner], magnitudes = new float[split.Inner];
            for (int outer = 0; outer < split.Outer; outer++)
            {
                int first = outer * split.Length * split.Inner, end = first + (split.Length * split.Inner);
                Array.Clear(norms);
                for (int at = first; at < end; at += split.Inner)
                {
                    ReadOnlySpan<float> row = input.Slice(at, split.Inner);
                    if (_squares)
                    {
                        TensorPrimitives.MultiplyAdd(row, row, norms, norms);
                        continue;
                    }
                    TensorPrimitives.Abs(row, magnitudes);
                    TensorPrimitives.Add(norms, magnitudes, norms);
                }
                if (_squares) TensorPrimitives.Sqrt<float>(norms, norms);
                foreach (ref float norm in norms.AsSpan())
                    if (norm == 0) norm = 1;
                for (int at = first; at < end; at += split.Inner)
                    TensorPrimitives.Divide(input.Slice(at, split.Inner), norms, destination.Slice(at, split.Inner));
            }
        })
        {
            Flops = 3L * outputs[0].Shape.Count,
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => true;
}
