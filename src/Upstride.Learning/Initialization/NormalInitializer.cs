using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

/// <summary>The standard deviation of the first weights of this shape.</summary>
internal delegate double DeviationOf(ReadOnlySpan<nint> shape);

internal sealed class NormalInitializer(double mean, DeviationOf deviation) : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);
        random.FillNormal(mean, deviation(shape), destination);
    }
}
