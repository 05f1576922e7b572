using System.Globalization;
using Upstride.Algorithms;
using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Optimization;
using Upstride.Learning.Saving;
using Upstride.Models.Runs;

namespace Upstride.Models.Generation;

/// <summary>
/// Trains a DCGAN. Each step teaches the discriminator real pictures from made ones, and then the generator to be taken for real, both by
/// Adam with the paper's momentum of 0.5. What is written is a moving average of the generator over about the last thousand steps.
/// </summary>
public sealed class DcganTrainer : NetworkTrainer
{
    // Kept apart under the same seed: the order of the pictures, the steps' random numbers, those of the samples, of the averages'
    // statistics.
    private const long OrderStream = 1, LatentStream = 2, SampleStream = 3, StatisticsStream = 4;
    private const double FirstMomentum = 0.5, Kept = 0.999;
    private const int SampleRows = 8, StatisticsBatches = 50;

    private readonly PictureSet _pictures;
    private readonly Tape<float> _tape;
    private readonly Adam<float> _generatorAdam, _discriminatorAdam;
    private readonly MovingAverage<float> _average;
    private readonly float[] _batch, _latent;
    private readonly LatentSource _latentSource;
    private readonly EpochOrder _order;

    /// <param name="generator">Trained in place.</param>
    /// <param name="discriminator">Trained in place.</param>
    /// <param name="pictures">Real ones, of the networks' size.</param>
    /// <param name="settings">How long and how much at a time.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow, or sizes that differ.</exception>
    public DcganTrainer(DcganGenerator<float> generator, DcganDiscriminator<float> discriminator, PictureSet pictures, RunSettings settings)
        : base(settings, new("discriminator_loss", "F3", IsLoss: true), new("generator_loss", "F3", IsLoss: true),
            new("real_taken_for_real", "F3", IsLoss: true), new("made_taken_for_real", "F3", IsLoss: true))
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(discriminator);
        ArgumentNullException.ThrowIfNull(pictures);
        if (generator.Settings != discriminator.Settings)
            throw new ArgumentException(
                $"generator and discriminator must have the same sizes: {generator.Settings} and {discriminator.Settings}",
                nameof(discriminator));
        if ((pictures.Size, pictures.Channels) != (generator.Settings.Size, generator.Settings.Channels))
            throw new ArgumentException(
                $"the pictures are {pictures.Channels}x{pictures.Size}x{pictures.Size}, and the networks' are "
                + $"{generator.Settings.Channels}x{generator.Settings.Size}x{generator.Settings.Size}: both must be equal",
                    nameof(pictures));
        if (settings.Batch < 2) throw new ArgumentException($"batch = {settings.Batch}, and must be at least 2", nameof(settings));
        Generator = generator;
        Discriminator = discriminator;
        _pictures = pictures;
        _tape = new(new ComputeSettings { Threads = settings.Threads, Tuning = settings.Tuning });
        _generatorAdam = new(generator.Parameters(), settings.LearningRate) { Beta1 = FirstMomentum };
        _discriminatorAdam = new(discriminator.Parameters(), settings.LearningRate) { Beta1 = FirstMomentum };
        _average = new(generator.Parameters(), Kept);
        _batch = new float[checked(settings.Batch * pictures.PictureLength)];
        _latent = new float[settings.Batch * generator.Settings.Latent];
        _order = new(pictures.Count, settings.Seed, OrderStream);
        _latentSource = new(SeedOf(LatentStream), generator.Settings.Latent);
    }

    /// <summary>Makes pictures; the last step's, not the average that is written.</summary>
    public DcganGenerator<float> Generator { get; }

    /// <summary>Judges pictures.</summary>
    public DcganDiscriminator<float> Discriminator { get; }

    /// <inheritdoc/>
    public override string Title => Generator.Settings.ToString();

    /// <inheritdoc/>
    public override void Write(string path) => WithAverage(() => DcganFile.Write(path, Generator));

    /// <summary>Writes the first 64 pictures of the run's seed, as a grid, under the step's number.</summary>
    /// <param name="folder">Where it goes; made where it is not there.</param>
    public override void WriteSamples(string folder)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{Step:D7}.png"));
        WithAverage(() =>
        {
            using var sampler = new DcganSampler(Generator, Settings.Threads);
            ImageFile.Write(file, PictureGrid.Create(sampler.Make(SeedOf(SampleStream), 0, SampleRows * SampleRows),
                Generator.Settings.Channels, Generator.Settings.Size, SampleRows, SampleRows));
        });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _tape.Dispose();

    // The rate stays as it is.
    private protected override bool FollowsLength => false;

    private protected override void TakeStep(Span<double> losses)
    {
        DcganSettings sizes = Generator.Settings;
        int length = _pictures.PictureLength;
        for (int i = 0; i < Settings.Batch; i++) _pictures[_order[Step * Settings.Batch + i]].CopyTo(_batch.AsSpan(i * length, length));
        _latentSource.Fill(Step * Settings.Batch, _latent);
        _tape.Reset();
        Variable<float> real = _tape.Constant(_batch, [Settings.Batch, sizes.Channels, sizes.Size, sizes.Size]),
            made = Generator.Forward(_tape.Constant(_latent, [Settings.Batch, sizes.Latent, 1, 1])),
            yes = Targets(1), no = Targets(0);

        Variable<float> realLogits = Discriminator.Forward(real), madeLogits = Discriminator.Forward(made.Detach());
        Variable<float> loss = Losses.BinaryCrossEntropyWithLogits(realLogits, yes) + Losses.BinaryCrossEntropyWithLogits(madeLogits, no);
        losses[0] = loss.Value;
        losses[2] = MeanProbability(realLogits);
        losses[3] = MeanProbability(madeLogits);
        Advance(_discriminatorAdam, loss);

        // The gradient goes through the discriminator, and not to its weights.
        SetTrained(Discriminator, false);
        Variable<float> generatorLoss = Losses.BinaryCrossEntropyWithLogits(Discriminator.Forward(made), yes);
        losses[1] = generatorLoss.Value;
        Advance(_generatorAdam, generatorLoss);
        SetTrained(Discriminator, true);
        _average.Update();
    }

    private protected override Checkpoint<float> CreateCheckpoint()
    {
        var checkpoint = new Checkpoint<float>();
        checkpoint.Modules["generator"] = Generator;
        checkpoint.Modules["discriminator"] = Discriminator;
        checkpoint.Optimizers["generator"] = _generatorAdam;
        checkpoint.Optimizers["discriminator"] = _discriminatorAdam;
        checkpoint.Averages["generator"] = _average;
        return checkpoint;
    }

    private protected override IEnumerable<(string Name, long Value)> OwnRecipe() =>
        [("number of pictures", _pictures.Count), ("upsampling", (long)Generator.Settings.Upsampling)];

    private static void Advance(Adam<float> adam, Variable<float> loss)
    {
        adam.ZeroGradients();
        loss.Backward();
        adam.Step();
    }

    private static void SetTrained(Module<float> module, bool trained)
    {
        foreach (Parameter<float> parameter in module.Parameters()) parameter.RequiresGradient = trained;
    }

    private Variable<float> Targets(float value)
    {
        Variable<float> targets = _tape.Empty([Settings.Batch, 1, 1, 1]);
        targets.Values.Fill(value);
        return targets;
    }

    private static double MeanProbability(Variable<float> logits)
    {
        double sum = 0;
        foreach (float logit in logits.Values) sum += 1 / (1 + Math.Exp(-logit));
        return sum / logits.Length;
    }

    // The averaged weights have statistics of their own: they are found from pictures of fixed random numbers. Afterwards all is as before.
    private void WithAverage(Action action)
    {
        (Parameter<float> Buffer, float[] Values)[] buffers =
            [.. Generator.NamedBuffers().Select(static one => (one.Parameter, one.Parameter.Values.ToArray()))];
        _average.Swap();
        try
        {
            int latent = Generator.Settings.Latent;
            float[] numbers = new float[Settings.Batch * latent];
            var source = new LatentSource(SeedOf(StatisticsStream), latent);
            for (int batch = 0; batch < StatisticsBatches; batch++)
            {
                source.Fill((long)batch * Settings.Batch, numbers);
                _tape.Reset();
                using NoGradientScope<float> scope = _tape.NoGradient();
                Generator.Forward(_tape.Constant(numbers, [Settings.Batch, latent, 1, 1]));
            }
            Generator.Eval();
            action();
        }
        finally
        {
            Generator.Train();
            _average.Swap();
            foreach ((Parameter<float> buffer, float[] values) in buffers) values.CopyTo(buffer.Values);
        }
    }

    private long SeedOf(long stream) => unchecked((long)Learning.Randomness.RandomSource.For(Settings.Seed, stream).NextBits());
}
