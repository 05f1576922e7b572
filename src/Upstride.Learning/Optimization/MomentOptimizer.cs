using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>An optimizer whose steps go by the mean of the gradient and the mean of its squares: the family of <see cref="Adam{T}"/>.
/// </summary>
/// <remarks>g' = g + weightDecay p; m = beta1 m + (1 - beta1) g'; v = beta2 v + (1 - beta2) g'^2; a step is divided by
/// sqrt(v) / sqrt(1 - beta2^t) + epsilon, t counting the parameter's steps from 1.</remarks>
public abstract class MomentOptimizer<T> : Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _scratch = new T[BlockLength];
    private T _meanWeight, _squareKept, _squareWeight, _rootOfCorrection, _epsilon, _weightDecay;

    private protected MomentOptimizer(ReadOnlySpan<ParameterGroup<T>> groups)
        : base(groups)
    {
    }

    /// <summary>How much of the gradient's mean is kept in a step; default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1).</exception>
    public double Beta1
    {
        get;
        init => field = Fraction(value, "beta1");
    }
    = 0.9;

    /// <summary>How much of the mean of its squares is kept in a step; default 0.999.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1).</exception>
    public double Beta2
    {
        get;
        init => field = Fraction(value, "beta2");
    }
    = 0.999;

    /// <summary>Added to the divisor; default 1e-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not a number.</exception>
    public double Epsilon
    {
        get;
        init => field = AtLeastZero(value, "epsilon");
    }
    = 1e-8;

    private protected override string[] StateNames => ["mean", "square"];

    /// <summary>What the moments need for one parameter's step.</summary>
    /// <param name="state">Its state.</param>
    /// <param name="weightDecay">Of the gradient.</param>
    private protected void PrepareMoments(OptimizerState<T> state, double weightDecay)
    {
        _meanWeight = T.CreateTruncating(1 - Beta1);
        _squareKept = T.CreateTruncating(Beta2);
        _squareWeight = T.CreateTruncating(1 - Beta2);
        _rootOfCorrection = T.CreateTruncating(Math.Sqrt(1 - Math.Pow(Beta2, state.Steps)));
        _epsilon = T.CreateTruncating(Epsilon);
        _weightDecay = T.CreateTruncating(weightDecay);
    }

    /// <summary>Moves the means towards a block of the gradient.</summary>
    /// <param name="gradient">As it was found.</param>
    /// <param name="parameter">Which decays.</param>
    /// <param name="mean">Changed.</param>
    /// <param name="square">Changed.</param>
    /// <param name="work">As long; overwritten.</param>
    /// <returns>The gradient with the decay, until the next call.</returns>
    private protected ReadOnlySpan<T> MoveMoments(ReadOnlySpan<T> gradient, ReadOnlySpan<T> parameter, Span<T> mean, Span<T> square,
        Span<T> work)
    {
        gradient = Decayed(gradient, parameter, _weightDecay, _scratch.AsSpan(0, parameter.Length));

        // The mean moves towards the gradient by a part of their distance, as in PyTorch: one rounding less than two products.
        TensorPrimitives.Subtract(gradient, mean, work);
        TensorPrimitives.MultiplyAdd(work, _meanWeight, mean, mean);

        TensorPrimitives.Multiply(gradient, gradient, work);
        TensorPrimitives.Multiply(work, _squareWeight, work);
        TensorPrimitives.MultiplyAdd(square, _squareKept, work, square);
        return gradient;
    }

    /// <summary>What a step is divided by.</summary>
    private protected void Divisor(ReadOnlySpan<T> square, Span<T> destination)
    {
        TensorPrimitives.Sqrt(square, destination);
        TensorPrimitives.Divide(destination, _rootOfCorrection, destination);
        TensorPrimitives.Add(destination, _epsilon, destination);
    }
}
