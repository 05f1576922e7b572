using System.Numerics;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>1 / x.</summary>
    public static Variable<T> Reciprocal<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Reciprocal<T>>.Run(value);

    /// <summary>e to the power of each element.</summary>
    public static Variable<T> Exp<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Exponential<T>>.Run(value);

    /// <summary>The natural logarithm of each element.</summary>
    public static Variable<T> Log<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Logarithm<T>>.Run(value);

    /// <summary>The square root of each element.</summary>
    public static Variable<T> Sqrt<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, SquareRoot<T>>.Run(value);

    /// <summary>The square of each element.</summary>
    public static Variable<T> Square<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Square<T>>.Run(value);

    /// <summary>Each element without its sign; the gradient at 0 is 0.</summary>
    public static Variable<T> Abs<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, AbsoluteValue<T>>.Run(value);

    /// <summary>max(x, 0); the gradient at 0 is 0.</summary>
    public static Variable<T> ReLU<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Rectifier<T>>.Run(value);

    /// <summary>The hyperbolic tangent of each element.</summary>
    public static Variable<T> Tanh<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, HyperbolicTangent<T>>.Run(value);

    /// <summary>1 / (1 + e^-x) of each element.</summary>
    public static Variable<T> Sigmoid<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Logistic<T>>.Run(value);

    /// <summary>x where positive, slope times x elsewhere, with a slope that is not learned.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="slope">0.01 in PyTorch, 0.2 in DCGAN.</param>
    public static Variable<T> LeakyReLU<T>(Variable<T> value, T slope)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Variable<T> slopes = Tape<T>.Of([value]).Constant([slope], [1]);
        return MaskedSlope<T>.Run(value, value, slopes, new(1, 1, value.Length), T.One);
    }

    /// <summary>x where positive, slope of the channel times x elsewhere. He et al., "Delving Deep into Rectifiers", 2015.</summary>
    /// <param name="value">[batch, channels, sizes...]; of any shape with a single slope.</param>
    /// <param name="slope">[channels], or [1].</param>
    /// <exception cref="Upstride.Geometry.GeometryException">As many slopes as neither one nor the channels.</exception>
    public static Variable<T> PReLU<T>(Variable<T> value, Variable<T> slope)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(slope);
        if (slope.Length == 1) return MaskedSlope<T>.Run(value, value, slope, new(1, 1, value.Length), T.One);
        Require.Rank(value.Shape.AsSpan(), 2, 5, nameof(value));
        if (slope.Length != value.Shape[1])
            throw new Geometry.GeometryException(new(nameof(slope),
                $"slope has {slope.Length} elements and value has {value.Shape[1]} channels: give one slope, or one for each channel"));
        return MaskedSlope<T>.Run(value, value, slope, AxisGroups.OfChannels(value.Shape.AsSpan()), T.One);
    }
}
