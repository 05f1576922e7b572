using Upstride.Algorithms;
using Upstride.Learning;

namespace Upstride.Models.Classification;

/// <summary>What a classifier finds in some pictures.</summary>
/// <param name="Classes">The most probable class of each.</param>
/// <param name="Probabilities">Its probability.</param>
/// <param name="Features">[pictures, <see cref="PictureClassifier{T}.FeatureCount"/>].</param>
public sealed record PictureClasses(int[] Classes, double[] Probabilities, float[] Features);

/// <summary>Classifies pictures, some at a time.</summary>
public sealed class ClassReader : IDisposable
{
    private const int Batch = 100;
    private readonly PictureClassifier<float> _classifier;
    private readonly Tape<float> _tape;

    /// <param name="classifier">Used as it is: call Eval where it was trained.</param>
    /// <param name="threads">Threads; every core's where null.</param>
    public ClassReader(PictureClassifier<float> classifier, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        _classifier = classifier;
        _tape = new(new ComputeSettings { Threads = threads ?? Environment.ProcessorCount });
    }

    /// <summary>Classifies.</summary>
    /// <param name="pictures">[count, channels, size, size], in -1 to 1.</param>
    /// <param name="cancellationToken">Asked before each batch.</param>
    public PictureClasses Read(ReadOnlySpan<float> pictures, CancellationToken cancellationToken = default)
    {
        (int size, int channels, int classes) = (_classifier.Settings.Size, _classifier.Settings.Channels, _classifier.Settings.Classes);
        int length = channels * size * size, count = pictures.Length / length;
        if (pictures.Length != count * length)
            throw new ArgumentException($"pictures holds {pictures.Length} numbers, and must hold a multiple of {length}",
                nameof(pictures));
        const int features = PictureClassifier<float>.FeatureCount;
        var found = new PictureClasses(new int[count], new double[count], new float[count * features]);
        for (int first = 0; first < count; first += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int part = Math.Min(Batch, count - first);
            _tape.Reset();
            using NoGradientScope<float> scope = _tape.NoGradient();
            Variable<float> given = _classifier.Features(
                _tape.Constant(pictures.Slice(first * length, part * length), [part, channels, size, size]));
            given.Values.CopyTo(found.Features.AsSpan(first * features));
            ReadOnlySpan<float> probabilities = Functions.Softmax(_classifier.Scores(given)).Values;
            for (int i = 0; i < part; i++)
            {
                ReadOnlySpan<float> one = probabilities.Slice(i * classes, classes);
                int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(one);
                (found.Classes[first + i], found.Probabilities[first + i]) = (best, one[best]);
            }
        }
        return found;
    }

    /// <summary>Releases the memory; the classifier stays.</summary>
    public void Dispose() => _tape.Dispose();
}
