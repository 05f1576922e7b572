using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

internal sealed class PyTorchInitializer : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);
        Fill(shape, random, destination);
    }

    public override void FillBias<T>(ReadOnlySpan<nint> weightShape, RandomSource random, Span<T> destination)
    {
        RequireBias(weightShape, random);
        Fill(weightShape, random, destination);
    }

    private static void Fill<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        double fan = Fans.Of(shape).In;

        // A layer without inputs has no weights, and PyTorch leaves its bias at zero.
        double bound = fan == 0 ? 0 : 1 / Math.Sqrt(fan);
        random.FillUniform(-bound, bound, destination);
    }
}
