using Upstride.Algorithms;
using Upstride.Learning;

namespace Upstride.Models.Generation;

/// <summary>Makes pictures with a generator, some at a time.</summary>
public sealed class DcganSampler : IDisposable
{
    private const int Batch = 64;
    private readonly DcganGenerator<float> _generator;
    private readonly Tape<float> _tape;

    /// <param name="generator">Used as it is: call Eval where it was trained.</param>
    /// <param name="threads">Threads; every core's where null.</param>
    public DcganSampler(DcganGenerator<float> generator, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        _generator = generator;
        _tape = new(new ComputeSettings { Threads = threads ?? Environment.ProcessorCount });
    }

    /// <summary>The pictures of some random numbers.</summary>
    /// <param name="latent">[pictures, latent].</param>
    /// <param name="destination">[pictures, channels, size, size]: receives them, in -1 to 1.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked before each batch.</param>
    public void Make(ReadOnlySpan<float> latent, Span<float> destination, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        DcganSettings settings = _generator.Settings;
        int length = settings.Channels * settings.Size * settings.Size, count = latent.Length / settings.Latent;
        if (latent.Length != count * settings.Latent || destination.Length != count * length)
            throw new ArgumentException(
                $"latent holds {latent.Length} numbers and destination {destination.Length}, and must hold {settings.Latent} and {length} "
                + $"for each picture", nameof(latent));
        for (int first = 0; first < count; first += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int part = Math.Min(Batch, count - first);
            _tape.Reset();
            using NoGradientScope<float> scope = _tape.NoGradient();
            Variable<float> made = _generator.Forward(
                _tape.Constant(latent.Slice(first * settings.Latent, part * settings.Latent), [part, settings.Latent, 1, 1]));
            made.Values.CopyTo(destination.Slice(first * length, part * length));
            progress?.Report((double)(first + part) / count);
        }
    }

    /// <summary>The pictures with the numbers from <paramref name="first"/> on of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="first">The first picture's number.</param>
    /// <param name="count">How many.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked before each batch.</param>
    /// <returns>[pictures, channels, size, size], in -1 to 1.</returns>
    public float[] Make(long seed, long first, int count, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        DcganSettings settings = _generator.Settings;
        float[] latent = new float[checked(count * settings.Latent)];
        new LatentSource(seed, settings.Latent).Fill(first, latent);
        float[] pictures = new float[checked(count * settings.Channels * settings.Size * settings.Size)];
        Make(latent, pictures, progress, cancellationToken);
        return pictures;
    }

    /// <summary>Releases the memory; the generator stays.</summary>
    public void Dispose() => _tape.Dispose();
}
