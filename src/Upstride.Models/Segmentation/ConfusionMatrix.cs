using System.Collections.Immutable;

namespace Upstride.Models.Segmentation;

/// <summary>How often pixels of each class were taken for each class, and what follows from that.</summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <param name="classes">How many.</param>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Classes = classes;
        _counts = new long[checked(classes * classes)];
    }

    /// <summary>How many.</summary>
    public int Classes { get; }

    /// <summary>Pixels of class <paramref name="truth"/> that were taken for class <paramref name="predicted"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A class that there is not.</exception>
    public long this[int truth, int predicted] => (uint)truth < (uint)Classes && (uint)predicted < (uint)Classes
        ? _counts[truth * Classes + predicted]
        : throw new ArgumentOutOfRangeException(nameof(truth),
            $"truth = {truth} and predicted = {predicted}, and must be 0 .. {Classes - 1}");

    /// <summary>[classes, classes]: the pixels of each class, and within those what they were taken for.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Pixels that count.</summary>
    public long Pixels => _counts.Sum();

    /// <summary>The part of the pixels that were taken for what they are; NaN without any.</summary>
    public double PixelAccuracy => (double)Enumerable.Range(0, Classes).Sum(one => this[one, one]) / Pixels;

    /// <summary>The part of each class's pixels that were taken for it; NaN for a class without pixels.</summary>
    public ImmutableArray<double> ClassAccuracies => [.. Enumerable.Range(0, Classes).Select(one => (double)this[one, one] / Row(one))];

    /// <summary>The mean of <see cref="ClassAccuracies"/> over the classes that have pixels.</summary>
    public double MeanClassAccuracy => Mean(ClassAccuracies);

    /// <summary>
    /// Of each class, the pixels that are and were taken for it, divided by those that are or were: intersection over union; NaN for a
    /// class
    /// that is in neither.
    /// </summary>
    public ImmutableArray<double> Ious =>
        [.. Enumerable.Range(0, Classes).Select(one => (double)this[one, one] / (Row(one) + Column(one) - this[one, one]))];

    /// <summary>The mean of <see cref="Ious"/> over the classes that are in the truth or in the prediction.</summary>
    public double MeanIou => Mean(Ious);

    /// <summary>Counts the pixels of a picture.</summary>
    /// <param name="truth">The class of each pixel; others than 0 to classes - 1 do not count.</param>
    /// <param name="predicted">What each was taken for, 0 to classes - 1.</param>
    /// <exception cref="ArgumentException">Other lengths, or a prediction that is no class.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        if (truth.Length != predicted.Length)
            throw new ArgumentException($"truth has {truth.Length} pixels and predicted {predicted.Length}, and both must be equal",
                nameof(predicted));
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] >= Classes) continue;
            if (predicted[i] >= Classes)
                throw new ArgumentException($"predicted[{i}] = {predicted[i]}, and must be 0 .. {Classes - 1}", nameof(predicted));
            _counts[truth[i] * Classes + predicted[i]]++;
        }
    }

    /// <summary>Adds what was counted elsewhere, as in another process.</summary>
    /// <param name="counts"><see cref="Counts"/> of a matrix of as many classes.</param>
    /// <exception cref="ArgumentException">Another number of counts, or one below 0.</exception>
    public void Add(ReadOnlySpan<long> counts)
    {
        if (counts.Length != _counts.Length)
            throw new ArgumentException($"counts has {counts.Length} numbers, and must have {Classes}*{Classes} = {_counts.Length}",
                nameof(counts));
        if (counts.ContainsAnyExceptInRange(0, long.MaxValue))
            throw new ArgumentException("counts holds a number below 0, and pixels are counted from 0 on", nameof(counts));
        for (int i = 0; i < counts.Length; i++) _counts[i] += counts[i];
    }

    private long Row(int truth) => Enumerable.Range(0, Classes).Sum(predicted => this[truth, predicted]);

    private long Column(int predicted) => Enumerable.Range(0, Classes).Sum(truth => this[truth, predicted]);

    private static double Mean(IEnumerable<double> values) =>
        values.Where(static value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();
}
