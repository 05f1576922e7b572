using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Steps as long as the gradient's mean is steady, whatever its size.</summary>
/// <remarks>
/// g' = g + weightDecay p; m = beta1 m + (1 - beta1) g'; v = beta2 v + (1 - beta2) g'^2;
/// p = p - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon), t counting the parameter's steps from 1.
/// Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, in PyTorch's form.
/// </remarks>
public class Adam<T> : MomentOptimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _step = new T[BlockLength];
    private T _stepLength, _kept;

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

    /// <summary>
    /// Whether steps go by the greatest mean of squares so far; default false: PyTorch's <c>amsgrad</c>. Reddi, Kale and Kumar, "On
    /// the
    /// Convergence of Adam and Beyond", 2018.
    /// </summary>
    public bool AmsGrad { get; init; }

    private protected override string[] StateNames => AmsGrad ? [.. base.StateNames, "greatestSquare"] : base.StateNames;

    /// <summary>Whether the decay goes by the weights alone, past the mean and the squares.</summary>
    private protected virtual bool DecaysApart => false;

    private protected override void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate)
    {
        PrepareMoments(state, DecaysApart ? 0 : group.WeightDecay);
        _stepLength = T.CreateTruncating(-rate / (1 - Math.Pow(Beta1, state.Steps)));
        _kept = DecaysApart ? T.CreateTruncating(1 - rate * group.WeightDecay) : T.One;
    }

    private protected override void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter)
    {
        Span<T> mean = state.Writable(0).AsSpan(start, parameter.Length), square = state.Writable(1).AsSpan(start, parameter.Length);
        Span<T> step = _step.AsSpan(0, parameter.Length);
        if (_kept != T.One) TensorPrimitives.Multiply(parameter, _kept, parameter);
        _ = MoveMoments(gradient, parameter, mean, square, step);
        if (AmsGrad)
        {
            Span<T> greatest = state.Writable(2).AsSpan(start, parameter.Length);
            TensorPrimitives.Max(greatest, square, greatest);
            square = greatest;
        }
        Divisor(square, step);
        TensorPrimitives.Divide(mean, step, step);
        TensorPrimitives.MultiplyAdd(step, _stepLength, parameter, parameter);
    }
}
