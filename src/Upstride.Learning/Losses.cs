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

    /// <summary>The mean of |prediction - target|.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> L1<T>(Variable<T> prediction, Variable<T> target)
        where T : unmanaged, IFloatingPointIeee754<T> => Functions.Mean(Functions.Abs(Difference(prediction, target)));

    /// <summary>The mean of sqrt((prediction - target)² + epsilon²), a smooth <see cref="L1"/>.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <param name="epsilon">How far from 0 the square turns into the absolute value.</param>
    /// <remarks>Source: Charbonnier et al., "Two deterministic half-quadratic regularization algorithms", 1994; Lai et al., "LapSRN", 2017.</remarks>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Epsilon is not positive: the gradient would have no value at 0.</exception>
    public static Variable<T> Charbonnier<T>(Variable<T> prediction, Variable<T> target, double epsilon = 1e-3)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"epsilon = {epsilon}, and must be positive");
        return Functions.Mean(Functions.Sqrt(Functions.Square(Difference(prediction, target)) + T.CreateChecked(epsilon * epsilon)));
    }

    /// <summary>The mean of -z log s - (1 - z) log(1 - s) with s = sigmoid(logit), without overflow: PyTorch's <c>BCEWithLogitsLoss</c>.</summary>
    /// <param name="logits">Any shape.</param>
    /// <param name="target">The same shape, each z from 0 to 1.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> BinaryCrossEntropyWithLogits<T>(Variable<T> logits, Variable<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        TensorAccess.RequireShape(target.Shape.AsSpan(), logits.Shape.AsSpan(), nameof(target));
        return Functions.Mean(Binary<T, LogisticCrossEntropy<T>>.Run(logits, target));
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
