using System.Numerics;
using Upstride.Learning.Operations;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>The logarithm of <see cref="Softmax"/>, without overflow.</summary>
    /// <param name="value">Any shape of at least one axis.</param>
    /// <param name="axis">From 0; the channels are 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis that there is not.</exception>
    public static Variable<T> LogSoftmax<T>(Variable<T> value, int axis = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireAxis(axis, value.Shape.Length);
        return Operations.LogSoftmax<T>.Run(value, AxisGroups.OfAxes(value.Shape.AsSpan(), axis, axis + 1));
    }

    /// <summary>e^x divided by its sum over an axis.</summary>
    /// <param name="value">Any shape of at least one axis.</param>
    /// <param name="axis">From 0; the channels are 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis that there is not.</exception>
    public static Variable<T> Softmax<T>(Variable<T> value, int axis = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => Exp(LogSoftmax(value, axis));
}
