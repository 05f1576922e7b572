using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Operations;

namespace Upstride.Learning;

/// <summary>
/// What can be computed with variables. Where two shapes differ, the smaller tensor is repeated: the shapes are aligned at their last
/// axes, and an axis that is missing or 1 in the smaller goes with any length; its other axes must stand together.
/// </summary>
public static partial class Functions
{
    /// <summary>left + right.</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Add<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (Compare(left, right))
        {
            case > 0: return Shift<T>.Run(left, right, Grouping.Find(left.Shape, right.Shape));
            case < 0: return Shift<T>.Run(right, left, Grouping.Find(right.Shape, left.Shape));
            default: return Binary<T, Sum2<T>>.Run(left, right);
        }
    }

    /// <summary>left - right.</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Subtract<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Compare(left, right) == 0 ? Binary<T, Difference<T>>.Run(left, right) : Add(left, NegateOf(left, right));

    /// <summary>left * right, element by element.</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Multiply<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (Compare(left, right))
        {
            case > 0: return Scale<T>.Run(left, right, Grouping.Find(left.Shape, right.Shape));
            case < 0: return Scale<T>.Run(right, left, Grouping.Find(right.Shape, left.Shape));
            default: return Binary<T, Product<T>>.Run(left, right);
        }
    }

    /// <summary>left / right, element by element; where the shapes differ, left * (1 / right).</summary>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes do not go together.</exception>
    public static Variable<T> Divide<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Compare(left, right) == 0 ? Binary<T, Quotient<T>>.Run(left, right) : Multiply(left, Reciprocal(OnTapeOf(left, right)));

    /// <summary>value * factor + offset, with numbers that are the same for all elements and not variables.</summary>
    public static Variable<T> ScaleAndShift<T>(Variable<T> value, T factor, T offset)
        where T : unmanaged, IFloatingPointIeee754<T> => Operations.ScaleAndShift<T>.Run(value, factor, offset);

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
        Operators.TensorAccess.RequireRank(value.Shape.AsSpan(), 2, 5, nameof(value));
        return Summation<T>.Run(value, Grouping.OfChannels(value.Shape.AsSpan()), [value.Shape[1]]);
    }

    /// <summary>The same elements under another shape.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="shape">Of as many elements.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">Another number of elements.</exception>
    public static Variable<T> Reshape<T>(Variable<T> value, params ReadOnlySpan<nint> shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Operators.TensorAccess.RequireLength(value.Length, shape, nameof(value));
        return Operations.Reshape<T>.Run(value, [.. shape]);
    }

    // Positive where the right one is to be repeated. Where the lengths are equal and the shapes are not, as [4] and [1, 4], by rank.
    private static int Compare<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Shape.AsSpan().SequenceEqual(right.Shape.AsSpan())) return 0;
        if (left.Length != right.Length) return left.Length > right.Length ? 1 : -1;
        return left.Shape.Length >= right.Shape.Length ? 1 : -1;
    }

    private static Variable<T> NegateOf<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> => -OnTapeOf(left, right);

    // A parameter as the second operand is brought to the tape of the first before something is computed of it alone.
    private static Variable<T> OnTapeOf<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T> => right is Parameter<T> parameter ? Tape<T>.Of([left]).Attach(parameter) : right;
}
