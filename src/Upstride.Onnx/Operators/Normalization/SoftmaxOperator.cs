using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>Softmax</c> and <c>LogSoftmax</c>: along one axis, the last where none is named. Before opset 13 along the axis, the second where
/// none is named, and all that follow it, taken as one.
/// </summary>
internal sealed unsafe class SoftmaxOperator : Operator
{
    // Columns that are computed together where elements of an axis do not lie side by side: their maxima and sums stay in the first cache.
    private const int Columns = 512;

    private readonly long _axis;
    private readonly bool _flattens;
    private readonly bool _logarithm;

    public SoftmaxOperator(NodeAttributes node, bool logarithm)
    {
        _flattens = node.Opset < 13;
        _axis = node.Integer("axis", _flattens ? 1 : -1);
        _logarithm = logarithm;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        Split(inputs);
        return [inputs.Float(0)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        AxisSplit split = Split(inputs);
        if (outputs[0].Shape.Count == 0) return new(static _ => { });
        return new(frame =>
        {
            fixed (float* input = frame.Input<float>(0))
            fixed (float* output = frame.Output<float>(0))
            {
                (nint from, nint to) = ((nint)input, (nint)output);
                int size = split.Length * split.Inner, blocks = Integers.DivideUp(split.Inner, Columns);
                ParallelRanges.For(split.Outer * blocks, settings, (start, end) =>
                {
                    for (int item = start; item < end; item++)
                    {
                        int offset = item / blocks * size, column = item % blocks * Columns;
                        ReadOnlySpan<float> source = new((float*)from + offset, size);
                        Span<float> destination = new((float*)to + offset, size);
                        if (split.Inner == 1) Row(source, destination);
                        else Block(source, split.Inner, column, Math.Min(Columns, split.Inner - column), destination);
                    }
                }, cost: 8 * split.Length * Math.Min(split.Inner, Columns));
            }
        });
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => true;

    /// <summary>The axes that are summed over, from the first up to but without the end.</summary>
    public (int First, int End) Axes(NodeInputs inputs)
    {
        int rank = inputs.Shape(0).Rank;
        if (_flattens && _axis == rank) return (rank, rank);
        int axis = inputs.Axis(_axis, rank);
        return (axis, _flattens ? rank : axis + 1);
    }

    // As one of the rules of opset 1 has it, the axis may also come after the last, and then each element is its own sum.
    private AxisSplit Split(NodeInputs inputs)
    {
        (int first, int end) = Axes(inputs);
        return AxisSplit.Of(inputs.Shape(0), first, end);
    }

    private void Row(ReadOnlySpan<float> input, Span<float> destination)
    {
        TensorPrimitives.Subtract(input, TensorPrimitives.Max(input), destination);
        if (!_logarithm)
        {
            TensorPrimitives.Exp(destination, destination);
            TensorPrimitives.Divide(destination, TensorPrimitives.Sum(destination), destination);
            return;
        }
        Span<float> powers = stackalloc float[Columns];
        float sum = 0;
        for (int i = 0; i < destination.Length; i += Columns)
        {
            Span<float> part = powers[..Math.Min(Columns, destination.Length - i)];
            TensorPrimitives.Exp(destination.Slice(i, part.Length), part);
            sum += TensorPrimitives.Sum(part);
        }
        TensorPrimitives.Subtract(destination, MathF.Log(sum), destination);
    }

    private void Block(ReadOnlySpan<float> input, int inner, int column, int columns, Span<float> destination)
    {
        Span<float> maximum = stackalloc float[columns], sum = stackalloc float[columns], powers = stackalloc float[columns];
        input.Slice(column, columns).CopyTo(maximum);
        for (int at = column + inner; at < input.Length; at += inner) TensorPrimitives.Max(maximum, input.Slice(at, columns), maximum);
        sum.Clear();
        for (int at = column; at < input.Length; at += inner)
        {
            Span<float> target = destination.Slice(at, columns);
            TensorPrimitives.Subtract(input.Slice(at, columns), maximum, target);
            TensorPrimitives.Exp(target, _logarithm ? powers : target);
            TensorPrimitives.Add(sum, _logarithm ? powers : target, sum);
        }
        if (_logarithm) TensorPrimitives.Log(sum, sum);
        for (int at = column; at < input.Length; at += inner)
        {
            Span<float> target = destination.Slice(at, columns);
            if (_logarithm) TensorPrimitives.Subtract(target, sum, target);
            else TensorPrimitives.Divide(target, sum, target);
        }
    }
}
