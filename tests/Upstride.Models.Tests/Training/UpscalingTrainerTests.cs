using Upstride.Algorithms;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Pyramid;
using Upstride.Models.Upscaling;
using Upstride.Models.Residual;
using Upstride.Models.Training;
using Upstride.Testing;

namespace Upstride.Models.Tests.Training;

public sealed class UpscalingTrainerTests
{
    private static readonly TrainingPictures _pictures = Draw();

    [Fact]
    public void Learns_to_beat_bicubic_on_pictures_it_has_not_seen()
    {
        using UpscalingTrainer trainer =
            Create(new() { Steps = 700, Batch = 8, Patch = 12, LearningRate = 1e-2, PointEvery = 100, Threads = 2 }, new(2, 12, 6, 1));
        trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        double bicubic = _pictures.Validation.Average(static plane => UpscalingEvaluation.Judge(new BicubicUpscaler(2), plane).Psnr);
        Assert.Equal(7, trainer.Points.Count);
        Assert.True(trainer.Points[^1].Loss < 0.75 * trainer.Points[0].Loss, $"loss {trainer.Points[0].Loss} -> {trainer.Points[^1].Loss}");
        Assert.True(trainer.Points[^1].Psnr > bicubic + 0.3, $"PSNR {trainer.Points[^1].Psnr}, bicubic {bicubic}");
    }

    [Fact]
    public void A_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        float[] one = Train(new() { Steps = 12, Threads = 1 });
        Assert.Equal(one, Train(new() { Steps = 12, Threads = 2 }));
        Assert.Equal(one, Train(new() { Steps = 12, Threads = 5 }));
        Assert.NotEqual(one, Train(new() { Steps = 12, Threads = 1, Seed = 2 }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(11)]
    public void A_run_stopped_anywhere_and_resumed_ends_with_the_same_bits_and_curves(int stop)
    {
        using var folder = new TemporaryFolder();
        var files = new TrainingFiles(folder.File("x.safetensors"));
        TrainingSettings settings = new() { Steps = 12, PointEvery = 4, Batch = 3, Patch = 9 };
        using UpscalingTrainer whole = Create(settings);
        whole.Run(cancellationToken: TestContext.Current.CancellationToken);

        using var cancellation = new CancellationTokenSource();
        using (UpscalingTrainer stopped = Create(settings))
        {
            // A checkpoint after every step, the last of them when it is cancelled.
            var run = new TrainingRun(stopped, files, TimeSpan.Zero);
            var watch = new Watch(() => stopped.Step == stop, cancellation.Cancel);
            Assert.Throws<OperationCanceledException>(() => stopped.Run(betweenSteps: watch.Look, cancellationToken: cancellation.Token));
            Assert.Throws<OperationCanceledException>(() => run.Execute(cancellationToken: cancellation.Token));
        }
        Assert.True(File.Exists(files.Checkpoint));
        Assert.False(File.Exists(files.Weights));

        using UpscalingTrainer resumed = Create(settings);
        var rest = new TrainingRun(resumed, files, TimeSpan.Zero);
        rest.Resume();
        Assert.Equal(stop, resumed.Step);
        rest.Execute(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Values(whole.Network), Values(resumed.Network));
        Assert.Equal(Values(whole.Network), Values(FsrcnnFile.Read(files.Weights)));
        Assert.Equal(whole.Points.Select(static point => point with { Seconds = 0 }),
            TrainingLog.Read(files.Log).Select(static point => point with { Seconds = 0 }));
        Assert.Contains("<polyline", File.ReadAllText(files.Curves), StringComparison.Ordinal);
        Assert.Equal(["x.csv", "x.safetensors", "x.svg"],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    // All that a recipe can have: averaged weights, a margin, another loss, compressed pictures.
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void A_residual_network_too_ends_with_the_same_bits_wherever_it_was_stopped(int stop)
    {
        using var folder = new TemporaryFolder();
        TrainingSettings settings = new()
            { Steps = 10, PointEvery = 4, Batch = 3, Patch = 12, Margin = 2, Loss = TrainingLoss.L1, AverageDecay = 0.9, Threads = 1 };
        using UpscalingTrainer whole = CreateResidual(settings);
        whole.Run(cancellationToken: TestContext.Current.CancellationToken);
        whole.WriteWeights(folder.File("whole.safetensors"));

        using var cancellation = new CancellationTokenSource();
        using (UpscalingTrainer stopped = CreateResidual(settings))
        {
            var watch = new Watch(() => stopped.Step == stop, cancellation.Cancel);
            Assert.Throws<OperationCanceledException>(() => stopped.Run(betweenSteps: watch.Look, cancellationToken: cancellation.Token));
            stopped.Save(folder.File("x.checkpoint"));
        }
        using UpscalingTrainer resumed = CreateResidual(settings with { Threads = 2 });
        resumed.Load(folder.File("x.checkpoint"), []);
        resumed.Run(cancellationToken: TestContext.Current.CancellationToken);
        resumed.WriteWeights(folder.File("resumed.safetensors"));
        Assert.Equal(Values(whole.Network), Values(resumed.Network));
        byte[] weights = File.ReadAllBytes(folder.File("whole.safetensors"));
        Assert.Equal(weights, File.ReadAllBytes(folder.File("resumed.safetensors")));

        // What is written is the average, and what goes on learning is not.
        whole.Network.Write(folder.File("last.safetensors"), TestContext.Current.CancellationToken);
        Assert.NotEqual(weights, File.ReadAllBytes(folder.File("last.safetensors")));
        using UpscalingTrainer other = CreateResidual(settings with { Margin = 1, Loss = TrainingLoss.Charbonnier, AverageDecay = 0.8 });
        Assert.Contains("had another loss, another average, another margin",
            Assert.Throws<SafetensorsException>(() => other.Load(folder.File("x.checkpoint"), [])).Message, StringComparison.Ordinal);
    }

    // Every scale has its turn, also where a run goes on: the steps from the stop on are of other scales than the first.
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_pyramid_too_ends_with_the_same_bits_wherever_it_was_stopped(int stop)
    {
        using var folder = new TemporaryFolder();
        TrainingSettings settings = new()
            { Steps = 8, PointEvery = 4, Batch = 2, Patch = 8, Margin = 1, Loss = TrainingLoss.L1, AverageDecay = 0.9, Threads = 1 };
        using UpscalingTrainer whole = CreatePyramid(settings);
        whole.Run(cancellationToken: TestContext.Current.CancellationToken);
        whole.WriteWeights(folder.File("whole.safetensors"));

        using var cancellation = new CancellationTokenSource();
        using (UpscalingTrainer stopped = CreatePyramid(settings))
        {
            var watch = new Watch(() => stopped.Step == stop, cancellation.Cancel);
            Assert.Throws<OperationCanceledException>(() => stopped.Run(betweenSteps: watch.Look, cancellationToken: cancellation.Token));
            stopped.Save(folder.File("x.checkpoint"));
        }
        using UpscalingTrainer resumed = CreatePyramid(settings with { Threads = 2 });
        resumed.Load(folder.File("x.checkpoint"), []);
        resumed.Run(cancellationToken: TestContext.Current.CancellationToken);
        resumed.WriteWeights(folder.File("resumed.safetensors"));
        Assert.Equal(Values(whole.Network), Values(resumed.Network));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("resumed.safetensors")));
    }

    // Features and the picture of every level: all of them learn, and the mean over the scales rises above the interpolation's.
    [Fact]
    public void A_pyramid_learns_at_all_its_scales()
    {
        TrainingSettings settings = new()
            { Steps = 240, PointEvery = 240, Batch = 4, Patch = 8, LearningRate = 5e-3, Loss = TrainingLoss.L1, Threads = 2 };
        using UpscalingTrainer trainer = CreatePyramid(settings);
        float[] first = Values(trainer.Network);
        double before = Psnr();
        trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Psnr(), trainer.Points[^1].Psnr, 1e-9);
        Assert.True(trainer.Points[^1].Psnr > before + 0.5, $"PSNR {before} -> {trainer.Points[^1].Psnr}");
        Assert.All(first.Zip(Values(trainer.Network)).Chunk(64), static chunk =>
            Assert.Contains(chunk, static pair => pair.First != pair.Second));

        double Psnr() => trainer.Network.Scales.Average(scale => _pictures.Validation.Average(plane =>
            UpscalingEvaluation.Judge(new NetworkLumaUpscaler(trainer.Network.ToPlaneNetwork(scale)), plane).Psnr));
    }

    [Fact]
    public void Patches_of_other_scales_than_the_networks_are_refused()
    {
        var network = new PyramidNetwork(new(2, 2, 1), new RandomSource(1));
        Assert.StartsWith("patches and network must have one scale: 4 and 2, 4", Assert.Throws<ArgumentException>("patches", () =>
            new UpscalingTrainer(network, PatchSet.Create(_pictures.Training, 4, 8), _pictures.Validation,
                new() { Steps = 1, Patch = 8 })).Message, StringComparison.Ordinal);
    }

    private static UpscalingTrainer CreatePyramid(TrainingSettings settings) => new(
        new PyramidNetwork(new(2, 4, 1, 2), new RandomSource(1)),
        PatchSet.Create(_pictures.Training, [2, 4], settings.Patch, settings.Margin), _pictures.Validation, settings);

    private static UpscalingTrainer CreateResidual(TrainingSettings settings) => new(
        new ResidualNetwork(new(2, 4, 2), new RandomSource(1)),
        PatchSet.Create(_pictures.Training, 2, settings.Patch, settings.Margin, new(30, 90, 1)), _pictures.Validation, settings);

    [Fact]
    public void Resuming_with_another_recipe_is_refused_with_what_differs()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.checkpoint");
        using (UpscalingTrainer trainer = Create(new() { Steps = 12, Batch = 3, Patch = 9 })) trainer.Save(path);
        using UpscalingTrainer other = Create(new() { Steps = 13, Batch = 3, Patch = 9, Seed = 4 });
        Assert.Equal(
            $"{path}: the run that it was taken from had another steps, another seed: resume with the options of that run, or begin anew "
                + $"without this file",
            Assert.Throws<SafetensorsException>(() => other.Load(path, [])).Message);
        using UpscalingTrainer larger = Create(new() { Steps = 12, Batch = 3, Patch = 9 }, new(2, 9, 4, 1));
        Assert.Throws<SafetensorsException>(() => larger.Load(path, []));
    }

    [Fact]
    public void A_resumed_run_has_the_tuning_that_it_began_with()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.checkpoint");
        var settings = new TrainingSettings { Steps = 12, Batch = 3, Patch = 9 };
        using var lines = new MemoryStream("upstride tuning 1\nforward v256 float n1 ci1 co1 i7 k3 : column\n"u8.ToArray());
        var tuning = Tuning.Read(lines, "given");
        foreach (TrainingSettings began in (TrainingSettings[])[settings, settings with { Tuning = tuning }])
        {
            using (UpscalingTrainer trainer = Create(began)) trainer.Save(path);
            using (UpscalingTrainer same = Create(began)) same.Load(path, []);
            using UpscalingTrainer other = Create(settings with { Tuning = began.Tuning is null ? tuning : null });
            Assert.Contains("had another tuning:", Assert.Throws<SafetensorsException>(() => other.Load(path, [])).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_transposed_convolution_can_be_trained_alone()
    {
        var network = new FsrcnnNetwork(new(2, 8, 4, 1), new RandomSource(1));
        Dictionary<string, float[]> before = network.NamedParameters()
            .ToDictionary(static one => one.Name, static one => one.Parameter.Values.ToArray());
        using (var trainer =
            new UpscalingTrainer(network, PatchSet.Create(_pictures.Training, 2, 9), _pictures.Validation,
            new() { Steps = 3, Batch = 3, Patch = 9, UpsamplingOnly = true }))
            trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["upsample.bias", "upsample.weight"],
            network.NamedParameters().Where(one => !one.Parameter.Values.SequenceEqual(before[one.Name])).Select(static one => one.Name)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_rate_that_is_too_high_is_told_of()
    {
        using UpscalingTrainer trainer = Create(new() { Steps = 200, Batch = 2, Patch = 9, LearningRate = 1e30, WarmUp = 0 });
        Assert.EndsWith(
            "use a lower learning rate than 1E+30",
            Assert.Throws<ArithmeticException>(() => trainer.Run(cancellationToken: TestContext.Current.CancellationToken)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_duration_the_rate_follows_the_clock_to_the_end()
    {
        using UpscalingTrainer trainer = Create(new() { Duration = TimeSpan.FromSeconds(0.5), Batch = 2, Patch = 9, PointEvery = 3 });
        trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(trainer.Step > 0);
        Assert.InRange(trainer.Points[^1].Seconds, 0.5, 60);
        Assert.Equal(trainer.Step, trainer.Points[^1].Step);
    }

    [Fact]
    public void The_rate_rises_and_falls()
    {
        var settings = new TrainingSettings { Steps = 1, LearningRate = 2, WarmUp = 0.1 };
        Assert.Equal(0, settings.LearningRateAt(0));
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 0.05)), settings.LearningRateAt(0.05), 1e-12);
        Assert.Equal(1, settings.LearningRateAt(0.5), 1e-12);
        Assert.Equal(0, settings.LearningRateAt(1), 1e-12);
    }

    private static float[] Train(TrainingSettings settings)
    {
        using UpscalingTrainer trainer = Create(settings with { Batch = 3, Patch = 9 });
        trainer.Run();
        return Values(trainer.Network);
    }

    private static UpscalingTrainer Create(TrainingSettings settings, FsrcnnSettings? network = null)
    {
        network ??= new(2, 8, 4, 1);
        return new(new FsrcnnNetwork(network, new RandomSource(1)), PatchSet.Create(_pictures.Training, network.Scale, settings.Patch),
            _pictures.Validation, settings);
    }

    private static float[] Values(UpscalingNetwork network) =>
        [.. network.Parameters().SelectMany(static parameter => parameter.Values.ToArray())];

    private static TrainingPictures Draw()
    {
        LumaPlane[] planes = new DeadLeaves(96, 80, 3).CreateMany(5);
        return new(planes[..4], planes[4..]);
    }

    private sealed class Watch(Func<bool> condition, Action then)
    {
        public void Look()
        {
            if (condition()) then();
        }
    }
}
