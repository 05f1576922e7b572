using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Runs;
using Upstride.Models.Segmentation;
using Upstride.Testing;

namespace Upstride.Models.Tests.Segmentation;

public class SegmentationTrainerTests
{
    public static TheoryData<SegmentationArchitecture> Architectures => new(Enum.GetValues<SegmentationArchitecture>());

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_training_lowers_the_loss(SegmentationArchitecture architecture)
    {
        using SegmentationTrainer trainer = Create(architecture, new() { Steps = 80, PointEvery = 20 });
        trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(4, trainer.Points.Count);
        double first = trainer.Points[0].Values[0], last = trainer.Points[^1].Values[0];
        Assert.True(last < 0.9 * first, $"loss {first} -> {last}");
    }

    [Theory]
    [InlineData(SegmentationArchitecture.UNet)]
    [InlineData(SegmentationArchitecture.Fcn8s)]
    public void A_seed_gives_the_same_bits_on_any_number_of_threads_and_after_a_stop(SegmentationArchitecture architecture)
    {
        using var folder = new TemporaryFolder();
        SegmentationRunSettings settings = new() { Steps = 6, PointEvery = 2 };
        using SegmentationTrainer whole = Create(architecture, settings), stopped = Create(architecture, settings with { Threads = 2 }),
            resumed = Create(architecture, settings);
        whole.Run(cancellationToken: TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => stopped.Run(betweenSteps: () =>
        {
            if (stopped.Step == 3) cancellation.Cancel();
        }, cancellationToken: cancellation.Token));
        stopped.Save(folder.File("x.checkpoint"));
        resumed.Load(folder.File("x.checkpoint"), stopped.Points);
        Assert.Equal(3, resumed.Step);
        resumed.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Values(whole), Values(resumed));
        Assert.Equal(whole.Points.Select(static point => string.Join(' ', point.Values)),
            resumed.Points.Select(static point => string.Join(' ', point.Values)));

        using SegmentationTrainer other = Create(architecture, settings with { Weighting = ClassWeighting.None, WeightDecay = 0 });
        Assert.EndsWith("had another weighting, another weight decay: resume with the options of that run, or begin anew without this file",
            Assert.Throws<SafetensorsException>(() => other.Load(folder.File("x.checkpoint"), [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_curves_are_those_of_the_pictures_to_validate_by()
    {
        using SegmentationTrainer trainer = Create(SegmentationArchitecture.UNet, new() { Steps = 2, PointEvery = 1 });
        trainer.Run(cancellationToken: TestContext.Current.CancellationToken);
        trainer.Network.Eval();
        using var segmenter = new Segmenter(trainer.Network, 1);
        ConfusionMatrix matrix = segmenter.Judge(Pictures(2, 5), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([matrix.PixelAccuracy, matrix.MeanClassAccuracy, matrix.MeanIou], trainer.Points[^1].Values[1..]);
    }

    [Fact]
    public void Training_pictures_of_a_size_that_does_not_fit_are_refused() =>
        Assert.StartsWith("training pictures are 40x32, and both must be multiples of 16 for U-Net",
            Assert.Throws<ArgumentException>(() => Create(SegmentationArchitecture.UNet, new() { Steps = 1 }, 40)).Message,
            StringComparison.Ordinal);

    private static float[] Values(SegmentationTrainer trainer) =>
        [.. trainer.Network.Parameters().SelectMany(static parameter => parameter.Values.ToArray())];

    private static SegmentationTrainer Create(SegmentationArchitecture architecture, SegmentationRunSettings settings, int width = 32) =>
        new(SegmentationNetwork<float>.Create(SegmentationNetworkTests.Settings(architecture, 1.0 / 8, 3), new RandomSource(1)),
            Pictures(4, 1), Pictures(2, 5), settings with
            {
                Batch = 2,
                LearningRate = 1e-2,
                Threads = settings.Threads == 2 ? 2 : 1,
                Augmentation = new() { Width = width, Height = 32 },
            });

    // A square and a disc on a ground: the classes are seen from colour and shape.
    internal static LabelledPicture[] Pictures(int count, long seed) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            var random = RandomSource.For(seed, i);
            (int left, int top, int x0, int y0) = (random.NextInt(30), random.NextInt(22), random.NextInt(48), random.NextInt(40));
            byte[] colours = new byte[3 * 48 * 40], labels = new byte[48 * 40];
            for (int y = 0; y < 40; y++)
                for (int x = 0; x < 48; x++)
                {
                    int one = (x - x0) * (x - x0) + (y - y0) * (y - y0) < 80 ? 2 : x >= left && x < left + 18 && y >= top && y < top + 18
                        ? 1 : 0;
                    labels[y * 48 + x] = (byte)one;
                    for (int channel = 0; channel < 3; channel++)
                        colours[(y * 48 + x) * 3 + channel] = (byte)(random.NextInt(60) + (channel == one ? 160 : 40));
                }
            return new LabelledPicture($"{i}", 48, 40, colours, labels);
        }),
    ];
}
