using Upstride.Learning.Randomness;

namespace Upstride.Models.Generation;

/// <summary>The random numbers that pictures are made from: each picture's follow from a seed and the picture's number alone.</summary>
/// <param name="seed">The seed.</param>
/// <param name="latent">Numbers of one picture.</param>
public sealed class LatentSource(long seed, int latent)
{
    /// <summary>The numbers of some pictures.</summary>
    /// <param name="first">The first picture's number.</param>
    /// <param name="destination">[pictures, latent].</param>
    /// <exception cref="ArgumentException">A length that is no multiple of the latent numbers.</exception>
    public void Fill(long first, Span<float> destination)
    {
        if (latent < 1 || destination.Length % latent != 0)
            throw new ArgumentException(
                $"destination has {destination.Length} numbers, and must have a multiple of the latent ones, {latent}", nameof(destination));
        for (int picture = 0; picture * latent < destination.Length; picture++)
            RandomSource.For(seed, first + picture).FillNormal(0, 1, destination.Slice(picture * latent, latent));
    }

    /// <summary>
    /// The way from one point to another along the sphere between them: points of a straight line would lie nearer to the centre than
    /// any that the network has seen.
    /// </summary>
    /// <remarks>Source: White, "Sampling Generative Networks", 2016.</remarks>
    /// <param name="from">At 0.</param>
    /// <param name="to">At 1.</param>
    /// <param name="fraction">How far, 0 to 1.</param>
    /// <param name="destination">As long as both.</param>
    public static void Interpolate(ReadOnlySpan<float> from, ReadOnlySpan<float> to, double fraction, Span<float> destination)
    {
        if (to.Length != from.Length || destination.Length != from.Length)
            throw new ArgumentException(
                $"from has {from.Length} numbers, to {to.Length} and destination {destination.Length}, and all must be equal", nameof(to));
        double product = 0, squaresFrom = 0, squaresTo = 0;
        for (int i = 0; i < from.Length; i++)
        {
            product += (double)from[i] * to[i];
            squaresFrom += (double)from[i] * from[i];
            squaresTo += (double)to[i] * to[i];
        }
        double angle = Math.Acos(Math.Clamp(product / Math.Sqrt(squaresFrom * squaresTo), -1, 1)), sine = Math.Sin(angle);

        // Of two that are parallel the line is the sphere's too.
        (double first, double second) = sine < 1e-6
            ? (1 - fraction, fraction)
            : (Math.Sin((1 - fraction) * angle) / sine, Math.Sin(fraction * angle) / sine);
        for (int i = 0; i < destination.Length; i++) destination[i] = (float)(first * from[i] + second * to[i]);
    }
}
