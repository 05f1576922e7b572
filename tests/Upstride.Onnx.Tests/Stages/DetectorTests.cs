using System.Numerics.Tensors;
using Upstride.Onnx.Tests.Operators;

namespace Upstride.Onnx.Tests.Stages;

/// <summary>A network whose number of results comes out as it runs: its front is planned and run once, whatever the number.</summary>
public sealed class DetectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_backbone_is_planned_once_and_the_tail_once_for_each_number_of_boxes()
    {
        using OnnxSession session = Detector().Session(new() { MaximalPlans = 64 });
        byte[] model = Detector().ToBytes();
        var counts = new HashSet<nint>();
        foreach (float scale in (float[])[0, 0.2f, 0.5f, 1, 2, 0, 4, 8, 1, 0.2f])
        {
            Dictionary<string, OnnxTensor> given = Values.Named(("x", Picture(3, scale)));
            Dictionary<string, OnnxTensor> expected = Runtime.OnnxRuntime.Run(model, given, "chosen", "classes", "features");
            IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(given);
            foreach ((string name, OnnxTensor tensor) in expected) OneNode.Near(tensor, actual[name], 1e-5f, $"{name} at {scale}");
            counts.Add(actual["chosen"].Shape[0]);
        }
        Assert.True(counts.Count >= 4 && counts.Contains(0), string.Join(' ', counts));
        Assert.Equal([1, counts.Count], session.PlansMade);
    }

    [Fact]
    public void The_backbone_runs_once_in_a_run()
    {
        // A number that is drawn twice would be another: what is taken from the drawn ones stands among those that are given out.
        using OnnxSession session = new ModelBuilder().Input("x", "n").Node("RandomUniformLike", "x", "drawn").Floats("half", [], 0.5f)
            .Node("Greater", "drawn half", "large").Node("NonZero", "large", "places").Node("Transpose", "places", "rows")
            .Node("GatherND", "drawn rows", "taken").Output("drawn").Output("taken").Session();
        var counts = new HashSet<int>();
        for (int run = 0; run < 10; run++)
        {
            IReadOnlyDictionary<string, OnnxTensor> results = session.Run(Values.Named(("x", Values.Random(1, 6000))));
            Assert.Equal(results["drawn"].Floats.ToArray().Where(static number => number > 0.5f), results["taken"].Floats.ToArray());
            counts.Add(results["taken"].Length);
        }
        Assert.True(counts.Count > 1);
        Assert.Equal([1, counts.Count], session.PlansMade);
    }

    [Fact]
    public void Plans_of_each_stage_give_way_to_newer_ones()
    {
        using OnnxSession session = Detector().Session(new() { MaximalPlans = 1 });
        OnnxTensor few = Values.Run(session, ("x", Picture(3, 1))), none = Values.Run(session, ("x", Picture(3, 0)));
        Assert.NotEqual(few.Shape, none.Shape);
        Assert.Equal(few.Floats.ToArray(), Values.Run(session, ("x", Picture(3, 1))).Floats.ToArray());
        Assert.Equal([1, 3], session.PlansMade);

        // The plan of the backbone takes those behind it along.
        Values.Run(session, ("x", Picture(3, 0, 48)));
        Assert.Equal(few.Floats.ToArray(), Values.Run(session, ("x", Picture(3, 1))).Floats.ToArray());
        Assert.Equal([3, 5], session.PlansMade);
    }

    [Fact]
    public void Any_number_of_threads_get_what_one_gets()
    {
        using OnnxSession session = Detector().Session(new() { MaximalPlans = 2 });
        OnnxTensor[] pictures = [.. Enumerable.Range(0, 6).Select(static i => Picture(i, i / 2f))];
        OnnxTensor[] expected = [.. pictures.Select(picture => Values.Run(session, ("x", picture)))];
        Parallel.For(0, 96, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            OneNode.Near(expected[i % 6], Values.Run(session, ("x", pictures[i % 6])), 0, $"picture {i % 6}"));
    }

    [Fact]
    public void A_destination_takes_what_has_its_size()
    {
        using OnnxSession session = Positive().Session();
        float[] elements = [.. Enumerable.Range(0, 5000).Select(static i => i % 100 == 0 ? i + 1f : -1)];
        Tensor<float> x = Tensor.Create(elements, [5000]), y = Tensor.Create(new float[50], [50]);
        session.Run(x, y);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => (100f * i) + 1), y.ToArray());
        Assert.Equal(y.ToArray(), session.Run(x).ToArray());
        Assert.Equal("destination is [49], and the output [50]: both must be equal (Parameter 'destination')",
            Assert.Throws<ArgumentException>(() => session.Run(x, Tensor.Create(new float[49], [49]))).Message);

        // A destination whose elements do not lie one after another.
        var wide = new float[99];
        session.Run(x, new TensorSpan<float>(wide, [50], [2]));
        Assert.Equal(y.ToArray(), wide.Where(static (_, i) => i % 2 == 0));
        session.Run(Tensor.Create(new float[5000], [5000]), Tensor.Create(Array.Empty<float>(), [0]));
        Assert.Equal([1, 2], session.PlansMade);
    }

    [Fact]
    public void A_plan_says_in_which_stage_a_node_stands()
    {
        using OnnxSession session = Detector().Session();
        OnnxPlan plan = session.Explain(Values.Named(("x", Picture(3, 1))), measuredRuns: 2);
        OnnxPlanStep selection = Assert.Single(plan.Steps, static step => step.Operator == "NonMaxSuppression");
        Assert.Equal("size known as it runs", selection.Algorithm);
        Assert.Equal(1, selection.Stage);
        Assert.All(plan.Steps.Where(static step => step.Operator.StartsWith("Conv", StringComparison.Ordinal)),
            static step => Assert.Equal(1, step.Stage));
        Assert.Equal(2, Assert.Single(plan.Steps, static step => step.Operator == "Softmax").Stage);
        Assert.Equal(2, plan.Steps.Max(static step => step.Stage));
        Assert.Contains("\nstage 2, planned for the sizes that come out of the one before\n", plan.ToString(), StringComparison.Ordinal);
        IReadOnlyDictionary<string, OnnxTensor> results = session.Run(Values.Named(("x", Picture(3, 1))));
        Assert.Equal(4 * results.Values.Sum(static result => (long)result.Length), plan.ResultBytes);
        Assert.Equal([1, 1], session.PlansMade);
    }

    [Fact]
    public void Choices_of_every_stage_are_kept_in_the_file()
    {
        string path = Path.Combine(_folder, "model.onnx"), cache = Path.Combine(_folder, "model.onnx.plans");
        Detector().Save(path);
        OnnxTensor picture = Picture(3, 1);
        OnnxTensor expected = Run(new());
        OneNode.Near(expected, Run(new() { CachePath = cache }), 0, "with a cache");
        string kept = File.ReadAllText(cache);
        Assert.Contains("in-place float32 [1, 3, 64, 64] > ", kept, StringComparison.Ordinal);
        OneNode.Near(expected, Run(new() { CachePath = cache }), 0, "by the cache");
        Assert.Equal(kept, File.ReadAllText(cache));

        OnnxTensor Run(OnnxSessionSettings settings)
        {
            using OnnxSession session = OnnxSession.Load(path, settings);
            return session.Run(Values.Named(("x", picture)))["classes"];
        }
    }

    [Fact]
    public async Task A_run_in_progress_ends_before_the_session_does()
    {
        OnnxSession session = Positive().Session();
        OnnxTensor x = Values.Random(1, 4_000_000);
        Task<int> run = Task.Run(() => Values.Run(session, ("x", x)).Length, TestContext.Current.CancellationToken);
        while (session.PlansMade.Count == 0 && !run.IsCompleted) Thread.Yield();
        session.Dispose();
        Assert.Equal(x.Floats.ToArray().Count(static number => number > 0), await run);
        Assert.Throws<ObjectDisposedException>(() => Values.Run(session, ("x", x)));
    }

    [Fact]
    public void A_run_is_cancelled_between_stages()
    {
        using OnnxSession session = Positive().Session();
        Assert.Throws<OperationCanceledException>(() =>
            session.Run(Values.Named(("x", Values.Random(1, 5000))), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_larger_batch_than_declared_is_refused_where_a_later_stage_does_not_take_it()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "5000").Node("Relu", "x", "r").Node("NonZero", "r", "places")
            .Output("places", OnnxElementType.Int64).Session();
        Assert.Equal([2, 3], Values.Run(session, ("x", OnnxTensor.Create([1f, 2, 3, .. new float[4997]], 1, 5000))).Shape);
        Assert.StartsWith("input 'x' has a batch of 3, and the model needs float32 [1, 5000], whose graph does not allow more than 1: "
            + "output 'places' would be int64 [2, ", Assert.Throws<ArgumentException>(() =>
            Values.Run(session, ("x", Values.Random(1, 3, 5000)))).Message, StringComparison.Ordinal);
    }

    /// <summary>The positive elements of a vector.</summary>
    private static ModelBuilder Positive() => new ModelBuilder().Input("x", "n").Floats("zero", [], 0).Node("Greater", "x zero", "large")
        .Node("Compress", "x large", "y").Output("y");

    // The noise of a seed, times a scale: the larger, the more scores are beyond the threshold.
    private static OnnxTensor Picture(int seed, float scale, int size = 64) =>
        OnnxTensor.Create([.. Values.Random(seed, 3 * size * size).Floats.ToArray().Select(number => number * scale)], 1, 3, size, size);

    // Convolutions to boxes and scores, their selection, and what is computed for each box; a mask branch that does not depend on them.
    private static ModelBuilder Detector() => new ModelBuilder().Input("x", "1", "3", "h", "w")
        .Random("w1", 1, 8, 3, 3, 3).Random("w2", 2, 4, 8, 1, 1).Random("w3", 3, 2, 8, 1, 1).Random("w4", 4, 8, 8, 3, 3)
        .Integers("flat4", 1, 4, -1).Integers("flat2", 1, 2, -1).Integers("flat8", 8, -1)
        .Integers("most", 20).Floats("overlap", [1], 0.4f).Floats("least", [1], 3)
        .Integers("two", 2).Integers("one", 1).Integers("end", 3).Integers("none", 0).Random("w5", 5, 12, 5)
        .Node("Conv", "x w1", "c1", ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1])).Node("Relu", "c1", "r1")
        .Node("Conv", "r1 w2", "c2").Node("Reshape", "c2 flat4", "b1").Node("Transpose", "b1", "boxes", ("perm", (long[])[0, 2, 1]))
        .Node("Conv", "r1 w3", "c3").Node("Reshape", "c3 flat2", "scores")
        .Node("NonMaxSuppression", "boxes scores most overlap least", "selected")
        .Node("Slice", "selected two end one", "s2").Node("Squeeze", "s2 one", "places")
        .Node("Squeeze", "boxes none", "all").Node("Gather", "all places", "chosen", ("axis", 0))
        .Node("Conv", "r1 w4", "features", ("pads", (long[])[1, 1, 1, 1])).Node("Reshape", "features flat8", "f1")
        .Node("Transpose", "f1", "f2", ("perm", (long[])[1, 0])).Node("Gather", "f2 places", "own", ("axis", 0))
        .Node("Concat", "own chosen", "joined", ("axis", 1)).Node("MatMul", "joined w5", "logits").Node("Softmax", "logits", "classes")
        .Output("chosen").Output("classes").Output("features");
}
