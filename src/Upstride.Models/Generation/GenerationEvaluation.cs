using System.Numerics.Tensors;
using Upstride.Models.Classification;

namespace Upstride.Models.Generation;

/// <summary>How good a generator's pictures are, by what a classifier finds in them and in real ones.</summary>
/// <param name="ClassShares">The part of the samples that each class has.</param>
/// <param name="MeanTopProbability">The mean over the samples of the most probable class's probability.</param>
/// <param name="MeanTopProbabilityOfReal">The same of the pictures that were held out.</param>
/// <param name="FrechetDistance">Between the features of the samples and of the pictures that were held out.</param>
/// <param name="FrechetDistanceOfReal">Between those that were trained on and those that were held out.</param>
/// <param name="FrechetDistanceOfHalves">Between the real pictures of even and of odd number.</param>
/// <param name="NearestOfSamples">The distance of a sample to the nearest picture that was trained on: the least, and the median.</param>
/// <param name="NearestOfReal">The same of the pictures that were held out.</param>
public sealed record GenerationQuality(
    double[] ClassShares, double MeanTopProbability, double MeanTopProbabilityOfReal, double FrechetDistance, double FrechetDistanceOfReal,
    double FrechetDistanceOfHalves, NeighbourDistances NearestOfSamples, NeighbourDistances NearestOfReal);

/// <summary>Distances to nearest neighbours: roots of the sum of squares over a picture, of values in -1 to 1.</summary>
public readonly record struct NeighbourDistances(double Least, double Median);

/// <summary>Judges a generator.</summary>
public static class GenerationEvaluation
{
    // Each is compared with every picture that was trained on.
    private const int MostCompared = 1000;

    /// <summary>Judges.</summary>
    /// <param name="samples">[count, channels, size, size], in -1 to 1: at least two.</param>
    /// <param name="trained">The pictures that were trained on.</param>
    /// <param name="held">Pictures that were not: at least two.</param>
    /// <param name="classifier">Of the pictures' size.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public static GenerationQuality Judge(float[] samples, PictureSet trained, PictureSet held, PictureClassifier<float> classifier,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(classifier);
        const int features = PictureClassifier<float>.FeatureCount;
        using var reader = new ClassReader(classifier);
        PictureClasses made = reader.Read(samples, cancellationToken);
        progress?.Report(0.2);
        PictureClasses known = reader.Read(trained.Values, cancellationToken), real = reader.Read(held.Values, cancellationToken);
        progress?.Report(0.4);
        double[] shares = new double[classifier.Settings.Classes];
        foreach (int one in made.Classes) shares[one] += 1.0 / made.Classes.Length;
        (float[] even, float[] odd) = Halves([.. known.Features, .. real.Features], features);
        int length = trained.PictureLength, compared = Math.Min(MostCompared, Math.Min(samples.Length / length, held.Count));
        NeighbourDistances nearest = Nearest(samples.AsSpan(0, compared * length), trained, cancellationToken);
        progress?.Report(0.7);
        NeighbourDistances nearestOfReal = Nearest(held.Values[..(compared * length)], trained, cancellationToken);
        progress?.Report(1);
        return new(shares, made.Probabilities.Average(), real.Probabilities.Average(),
            Generation.FrechetDistance.Between(made.Features, real.Features, features),
            Generation.FrechetDistance.Between(known.Features, real.Features, features),
            Generation.FrechetDistance.Between(even, odd, features), nearest, nearestOfReal);
    }

    /// <summary>The nearest picture of a set.</summary>
    /// <param name="picture">[channels, size, size].</param>
    /// <param name="set">Where it is looked for.</param>
    public static (int Index, double Distance) NearestOf(ReadOnlySpan<float> picture, PictureSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        (int index, float least) = (-1, float.PositiveInfinity);
        for (int i = 0; i < set.Count; i++)
        {
            float distance = TensorPrimitives.Distance(picture, set[i]);
            if (distance < least) (index, least) = (i, distance);
        }
        return (index, least);
    }

    private static NeighbourDistances Nearest(ReadOnlySpan<float> pictures, PictureSet set, CancellationToken cancellationToken)
    {
        int length = set.PictureLength;
        double[] distances = new double[pictures.Length / length];
        for (int i = 0; i < distances.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            distances[i] = NearestOf(pictures.Slice(i * length, length), set).Distance;
        }
        Array.Sort(distances);
        return new(distances[0], (distances[distances.Length / 2] + distances[(distances.Length - 1) / 2]) / 2);
    }

    private static (float[] Even, float[] Odd) Halves(float[] vectors, int features)
    {
        var halves = (Even: new List<float>(), Odd: new List<float>());
        for (int i = 0; i < vectors.Length; i++) (i / features % 2 == 0 ? halves.Even : halves.Odd).Add(vectors[i]);
        return ([.. halves.Even], [.. halves.Odd]);
    }
}
