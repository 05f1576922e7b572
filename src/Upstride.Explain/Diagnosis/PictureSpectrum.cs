using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Diagnosis;

/// <summary>The energy of one frequency of a picture beside its neighbourhood.</summary>
/// <param name="Row">Cycles down, as a multiple of 1/stride.</param>
/// <param name="Column">Cycles across, likewise.</param>
/// <param name="Decibels">Its power against the mean power around it.</param>
public sealed record SpectrumPeak(int Row, int Column, double Decibels);

/// <summary>
/// What a picture shows of an upsampling by a stride: the power at the multiples of 1/stride beside the power around them, and the power
/// by frequency
/// whatever the direction (Durall, Keuper, Keuper, "Watch your up-convolution", 2020). Hann windows that overlap by half are averaged
/// (Welch, 1967).
/// </summary>
public sealed class PictureSpectrum
{
    private const int LargestWindow = 256;
    private const int Ring = 3;
    private const int RingEnd = 6;

    private PictureSpectrum(int stride, int window, ImmutableArray<SpectrumPeak> peaks, ImmutableArray<double> azimuthal)
    {
        Stride = stride;
        Window = window;
        Peaks = peaks;
        Azimuthal = azimuthal;
    }

    /// <summary>The stride that was looked for.</summary>
    public int Stride { get; }

    /// <summary>Side of the windows in pixels, a multiple of the stride.</summary>
    public int Window { get; }

    /// <summary>The multiples of 1/stride but zero, each frequency once, by rows.</summary>
    public ImmutableArray<SpectrumPeak> Peaks { get; }

    /// <summary>Mean power in decibels at 0, 1, 2 ... window/2 cycles a window, over all directions.</summary>
    public ImmutableArray<double> Azimuthal { get; }

    /// <summary>The highest peak in decibels.</summary>
    public double WorstDb => Peaks.Max(static peak => peak.Decibels);

    /// <summary>Looks at a plane of a picture.</summary>
    /// <param name="plane">[height, width].</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="stride">The stride that is looked for, at least 2.</param>
    /// <exception cref="Geometry.GeometryException">A stride below 2, or a picture smaller than 8 strides.</exception>
    public static PictureSpectrum Of(ReadOnlySpan<float> plane, int height, int width, int stride)
    {
        if (stride < 2) throw ValueSource.Fault(
            "stride", $"stride = {stride}, and must be at least 2: an upsampling by 1 leaves no pattern");
        if (plane.Length != (long)height * width) throw ValueSource.Fault(
            "picture", $"the plane has {plane.Length} values, and {height}*{width} = {(long)height * width} are needed");
        long smallest = 8L * stride;
        if (Math.Min(height, width) < smallest)
            throw ValueSource.Fault(
                "picture", $"the picture is {width}x{height}, and must be at least 8*stride = {smallest} on each side: use a larger "
                    + $"picture");
        int window = 8 * stride;
        while (window * 2 <= Math.Min(LargestWindow, Math.Min(height, width))) window *= 2;
        double[] power = Welch(plane, height, width, window);
        return new(stride, window, [.. PeaksOf(power, window, stride)], [.. AzimuthalOf(power, window)]);
    }

    private static double[] Welch(ReadOnlySpan<float> plane, int height, int width, int window)
    {
        double[] hann = [.. Enumerable.Range(0, window).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window))];
        var power = new double[window * window];
        var square = new double[window * window];
        int count = 0;
        for (int y = 0; y + window <= height; y += window / 2)
        {
            for (int x = 0; x + window <= width; x += window / 2, count++)
            {
                double mean = 0;
                for (int row = 0; row < window; row++)
                    for (int column = 0; column < window; column++) mean += plane[(y + row) * width + x + column];
                mean /= window * window;
                for (int row = 0; row < window; row++)
                    for (int column = 0; column < window; column++)
                        square[row * window + column] = (plane[(y + row) * width + x + column] - mean) * hann[row] * hann[column];
                double[] one = Fourier.Power(square, window);
                for (int i = 0; i < power.Length; i++) power[i] += one[i];
            }
        }
        for (int i = 0; i < power.Length; i++) power[i] /= count;
        return power;
    }

    private static IEnumerable<SpectrumPeak> PeaksOf(double[] power, int window, int stride)
    {
        for (int a = 0; a < stride; a++)
        {
            for (int b = 0; b < stride; b++)
            {
                // A real picture's spectrum is symmetric: each frequency is met twice, but for those that are their own mirror.
                int mirrorA = (stride - a) % stride, mirrorB = (stride - b) % stride;
                if ((a == 0 && b == 0) || (a, b).CompareTo((mirrorA, mirrorB)) > 0) continue;
                double around = Around(power, window, a * window / stride, b * window / stride);
                double at = power[a * window / stride * window + b * window / stride];
                yield return new(a, b, 10 * Math.Log10(Math.Max(at, double.Epsilon) / Math.Max(around, power.Max() * 1e-15)));
            }
        }
    }

    // A Hann window spreads a line over its neighbours, so those beside it are no neighbourhood yet.
    private static double Around(double[] power, int window, int row, int column)
    {
        double sum = 0;
        int count = 0;
        for (int dy = -RingEnd; dy <= RingEnd; dy++)
        {
            for (int dx = -RingEnd; dx <= RingEnd; dx++)
            {
                if (Math.Max(Math.Abs(dy), Math.Abs(dx)) < Ring) continue;
                sum += power[(row + dy + window) % window * window + (column + dx + window) % window];
                count++;
            }
        }
        return sum / count;
    }

    private static IEnumerable<double> AzimuthalOf(double[] power, int window)
    {
        var sums = new double[window / 2 + 1];
        var counts = new int[sums.Length];
        for (int row = 0; row < window; row++)
        {
            for (int column = 0; column < window; column++)
            {
                int dy = Math.Min(row, window - row), dx = Math.Min(column, window - column);
                int radius = (int)Math.Round(Math.Sqrt(dy * dy + dx * dx));
                if (radius >= sums.Length) continue;
                sums[radius] += power[row * window + column];
                counts[radius]++;
            }
        }
        double floor = power.Max() * 1e-15 + double.Epsilon;
        return sums.Select((sum, radius) => 10 * Math.Log10(Math.Max(sum / counts[radius], floor)));
    }
}
