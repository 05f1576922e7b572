using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Adam with Nesterov's momentum: the mean of the gradient is taken as it will be after the step.</summary>
/// <remarks>
/// mu(t) = beta1 (1 - 0.96^(t momentumDecay) / 2), and M(t) the product of all up to t; m and v as in <see cref="Adam{T}"/>; d = sqrt(v) /
/// sqrt(1 - beta2^t) + epsilon; p = p - rate (1 - mu(t)) / (1 - M(t)) g / d - rate mu(t+1) / (1 - M(t) mu(t+1)) m / d. Source: Dozat,
/// "Incorporating Nesterov Momentum into Adam", 2016, in PyTorch's form.
/// </remarks>
public sealed class NAdam<T> : MomentOptimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _step = new T[BlockLength];
    private readonly T[] _divisor = new T[BlockLength];
    private T _ofGradient, _ofMean;
    private long _steps;
    private double _product = 1;

    /// <param name="groups">The parameters.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all.</exception>
    public NAdam(params ReadOnlySpan<ParameterGroup<T>> groups)
        : base(groups)
    {
    }

    /// <param name="parameters">The parameters.</param>
    /// <param name="learningRate">The rate of all.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all; or the rate is negative or not finite.</exception>
    public NAdam(IEnumerable<Parameter<T>> parameters, double learningRate = 2e-3)
        : this(new ParameterGroup<T>(parameters, learningRate))
    {
    }

    /// <summary>How fast the momentum comes to its full size; default 4e-3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not a number.</exception>
    public double MomentumDecay
    {
        get;
        init => field = AtLeastZero(value, "momentumDecay");
    }
    = 4e-3;

    private protected override void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate)
    {
        double product = Product(state.Steps), next = Momentum(state.Steps + 1);
        PrepareMoments(state, group.WeightDecay);
        _ofGradient = T.CreateTruncating(-rate * (1 - Momentum(state.Steps)) / (1 - product));
        _ofMean = T.CreateTruncating(-rate * next / (1 - product * next));
    }

    private protected override void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter)
    {
        Span<T> mean = state.Writable(0).AsSpan(start, parameter.Length), square = state.Writable(1).AsSpan(start, parameter.Length);
        Span<T> step = _step.AsSpan(0, parameter.Length), divisor = _divisor.AsSpan(0, parameter.Length);
        gradient = MoveMoments(gradient, parameter, mean, square, step);
        Divisor(square, divisor);
        TensorPrimitives.Divide(gradient, divisor, step);
        TensorPrimitives.MultiplyAdd(step, _ofGradient, parameter, parameter);
        TensorPrimitives.Divide(mean, divisor, step);
        TensorPrimitives.MultiplyAdd(step, _ofMean, parameter, parameter);
    }

    private double Momentum(long step) => Beta1 * (1 - 0.5 * Math.Pow(0.96, step * MomentumDecay));

    // From the last step on, or from the beginning: the same factors in the same order.
    private double Product(long steps)
    {
        if (steps < _steps) (_steps, _product) = (0, 1);
        while (_steps < steps) _product *= Momentum(++_steps);
        return _product;
    }
}
