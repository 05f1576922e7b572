using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>Which scale and shift an element has that was normalised.</summary>
internal enum AffinePlace
{
    /// <summary>One for each of the elements that are normalised together, inputs 1 and 2 of their lengths.</summary>
    Along,

    /// <summary>One for each channel, axis 1, where the axes after it are normalised.</summary>
    Channel,
}

/// <summary>
/// The elements along some axes, which are neighbours, brought to mean 0 and variance 1, or, without <c>centers</c>, to a mean square of 1,
/// then scaled by input 1 and shifted by input 2, where they are there. What models write as a chain of reductions and arithmetic, and
/// <c>RMSNormalization</c> (opset 23 on).
/// </summary>
/// <param name="first">The first of the axes.</param>
/// <param name="end">The first after them.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="centers">Whether the mean is subtracted.</param>
/// <param name="place">Which scale and shift belongs to which element.</param>
internal sealed class MomentNormalizationOperator(int first, int end, float epsilon, bool centers, AffinePlace place) : Operator
{
    // Columns that are summed side by side: three rows of sums stay in the first cache.
    private const int Columns = 512;

    public int First => first;

    public int End => end;

    public AffinePlace Place => place;

    /// <summary>The same with scale and shift of another kind.</summary>
    public MomentNormalizationOperator With(AffinePlace other) => new(first, end, epsilon, centers, other);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        int count = place == AffinePlace.Along ? Split(input.Shape).Length : input.Shape[1];
        for (int i = 1; i < 3; i++)
            if (inputs.Has(i) && inputs.Float(i).Shape.Count != count)
                throw inputs.Fault($"input {i} is {inputs[i]}, and must have {count} elements for input 0, {input}");
        return [input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        AxisSplit split = Split(shape);
        int channels = place == AffinePlace.Channel ? shape[1] : 1;
        return new(frame =>
        {
            if (frame.Output<float>(0).IsEmpty) return;
            float[] scale = frame.Input<float>(1).ToArray(), shift = frame.Input<float>(2).ToArray();
            if (split.Inner == 1)
                ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), split.Outer, settings,
                    (source, destination, row) => Row(source, destination, scale, shift, row % channels));
            else
                InColumns(frame.Input<float>(0), frame.Output<float>(0), split, scale, shift, settings);
        })
        {
            Flops = 8L * shape.Count,
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;

    private AxisSplit Split(TensorShape shape) => AxisSplit.Of(shape, first, end);

    private void Row(ReadOnlySpan<float> source, Span<float> destination, float[] scale, float[] shift, int channel)
    {
        double mean = centers ? Moments.MeanOf(source) : 0;
        double factor = 1 / Math.Sqrt((Moments.SquaresAround(source, mean) / source.Length) + epsilon);
        if (place == AffinePlace.Channel)
        {
            Moments.Normalize(source, mean, factor * (scale.Length > 0 ? scale[channel] : 1), shift.Length > 0 ? shift[channel] : 0,
                destination);
            return;
        }
        Moments.Normalize(source, mean, factor, 0, destination);
        if (scale.Length > 0) TensorPrimitives.Multiply(destination, scale, destination);
        if (shift.Length > 0) TensorPrimitives.Add(destination, shift, destination);
    }

    // Where elements normalised together do not lie together, many columns of them are done side by side.
    private unsafe void InColumns(ReadOnlySpan<float> input, Span<float> output, AxisSplit split, float[] scale, float[] shift,
        ComputeSettings settings)
    {
        int blocks = Integers.DivideUp(split.Inner, Columns);
        fixed (float* from = input, to = output)
        {
            (nint x, nint y) = ((nint)from, (nint)to);
            ParallelRanges.For(split.Outer * blocks, settings, (start, stop) =>
            {
                Span<float> means = stackalloc float[Columns], factors = stackalloc float[Columns], rests = stackalloc float[Columns];
                for (int piece = start; piece < stop; piece++)
                {
                    (int outer, int block) = Math.DivRem(piece, blocks);
                    int width = Math.Min(Columns, split.Inner - (block * Columns));
                    nint offset = ((nint)outer * split.Length * split.Inner) + ((nint)block * Columns);
                    Block((float*)x + offset, (float*)y + offset, split, means[..width], factors[..width], rests[..width], scale, shift);
                }
            }, cost: 8 * split.Length * Math.Min(Columns, split.Inner));
        }
    }

    private unsafe void Block(float* source, float* destination, AxisSplit split, Span<float> means, Span<float> factors, Span<float> rest,
        float[] scale, float[] shift)
    {
        int width = means.Length;
        means.Clear();
        factors.Clear();
        if (centers)
        {
            for (int i = 0; i < split.Length; i++) TensorPrimitives.Add(means, At(source, i), means);
            TensorPrimitives.Divide(means, split.Length, means);
        }
        for (int i = 0; i < split.Length; i++)
        {
            TensorPrimitives.Subtract(At(source, i), means, rest);
            TensorPrimitives.MultiplyAdd(rest, rest, factors, factors);
        }
        TensorPrimitives.Divide(factors, split.Length, factors);
        TensorPrimitives.Add(factors, epsilon, factors);
        TensorPrimitives.ReciprocalSqrt(factors, factors);
        for (int i = 0; i < split.Length; i++)
        {
            var row = new Span<float>(destination + ((nint)i * split.Inner), width);
            TensorPrimitives.Subtract(At(source, i), means, row);
            TensorPrimitives.Multiply(row, factors, row);
            if (scale.Length > 0) TensorPrimitives.Multiply(row, scale[i], row);
            if (shift.Length > 0) TensorPrimitives.Add(row, shift[i], row);
        }

        ReadOnlySpan<float> At(float* rows, int index) => new(rows + ((nint)index * split.Inner), width);
    }
}
