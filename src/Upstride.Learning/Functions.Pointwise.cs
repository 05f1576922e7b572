using System.Numerics;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>1 / x.</summary>
    public static Variable<T> Reciprocal<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Unary<T, Reciprocal<T>>.Run(value);

    /// <summary>x where positive, slope of the channel times x elsewhere. He et al., "Delving Deep into Rectifiers", 2015.</summary>
    /// <param name="value">[batch, channels, sizes...]; of any shape with a single slope.</param>
    /// <param name="slope">[channels], or [1].</param>
    /// <exception cref="Upstride.Geometry.GeometryException">As many slopes as neither one nor the channels.</exception>
    public static Variable<T> PReLU<T>(Variable<T> value, Variable<T> slope)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(slope);
        if (slope.Length == 1) return Gate<T>.Run(value, value, slope, new(1, 1, value.Length), T.One);
        TensorAccess.RequireRank(value.Shape.AsSpan(), 2, 5, nameof(value));
        if (slope.Length != value.Shape[1])
            throw new Geometry.GeometryException(new(nameof(slope), $"slope has {slope.Length} elements and value has {value.Shape[1]} channels: give one slope, or one for each channel"));
        return Gate<T>.Run(value, value, slope, Grouping.OfChannels(value.Shape.AsSpan()), T.One);
    }
}
