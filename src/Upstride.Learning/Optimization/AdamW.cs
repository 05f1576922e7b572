using System.Numerics;

namespace Upstride.Learning.Optimization;

/// <summary><see cref="Adam{T}"/>, but weights decay by themselves: p = (1 - rate weightDecay) p before the step, and g' = g.</summary>
/// <remarks>
/// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019. PyTorch's own decay is 0.01; here a group's is 0 unless
/// set.
/// </remarks>
public sealed class AdamW<T> : Adam<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="groups">The parameters.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all.</exception>
    public AdamW(params ReadOnlySpan<ParameterGroup<T>> groups)
        : base(groups)
    {
    }

    /// <param name="parameters">The parameters.</param>
    /// <param name="learningRate">The rate of all.</param>
    /// <param name="weightDecay">The decay of all.</param>
    /// <exception cref="ArgumentException">A parameter is given twice, or none at all; or a number is negative or not finite.</exception>
    public AdamW(IEnumerable<Parameter<T>> parameters, double learningRate = 1e-3, double weightDecay = 0.01)
        : this(new ParameterGroup<T>(parameters, learningRate) { WeightDecay = weightDecay })
    {
    }

    private protected override bool DecaysApart => true;
}
