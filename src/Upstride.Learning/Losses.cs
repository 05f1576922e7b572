using System.Numerics;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>What training makes small: single numbers, means over all elements where no other reduction is asked for.</summary>
public static partial class Losses
{
    /// <summary>The mean of (prediction - target)².</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> MeanSquaredError<T>(Variable<T> prediction, Variable<T> target, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Variable<T> difference = Difference(prediction, target);
        if (reduction != LossReduction.Mean) return Reduce(Functions.Square(difference), reduction);
        return InnerProduct<T>.Run(difference, difference, new(1, 1, difference.Length), []) * (T.One / T.CreateChecked(difference.Length));
    }

    /// <summary>The mean of |prediction - target|.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> L1<T>(Variable<T> prediction, Variable<T> target, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T> => Reduce(Functions.Abs(Difference(prediction, target)), reduction);

    /// <summary>The mean of sqrt((prediction - target)² + epsilon²), a smooth <see cref="L1"/>.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <param name="epsilon">How far from 0 the square turns into the absolute value.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <remarks>
    /// Source: Charbonnier et al., "Two deterministic half-quadratic regularization algorithms", 1994; Lai et al., "LapSRN", 2017.
    /// </remarks>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Epsilon is not positive: the gradient would have no value at 0.</exception>
    public static Variable<T> Charbonnier<T>(Variable<T> prediction, Variable<T> target, double epsilon = 1e-3,
        LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"epsilon = {epsilon}, and must be positive");
        return Reduce(Functions.Sqrt(Functions.Square(Difference(prediction, target)) + T.CreateChecked(epsilon * epsilon)), reduction);
    }

    /// <summary>
    /// The mean of -z log s - (1 - z) log(1 - s) with s = sigmoid(logit), without overflow: PyTorch's <c>BCEWithLogitsLoss</c>.
    /// </summary>
    /// <param name="logits">Any shape.</param>
    /// <param name="target">The same shape, each z from 0 to 1.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <param name="positiveWeight">What the first term is multiplied by, PyTorch's <c>pos_weight</c>: of the last axes; or none.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> BinaryCrossEntropyWithLogits<T>(Variable<T> logits, Variable<T> target,
        LossReduction reduction = LossReduction.Mean, Variable<T>? positiveWeight = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        Require.Shape(target.Shape.AsSpan(), logits.Shape.AsSpan(), nameof(target));
        if (positiveWeight is null) return Reduce(Binary<T, LogisticCrossEntropy<T>>.Run(logits, target), reduction);

        // weight z log(1 + e^-x) + (1 - z) log(1 + e^x): the losses of the two targets, mixed by the target.
        Variable<T> zeros = Functions.Zeros(Tape<T>.Of([logits, target]), logits);
        Variable<T> ifNot = Binary<T, LogisticCrossEntropy<T>>.Run(logits, zeros), ifSo = ifNot - logits;
        return Reduce(ifNot * Functions.ScaleAndShift(target, -T.One, T.One) + ifSo * target * positiveWeight, reduction);
    }

    private static Variable<T> Difference<T>(Variable<T> prediction, Variable<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        Require.Shape(target.Shape.AsSpan(), prediction.Shape.AsSpan(), nameof(target));
        return prediction - target;
    }
}
