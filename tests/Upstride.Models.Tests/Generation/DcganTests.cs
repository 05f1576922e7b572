using Upstride.Algorithms;
using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Generation;
using Upstride.Models.Runs;
using Upstride.Testing;

namespace Upstride.Models.Tests.Generation;

public class DcganTests
{
    public static TheoryData<int, UpsamplingKind> Kinds => new MatrixTheoryData<int, UpsamplingKind>(DcganSettings.Sizes,
        Enum.GetValues<UpsamplingKind>());

    // What PyTorch's tutorial of DCGAN builds has these numbers of parameters.
    [Fact]
    public void The_papers_networks_have_the_published_numbers_of_parameters()
    {
        var settings = new DcganSettings(64, 3, 64, 100);
        Assert.Equal(3_576_704, new DcganGenerator<float>(settings).Parameters().Sum(static parameter => parameter.Length));
        Assert.Equal(2_765_568, new DcganDiscriminator<float>(settings).Parameters().Sum(static parameter => parameter.Length));
        Assert.Equal(["main.0.weight", "main.1.weight", "main.1.bias", "main.3.weight"],
            new DcganGenerator<float>(settings).NamedParameters().Take(4).Select(static one => one.Name));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Random_numbers_become_pictures_and_pictures_a_logit(int size, UpsamplingKind upsampling)
    {
        var settings = new DcganSettings(size, 3, 2, 5, upsampling);
        using var tape = new Tape<float>();
        Variable<float> made = new DcganGenerator<float>(settings, new RandomSource(1)).Forward(Noise(tape, 2, 5));
        Assert.Equal([2, 3, size, size], made.Shape);
        Assert.All(made.Values.ToArray(), static value => Assert.InRange(value, -1, 1));
        Assert.Equal([2, 1, 1, 1], new DcganDiscriminator<float>(settings, new RandomSource(2)).Forward(made).Shape);
    }

    [Theory]
    [InlineData(UpsamplingKind.Transposed)]
    [InlineData(UpsamplingKind.ResizeConvolution)]
    [InlineData(UpsamplingKind.PixelShuffle)]
    [InlineData(UpsamplingKind.ZeroOrderHold)]
    public void The_gradients_are_those_of_differences(UpsamplingKind upsampling)
    {
        var settings = new DcganSettings(28, 1, 2, 3, upsampling);
        Directions.Check(new DcganGenerator<double>(settings, new RandomSource(1)), [3, 3, 1, 1]);
        if (upsampling == UpsamplingKind.Transposed)
            Directions.Check(new DcganDiscriminator<double>(settings, new RandomSource(2)), [2, 1, 28, 28]);
    }

    [Fact]
    public void Weights_begin_as_in_the_paper()
    {
        var generator = new DcganGenerator<float>(new(64, 3, 16, 100), new RandomSource(1));
        foreach ((string name, Parameter<float> parameter) in generator.NamedParameters())
        {
            double[] values = [.. parameter.Values.ToArray().Select(static value => (double)value)];
            (double mean, double deviation) = (values.Average(), Math.Sqrt(values.Select(static value => value * value).Average()));
            if (name.EndsWith("bias", StringComparison.Ordinal)) Assert.Equal(0, deviation);
            else if (parameter.Shape.Length == 1) Assert.InRange(mean, 1 - 0.02, 1 + 0.02);
            else Assert.InRange(deviation, 0.019, 0.021);
        }
    }

    // Whatever is learned: one row of each phase, away from the border, has one value.
    [Theory]
    [InlineData(4, 2)]
    [InlineData(3, 2)]
    [InlineData(3, 3)]
    [InlineData(2, 4)]
    public void A_held_kernel_leaves_a_flat_input_flat(int kernel, int stride)
    {
        var layer = new HeldConvTranspose2d<double>(2, 1, kernel, stride, random: new RandomSource(3));
        using var tape = new Tape<double>();
        double[] ones = new double[2 * 8 * 8];
        Array.Fill(ones, 1);
        Variable<double> output = layer.Forward(tape.Constant(ones, [1, 2, 8, 8]));
        int size = 8 * stride, border = kernel + stride;
        Assert.Equal([1, 1, size, size], output.Shape);
        double expected = output.Values[border * size + border];
        for (int y = border; y < size - border; y++)
            for (int x = border; x < size - border; x++)
                Assert.Equal(expected, output.Values[y * size + x], 1e-14);
        Directions.Check(layer, [1, 2, 3, 4]);
    }

    [Fact]
    public void A_held_kernel_keeps_the_sum_of_the_learned_one()
    {
        var layer = new HeldConvTranspose2d<double>(3, 2, 4, 2, random: new RandomSource(4));
        Parameter<double> held = layer.HeldWeight();
        Assert.Equal([3, 2, 5, 5], held.Shape);
        Assert.Equal(layer.Weight.Values.ToArray().Sum(), held.Values.ToArray().Sum(), 1e-12);
    }

    [Fact]
    public void A_way_ends_where_it_should_and_keeps_the_length()
    {
        float[] from = new float[50], to = new float[50], point = new float[50];
        var source = new LatentSource(7, 50);
        source.Fill(0, from);
        source.Fill(1, to);
        LatentSource.Interpolate(from, to, 0, point);
        Assert.Equal(from, point);
        LatentSource.Interpolate(from, to, 1, point);
        for (int i = 0; i < 50; i++) Assert.Equal(to[i], point[i], 1e-5);
        float length = MathF.Sqrt(from.Sum(static value => value * value));
        for (int i = 0; i < 50; i++) to[i] = -0.3f * from[i] + (i % 2 == 0 ? from[(i + 1) % 50] : -from[i - 1]);
        float scale = length / MathF.Sqrt(to.Sum(static value => value * value));
        for (int i = 0; i < 50; i++) to[i] *= scale;
        LatentSource.Interpolate(from, to, 0.3, point);
        Assert.Equal(length, MathF.Sqrt(point.Sum(static value => value * value)), length * 1e-5);
    }

    [Fact]
    public void A_pictures_numbers_depend_on_its_own_number_alone()
    {
        float[] many = new float[12], one = new float[4];
        new LatentSource(3, 4).Fill(5, many);
        new LatentSource(3, 4).Fill(6, one);
        Assert.Equal(many[4..8], one);
    }

    [Fact]
    public void A_training_teaches_the_discriminator()
    {
        using DcganTrainer trainer = Create(new() { Steps = 30, Batch = 8, PointEvery = 3, Threads = 1 });
        trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(10, trainer.Points.Count);
        Assert.True(trainer.Points[^1].Values[0] < 0.8 * trainer.Points[0].Values[0],
            $"loss {trainer.Points[0].Values[0]} -> {trainer.Points[^1].Values[0]}");
        Assert.True(trainer.Points[^1].Values[2] > 0.6, $"real pictures taken for real: {trainer.Points[^1].Values[2]}");
    }

    [Fact]
    public void A_seed_gives_the_same_bits_on_any_number_of_threads_and_after_a_stop()
    {
        using var folder = new TemporaryFolder();
        RunSettings settings = new() { Steps = 8, Batch = 4, PointEvery = 2, Threads = 1 };
        var whole = new RunFiles(folder.File("whole.safetensors"));
        using (DcganTrainer trainer = Create(settings)) new NetworkRun(trainer, whole).Execute();

        var parts = new RunFiles(folder.File("parts.safetensors"));
        using var cancellation = new CancellationTokenSource();
        using (DcganTrainer stopped = Create(settings with { Threads = 2 }))
        {
            Assert.Throws<OperationCanceledException>(() => new NetworkRun(stopped, parts, TimeSpan.Zero).Execute(
                new Stop(5, cancellation), cancellation.Token));
            Assert.True(File.Exists(parts.Checkpoint));
        }
        using (DcganTrainer resumed = Create(settings))
        {
            var run = new NetworkRun(resumed, parts);
            run.Resume();
            Assert.InRange(resumed.Step, 4, 7);
            run.Execute();
        }
        Assert.Equal(File.ReadAllBytes(whole.Weights), File.ReadAllBytes(parts.Weights));
        Assert.False(File.Exists(parts.Checkpoint));
        string[] Losses(RunFiles files) =>
            [.. File.ReadAllLines(files.Log).Select(static line => string.Join(',', line.Split(',').Where(static (_, i) => i != 1)))];
        Assert.Equal(Losses(whole), Losses(parts));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Samples, "step-0000008.png")),
            File.ReadAllBytes(Path.Combine(parts.Samples, "step-0000008.png")));
        Assert.Equal(4, File.ReadAllLines(parts.Log).Length - 1);
        Assert.Contains("<polyline", File.ReadAllText(parts.Chart), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_another_recipe_is_refused_with_what_differs()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.checkpoint");
        using (DcganTrainer trainer = Create(new() { Steps = 8, Batch = 4 })) trainer.Save(path);
        using DcganTrainer other = Create(new() { Steps = 9, Batch = 5, Seed = 2 });
        Assert.Equal(
            $"{path}: the run that it was taken from had another batch, another seed: resume with the options of that run, or begin anew "
                + $"without this file",
            Assert.Throws<SafetensorsException>(() => other.Load(path, [])).Message);
    }

    [Fact]
    public void A_resumed_run_has_the_tuning_that_it_began_with()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.checkpoint");
        using var lines = new MemoryStream("upstride tuning 1\nforward v256 float n1 ci1 co1 i7 k3 : column\n"u8.ToArray());
        var tuning = Tuning.Read(lines, "given");
        using (DcganTrainer trainer = Create(new() { Steps = 8, Batch = 4, Tuning = tuning })) trainer.Save(path);
        using (DcganTrainer same = Create(new() { Steps = 8, Batch = 4, Tuning = tuning })) same.Load(path, []);
        using DcganTrainer other = Create(new() { Steps = 8, Batch = 4 });
        Assert.Contains("had another tuning:", Assert.Throws<SafetensorsException>(() => other.Load(path, [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_generator_comes_back_from_its_file_as_it_was()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        var generator = new DcganGenerator<float>(new(32, 1, 3, 7, UpsamplingKind.PixelShuffle), new RandomSource(1));
        DcganFile.Write(path, generator);
        DcganGenerator<float> read = DcganFile.Read(path);
        Assert.Equal(generator.Settings, read.Settings);
        Assert.False(read.IsTraining);
        generator.Eval();
        using DcganSampler first = new(generator), second = new(read);
        float[] pictures = first.Make(5, 0, 3);
        Assert.Equal(pictures, second.Make(5, 0, 3));
        Assert.Equal(pictures[(32 * 32)..(2 * 32 * 32)], second.Make(5, 1, 1));
    }

    [Fact]
    public void Another_file_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        var generator = new DcganGenerator<float>(new(32, 1, 3, 7), new RandomSource(1));
        Refused("it holds the model 'other', and not 'dcgan'", ("model", "other"));
        Refused("its metadata do not say 'upsampling': it is no dcgan", ("model", "dcgan"), ("size", "32"));
        Refused("its metadata: size = 33, and must be one of 28, 32, 64 (Parameter 'Size')", ("model", "dcgan"), ("size", "33"),
            ("channels", "1"), ("features", "3"), ("latent", "7"), ("upsampling", "Transposed"));
        Refused("tensor 'main.0.weight': it has the shape [7, 12, 4, 4], and a DCGAN of 32x32 grey pictures, 900 features, Transposed "
            + "needs "
            + "[7, 3600, 4, 4]", ("model", "dcgan"), ("size", "32"), ("channels", "1"), ("features", "900"), ("latent", "7"),
            ("upsampling", "Transposed"));

        void Refused(string fault, params (string Key, string Text)[] metadata)
        {
            generator.Save(path, metadata.Select(static one => KeyValuePair.Create(one.Key, one.Text)));
            string message = Assert.Throws<SafetensorsException>(() => DcganFile.Read(path)).Message;
            Assert.Contains(path, message, StringComparison.Ordinal);
            Assert.Contains(fault.Split(": ")[^1], message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_grid_holds_each_picture_in_its_place()
    {
        float[] pictures = new float[4 * 3 * 2 * 2];
        for (int i = 0; i < pictures.Length; i++) pictures[i] = i / 12 * 0.5f - 1;
        ImageBuffer grid = PictureGrid.Create(pictures, 3, 2, 2, 2);
        Assert.Equal((6, 6, 3), (grid.Width, grid.Height, grid.Channels));
        Assert.Equal([0, 0, 0], grid.Row(0)[..3].ToArray());
        Assert.Equal([64, 64, 64], grid.Row(0)[^3..].ToArray());
        Assert.Equal([0, 0, 0], grid.Row(2)[..3].ToArray());
        Assert.Equal([128, 128, 128], grid.Row(4)[..3].ToArray());
        Assert.Equal([191, 191, 191], grid.Row(5)[^3..].ToArray());
    }

    internal static DcganTrainer Create(RunSettings settings)
    {
        var sizes = new DcganSettings(28, 1, 2, 6);
        return new(new DcganGenerator<float>(sizes, new RandomSource(1)), new DcganDiscriminator<float>(sizes, new RandomSource(2)),
            Squares(), settings with { LearningRate = 2e-3 });
    }

    /// <summary>White squares on black, at random places.</summary>
    internal static PictureSet Squares()
    {
        float[] values = new float[20 * 28 * 28];
        Array.Fill(values, -1);
        var random = new RandomSource(9);
        for (int picture = 0; picture < 20; picture++)
        {
            int top = random.NextInt(18), left = random.NextInt(18);
            for (int y = 0; y < 10; y++) values.AsSpan((picture * 28 + top + y) * 28 + left, 10).Fill(1);
        }
        return PictureSet.Create(28, 1, values);
    }

    private static Variable<float> Noise(Tape<float> tape, int batch, int latent)
    {
        Variable<float> noise = tape.Empty([batch, latent, 1, 1]);
        new RandomSource(1).FillNormal(0, 1, noise.Values);
        return noise;
    }

    private sealed class Stop(long step, CancellationTokenSource cancellation) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            if (value.Step >= step - 1) cancellation.Cancel();
        }
    }
}
