using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Explain.Diagnosis;

/// <summary>What one kernel, from one input channel to one output channel, makes of a flat input.</summary>
/// <param name="Input">The input channel.</param>
/// <param name="Output">The output channel.</param>
/// <param name="Gains">The sum of the taps of each phase, by residues in row-major order.</param>
public sealed record PairGains(int Input, int Output, ImmutableArray<double> Gains)
{
    // Where a pair's mean is nothing beside its pattern, its level against the mean says no more than this.
    private const double MaxDecibels = 120;

    /// <summary>The mean of the gains.</summary>
    public double Mean => Gains.Average();

    /// <summary>The pattern's root mean square: how far the gains lie from their mean.</summary>
    public double Pattern => Math.Sqrt(Gains.Average(gain => (gain - Mean) * (gain - Mean)));

    /// <summary>The pattern against the mean in decibels, at most 120; null where there is no pattern.</summary>
    public double? PatternDb { get; internal init; }

    /// <summary>The level of a pattern beside a mean, null for none.</summary>
    internal static double? Level(double pattern, double mean) =>
        pattern == 0 ? null : Math.Min(MaxDecibels, 20 * Math.Log10(pattern / Math.Abs(mean)));
}

/// <summary>
/// The diagnosis of one layer. A transposed convolution makes a flat output of a flat input exactly where all phases have the same gain,
/// that is
/// where its kernel has the zero-order hold as a factor (Sugawara, Shiota, Kiya, "Checkerboard artifacts free convolutional neural
/// networks", 2019).
/// </summary>
public sealed class LayerDiagnosis
{
    // Sums of single-precision weights differ by so much of their absolute sum without meaning it.
    private const double Rounding = 1.0 / (1 << 20);

    private LayerDiagnosis(UpsamplingLayer layer, PairGains worst, double? meanDb)
    {
        Layer = layer;
        Overlap = OverlapMap.Of(ConvTransposeGeometry.Create(
            1, 1, 1, 1, layer.Kernel.Select((taps, a) => ConvTransposeAxis.Create(1, taps, layer.Stride[a], layer.Dilation[a]))));
        WorstPair = worst;
        MeanDb = meanDb;
    }

    /// <summary>The layer.</summary>
    public UpsamplingLayer Layer { get; }

    /// <summary>How many products land on an output, whatever the weights.</summary>
    public OverlapMap Overlap { get; }

    /// <summary>The pair of channels with the largest pattern.</summary>
    public PairGains WorstPair { get; }

    /// <summary>The worst pair's pattern on a flat input, root mean square against its mean, in decibels; null where there is none at
    /// all.</summary>
    public double? PatternDb => WorstPair.PatternDb;

    /// <summary>The pattern of all pairs together against the mean of all, by energy; null where there is none.</summary>
    public double? MeanDb { get; }

    /// <summary>Whether every pair makes a flat output of a flat input.</summary>
    public bool IsFlat => PatternDb is null;

    /// <summary>The strongest frequency of the worst pair's pattern on each axis, as multiples of 1/stride: [1, 0] of stride 2 is half a
    /// cycle an element.</summary>
    public ImmutableArray<int> Frequency => Strongest(Layer.Stride, WorstPair.Gains);

    /// <summary>Diagnoses <paramref name="layer"/>.</summary>
    public static LayerDiagnosis Of(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        PairGains? worst = null;
        double pattern = 0, mean = 0;
        foreach (PairGains pair in PairsOf(layer))
        {
            if (pair.PatternDb is not null)
            {
                pattern += pair.Pattern * pair.Pattern;
                if (worst?.PatternDb is null || pair.PatternDb > worst.PatternDb) worst = pair;
            }
            mean += pair.Mean * pair.Mean;
            worst ??= pair;
        }
        return new(layer, worst!, PairGains.Level(Math.Sqrt(pattern), Math.Sqrt(mean)));
    }

    /// <summary>The gains of every pair of channels, by ascending input channel and output channel.</summary>
    public static IEnumerable<PairGains> PairsOf(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        int taps = layer.Taps;
        int[] phases = [.. Enumerable.Range(0, taps).Select(layer.PhaseOf)];
        bool integers = layer.Weight.All(double.IsInteger);
        int inputsOfGroup = layer.InputChannels / layer.Groups;
        for (int pair = 0; pair < layer.Weight.Length / taps; pair++)
        {
            var gains = new double[layer.Phases];
            double absolute = 0;
            for (int tap = 0; tap < taps; tap++)
            {
                double weight = layer.Weight[pair * taps + tap];
                gains[phases[tap]] += weight;
                absolute += Math.Abs(weight);
            }
            int input = pair / layer.OutputChannelsPerGroup;
            var found = new PairGains(input, input / inputsOfGroup * layer.OutputChannelsPerGroup + pair % layer.OutputChannelsPerGroup,
                [.. gains]);
            bool flat = gains.Max() - gains.Min() <= (integers ? 0 : Rounding * absolute);
            yield return found with { PatternDb = flat ? null : PairGains.Level(found.Pattern, found.Mean) };
        }
    }

    // The largest coefficient of the gains' discrete Fourier transform but the mean; phases are few.
    private static ImmutableArray<int> Strongest(ImmutableArray<int> stride, ImmutableArray<double> gains)
    {
        int best = 0;
        double most = 0;
        for (int k = 1; k < gains.Length && gains.Length <= 4096; k++)
        {
            double real = 0, imaginary = 0;
            for (int r = 0; r < gains.Length; r++)
            {
                double angle = 0;
                for (int a = stride.Length - 1, f = k, p = r; a >= 0; f /= stride[a], p /= stride[a], a--)
                    angle += 2 * Math.PI * (f % stride[a]) * (p % stride[a]) / stride[a];
                real += gains[r] * Math.Cos(angle);
                imaginary += gains[r] * Math.Sin(angle);
            }
            double power = real * real + imaginary * imaginary;
            if (power <= most * (1 + 1e-9)) continue;
            most = power;
            best = k;
        }
        var frequency = new int[stride.Length];
        for (int a = stride.Length - 1; a >= 0; best /= stride[a], a--) frequency[a] = best % stride[a];
        return [.. frequency];
    }
}
