using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Steps as long as the gradient's mean is steady, whatever its size.</summary>
/// <remarks>
/// g' = g + weightDecay p; m = beta1 m + (1 - beta1) g'; v = beta2 v + (1 - beta2) g'^2;
/// p = p - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon), t counting the parameter's steps from 1.
/// Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, in PyTorch's form.
/// </remarks>
public class Adam<T> : Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _step = new T[BlockLength];
    private readonly T[] _scratch = new T[BlockLength];
    private T _meanWeight, _squareKept, _squareWeight, _stepLength, _rootOfCorrection, _epsilon, _weightDecay, _kept;

    /// <param name="groups">The parameters.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all.</exception>
    public Adam(params ReadOnlySpan<ParameterGroup<T>> groups)
        : base(groups)
    {
    }

    /// <param name="parameters">The parameters.</param>
    /// <param name="learningRate">The rate of all.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all; or the rate is negative or not finite.</exception>
    public Adam(IEnumerable<Parameter<T>> parameters, double learningRate = 1e-3)
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

    /// <summary>
    /// Whether steps go by the greatest mean of squares so far; default false: PyTorch's <c>amsgrad</c>. Reddi, Kale and Kumar, "On
    /// the
    /// Convergence of Adam and Beyond", 2018.
    /// </summary>
    public bool AmsGrad { get; init; }

    private protected override string[] StateNames => AmsGrad ? ["mean", "square", "greatestSquare"] : ["mean", "square"];

    /// <summary>Whether the decay goes by the weights alone, past the mean and the squares.</summary>
    private protected virtual bool DecaysApart => false;

    private protected override void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate)
    {
        _meanWeight = T.CreateTruncating(1 - Beta1);
        _squareKept = T.CreateTruncating(Beta2);
        _squareWeight = T.CreateTruncating(1 - Beta2);
        _stepLength = T.CreateTruncating(-rate / (1 - Math.Pow(Beta1, state.Steps)));
        _rootOfCorrection = T.CreateTruncating(Math.Sqrt(1 - Math.Pow(Beta2, state.Steps)));
        _epsilon = T.CreateTruncating(Epsilon);
        _weightDecay = DecaysApart ? T.Zero : T.CreateTruncating(group.WeightDecay);
        _kept = DecaysApart ? T.CreateTruncating(1 - rate * group.WeightDecay) : T.One;
    }

    private protected override void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter)
    {
        Span<T> mean = state.Writable(0).AsSpan(start, parameter.Length), square = state.Writable(1).AsSpan(start, parameter.Length);
        Span<T> step = _step.AsSpan(0, parameter.Length), scratch = _scratch.AsSpan(0, parameter.Length);
        if (_kept != T.One) TensorPrimitives.Multiply(parameter, _kept, parameter);
        if (_weightDecay != T.Zero)
        {
            TensorPrimitives.MultiplyAdd(parameter, _weightDecay, gradient, scratch);
            gradient = scratch;
        }

        // The mean moves towards the gradient by a part of their distance, as in PyTorch: one rounding less than two products.
        TensorPrimitives.Subtract(gradient, mean, step);
        TensorPrimitives.MultiplyAdd(step, _meanWeight, mean, mean);

        TensorPrimitives.Multiply(gradient, gradient, step);
        TensorPrimitives.Multiply(step, _squareWeight, step);
        TensorPrimitives.MultiplyAdd(square, _squareKept, step, square);

        if (AmsGrad)
        {
            Span<T> greatest = state.Writable(2).AsSpan(start, parameter.Length);
            TensorPrimitives.Max(greatest, square, greatest);
            square = greatest;
        }
        TensorPrimitives.Sqrt(square, step);
        TensorPrimitives.Divide(step, _rootOfCorrection, step);
        TensorPrimitives.Add(step, _epsilon, step);
        TensorPrimitives.Divide(mean, step, step);
        TensorPrimitives.MultiplyAdd(step, _stepLength, parameter, parameter);
    }
}
