using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;

namespace Upstride.Learning.Tests.Saving;

public sealed class CheckpointTests : IDisposable
{
    private const int Steps = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    /// <summary>
    /// A small training with everything that has a state: two optimizers, a moving average, running means, random data and dropout.
    /// </summary>
    private sealed class Run
    {
        private readonly Sequential<float> _network;
        private readonly Optimizer<float> _head, _body;
        private readonly MovingAverage<float> _average;
        private readonly RandomSource _random, _dropped;

        // Each start but the first draws other weights, so that only the checkpoint can make the runs equal.
        public Run(long seed)
        {
            var random = new RandomSource(seed);
            var first = new Conv2d<float>(1, 3, 3, padding: 1, random: random);
            var last = new ConvTranspose2d<float>(3, 1, 4, stride: 2, padding: 1, random: random);
            var norm = new BatchNorm<float>(3);
            var slopes = new PReLU<float>(3);
            _dropped = new(seed + 2000);
            _network = new(first, norm, slopes, new Dropout<float>(0.25, _dropped), last);
            _body = new Adam<float>(new ParameterGroup<float>(first.Parameters(), 0.01),
                new ParameterGroup<float>([.. norm.Parameters(), .. slopes.Parameters()], 0.02) { WeightDecay = 0.1 })
            {
                Schedule = Schedule.WarmUp(4, Schedule.Cosine(Steps - 4, 0.1)),
            };
            _head = new Sgd<float>(last.Parameters(), 0.05) { Momentum = 0.9, Nesterov = true, Schedule = Schedule.Step(7) };
            _average = new(_network.Parameters(), 0.9);
            _random = new(seed + 1000);
            Checkpoint = new()
            {
                Modules = { ["network"] = _network },
                Optimizers = { ["body"] = _body, ["head"] = _head },
                Averages = { ["average"] = _average },
                Random = { ["data"] = _random, ["dropout"] = _dropped },
                Position = { ["step"] = 0 },
            };
        }

        public Checkpoint<float> Checkpoint { get; }

        public void StepUpTo(long end)
        {
            using var tape = new Tape<float>();
            float[] low = new float[2 * 5 * 5], high = new float[2 * 10 * 10];
            for (; Checkpoint.Position["step"] < end; Checkpoint.Position["step"]++)
            {
                _random.FillNormal(0, 1, low.AsSpan());
                _random.FillNormal(0, 1, high.AsSpan());
                Variable<float> loss =
                    Losses.MeanSquaredError(_network.Forward(tape.Constant(low, [2, 1, 5, 5])), tape.Constant(high, [2, 1, 10, 10]));
                _network.ZeroGradient();
                loss.Backward();
                GradientClipping.ByNorm<float>([.. _network.Parameters()], 0.5);
                _body.Step();
                _head.Step();
                _average.Update();
                if (Checkpoint.Position["step"] == 9) _body.Groups[0].LearningRate /= 2;
                tape.Reset();
            }
        }
    }

    [Fact]
    public void A_run_stopped_and_resumed_at_any_step_ends_with_the_same_file()
    {
        var straight = new Run(seed: 1);
        straight.Checkpoint.Save(Path("start"));
        straight.StepUpTo(Steps);
        straight.Checkpoint.Save(Path("straight"));
        byte[] expected = File.ReadAllBytes(Path("straight"));
        Assert.NotEqual(File.ReadAllBytes(Path("start")), expected);
        for (int stop = 0; stop <= Steps; stop++)
        {
            var killed = new Run(seed: 1);
            killed.StepUpTo(stop);
            killed.Checkpoint.Save(Path("checkpoint"));
            killed.StepUpTo(Math.Min(Steps, stop + 2)); // what was done after the last checkpoint is lost

            var resumed = new Run(seed: 100 + stop);
            resumed.Checkpoint.Load(Path("checkpoint"));
            Assert.Equal(stop, resumed.Checkpoint.Position["step"]);
            resumed.StepUpTo(Steps);
            resumed.Checkpoint.Save(Path("resumed"));
            Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(Path("resumed"))),
                $"stopped at step {stop}, the run ended otherwise");
        }
    }

    [Fact]
    public void A_run_stopped_after_every_step_ends_with_the_same_file()
    {
        var straight = new Run(seed: 1);
        straight.StepUpTo(Steps);
        straight.Checkpoint.Save(Path("straight"));
        var first = new Run(seed: 1);
        first.Checkpoint.Save(Path("checkpoint"));
        for (int step = 1; step <= Steps; step++)
        {
            var next = new Run(seed: step);
            next.Checkpoint.Load(Path("checkpoint"));
            next.StepUpTo(step);
            next.Checkpoint.Save(Path("checkpoint"));
        }
        Assert.Equal(File.ReadAllBytes(Path("straight")), File.ReadAllBytes(Path("checkpoint")));
    }

    [Fact]
    public void A_cancelled_save_leaves_the_checkpoint_before()
    {
        var run = new Run(seed: 1);
        run.Checkpoint.Save(Path("checkpoint"));
        byte[] before = File.ReadAllBytes(Path("checkpoint"));
        run.StepUpTo(1);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => run.Checkpoint.Save(Path("checkpoint"), cancellation.Token));
        Assert.Equal(before, File.ReadAllBytes(Path("checkpoint")));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Names_are_those_of_the_parts()
    {
        new Run(seed: 1).Checkpoint.Save(Path("checkpoint"));
        using SafetensorsReader reader = SafetensorsReader.Open(Path("checkpoint"));
        string[] names = [.. reader.Tensors.Select(static tensor => tensor.Name)];
        foreach (string name in new[]
        {
            "modules.network.4.weight", "modules.network.1.running_var", "optimizers.body.steps", "optimizers.body.groups.1.learningRate",
                "optimizers.body.groups.1.weightDecay",
            "optimizers.body.states.network.0.bias.mean", "optimizers.body.states.network.0.bias.square",
                "optimizers.body.states.network.0.bias.steps",
            "optimizers.head.states.network.4.weight.momentum", "averages.average.network.2.weight", "random.data", "position.step",
        })
            Assert.Contains(name, names);
    }

    [Fact]
    public void Integers_are_replaced_by_those_of_the_file()
    {
        var saved = new Checkpoint<float> { Position = { ["epoch"] = 3, ["image"] = long.MaxValue } };
        saved.Save(Path("checkpoint"));
        var loaded = new Checkpoint<float> { Position = { ["epoch"] = 7, ["other"] = 1 } };
        loaded.Load(Path("checkpoint"));
        Assert.Equal(saved.Position, loaded.Position);
    }

    [Fact]
    public void A_checkpoint_of_another_run_changes_nothing()
    {
        var module = new Conv2d<float>(1, 1, 1, random: new RandomSource(1));
        new Checkpoint<float>
            { Modules = { ["a"] = module }, Optimizers = { ["o"] = new Sgd<float>(module.Parameters(), 1) },
            Position = { ["step"] = 5 } }.Save(Path("checkpoint"));
        var other = new Conv2d<float>(1, 1, 1, bias: false, random: new RandomSource(2));
        float before = other.Weight.Value;
        var checkpoint = new Checkpoint<float>
            { Modules = { ["a"] = other }, Optimizers = { ["o"] = new Sgd<float>(other.Parameters(), 1) { Momentum = 0.5 } },
            Random = { ["r"] = new RandomSource(1) } };
        Assert.Equal(
            $"{Path("checkpoint")}: its tensors are not those asked for: missing optimizers.o.states.a.weight.momentum, random.r; "
                + $"unexpected modules.a.bias, optimizers.o.states.a.bias.steps",
            Assert.Throws<SafetensorsException>(() => checkpoint.Load(Path("checkpoint"))).Message);
        Assert.Equal(before, other.Weight.Value);
        Assert.Empty(checkpoint.Position);
    }

    [Fact]
    public void Numbers_of_another_type_are_refused_because_they_are_other_bits()
    {
        new Checkpoint<double>
            { Modules = { ["a"] = new Conv2d<double>(1, 1, 1, bias: false, random: new RandomSource(1)) } }.Save(Path("checkpoint"));
        var checkpoint = new Checkpoint<float> { Modules = { ["a"] = new Conv2d<float>(1, 1, 1, bias: false) } };
        Assert.EndsWith(
            "different modules.a.weight is F64 [1, 1, 1, 1] in the file and must be F32 [1, 1, 1, 1]",
            Assert.Throws<SafetensorsException>(() => checkpoint.Load(Path("checkpoint"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_weights_is_no_checkpoint()
    {
        new Conv2d<float>(1, 1, 1, random: new RandomSource(1)).Save(Path("weights"), [new("format", "pt")]);
        Assert.Equal(
            $"{Path("weights")}: format = pt, and must be upstride checkpoint 1: it is no checkpoint",
            Assert.Throws<SafetensorsException>(() => new Checkpoint<float>().Load(Path("weights"))).Message);
    }

    [Fact]
    public void Values_that_no_run_can_have_are_refused()
    {
        var writer = new SafetensorsWriter { Metadata = { ["format"] = "upstride checkpoint 1" } };
        writer.Add<ulong>("random.r", [4], new ulong[4]);
        writer.Write(Path("checkpoint"));
        SafetensorsException fault =
            Assert.Throws<SafetensorsException>(() => new Checkpoint<float>
            { Random = { ["r"] = new RandomSource(1) } }.Load(Path("checkpoint")));
        Assert.StartsWith($"{Path("checkpoint")}: tensor 'random.r': state = 0, 0, 0, 0", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_named_or_is_not_in_its_place_is_refused()
    {
        var module = new Conv2d<float>(1, 1, 1, bias: false, random: new RandomSource(1));
        Assert.Equal(
            "optimizers.o has a Parameter [1, 1, 1, 1] that belongs to no module of the checkpoint, and so has no name: add its module",
            Assert.Throws<InvalidOperationException>(() => new Checkpoint<float>
                { Optimizers = { ["o"] = new Sgd<float>(module.Parameters(), 1) } }.Save(Path("checkpoint"))).Message);
        var average = new MovingAverage<float>(module.Parameters());
        average.Swap();
        Assert.Equal(
            "averages.a is swapped in, and the parameters of the run stand in its place: Swap back before",
            Assert.Throws<InvalidOperationException>(() => new Checkpoint<float>
                { Modules = { ["m"] = module }, Averages = { ["a"] = average } }.Save(Path("checkpoint"))).Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }
}
