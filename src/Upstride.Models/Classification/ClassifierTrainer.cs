using Upstride.Algorithms;
using Upstride.Learning;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Generation;
using Upstride.Models.Runs;

namespace Upstride.Models.Classification;

/// <summary>Trains a classifier by Adam, its rate falling along half a cosine; pictures are shifted by up to two pixels.</summary>
public sealed class ClassifierTrainer : NetworkTrainer
{
    // Kept apart under the same seed: the order of the pictures, and their shifts.
    private const long OrderStream = 1, ShiftStream = 2;
    private const int MostShift = 2;

    private readonly PictureSet _pictures, _held;
    private readonly byte[] _labels, _heldLabels;
    private readonly Tape<float> _tape;
    private readonly Adam<float> _adam;
    private readonly float[] _batch;
    private readonly int[] _targets;
    private readonly EpochOrder _order;

    /// <param name="classifier">Trained in place.</param>
    /// <param name="pictures">Of the network's size.</param>
    /// <param name="labels">The class of each.</param>
    /// <param name="held">Pictures that are not trained on, by which the curves' accuracy is found; nothing is chosen by it.</param>
    /// <param name="heldLabels">Their classes.</param>
    /// <param name="settings">How long and how much at a time.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow, sizes that differ, or labels that are no classes.</exception>
    public ClassifierTrainer(PictureClassifier<float> classifier, PictureSet pictures, byte[] labels, PictureSet held, byte[] heldLabels,
        RunSettings settings)
        : base(settings, new("loss", "F4", IsLoss: true), new("held_out_accuracy", "P2", IsLoss: false))
    {
        ArgumentNullException.ThrowIfNull(classifier);
        foreach ((PictureSet set, byte[] classes) in (ReadOnlySpan<(PictureSet, byte[])>)[(pictures, labels), (held, heldLabels)])
        {
            ArgumentNullException.ThrowIfNull(set, nameof(pictures));
            ArgumentNullException.ThrowIfNull(classes, nameof(labels));
            if (set.Count != classes.Length)
                throw new ArgumentException($"there are {set.Count} pictures and {classes.Length} labels, and both must be equal",
                    nameof(labels));
            if ((set.Size, set.Channels) != (classifier.Settings.Size, classifier.Settings.Channels))
                throw new ArgumentException($"the pictures are {set.Channels}x{set.Size}x{set.Size}, and the network is a "
                    + $"{classifier.Settings}", nameof(pictures));
            int wrong = Array.FindIndex(classes, label => label >= classifier.Settings.Classes);
            if (wrong >= 0)
                throw new ArgumentException($"label {wrong} is {classes[wrong]}, and must be 0 .. {classifier.Settings.Classes - 1}",
                    nameof(labels));
        }
        Classifier = classifier;
        (_pictures, _labels, _held, _heldLabels) = (pictures, labels, held, heldLabels);
        _tape = new(new ComputeSettings { Threads = settings.Threads, Tuning = settings.Tuning });
        _adam = new(classifier.Parameters(), settings.LearningRate);
        _batch = new float[checked(settings.Batch * pictures.PictureLength)];
        _targets = new int[settings.Batch];
        _order = new(pictures.Count, settings.Seed, OrderStream);
    }

    /// <summary>What is trained.</summary>
    public PictureClassifier<float> Classifier { get; }

    /// <inheritdoc/>
    public override string Title => Classifier.Settings.ToString();

    /// <inheritdoc/>
    public override void Write(string path) => ClassifierFile.Write(path, Classifier);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _tape.Dispose();

    private protected override void TakeStep(Span<double> losses)
    {
        for (int i = 0; i < Settings.Batch; i++)
        {
            long number = Step * Settings.Batch + i;
            int picture = _order[number];
            _targets[i] = _labels[picture];
            RandomSource random = RandomSource.For(Settings.Seed, ShiftStream, number);
            Shift(_pictures[picture], random.NextInt(2 * MostShift + 1) - MostShift, random.NextInt(2 * MostShift + 1) - MostShift,
                _batch.AsSpan(i * _pictures.PictureLength, _pictures.PictureLength));
        }
        _tape.Reset();
        Variable<float> input = _tape.Constant(_batch, [Settings.Batch, _pictures.Channels, _pictures.Size, _pictures.Size]);
        Variable<float> loss = Losses.CrossEntropy(Classifier.Forward(input), _targets);
        losses[0] = loss.Value;
        _adam.ZeroGradients();
        loss.Backward();
        _adam.Groups[0].LearningRate = Settings.LearningRate * (1 + Math.Cos(Math.PI * Fraction)) / 2;
        _adam.Step();
    }

    private protected override IEnumerable<double> Judge()
    {
        Classifier.Eval();
        using var reader = new ClassReader(Classifier, Settings.Threads);
        PictureClasses found = reader.Read(_held.Values, CancellationToken.None);
        Classifier.Train();
        return [found.Classes.Zip(_heldLabels, static (one, label) => one == label ? 1.0 : 0).Average()];
    }

    private protected override Checkpoint<float> CreateCheckpoint()
    {
        var checkpoint = new Checkpoint<float>();
        checkpoint.Modules["classifier"] = Classifier;
        checkpoint.Optimizers["adam"] = _adam;
        return checkpoint;
    }

    private protected override IEnumerable<(string Name, long Value)> OwnRecipe() => [("number of pictures", _pictures.Count)];

    // What comes in from outside is as the border: -1, black.
    private void Shift(ReadOnlySpan<float> picture, int down, int right, Span<float> destination)
    {
        int size = _pictures.Size;
        destination.Fill(-1);
        for (int row = 0; row < _pictures.Channels * size; row++)
        {
            int y = row % size + down;
            if ((uint)y >= (uint)size) continue;
            ReadOnlySpan<float> source = picture.Slice(row * size, size);
            Span<float> target = destination.Slice((row + down) * size, size);
            if (right >= 0) source[..(size - right)].CopyTo(target[right..]);
            else source[-right..].CopyTo(target);
        }
    }
}
