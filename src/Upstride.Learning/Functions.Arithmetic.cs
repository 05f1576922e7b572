using System.Numerics;
using Upstride.Learning.Operations;

namespace Upstride.Learning;

/// <summary>
/// What can be computed with variables. Where two shapes differ, the smaller tensor is repeated: the shapes are aligned at their last
/// axes, and an axis that is missing or 1 in the smaller goes with any length; its other axes must are contiguous.
/// </summary>
public static partial class Functions
{
    /// <summary>left + right.</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Add<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (SameShape(left, right)) return Binary<T, Sum2<T>>.Run(left, right);
        AxisGroups grouping = AxisGroups.Find(left.Shape, right.Shape, out bool swapped);
        return swapped ? Shift<T>.Run(right, left, grouping) : Shift<T>.Run(left, right, grouping);
    }

    /// <summary>left - right.</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Subtract<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        SameShape(left, right) ? Binary<T, Difference<T>>.Run(left, right) : Add(left, -OnTapeOf(left, right));

    /// <summary>left * right, element by element.</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Multiply<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (SameShape(left, right)) return Binary<T, Product<T>>.Run(left, right);
        AxisGroups grouping = AxisGroups.Find(left.Shape, right.Shape, out bool swapped);
        return swapped ? Scale<T>.Run(right, left, grouping) : Scale<T>.Run(left, right, grouping);
    }

    /// <summary>left / right, element by element; where the shapes differ, left * (1 / right).</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Divide<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        SameShape(left, right) ? Binary<T, Quotient<T>>.Run(left, right) : Multiply(left, Reciprocal(OnTapeOf(left, right)));

    /// <summary>value * factor + offset, with numbers that are the same for all elements and not variables.</summary>
    public static Variable<T> ScaleAndShift<T>(Variable<T> value, T factor, T offset)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        return Operations.ScaleAndShift<T>.Run(value, factor, offset);
    }

    /// <summary>The sum of all elements, a single number.</summary>
    public static Variable<T> Sum<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        return Summation<T>.Run(value, new(1, 1, value.Length), []);
    }

    /// <summary>The mean of all elements, a single number.</summary>
    public static Variable<T> Mean<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Sum(value) * (T.One / T.CreateChecked(value.Length));

    /// <summary>The sum of each channel over batch and places.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <returns>[channels].</returns>
    public static Variable<T> SumChannels<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Operators.Require.Rank(value.Shape.AsSpan(), 2, 5, nameof(value));
        return Summation<T>.Run(value, AxisGroups.OfChannels(value.Shape.AsSpan()), [value.Shape[1]]);
    }

    private static bool SameShape<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Shape.AsSpan().SequenceEqual(right.Shape.AsSpan());
    }

    // A parameter as the second operand is brought to the tape of the first before something is computed of it alone.
    private static Variable<T> OnTapeOf<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> => right is Parameter<T> parameter ? Tape<T>.Of([left]).Attach(parameter) : right;
}
