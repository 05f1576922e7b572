using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>Stochastic gradient descent, with momentum where it is set.</summary>
/// <remarks>
/// g' = g + weightDecay p; m = momentum m + g'; p = p - rate m, or p - rate (g' + momentum m) by Nesterov. The rate stands outside the
/// momentum, as in PyTorch and unlike Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
/// </remarks>
public sealed class Sgd<T> : Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _scratch = new T[BlockLength];
    private T _step, _momentum, _weightDecay;

    /// <param name="groups">The parameters.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all.</exception>
    public Sgd(params ReadOnlySpan<ParameterGroup<T>> groups)
        : base(groups)
    {
    }

    /// <param name="parameters">The parameters.</param>
    /// <param name="learningRate">The rate of all.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all; or the rate is negative or not finite.</exception>
    public Sgd(IEnumerable<Parameter<T>> parameters, double learningRate)
        : this(new ParameterGroup<T>(parameters, learningRate))
    {
    }

    /// <summary>How much of the last step goes on in the next; default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1).</exception>
    public double Momentum
    {
        get;
        init => field = Fraction(value, "momentum");
    }

    /// <summary>
    /// Whether the gradient is taken as at the place where the momentum leads; needs a momentum, and the first step refuses without one.
    /// </summary>
    public bool Nesterov { get; init; }

    // Asked before the first step: the two may be set in any order.
    private protected override string[] StateNames =>
        Momentum > 0 ? ["momentum"]
        : Nesterov ? throw new InvalidOperationException(
        "Nesterov = true and Momentum = 0, and the gradient is to be taken where the momentum leads: set a momentum above 0")
        : [];

    private protected override void Prepare(OptimizerState<T> state, ParameterGroup<T> group, double rate)
    {
        _step = T.CreateTruncating(-rate);
        _momentum = T.CreateTruncating(Momentum);
        _weightDecay = T.CreateTruncating(group.WeightDecay);
    }

    private protected override void Update(OptimizerState<T> state, int start, ReadOnlySpan<T> gradient, Span<T> parameter)
    {
        Span<T> scratch = _scratch.AsSpan(0, parameter.Length);
        gradient = Decayed(gradient, parameter, _weightDecay, scratch);
        if (_momentum != T.Zero)
        {
            Span<T> momentum = state.Writable(0).AsSpan(start, parameter.Length);
            TensorPrimitives.MultiplyAdd(momentum, _momentum, gradient, momentum);
            if (Nesterov)
            {
                TensorPrimitives.MultiplyAdd(momentum, _momentum, gradient, scratch);
                gradient = scratch;
            }
            else
            {
                gradient = momentum;
            }
        }
        TensorPrimitives.MultiplyAdd(gradient, _step, parameter, parameter);
    }
}
