using System.Numerics;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Losses
{
    /// <summary>
    /// (prediction - target)² / (2 beta) where the difference is less than beta, |prediction - target| - beta/2 elsewhere: PyTorch's
    /// <c>SmoothL1Loss</c>. Girshick, "Fast R-CNN", 2015.
    /// </summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <param name="beta">Where the square turns into the line; 0 gives <see cref="L1"/>.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A beta below 0.</exception>
    public static Variable<T> SmoothL1<T>(Variable<T> prediction, Variable<T> target, double beta = 1,
        LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!(beta >= 0)) throw new ArgumentOutOfRangeException(nameof(beta), beta, $"beta = {beta}, and must be at least 0");
        Variable<T> size = Functions.Abs(Difference(prediction, target));
        if (beta == 0) return Reduce(size, reduction);
        T bend = T.CreateTruncating(beta);
        Variable<T> below = Functions.ScaleAndShift(Functions.ReLU(Functions.ScaleAndShift(size, -T.One, bend)), -T.One, bend);
        return Reduce(Functions.Square(below) * T.CreateTruncating(0.5 / beta) + (size - below), reduction);
    }

    /// <summary>delta times <see cref="SmoothL1"/> of that beta: PyTorch's <c>HuberLoss</c>. Huber, 1964.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <param name="delta">Where the square turns into the line, above 0.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A delta that is not above 0.</exception>
    public static Variable<T> Huber<T>(Variable<T> prediction, Variable<T> target, double delta = 1,
        LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T> => delta > 0
            ? SmoothL1(prediction, target, delta, reduction) * T.CreateTruncating(delta)
            : throw new ArgumentOutOfRangeException(nameof(delta), delta, $"delta = {delta}, and must be above 0");

    /// <summary>
    /// target (log target - prediction), with 0 where the target is 0: PyTorch's <c>KLDivLoss</c>. Its mean over the elements is not the
    /// divergence: that is the sum divided by the batch.
    /// </summary>
    /// <param name="prediction">Logarithms of probabilities.</param>
    /// <param name="target">The same shape: probabilities, or their logarithms.</param>
    /// <param name="logTarget">Whether the target is logarithms.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> KlDivergence<T>(Variable<T> prediction, Variable<T> target, bool logTarget = false,
        LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        Require.Shape(target.Shape.AsSpan(), prediction.Shape.AsSpan(), nameof(target));
        if (logTarget) return Reduce(Functions.Exp(target) * (target - prediction), reduction);

        // 0 log 0 is 0: there the logarithm of 1 is taken.
        Variable<T> ones = Tape<T>.Of([prediction, target]).Empty(target.Shape.AsSpan());
        for (int i = 0; i < ones.Length; i++) ones.Elements[i] = target.Elements[i] == T.Zero ? T.One : T.Zero;
        return Reduce(target * (Functions.Log(target + ones) - prediction), reduction);
    }

    /// <summary>max(0, margin - target * score): how far scores are from the right side. The loss of spectrally normalised GANs.</summary>
    /// <param name="scores">Any shape.</param>
    /// <param name="target">The same shape, each -1 or 1.</param>
    /// <param name="margin">How far they should be.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> Hinge<T>(Variable<T> scores, Variable<T> target, double margin = 1,
        LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(target);
        Require.Shape(target.Shape.AsSpan(), scores.Shape.AsSpan(), nameof(target));
        return Reduce(Functions.ReLU(Functions.ScaleAndShift(target * scores, -T.One, T.CreateTruncating(margin))), reduction);
    }

    /// <summary>x where the target is 1, max(0, margin - x) where it is -1: PyTorch's <c>HingeEmbeddingLoss</c>.</summary>
    /// <param name="distances">x, any shape.</param>
    /// <param name="target">The same shape, each -1 or 1.</param>
    /// <param name="margin">How far unlike things should be.</param>
    /// <param name="reduction">What becomes of the elements' losses.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">The shapes differ.</exception>
    public static Variable<T> HingeEmbedding<T>(Variable<T> distances, Variable<T> target, double margin = 1,
        LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(distances);
        ArgumentNullException.ThrowIfNull(target);
        Require.Shape(target.Shape.AsSpan(), distances.Shape.AsSpan(), nameof(target));
        T half = T.CreateTruncating(0.5);
        Variable<T> far = Functions.ReLU(Functions.ScaleAndShift(distances, -T.One, T.CreateTruncating(margin)));
        return Reduce(distances * Functions.ScaleAndShift(target, half, half) + far * Functions.ScaleAndShift(target, -half, half),
            reduction);
    }

    private static Variable<T> Reduce<T>(Variable<T> losses, LossReduction reduction)
        where T : unmanaged, IFloatingPointIeee754<T> => reduction switch
        {
            LossReduction.Mean => Functions.Mean(losses),
            LossReduction.Sum => Functions.Sum(losses),
            LossReduction.None => losses,
            _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction,
                $"reduction = {reduction}, and must be one of {string.Join(", ", Enum.GetNames<LossReduction>())}"),
        };
}
