using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>What a tape has made ready, by what the user asked for: plans of convolutions and of resizes, geometries of the rest.</summary>
internal sealed class TapeCache<T>(ComputeSettings settings) : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<ConvolutionKey, ConvolutionPlans<T>> _convolutions = [];
    private readonly Dictionary<(ShapeKey Input, ShapeKey Size, ResizeMethod Method), ResizePlan<T>> _resizes = [];
    private readonly List<(ImmutableArray<nint> Input, ImmutableArray<double> Scale, ResizeMethod Method, ResizePlan<T> Plan)> _scales = [];
    private readonly Dictionary<(ShapeKey Input, ShapeKey Factor, bool Inverse), PixelShuffleGeometry> _shuffles = [];
    private readonly Dictionary<(ShapeKey Input, ShapeKey Kernel, ShapeKey Stride, ShapeKey Padding, ShapeKey Dilation,
        bool CeilMode), PoolGeometry> _pools = [];

    /// <summary>How often weights were packed.</summary>
    public int Packings => _convolutions.Values.Sum(static plans => plans.Packings);

    public ConvolutionPlans<T> Of(in ConvolutionKey key)
    {
        if (!_convolutions.TryGetValue(key, out ConvolutionPlans<T>? plans)) _convolutions[key] = plans = new(key.ToGeometry(), settings);
        return plans;
    }

    public ResizePlan<T> OfResize(ImmutableArray<nint> input, PerAxis size, ResizeMethod method)
    {
        var key = (new ShapeKey(input), new ShapeKey(size), method);
        if (!_resizes.TryGetValue(key, out ResizePlan<T>? plan))
            _resizes[key] = plan = ResizePlan<T>.Create(ResizeGeometry.ToSize(input.AsSpan(), size, method));
        return plan;
    }

    public ResizePlan<T> OfResize(ImmutableArray<nint> input, ImmutableArray<double> scale, ResizeMethod method)
    {
        foreach ((ImmutableArray<nint> known, ImmutableArray<double> factors, ResizeMethod how, ResizePlan<T> made) in _scales)
            if (known.AsSpan().SequenceEqual(input.AsSpan()) && factors.AsSpan().SequenceEqual(scale.AsSpan())
                && how == method) return made;
        ResizePlan<T> plan = ResizePlan<T>.Create(ResizeGeometry.ByScale(input.AsSpan(), scale.AsSpan(), method));
        _scales.Add((input, scale, method, plan));
        return plan;
    }

    public PixelShuffleGeometry OfShuffle(ImmutableArray<nint> input, PerAxis factor, bool inverse)
    {
        var key = (new ShapeKey(input), new ShapeKey(factor), inverse);
        if (!_shuffles.TryGetValue(key, out PixelShuffleGeometry? geometry))
            _shuffles[key] = geometry =
                inverse ? PixelShuffleGeometry.OfOutput(input.AsSpan(), factor) : PixelShuffleGeometry.Create(input.AsSpan(), factor);
        return geometry;
    }

    public PoolGeometry OfPool(ImmutableArray<nint> input, PerAxis kernel, PerAxis? stride, PerAxis padding, PerAxis dilation,
        bool ceilMode)
    {
        var key = (new ShapeKey(input), new ShapeKey(kernel), new ShapeKey(stride ?? kernel), new ShapeKey(padding), new ShapeKey(dilation),
            ceilMode);
        if (!_pools.TryGetValue(key, out PoolGeometry? geometry))
            _pools[key] = geometry = PoolGeometry.PyTorch(input.AsSpan(), kernel, stride, padding, dilation, ceilMode);
        return geometry;
    }

    public void Dispose()
    {
        foreach (ConvolutionPlans<T> plans in _convolutions.Values) plans.Dispose();
        _convolutions.Clear();
        _resizes.Clear();
        _scales.Clear();
    }

    /// <summary>Lengths compared one by one; none are the same as no others.</summary>
    private readonly struct ShapeKey : IEquatable<ShapeKey>
    {
        private readonly ImmutableArray<nint> _lengths;
        private readonly ImmutableArray<int> _values;

        public ShapeKey(ImmutableArray<nint> lengths) => (_lengths, _values) = (lengths, []);

        public ShapeKey(PerAxis values) => (_lengths, _values) = ([], values.Values);

        public bool Equals(ShapeKey other) =>
            _lengths.AsSpan().SequenceEqual(other._lengths.AsSpan()) && _values.AsSpan().SequenceEqual(other._values.AsSpan());

        public override bool Equals(object? obj) => obj is ShapeKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (nint length in _lengths) hash.Add(length);
            foreach (int value in _values) hash.Add(value);
            return hash.ToHashCode();
        }
    }
}
