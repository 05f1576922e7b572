using Upstride.Algorithms;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Runs;

namespace Upstride.Models.Segmentation;

/// <summary>Trains a segmentation network by the cross-entropy of every pixel that counts.</summary>
public sealed class SegmentationTrainer : NetworkTrainer
{
    // Kept apart under the same seed: the order of the pictures, and how each is changed.
    private const long OrderStream = 1, DrawStream = 2;

    private readonly SegmentationRunSettings _settings;
    private readonly IReadOnlyList<LabelledPicture> _pictures, _validation;
    private readonly Tape<float> _tape;
    private readonly AdamW<float> _adam;
    private readonly float[] _weights;
    private readonly float[] _colours;
    private readonly int[] _labels;
    private readonly (string Name, RandomSource Random)[] _drops;
    private readonly EpochOrder _order;

    /// <param name="network">Trained in place.</param>
    /// <param name="pictures">What is trained on.</param>
    /// <param name="validation">What the curves are judged by; nothing is chosen by it. None leaves those curves out.</param>
    /// <param name="settings">The recipe.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow, or no picture.</exception>
    public SegmentationTrainer(SegmentationNetwork<float> network, IReadOnlyList<LabelledPicture> pictures,
        IReadOnlyList<LabelledPicture> validation, SegmentationRunSettings settings)
        : base(settings, CurvesOf(validation))
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Count, nameof(pictures));
        Augmentation drawn = settings.Augmentation;
        int stride = network.Settings.Stride, classes = network.Settings.Classes.Length;
        if (drawn.Width % stride != 0 || drawn.Height % stride != 0)
            throw new ArgumentException(
                $"training pictures are {drawn.Width}x{drawn.Height}, and both must be multiples of {stride} for {network.Settings}",
                nameof(settings));
        Network = network;
        _settings = settings;
        _pictures = pictures;
        _validation = validation;
        _tape = new(new ComputeSettings { Threads = settings.Threads, Tuning = settings.Tuning });

        // Weights of normalisations and biases do not decay: they scale and shift, and have no size to keep small.
        Parameter<float>[] all = [.. network.Parameters()];
        _adam = new(new ParameterGroup<float>(all.Where(static one => one.Shape.Length > 1), settings.LearningRate)
            { WeightDecay = settings.WeightDecay },
            new ParameterGroup<float>(all.Where(static one => one.Shape.Length <= 1), settings.LearningRate));
        _weights = settings.Weighting == ClassWeighting.None ? [] : SegmentationSet.MedianFrequencyWeights(pictures, classes);
        if (settings.Weighting == ClassWeighting.RootOfMedianFrequency)
            for (int i = 0; i < _weights.Length; i++) _weights[i] = MathF.Sqrt(_weights[i]);
        _colours = new float[checked(settings.Batch * 3 * drawn.Width * drawn.Height)];
        _labels = new int[_colours.Length / 3];
        _drops = [.. Drops(network, "")];
        _order = new(pictures.Count, settings.Seed, OrderStream);
    }

    /// <summary>What is trained.</summary>
    public SegmentationNetwork<float> Network { get; }

    /// <inheritdoc/>
    public override string Title => Network.Settings.ToString();

    /// <inheritdoc/>
    public override void Write(string path) => SegmentationFile.Write(path, Network);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _tape.Dispose();

    private protected override void TakeStep(Span<double> losses)
    {
        Augmentation drawn = _settings.Augmentation;
        int plane = drawn.Width * drawn.Height;
        for (int i = 0; i < Settings.Batch; i++)
        {
            long number = Step * Settings.Batch + i;
            drawn.Draw(_pictures[_order[number]],
                RandomSource.For(Settings.Seed, DrawStream, number), _colours.AsSpan(i * 3 * plane, 3 * plane),
                _labels.AsSpan(i * plane, plane));
        }
        _tape.Reset();
        Variable<float> scores = Network.Forward(_tape.Constant(_colours, [Settings.Batch, 3, drawn.Height, drawn.Width]));
        Variable<float> loss = Losses.CrossEntropy(scores, _labels, _weights, SegmentationSet.Void);
        losses[0] = loss.Value;
        _adam.ZeroGradients();
        loss.Backward();
        double rate = _settings.LearningRateAt(Fraction);
        foreach (ParameterGroup<float> group in _adam.Groups) group.LearningRate = rate;
        _adam.Step();
    }

    private protected override IEnumerable<double> Judge()
    {
        if (_validation.Count == 0) return [];
        Network.Eval();
        using var segmenter = new Segmenter(Network, Settings.Threads);
        ConfusionMatrix matrix = segmenter.Judge(_validation, cancellationToken: CancellationToken.None);
        Network.Train();
        return [matrix.PixelAccuracy, matrix.MeanClassAccuracy, matrix.MeanIou];
    }

    private protected override Checkpoint<float> CreateCheckpoint()
    {
        var checkpoint = new Checkpoint<float>();
        checkpoint.Modules["network"] = Network;
        checkpoint.Optimizers["adam"] = _adam;
        foreach ((string name, RandomSource random) in _drops) checkpoint.Random[name] = random;
        return checkpoint;
    }

    private protected override IEnumerable<(string Name, long Value)> OwnRecipe()
    {
        Augmentation drawn = _settings.Augmentation;
        return
        [
            ("number of pictures", _pictures.Count), ("architecture", (long)Network.Settings.Architecture),
            ("upsampling", (long)Network.Settings.Upsampling), ("weighting", (long)_settings.Weighting),
            ("weight decay", BitConverter.DoubleToInt64Bits(_settings.WeightDecay)),
            ("warm-up", BitConverter.DoubleToInt64Bits(_settings.WarmUp)), ("width", drawn.Width), ("height", drawn.Height),
            ("least scale", BitConverter.DoubleToInt64Bits(drawn.Scale.Least)),
            ("most scale", BitConverter.DoubleToInt64Bits(drawn.Scale.Most)),
            ("colour", BitConverter.DoubleToInt64Bits(drawn.Colour)), ("flip", drawn.Flip ? 1 : 0),
        ];
    }

    private static System.Collections.Immutable.ImmutableArray<RunCurve> CurvesOf(IReadOnlyList<LabelledPicture> validation)
    {
        ArgumentNullException.ThrowIfNull(validation);
        RunCurve loss = new("loss", "F4", IsLoss: true);
        return validation.Count == 0
            ? [loss]
            : [loss, new("pixel_accuracy", "F4", IsLoss: false), new("class_accuracy", "F4", IsLoss: false),
                new("mean_iou", "F4", IsLoss: false)];
    }

    private static IEnumerable<(string Name, RandomSource Random)> Drops(Module<float> module, string name)
    {
        if (module is Dropout2d<float> drop) yield return (name, drop.Random);
        foreach ((string child, Module<float> inside) in module.Children)
            foreach ((string Name, RandomSource Random) one in Drops(inside, $"{name}.{child}"))
                yield return one;
    }
}
