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
    // Those of a parameter keep its weights packed; what was computed is other each time.
    private readonly Dictionary<Parameter<T>, WeightedPlans<T>> _ofParameters = new(ReferenceEqualityComparer.Instance);
    private readonly WeightedPlans<T> _ofOthers;
    private Plan<T>? _weightGradient;

    public ConvolutionPlans(ConvTransposeGeometry geometry, ComputeSettings settings)
    {
        Geometry = geometry;
        _settings = settings;
        _inputShape = geometry.InputShape;
        _outputShape = geometry.OutputShape;
        _weightShape = geometry.WeightShape;
        _ofOthers = new(geometry, settings with { WeightsChange = true });
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

    /// <summary>How often weights were packed.</summary>
    public int Packings => _ofOthers.Packings + _ofParameters.Values.Sum(static plans => plans.Packings);

    /// <summary>The plan of a product with weights, which it takes in where it does not hold them.</summary>
    public Plan<T> Prepare(Pass pass, Variable<T> weight, ReadOnlySpan<T> bias)
    {
        if (weight is not Parameter<T> parameter) return _ofOthers.Pack(pass, weight.Elements, bias);
        if (!_ofParameters.TryGetValue(parameter, out WeightedPlans<T>? plans))
            _ofParameters[parameter] = plans = new(Geometry, _settings with { WeightsChange = parameter.RequiresGradient });
        return plans.Hold(pass, weight.Elements, bias);
    }

    /// <summary>The plan that makes the weights' gradient.</summary>
    public Plan<T> WeightGradient() => _weightGradient ??= ConvTransposePlan.CreateWeightGradient<T>(Geometry, _settings);

    public void Dispose()
    {
        _ofOthers.Dispose();
        foreach (WeightedPlans<T> plans in _ofParameters.Values) plans.Dispose();
        _weightGradient?.Dispose();
    }
}
