using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>The plans of the two products with one tensor of weights, made when they are first needed.</summary>
internal sealed class WeightedPlans<T>(ConvTransposeGeometry geometry, ComputeSettings settings) : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // By pass, without and with a bias.
    private readonly Plan<T>?[] _plans = new Plan<T>?[4];
    // A hash of the weights that were packed last, how often they were others, and which of those each plan holds.
    private UInt128 _hash;
    private int _changes;
    private readonly int[] _held = new int[4];

    /// <summary>How often weights were packed.</summary>
    public int Packings { get; private set; }

    /// <summary>The plan of a product, with these weights packed.</summary>
    public Plan<T> Pack(Pass pass, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias)
    {
        ref Plan<T>? plan = ref _plans[Place(pass, bias)];
        PlanRole role = pass == Pass.Forward ? PlanRole.Forward : PlanRole.InputGradient;
        if (plan is null) plan = new(geometry, role, weight, new(bias, Activation.None, addsResidual: false), settings);
        else plan.SetWeight(weight, bias);
        Packings++;
        return plan;
    }

    /// <summary>The same, where the weights are packed only if they are others than the plan holds.</summary>
    public Plan<T> Hold(Pass pass, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias)
    {
        // Whoever holds a parameter's values may write them at any time, so that only the values tell. Reading them is several times as
        // fast as packing, and 128 bits say as much as a copy to compare with would, which is as large as the weights.
        UInt128 hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(weight));
        if (_changes == 0 || hash != _hash)
        {
            _hash = hash;
            _changes++;
        }
        int place = Place(pass, bias);
        if (_held[place] != _changes)
        {
            _held[place] = _changes;
            return Pack(pass, weight, bias);
        }
        Plan<T> plan = _plans[place]!;
        plan.SetBias(bias);
        return plan;
    }

    public void Dispose()
    {
        foreach (Plan<T>? plan in _plans) plan?.Dispose();
    }

    private static int Place(Pass pass, ReadOnlySpan<T> bias) => (pass == Pass.Forward ? 0 : 2) + (bias.IsEmpty ? 0 : 1);
}
