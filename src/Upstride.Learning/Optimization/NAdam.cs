using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Adam with Nesterov's momentum: the mean of the gradient is taken as it will be after the step.</summary>
/// <remarks>
/// mu(t) = beta1 (1 - 0.96^(t momentumDecay) / 2), and M(t) the product of all up to t; m and v as in <see cref="Adam{T}"/>; d = sqrt(v) /
/// sqrt(1 - beta2^t) + epsilon; p = p - rate (1 - mu(t)) / (1 - M(t)) g / d - rate mu(t+1) / (1 - M(t) mu(t+1)) m / d. Source: Dozat,
/// "Incorporating Nesterov Momentum into Adam", 2016, in PyTorch's form.
/// </remarks>
public sealed class NAdam<T> : Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _step = new T[BlockLength];
    private readonly T[] _divisor = new T[BlockLength];
    private readonly T[] _scratch = new T[BlockLength];
    private T _meanWeight, _squareKept, _squareWeight, _rootOfCorrection, _epsilon, _weightDecay, _ofGradient, _ofMean;
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
        init => field =
            value >= 0 ? value : throw new ArgumentOutOfRangeException("epsilon", value, $"epsilon = {value}, and must be at least 0");
    }
    = 1e-8;

    /// <summary>How fast the momentum comes to its full size; default 4e-3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not a number.</exception>
    public double MomentumDecay
    {
        get;
        init => field = value >= 0
            ? value : throw new ArgumentOutOfRangeException("momentumDecay", value, $"momentumDecay = {value}, and must be at least 0");
    }
    = 4e-3;

    private protected override string[] StateNames => ["mean", "square"];

    private protected override void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate)
    {
        double product = Product(state.Steps), next = Momentum(state.Steps + 1);
        _meanWeight = T.CreateTruncating(1 - Beta1);
        _squareKept = T.CreateTruncating(Beta2);
        _squareWeight = T.CreateTruncating(1 - Beta2);
        _rootOfCorrection = T.CreateTruncating(Math.Sqrt(1 - Math.Pow(Beta2, state.Steps)));
        _epsilon = T.CreateTruncating(Epsilon);
        _weightDecay = T.CreateTruncating(group.WeightDecay);
        _ofGradient = T.CreateTruncating(-rate * (1 - Momentum(state.Steps)) / (1 - product));
        _ofMean = T.CreateTruncating(-rate * next / (1 - product * next));
    }

    private protected override void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter)
    {
        Span<T> mean = state.Writable(0).AsSpan(start, parameter.Length), square = state.Writable(1).AsSpan(start, parameter.Length);
        Span<T> step = _step.AsSpan(0, parameter.Length), divisor = _divisor.AsSpan(0, parameter.Length);
        if (_weightDecay != T.Zero)
        {
            Span<T> scratch = _scratch.AsSpan(0, parameter.Length);
            TensorPrimitives.MultiplyAdd(parameter, _weightDecay, gradient, scratch);
            gradient = scratch;
        }
        TensorPrimitives.Subtract(gradient, mean, step);
        TensorPrimitives.MultiplyAdd(step, _meanWeight, mean, mean);

        TensorPrimitives.Multiply(gradient, gradient, step);
        TensorPrimitives.Multiply(step, _squareWeight, step);
        TensorPrimitives.MultiplyAdd(square, _squareKept, step, square);

        TensorPrimitives.Sqrt(square, divisor);
        TensorPrimitives.Divide(divisor, _rootOfCorrection, divisor);
        TensorPrimitives.Add(divisor, _epsilon, divisor);
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
