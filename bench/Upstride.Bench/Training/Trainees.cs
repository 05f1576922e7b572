using TorchSharp.Modules;
using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.Torch;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Bench.Training;

/// <summary>A network in training: each run is a step, its output the loss before it.</summary>
internal abstract class Trainee : IRunnable
{
    private readonly float[] loss = new float[1];

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output => loss;

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public abstract string Algorithm { get; }

    /// <inheritdoc/>
    public void Run() => TimedRun(default);

    /// <inheritdoc/>
    public double TimedRun(Clock clock)
    {
        (double milliseconds, loss[0]) = Step(clock);
        return milliseconds;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Takes a step.</summary>
    protected abstract (double Milliseconds, float Loss) Step(Clock clock);
}

/// <summary>Upstride's step, as 'upstride train fsrcnn' takes it.</summary>
internal sealed class UpstrideTrainee : Trainee
{
    private readonly TrainingTask task;
    private readonly FsrcnnStep step;

    public UpstrideTrainee(TrainingTask task)
    {
        this.task = task;
        var network = new FsrcnnNetwork(task.First.Settings);
        network.CopyFrom(task.First, withUpsampling: true);
        step = new(network, task.Settings);
    }

    /// <inheritdoc/>
    public override string Algorithm => "tape";

    /// <inheritdoc/>
    public override void Dispose() => step.Dispose();

    /// <inheritdoc/>
    protected override (double Milliseconds, float Loss) Step(Clock clock)
    {
        var start = clock.Now();
        var loss = step.Take(task.Batches[(int)(step.Optimizer.Steps % task.Batches.Count)], task.Settings.LearningRate);
        return (clock.Now() - start, loss);
    }
}

/// <summary>PyTorch's step: its layers and gradients, and TorchSharp's Adam, which calls its elementwise functions.</summary>
internal sealed class TorchTrainee : Trainee
{
    private readonly TrainingTask task;
    private readonly FsrcnnSettings network;
    private readonly Dictionary<string, Parameter> parameters;
    private readonly (Tensor Small, Tensor Large)[] batches;
    private readonly optim.Optimizer optimizer;
    private int steps;

    public TorchTrainee(TrainingTask task)
    {
        (this.task, network) = (task, task.First.Settings);
        set_num_threads(task.Settings.Threads);
        parameters = task.First.NamedParameters().ToDictionary(
            static named => named.Name,
            static named => new Parameter(
                tensor(named.Parameter.Values.ToArray(), [.. named.Parameter.Shape.Select(length => (long)length)])),
            StringComparer.Ordinal);
        int count = task.Settings.Batch, small = task.Settings.Patch, large = network.Scale * small;
        batches = [.. task.Batches.Select(
            batch => (tensor(batch.Small, count, 1, small, small), tensor(batch.Large, count, 1, large, large)))];
        optimizer = optim.Adam(parameters.Values, task.Settings.LearningRate);
    }

    /// <inheritdoc/>
    public override string Algorithm => LibTorch.Name;

    /// <inheritdoc/>
    public override void Dispose()
    {
        optimizer.Dispose();
        foreach (var (small, large) in batches)
        {
            small.Dispose();
            large.Dispose();
        }

        foreach (var parameter in parameters.Values) parameter.Dispose();
    }

    /// <inheritdoc/>
    protected override (double Milliseconds, float Loss) Step(Clock clock)
    {
        var start = clock.Now();
        using var scope = NewDisposeScope();
        var (small, large) = batches[steps++ % batches.Length];
        var loss = functional.mse_loss(Forward(small), large);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        var value = loss.item<float>();
        return (clock.Now() - start, value);
    }

    private Tensor Forward(Tensor x)
    {
        foreach (var layer in network.Layers)
        {
            Parameter weight = parameters[layer.Name + ".weight"], bias = parameters[layer.Name + ".bias"];
            long padding = layer.Padding, stride = network.Scale;
            x = layer.IsUpsampling
                ? functional.conv_transpose2d(x, weight, bias, [stride, stride], [padding, padding], [stride - 1, stride - 1])
                : functional.prelu(functional.conv2d(x, weight, bias, padding: [padding, padding]), parameters[layer.Name + ".slope"]);
        }

        return x;
    }
}
