using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Classification;
using Upstride.Models.Generation;
using Upstride.Models.Runs;
using Upstride.Models.Tests.Generation;
using Upstride.Testing;

namespace Upstride.Models.Tests.Classification;

public class ClassifierTests
{
    [Fact]
    public void The_gradients_are_those_of_differences() =>
        Directions.Check(new PictureClassifier<double>(new(8, 1, 3), new RandomSource(1)), [2, 1, 8, 8]);

    [Fact]
    public void A_training_learns_and_is_the_same_after_a_stop()
    {
        using var folder = new TemporaryFolder();
        RunSettings settings = new() { Steps = 24, Batch = 8, PointEvery = 6, LearningRate = 3e-3, Threads = 1 };
        using ClassifierTrainer whole = Create(settings), stopped = Create(settings), resumed = Create(settings);
        whole.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(whole.Points[^1].Values[0] < 0.5 * whole.Points[0].Values[0],
            $"loss {whole.Points[0].Values[0]} -> {whole.Points[^1].Values[0]}");
        Assert.Equal(1, whole.Points[^1].Values[1]);

        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => stopped.Run(betweenSteps: () =>
        {
            if (stopped.Step == 10) cancellation.Cancel();
        }, cancellationToken: cancellation.Token));
        stopped.Save(folder.File("x.checkpoint"));
        resumed.Load(folder.File("x.checkpoint"), stopped.Points);
        resumed.Run(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(whole.Classifier.Parameters().SelectMany(static one => one.Values.ToArray()),
            resumed.Classifier.Parameters().SelectMany(static one => one.Values.ToArray()));
        Assert.Equal(whole.Points.Select(static point => string.Join(' ', point.Values)),
            resumed.Points.Select(static point => string.Join(' ', point.Values)));
    }

    [Fact]
    public void A_classifier_comes_back_from_its_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        var classifier = new PictureClassifier<float>(new(28, 1, 4), new RandomSource(1));
        ClassifierFile.Write(path, classifier);
        classifier.Eval();
        using ClassReader first = new(classifier), second = new(ClassifierFile.Read(path));
        PictureClasses expected = first.Read(DcganTests.Squares().Values), found = second.Read(DcganTests.Squares().Values);
        Assert.Equal(expected.Features, found.Features);
        Assert.Equal(expected.Classes, found.Classes);
        Assert.All(found.Probabilities, static probability => Assert.InRange(probability, 0.25, 1));

        classifier.Save(path, [new("model", "classifier"), new("size", "28"), new("channels", "1"), new("classes", "1")]);
        Assert.StartsWith($"{path}: its metadata: classes = 1, and must be 2 .. 1000",
            Assert.Throws<SafetensorsException>(() => ClassifierFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_generator_is_judged_by_what_is_found()
    {
        PictureSet pictures = DcganTests.Squares();
        var classifier = new PictureClassifier<float>(new(28, 1, 4), new RandomSource(1));
        classifier.Eval();
        PictureSet trained = pictures.Slice(0, 12), held = pictures.Slice(12, 8);

        // A generator that only copies.
        GenerationQuality quality = GenerationEvaluation.Judge(trained.Values.ToArray(), trained, held, classifier,
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, quality.ClassShares.Sum(), 1e-12);
        Assert.Equal(0, quality.NearestOfSamples.Median);
        Assert.Equal(quality.FrechetDistanceOfReal, quality.FrechetDistance, 1e-9);
        Assert.True(quality.NearestOfReal.Least > 0);
        Assert.Equal((3, 0), GenerationEvaluation.NearestOf(trained[3], trained));
    }

    // Squares in the upper half are of class 0, others of 1.
    private static ClassifierTrainer Create(RunSettings settings)
    {
        PictureSet pictures = DcganTests.Squares();
        byte[] labels = [.. Enumerable.Range(0, pictures.Count).Select(i => (byte)(pictures[i].IndexOf(1) / 28 < 9 ? 0 : 1))];
        return new(new PictureClassifier<float>(new(28, 1, 2), new RandomSource(1)), pictures, labels, pictures, labels, settings);
    }
}
