using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>What is taken along an axis of any length: every so many elements, less some at both ends, or those of fixed numbers.</summary>
/// <param name="Head">Elements before the first that is taken.</param>
/// <param name="Tail">Elements at the end of which none is taken.</param>
/// <param name="Step">From one that is taken to the next.</param>
internal readonly record struct Trim(int Head, int Tail, int Step)
{
    private readonly int[]? _fixed;

    /// <summary>The elements of these numbers.</summary>
    public Trim(int[] numbers) : this(0, 0, 1) => _fixed = numbers;

    /// <summary>All elements.</summary>
    public static Trim None { get; } = new(0, 0, 1);

    /// <summary>Which elements are taken of so many; null for all.</summary>
    public int[]? Of(int length)
    {
        if (_fixed is not null || this == None) return _fixed;
        (int first, int step) = (Head, Step);
        return [.. Arrays.Range(0, Integers.DivideUp(Math.Max(0, length - Head - Tail), step)).Select(i => first + (i * step))];
    }
}

/// <summary>Elements taken along each axis, whatever its length.</summary>
internal sealed class TrimOperator(Trim[] amounts) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => Part(inputs).Infer(inputs);

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        Part(inputs).Prepare(inputs, outputs, settings);

    /// <summary>For each axis and each index of the output's that of the input's; null for an axis that is taken as it is.</summary>
    public int[]?[] Sources(TensorShape shape) => [.. amounts.Select((amount, axis) => amount.Of(shape[axis]))];

    private SelectionOperator Part(NodeInputs inputs) => new(Sources(inputs.Shape(0)), 0);
}
