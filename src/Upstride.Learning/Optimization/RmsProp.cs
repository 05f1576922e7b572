using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Steps as long as the gradient is large against the root of the mean of its squares.</summary>
/// <remarks>
/// g' = g + weightDecay p; v = alpha v + (1 - alpha) g'²; d = sqrt(v) + epsilon, or sqrt(v - a²) + epsilon with a = alpha a + (1 - alpha)
/// g'
/// where centred; p = p - rate g' / d, or b = momentum b + g' / d and p = p - rate b. Source: Tieleman and Hinton, "Lecture 6.5", 2012, in
/// PyTorch's form.
/// </remarks>
public sealed class RmsProp<T> : Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _step = new T[BlockLength];
    private readonly T[] _scratch = new T[BlockLength];
    private T _kept, _taken, _epsilon, _weightDecay, _momentum, _rate;

    /// <param name="groups">The parameters.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all.</exception>
    public RmsProp(params ReadOnlySpan<ParameterGroup<T>> groups)
        : base(groups)
    {
    }

    /// <param name="parameters">The parameters.</param>
    /// <param name="learningRate">The rate of all.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all; or the rate is negative or not finite.</exception>
    public RmsProp(IEnumerable<Parameter<T>> parameters, double learningRate = 1e-2)
        : this(new ParameterGroup<T>(parameters, learningRate))
    {
    }

    /// <summary>How much of the mean of squares is kept in a step; default 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1).</exception>
    public double Alpha
    {
        get;
        init => field = Fraction(value, "alpha");
    }
    = 0.99;

    /// <summary>Added to the divisor; default 1e-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not a number.</exception>
    public double Epsilon
    {
        get;
        init => field = AtLeastZero(value, "epsilon");
    }
    = 1e-8;

    /// <summary>How much of the last step goes on in the next; default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1).</exception>
    public double Momentum
    {
        get;
        init => field = Fraction(value, "momentum");
    }

    /// <summary>Whether the mean of the gradient is taken out of the mean of squares; default false.</summary>
    public bool Centered { get; init; }

    private protected override string[] StateNames =>
        ["square", .. Centered ? (ReadOnlySpan<string>)["mean"] : [], .. Momentum > 0 ? (ReadOnlySpan<string>)["momentum"] : []];

    private protected override void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate)
    {
        _kept = T.CreateTruncating(Alpha);
        _taken = T.CreateTruncating(1 - Alpha);
        _epsilon = T.CreateTruncating(Epsilon);
        _weightDecay = T.CreateTruncating(group.WeightDecay);
        _momentum = T.CreateTruncating(Momentum);
        _rate = T.CreateTruncating(-rate);
    }

    private protected override void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter)
    {
        Span<T> square = state.Writable(0).AsSpan(start, parameter.Length);
        Span<T> step = _step.AsSpan(0, parameter.Length), scratch = _scratch.AsSpan(0, parameter.Length);
        gradient = Decayed(gradient, parameter, _weightDecay, scratch);
        TensorPrimitives.Multiply(gradient, gradient, step);
        TensorPrimitives.Multiply(step, _taken, step);
        TensorPrimitives.MultiplyAdd(square, _kept, step, square);
        if (Centered)
        {
            Span<T> mean = state.Writable(1).AsSpan(start, parameter.Length);
            TensorPrimitives.Subtract(gradient, mean, step);
            TensorPrimitives.MultiplyAdd(step, _taken, mean, mean);
            TensorPrimitives.Multiply(mean, mean, step);
            TensorPrimitives.Subtract(square, step, step);
            TensorPrimitives.Sqrt(step, step);
        }
        else
        {
            TensorPrimitives.Sqrt(square, step);
        }
        TensorPrimitives.Add(step, _epsilon, step);
        TensorPrimitives.Divide(gradient, step, step);
        if (_momentum != T.Zero)
        {
            Span<T> momentum = state.Writable(Centered ? 2 : 1).AsSpan(start, parameter.Length);
            TensorPrimitives.MultiplyAdd(momentum, _momentum, step, momentum);
            step = momentum;
        }
        TensorPrimitives.MultiplyAdd(step, _rate, parameter, parameter);
    }
}
