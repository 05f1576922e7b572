using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>Sums of products of 8-bit numbers less their zero points, in 32-bit integers: exact, in any order and on any
/// processor.</summary>
internal static unsafe class IntegerSums
{
    /// <summary>The type of an input that must hold 8-bit integers.</summary>
    public static TensorType Require(NodeInputs inputs, int input) =>
        inputs[input].Element is OnnxElementType.UInt8 or OnnxElementType.Int8
        ? inputs[input] : throw inputs.Fault($"input {input} is {inputs[input]}, and must be uint8 or int8");

    /// <summary>Checks a zero point or a scale, if it is there: one number, or <paramref name="length"/> of them.</summary>
    public static void RequireOneOr(NodeInputs inputs, int input, int length)
    {
        if (!inputs.Has(input)) return;
        TensorShape shape = inputs.Shape(input);
        if (!(shape.Count == 1 || (shape.Rank == 1 && shape[0] == length)))
            throw inputs.Fault($"input {input} is {inputs[input]}, and must be one number{(length == 1 ? "" : $" or [{length}]")}");
    }

    /// <summary>Checks a scale of one number, and the zero point after it, if it is there, of the type of <paramref name="of"/>.</summary>
    public static void RequireOneScale(NodeInputs inputs, int scale, int of = 0)
    {
        inputs.Float(scale);
        RequireOneOr(inputs, scale, 1);
        RequireZero(inputs, scale + 1, of, 1);
    }

    /// <summary>Checks a zero point, if it is there, of the type of another input.</summary>
    public static void RequireZero(NodeInputs inputs, int input, int of, int length)
    {
        RequireOneOr(inputs, input, length);
        if (inputs.Has(input) && inputs[input].Element != inputs[of].Element)
            throw inputs.Fault(
                $"the zero point, input {input}, is {inputs[input]}, and must be {inputs[of].Element.Text} as input {of} is");
    }

    /// <summary>Numbers less their zero points: one for all, or one for each run of so many numbers, over and over.</summary>
    public static int[] Centered(ReadOnlySpan<long> values, ReadOnlySpan<long> zeros, int run)
    {
        var centered = new int[values.Length];
        if (zeros.Length <= 1)
        {
            int zero = zeros.IsEmpty ? 0 : (int)zeros[0];
            for (int i = 0; i < centered.Length; i++) centered[i] = (int)values[i] - zero;
            return centered;
        }
        for (int i = 0; i < centered.Length; i++) centered[i] = (int)values[i] - (int)zeros[i / run % zeros.Length];
        return centered;
    }

    /// <summary>C = A B, A [rows, depth], B [depth, columns].</summary>
    public static void Multiply((int Rows, int Depth, int Columns) sizes, ReadOnlySpan<int> left, ReadOnlySpan<int> right, Span<int> sums,
        ComputeSettings settings)
    {
        (int rows, int depth, int columns) = sizes;
        fixed (int* pinnedLeft = left, pinnedRight = right, pinned = sums)
        {
            // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
            (nint a, nint b, nint c) = ((nint)pinnedLeft, (nint)pinnedRight, (nint)pinned);
            ParallelRanges.For(rows, settings, (start, end) =>
            {
                for (int row = start; row < end; row++)
                {
                    var target = new Span<int>((int*)c + ((nint)row * columns), columns);
                    target.Clear();
                    for (int k = 0; k < depth; k++)
                    {
                        int factor = ((int*)a)[((nint)row * depth) + k];
                        if (factor != 0)
                            TensorPrimitives.MultiplyAdd(
                                new ReadOnlySpan<int>((int*)b + ((nint)k * columns), columns), factor, target, target);
                    }
                }
            }, cost: (int)Math.Min(int.MaxValue, (long)depth * columns));
        }
    }

    /// <summary>A convolution, channels first; elements of the padding count 0.</summary>
    public static void Convolve(ConvolutionGeometry geometry, ReadOnlySpan<int> input, ReadOnlySpan<int> weight, Span<int> sums,
        ComputeSettings settings)
    {
        // Of the transposed convolution that goes the other way, inputs are the outputs here.
        ConvTransposeGeometry back = geometry.Adjoint;
        (int channels, int places, int plane, int taps) = (back.OutputChannelsPerGroup, back.InputPlane, back.OutputPlane, back.KernelTaps);
        ConvTransposeAxis[] axes = [.. back.Axes];
        fixed (int* pinnedInput = input, pinnedWeight = weight, pinned = sums)
        {
            (nint x, nint w, nint y) = ((nint)pinnedInput, (nint)pinnedWeight, (nint)pinned);
            ParallelRanges.For(geometry.Batch * geometry.OutputChannels, settings, (start, end) =>
            {
                for (int item = start; item < end; item++)
                {
                    (int image, int channel) = Math.DivRem(item, geometry.OutputChannels);
                    int first = (image * geometry.InputChannels) + (channel / back.InputChannelsPerGroup * channels);
                    int* target = (int*)y + ((nint)item * places);
                    new Span<int>(target, places).Clear();
                    for (int other = 0; other < channels; other++)
                    {
                        for (int tap = 0; tap < taps; tap++)
                        {
                            int factor = ((int*)w)[((((nint)channel * channels) + other) * taps) + tap];
                            if (factor != 0) AddTap(axes, tap, taps, (int*)x + ((nint)(first + other) * plane), factor, target);
                        }
                    }
                }
            }, cost: (int)Math.Min(int.MaxValue, (long)places * channels * taps));
        }
    }

    // Walks the axes from the outermost; what is left of the tap is its place in the axes that remain.
    private static void AddTap(ReadOnlySpan<ConvTransposeAxis> axes, int tap, int taps, int* source, int factor, int* target)
    {
        ConvTransposeAxis axis = axes[0];
        taps /= axis.Kernel;
        (int own, int rest) = Math.DivRem(tap, taps);
        (int first, int end) = axis.InputsThrough(own);
        if (axes.Length > 1)
        {
            nint from = 1, to = 1;
            foreach (ConvTransposeAxis inner in axes[1..]) (from, to) = (from * inner.Output, to * inner.Input);
            for (int i = first; i < end; i++)
                AddTap(axes[1..], rest, taps, source + (axis.OutputOf(i, own) * from), factor, target + (i * to));
            return;
        }
        if (first >= end) return;
        int* read = source + axis.OutputOf(first, own);
        if (axis.Stride == 1)
        {
            var row = new Span<int>(target + first, end - first);
            TensorPrimitives.MultiplyAdd(new ReadOnlySpan<int>(read, row.Length), factor, row, row);
            return;
        }
        for (int i = first; i < end; i++, read += axis.Stride) target[i] += *read * factor;
    }
}
