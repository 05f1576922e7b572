using Upstride.Algorithms;
using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.Torch;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Models.Generation;
using Upstride.Models.Segmentation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Bench.Training;

/// <summary>A segmentation network's step: cross-entropy of every pixel, backward, Adam. Dropout, whose random numbers differ, is left out
/// of both.</summary>
internal sealed class SegmentationTask
{
    private const int Batch = 4, Height = 160, Width = 224;

    public SegmentationTask(SegmentationArchitecture architecture, int threads)
    {
        (Threads, Settings) = (threads, SettingsOf(architecture));
        var random = new RandomSource(1);
        Picture = new float[Batch * 3 * Height * Width];
        random.FillUniform(0, 1, Picture.AsSpan());
        Labels = [.. Enumerable.Range(0, Batch * Height * Width).Select(_ => random.NextInt(Settings.Classes.Length))];
    }

    public string Name => $"training step {Word(Settings.Architecture)}, width 1/4, {Batch} pictures of {Width}x{Height}";

    public SegmentationSettings Settings { get; }

    public int Threads { get; }

    public float[] Picture { get; }

    public int[] Labels { get; }

    /// <summary>The architecture as an option's word.</summary>
    public static string Word(SegmentationArchitecture architecture) => architecture.ToString().ToLowerInvariant();

    /// <summary>The network that is measured.</summary>
    public static SegmentationSettings SettingsOf(SegmentationArchitecture architecture) =>
        new(architecture, [.. Enumerable.Range(0, 11).Select(static i => $"{i}")], 0.25);

    private SegmentationNetwork<float> Network()
    {
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(Settings, new RandomSource(2));
        LeaveOutDropout(network);
        return network;
    }

    private static void LeaveOutDropout(Module<float> module)
    {
        if (module is Dropout2d<float>) module.Eval();
        foreach (var (_, child) in module.Children) LeaveOutDropout(child);
    }

    /// <summary>Upstride's step.</summary>
    public sealed class Own : Trainee
    {
        private readonly SegmentationTask _task;
        private readonly SegmentationNetwork<float> _network;
        private readonly Adam<float> _adam;
        private readonly Tape<float> _tape;

        public Own(SegmentationTask task)
        {
            (_task, _network) = (task, task.Network());
            _adam = new(_network.Parameters(), 1e-3);
            _tape = new(new ComputeSettings { Threads = task.Threads });
        }

        public override string Algorithm => "tape";

        public override void Dispose() => _tape.Dispose();

        protected override (double Milliseconds, float Loss) Step(Clock clock)
        {
            var start = clock.Now();
            _tape.Reset();
            Variable<float> loss = Losses.CrossEntropy(
                _network.Forward(_tape.Constant(_task.Picture, [Batch, 3, Height, Width])), _task.Labels);
            _adam.ZeroGradients();
            loss.Backward();
            _adam.Step();
            return (clock.Now() - start, loss.Value);
        }
    }

    /// <summary>PyTorch's step, in numbers of the type.</summary>
    public sealed class Peer : Trainee
    {
        private readonly SegmentationNetwork<float> _network;
        private readonly LayerPeer _layers;
        private readonly optim.Optimizer _adam;
        private readonly Tensor _picture, _labels;

        public Peer(SegmentationTask task, ScalarType type)
        {
            set_num_threads(task.Threads);
            _network = task.Network();
            _layers = new(_network, type);
            _adam = optim.Adam(_layers.Parameters, 1e-3);
            _picture = tensor(task.Picture, [Batch, 3, Height, Width], type);
            _labels = tensor(task.Labels.Select(static label => (long)label).ToArray(), [Batch, Height, Width]);
        }

        public override string Algorithm => LibTorch.Name;

        public override void Dispose()
        {
            _adam.Dispose();
            _layers.Dispose();
            _picture.Dispose();
            _labels.Dispose();
        }

        protected override (double Milliseconds, float Loss) Step(Clock clock)
        {
            var start = clock.Now();
            using var scope = NewDisposeScope();
            Tensor loss = functional.cross_entropy(SegmentationPeer.Forward(_network, _layers, _picture), _labels);
            _adam.zero_grad();
            loss.backward();
            _adam.step();
            float value = loss.to(ScalarType.Float32).item<float>();
            return (clock.Now() - start, value);
        }
    }
}

/// <summary>A DCGAN's step: the discriminator's, then the generator's.</summary>
internal sealed class DcganTask
{
    private const int Batch = 64;
    private static readonly DcganSettings _sizes = new(32, 1, 32, 100);

    public DcganTask(int threads)
    {
        Threads = threads;
        Real = new float[Batch * 32 * 32];
        Latent = new float[Batch * 100];
        new RandomSource(1).FillUniform(-1, 1, Real.AsSpan());
        new RandomSource(2).FillNormal(0, 1, Latent.AsSpan());
    }

    public static string Name => $"training step DCGAN, 32 features, {Batch} pictures of 32x32";

    public int Threads { get; }

    public float[] Real { get; }

    public float[] Latent { get; }

    private static Module<float> Layers(Module<float> network) => network.Children[0].Module;

    /// <summary>Upstride's step.</summary>
    public sealed class Own : Trainee
    {
        private readonly DcganTask _task;
        private readonly Module<float> _generator = new DcganGenerator<float>(_sizes, new RandomSource(3)),
            _discriminator = new DcganDiscriminator<float>(_sizes, new RandomSource(4));
        private readonly Adam<float> _generatorAdam, _discriminatorAdam;
        private readonly Tape<float> _tape;

        public Own(DcganTask task)
        {
            _task = task;
            _generatorAdam = new(_generator.Parameters(), 2e-4) { Beta1 = 0.5 };
            _discriminatorAdam = new(_discriminator.Parameters(), 2e-4) { Beta1 = 0.5 };
            _tape = new(new ComputeSettings { Threads = task.Threads });
        }

        public override string Algorithm => "tape";

        public override void Dispose() => _tape.Dispose();

        protected override (double Milliseconds, float Loss) Step(Clock clock)
        {
            var start = clock.Now();
            _tape.Reset();
            Variable<float> real = _tape.Constant(_task.Real, [Batch, 1, 32, 32]),
                made = _generator.Forward(_tape.Constant(_task.Latent, [Batch, 100, 1, 1])), yes = Targets(1), no = Targets(0);
            Variable<float> loss = Losses.BinaryCrossEntropyWithLogits(_discriminator.Forward(real), yes)
                + Losses.BinaryCrossEntropyWithLogits(_discriminator.Forward(made.Detach()), no);
            Advance(_discriminatorAdam, loss);
            Train(false);
            Advance(_generatorAdam, Losses.BinaryCrossEntropyWithLogits(_discriminator.Forward(made), yes));
            Train(true);
            return (clock.Now() - start, loss.Value);
        }

        private static void Advance(Adam<float> adam, Variable<float> loss)
        {
            adam.ZeroGradients();
            loss.Backward();
            adam.Step();
        }

        private void Train(bool trained)
        {
            foreach (var parameter in _discriminator.Parameters()) parameter.RequiresGradient = trained;
        }

        private Variable<float> Targets(float value)
        {
            Variable<float> targets = _tape.Empty([Batch, 1, 1, 1]);
            targets.Values.Fill(value);
            return targets;
        }
    }

    /// <summary>PyTorch's step, in numbers of the type.</summary>
    public sealed class Peer : Trainee
    {
        private readonly Module<float> _generator = new DcganGenerator<float>(_sizes, new RandomSource(3)),
            _discriminator = new DcganDiscriminator<float>(_sizes, new RandomSource(4));
        private readonly LayerPeer _made, _judged;
        private readonly optim.Optimizer _generatorAdam, _discriminatorAdam;
        private readonly Tensor _real, _latent, _yes, _no;

        public Peer(DcganTask task, ScalarType type)
        {
            set_num_threads(task.Threads);
            (_made, _judged) = (new(_generator, type), new(_discriminator, type));
            _generatorAdam = optim.Adam(_made.Parameters, 2e-4, beta1: 0.5);
            _discriminatorAdam = optim.Adam(_judged.Parameters, 2e-4, beta1: 0.5);
            (_real, _latent) = (tensor(task.Real, [Batch, 1, 32, 32], type), tensor(task.Latent, [Batch, 100, 1, 1], type));
            (_yes, _no) = (ones([Batch, 1, 1, 1], type), zeros([Batch, 1, 1, 1], type));
        }

        public override string Algorithm => LibTorch.Name;

        public override void Dispose()
        {
            foreach (IDisposable one in (IDisposable[])[_generatorAdam, _discriminatorAdam, _made, _judged, _real, _latent, _yes, _no])
                one.Dispose();
        }

        protected override (double Milliseconds, float Loss) Step(Clock clock)
        {
            var start = clock.Now();
            using var scope = NewDisposeScope();
            Tensor made = _made.Forward(Layers(_generator), _latent);
            Tensor loss = functional.binary_cross_entropy_with_logits(_judged.Forward(Layers(_discriminator), _real), _yes)
                + functional.binary_cross_entropy_with_logits(_judged.Forward(Layers(_discriminator), made.detach()), _no);
            Advance(_discriminatorAdam, loss);
            _judged.Train(false);
            Advance(_generatorAdam,
                functional.binary_cross_entropy_with_logits(_judged.Forward(Layers(_discriminator), made), _yes));
            _judged.Train(true);
            float value = loss.to(ScalarType.Float32).item<float>();
            return (clock.Now() - start, value);
        }

        private static void Advance(optim.Optimizer adam, Tensor loss)
        {
            adam.zero_grad();
            loss.backward();
            adam.step();
        }
    }
}
