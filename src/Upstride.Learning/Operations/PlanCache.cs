using System.Numerics;
using Upstride.Algorithms;

namespace Upstride.Learning.Operations;

/// <summary>The plans that a tape has made, by what they were made for.</summary>
internal sealed class PlanCache<T>(ComputeSettings settings) : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<ConvolutionKey, CorrelationPlans<T>> _convolutions = [];

    public CorrelationPlans<T> Of(in ConvolutionKey key)
    {
        if (!_convolutions.TryGetValue(key, out CorrelationPlans<T>? plans)) _convolutions[key] = plans = new(key.ToGeometry(), settings);
        return plans;
    }

    public void Dispose()
    {
        foreach (CorrelationPlans<T> plans in _convolutions.Values) plans.Dispose();
        _convolutions.Clear();
    }
}
