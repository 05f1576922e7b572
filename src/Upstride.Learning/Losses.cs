using System.Numerics;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>What training makes small: single numbers, means over all elements.</summary>
public static partial class Losses
{
    /// <summary>The mean of (prediction - target)².</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> MeanSquaredError<T>(Variable<T> prediction, Variable<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Variable<T> difference = Difference(prediction, target);
        return InnerProduct<T>.Run(difference, difference, new(1, 1, difference.Length), []) * (T.One / T.CreateChecked(difference.Length));
    }

    private static Variable<T> Difference<T>(Variable<T> prediction, Variable<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        TensorAccess.RequireShape(target.Shape.AsSpan(), prediction.Shape.AsSpan(), nameof(target));
        return prediction - target;
    }
}
