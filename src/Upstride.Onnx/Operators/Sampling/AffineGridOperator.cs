using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary>
/// <c>AffineGrid</c> (opset 20 on): for each place of a picture of the size of input 1, [N, C, H, W] or [N, C, D, H, W], where the affine
/// map of input 0, [N, 2, 3] or [N, 3, 4], takes it: [N, H, W, 2] or [N, D, H, W, 3] with x first, in -1 to 1 over the picture.
/// </summary>
internal sealed class AffineGridOperator : Operator
{
    private readonly bool _alignCorners;

    public AffineGridOperator(NodeAttributes node)
    {
        node.RequireOpset(20);
        _alignCorners = node.Flag("align_corners", fallback: false);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType theta = inputs.Float(0);
        ReadOnlySpan<long> size = inputs.Integers(1);
        if (size.Length is not (4 or 5)) throw inputs.Fault($"the size has {size.Length} numbers, and must have 4 or 5");
        int axes = size.Length - 2;
        foreach (long length in size)
            if (length < 0) throw inputs.Fault($"the size is [{string.Join(", ", size.ToArray())}], and no length may be negative");
        if (theta.Shape.Rank != 3 || theta.Shape[0] != size[0] || theta.Shape[1] != axes || theta.Shape[2] != axes + 1)
            throw inputs.Fault($"the maps are {theta}, and must be [{size[0]}, {axes}, {axes + 1}] for a size of {size.Length} numbers");
        return [theta.WithShape(TensorShape.Of([size[0], .. size[2..], axes]))];
    }

    public override unsafe PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = outputs[0].Shape;
        int axes = shape.Rank - 2, places = shape.CountOfAxes(1, shape.Rank - 1);

        // Along each axis of the picture, outermost first.
        float[][] coordinates = [.. Arrays.Range(1, axes).Select(axis => Coordinates(shape[axis]))];
        return new(frame =>
        {
            fixed (float* maps = frame.Input<float>(0), grid = frame.Output<float>(0))
            {
                // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
                (nint from, nint to) = ((nint)maps, (nint)grid);
                ParallelRanges.For(shape[0] * places, settings, (start, end) =>
                {
                    Span<float> place = stackalloc float[axes + 1];
                    place[axes] = 1;
                    for (int item = start; item < end; item++)
                    {
                        for (int axis = axes - 1, rest = item % places; axis >= 0; axis--)
                        {
                            (rest, int index) = Math.DivRem(rest, shape[axis + 1]);
                            place[axes - 1 - axis] = coordinates[axis][index];
                        }
                        float* map = (float*)from + ((nint)(item / places) * axes * (axes + 1));
                        for (int row = 0; row < axes; row++)
                        {
                            float sum = 0;
                            for (int i = 0; i <= axes; i++) sum += map[(row * (axes + 1)) + i] * place[i];
                            ((float*)to)[((nint)item * axes) + row] = sum;
                        }
                    }
                }, cost: 2 * axes * (axes + 1));
            }
        })
        {
            Flops = 2L * shape.Count * (axes + 1),
        };
    }

    private float[] Coordinates(int length) => [.. Arrays.Range(0, length)
        .Select(index => !_alignCorners ? (((2f * index) + 1) / length) - 1 : length == 1 ? 0 : (2f * index / (length - 1)) - 1)];
}
