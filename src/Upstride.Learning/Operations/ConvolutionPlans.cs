using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>The plans of one geometry's three products, made when they are first needed.</summary>
internal sealed class ConvolutionPlans<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ComputeSettings _settings;
    // A geometry makes its shapes anew each time it is asked.
    private readonly ImmutableArray<nint> _inputShape;
    private readonly ImmutableArray<nint> _outputShape;
    private readonly ImmutableArray<nint> _weightShape;
    // By pass, without and with a bias.
    private readonly Plan<T>?[] _weighted = new Plan<T>?[4];
    private Plan<T>? _weightGradient;

    public ConvolutionPlans(ConvTransposeGeometry geometry, ComputeSettings settings)
    {
        Geometry = geometry;
        _settings = settings;
        _inputShape = geometry.InputShape;
        _outputShape = geometry.OutputShape;
        _weightShape = geometry.WeightShape;
    }

    public ConvTransposeGeometry Geometry { get; }

    /// <summary>The shape of what a product makes.</summary>
    public ImmutableArray<nint> ResultShape(Pass pass) =>
        pass switch { Pass.Forward => _outputShape, Pass.InputGradient => _inputShape, _ => _weightShape };

    /// <summary>The channels of what a product makes.</summary>
    public AxisGroups Channels(Pass pass)
    {
        ReadOnlySpan<nint> shape = ResultShape(pass).AsSpan();
        return Geometry.Layout == Layout.ChannelsFirst
            ? AxisGroups.OfChannels(shape) : AxisGroups.OfAxes(shape, shape.Length - 1, shape.Length);
    }

    /// <summary>The plan of a product with weights, which it takes in.</summary>
    public Plan<T> Prepare(Pass pass, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias)
    {
        ref Plan<T>? plan = ref _weighted[(pass == Pass.Forward ? 0 : 2) + (bias.IsEmpty ? 0 : 1)];
        PlanRole role = pass == Pass.Forward ? PlanRole.Forward : PlanRole.InputGradient;
        if (plan is null) plan = new(Geometry, role, weight, new(bias, Activation.None, addsResidual: false), _settings);
        else plan.SetWeight(weight, bias);
        return plan;
    }

    /// <summary>The plan that makes the weights' gradient.</summary>
    public Plan<T> WeightGradient() => _weightGradient ??= ConvTransposePlan.CreateWeightGradient<T>(Geometry, _settings);

    public void Dispose()
    {
        foreach (Plan<T>? plan in _weighted) plan?.Dispose();
        _weightGradient?.Dispose();
    }
}
