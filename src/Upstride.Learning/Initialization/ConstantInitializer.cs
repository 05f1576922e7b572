using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

internal sealed class ConstantInitializer(double value) : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);
        destination.Fill(T.CreateTruncating(value));
    }
}
