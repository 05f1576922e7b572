using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>
/// An operation over columns: the middle of [outer, middle, inner] at one place of outer and inner. Stretches of inner are independent.
/// </summary>
internal abstract class Columns<T>(AxisGroups grouping, params Variable<T>[] inputs) : Operation<T>(inputs), IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Stretch = 512;

    protected AxisGroups Grouping { get; } = grouping;

    private int Stretches => (Grouping.Inner - 1) / Stretch + 1;

    public void RunBlock(int block)
    {
        int start = block % Stretches * Stretch;
        Compute(block / Stretches, start, Math.Min(Stretch, Grouping.Inner - start));
    }

    protected Variable<T> Run(ImmutableArray<nint> shape)
    {
        Output = Tape.Result(this, shape);
        if (Grouping.Length > 0) Tape.Runner.Run(this, Grouping.Outer * Stretches);
        return Output;
    }

    /// <summary>Computes columns start .. start + length - 1 of one place of outer.</summary>
    protected abstract void Compute(int outer, int start, int length);

    /// <summary>One row of a stretch, of a tensor of so many rows.</summary>
    protected Span<T> Row(Variable<T> tensor, int rows, int outer, int row, int start, int length) =>
        tensor.Elements.Slice((outer * rows + row) * Grouping.Inner + start, length);
}

/// <summary>x - log of the sum of e^x over each column, without overflow.</summary>
internal sealed class LogSoftmax<T> : Columns<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private LogSoftmax(Variable<T> x, AxisGroups grouping)
        : base(grouping, x)
    {
    }

    public static Variable<T> Run(Variable<T> x, AxisGroups grouping) => new LogSoftmax<T>(x, grouping).Run(x.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (!into.IsNeeded(0)) return;
        Variable<T> total = ColumnRepetition<T>.Run(ColumnSum<T>.Run(gradient, Grouping), Grouping, gradient.Shape);
        into.Add(0, gradient - Unary<T, Exponential<T>>.Run(Output) * total);
    }

    protected override void Compute(int outer, int start, int length)
    {
        Span<T> memory = stackalloc T[3 * length];
        Span<T> largest = memory[..length], sum = memory.Slice(length, length), term = memory[(2 * length)..];
        for (int row = 0; row < Grouping.Middle; row++)
        {
            Span<T> x = Row(Inputs[0], Grouping.Middle, outer, row, start, length);
            if (row == 0) x.CopyTo(largest);
            else TensorPrimitives.Max<T>(largest, x, largest);
        }
        sum.Clear();
        for (int row = 0; row < Grouping.Middle; row++)
        {
            TensorPrimitives.Subtract<T>(Row(Inputs[0], Grouping.Middle, outer, row, start, length), largest, term);
            TensorPrimitives.Exp<T>(term, term);
            TensorPrimitives.Add<T>(sum, term, sum);
        }
        TensorPrimitives.Log<T>(sum, sum);
        for (int row = 0; row < Grouping.Middle; row++)
        {
            Span<T> y = Row(Output, Grouping.Middle, outer, row, start, length);
            // In this order: the largest element may be far larger than the logarithm.
            TensorPrimitives.Subtract<T>(Row(Inputs[0], Grouping.Middle, outer, row, start, length), largest, y);
            TensorPrimitives.Subtract<T>(y, sum, y);
        }
    }
}

/// <summary>The sum of each column, [outer, 1, inner]; its gradient repeats.</summary>
internal sealed class ColumnSum<T> : Columns<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private ColumnSum(Variable<T> x, AxisGroups grouping)
        : base(grouping, x)
    {
    }

    public static Variable<T> Run(Variable<T> x, AxisGroups grouping) =>
        new ColumnSum<T>(x, grouping).Run([grouping.Outer, 1, grouping.Inner]);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, ColumnRepetition<T>.Run(gradient, Grouping, Inputs[0].Shape));
    }

    protected override void Compute(int outer, int start, int length)
    {
        Span<T> sum = Row(Output, 1, outer, 0, start, length);
        sum.Clear();
        for (int row = 0; row < Grouping.Middle; row++)
            TensorPrimitives.Add<T>(sum, Row(Inputs[0], Grouping.Middle, outer, row, start, length), sum);
    }
}

/// <summary>Each number of [outer, 1, inner] in all rows of its column; its gradient sums.</summary>
internal sealed class ColumnRepetition<T> : Columns<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private ColumnRepetition(Variable<T> values, AxisGroups grouping)
        : base(grouping, values)
    {
    }

    public static Variable<T> Run(Variable<T> values, AxisGroups grouping, ImmutableArray<nint> shape) =>
        new ColumnRepetition<T>(values, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Operations.Reshape<T>.Run(ColumnSum<T>.Run(gradient, Grouping), Inputs[0].Shape));
    }

    protected override void Compute(int outer, int start, int length)
    {
        ReadOnlySpan<T> values = Row(Inputs[0], 1, outer, 0, start, length);
        for (int row = 0; row < Grouping.Middle; row++) values.CopyTo(Row(Output, Grouping.Middle, outer, row, start, length));
    }
}
