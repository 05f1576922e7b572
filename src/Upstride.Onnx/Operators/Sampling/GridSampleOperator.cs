using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary>
/// <c>GridSample</c> (opset 16 on): X, [N, C, sizes...], read at the places of a grid, [N, output sizes..., axes], whose coordinates run
/// from -1 to 1 over the picture with that of the last axis first. Between pixels it is the nearest, or interpolated linearly or
/// cubically; outside there is zero, the border, or the picture mirrored.
/// </summary>
internal sealed unsafe class GridSampleOperator : Operator
{
    private readonly int _taps;
    private readonly Outside _outside;
    private readonly bool _alignCorners;

    public GridSampleOperator(NodeAttributes node)
    {
        node.RequireOpset(16);
        _taps = node.Opset < 20
            ? node.Choice("mode", "bilinear", ("bilinear", 2), ("nearest", 1), ("bicubic", 4))
            : node.Choice("mode", "linear", ("linear", 2), ("nearest", 1), ("cubic", 4));
        _outside = node.Choice("padding_mode", "zeros",
            ("zeros", Outside.Zeros), ("border", Outside.Border), ("reflection", Outside.Reflection));
        _alignCorners = node.Flag("align_corners", fallback: false);
    }

    private enum Outside
    {
        Zeros,
        Border,
        Reflection,
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0), grid = inputs.Float(1);
        TensorShape shape = input.Shape, places = grid.Shape;
        int axes = shape.Rank - 2;
        if (axes is not (1 or 2 or 3)) throw inputs.Fault($"input 0 is {input}, and must be a batch of channels with 1 to 3 axes");
        if (places.Rank != shape.Rank || places[0] != shape[0] || places[places.Rank - 1] != axes)
            throw inputs.Fault($"the grid is {grid}, and must have {shape.Rank} axes, the first of length {shape[0]} and the last {axes}, "
                + $"for input 0, {input}");
        var output = new TensorShape([shape.Lengths[0], shape.Lengths[1], .. places.Lengths[1..^1]]);
        if (output.Count > 0 && shape.Count == 0) throw inputs.Fault($"input 0 is {input}, and there is no pixel to read");
        return [input.WithShape(output)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0), output = outputs[0].Shape;
        int axes = shape.Rank - 2, channels = shape[1], plane = shape.CountOfAxes(2, shape.Rank),
            places = output.CountOfAxes(2, output.Rank), products = (int)Math.Pow(_taps, axes);
        int[] sizes = shape.ToArray()[2..], strides = StridedGather.RowMajor(shape)[2..];
        if (output.Count == 0) return new(static _ => { });
        return new(frame =>
        {
            fixed (float* input = frame.Input<float>(0), grid = frame.Input<float>(1), destination = frame.Output<float>(0))
            {
                // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
                (nint x, nint g, nint y) = ((nint)input, (nint)grid, (nint)destination);
                ParallelRanges.For(shape[0] * places, settings, (start, end) =>
                {
                    // Where each product reads in a plane, and its weight: the same for all channels.
                    Span<int> offsets = stackalloc int[products];
                    Span<float> weights = stackalloc float[products];
                    for (int item = start; item < end; item++)
                    {
                        (int image, int place) = Math.DivRem(item, places);
                        int count = Products(new((float*)g + ((nint)item * axes), axes), sizes, strides, offsets, weights);
                        float* source = (float*)x + ((nint)image * channels * plane);
                        float* target = (float*)y + ((nint)image * channels * places) + place;
                        for (int channel = 0; channel < channels; channel++, source += plane, target += places)
                        {
                            float sum = 0;
                            for (int i = 0; i < count; i++) sum += weights[i] * source[offsets[i]];
                            *target = sum;
                        }
                    }
                }, cost: (int)Math.Min(int.MaxValue, 2L * channels * products));
            }
        })
        {
            Flops = 2L * output.Count * products,
        };
    }

    // The products of one place of the grid that lie in the picture; returns how many there are.
    private int Products(ReadOnlySpan<float> grid, int[] sizes, int[] strides, Span<int> offsets, Span<float> weights)
    {
        // At most two axes of four taps come before the last.
        Span<float> factors = stackalloc float[4], oldWeights = stackalloc float[16];
        Span<int> oldOffsets = stackalloc int[16];
        (offsets[0], weights[0]) = (0, 1);
        int count = 1;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            float position = Position(grid[sizes.Length - 1 - axis], sizes[axis]);
            long first = Factors(position, factors);
            int before = count;
            count = 0;

            offsets[..before].CopyTo(oldOffsets);
            weights[..before].CopyTo(oldWeights);
            for (int tap = 0; tap < _taps; tap++)
            {
                int index = Index(first + tap, sizes[axis]);
                if (index < 0) continue;
                for (int i = 0; i < before; i++)
                    (offsets[count], weights[count++]) = (oldOffsets[i] + (index * strides[axis]), oldWeights[i] * factors[tap]);
            }
        }
        return count;
    }

    private float Position(float coordinate, int size) => _alignCorners
        ? (coordinate + 1) / 2 * (size - 1)
        : (((coordinate + 1) * size) - 1) / 2;

    // The first tap, and the weight of each.
    private long Factors(float position, Span<float> factors)
    {
        if (_taps == 1)
        {
            factors[0] = 1;
            return ToIndex(MathF.Round(position));
        }
        float floor = MathF.Floor(position), t = position - floor;
        if (_taps == 2)
        {
            (factors[0], factors[1]) = (1 - t, t);
            return ToIndex(floor);
        }
        const float A = -0.75f;
        factors[0] = Far(t + 1);
        factors[1] = Near(t);
        factors[2] = Near(1 - t);
        factors[3] = Far(2 - t);
        return ToIndex(floor) - 1;

        static float Near(float d) => ((((A + 2) * d) - (A + 3)) * d * d) + 1;
        static float Far(float d) => (((((A * d) - (5 * A)) * d) + (8 * A)) * d) - (4 * A);
    }

    // Far outside is far outside, and what is no number has no place: its weights are none either.
    private static long ToIndex(float position) => float.IsNaN(position) ? 0 : (long)Math.Clamp(position, -1e12f, 1e12f);

    private int Index(long index, int size)
    {
        if (index >= 0 && index < size) return (int)index;
        if (_outside == Outside.Zeros) return -1;
        if (_outside == Outside.Border || size == 1) return index < 0 ? 0 : size - 1;
        long period = _alignCorners ? 2L * (size - 1) : 2L * size, place = ((index % period) + period) % period;
        return (int)(place < size ? place : period - (_alignCorners ? 0 : 1) - place);
    }
}
