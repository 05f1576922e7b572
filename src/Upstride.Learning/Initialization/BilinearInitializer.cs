using Upstride.Geometry;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

internal sealed class BilinearInitializer : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);
        if (shape.Length < 3 || shape[1] < 1 || shape[0] % shape[1] != 0)
            throw new ArgumentException(
                $"shape is [{string.Join(", ", shape.ToArray())}], and a bilinear start needs [channels, channels per group, kernel...] "
                    + $"with channels divisible by those of a group", nameof(shape));
        destination.Clear();
        int channels = (int)shape[0], perGroup = (int)shape[1];
        if (channels == 0) return;
        int taps = destination.Length / (channels * perGroup);

        // Each channel goes to itself alone: within its group, input channel c has the place c mod perGroup, and so has its output.
        for (int channel = 0; channel < channels; channel++)
            BilinearKernel.Fill(shape[2..], destination.Slice((channel * perGroup + channel % perGroup) * taps, taps));
    }
}
