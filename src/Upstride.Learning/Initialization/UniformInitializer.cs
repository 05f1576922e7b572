using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

internal sealed class UniformInitializer(DeviationOf deviation) : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);

        // A uniform distribution within +-b has the deviation b / sqrt(3).
        double bound = Math.Sqrt(3) * deviation(shape);
        random.FillUniform(-bound, bound, destination);
    }
}
