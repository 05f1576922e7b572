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
    private readonly float[] _loss = new float[1];

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output => _loss;

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public abstract string Algorithm { get; }

    /// <inheritdoc/>
    public void Run() => TimedRun(default);

    /// <inheritdoc/>
    public double TimedRun(Clock clock)
    {
        (double milliseconds, _loss[0]) = Step(clock);
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
    private readonly TrainingTask _task;
    private readonly UpscalingStep _step;

    public UpstrideTrainee(TrainingTask task)
    {
        this._task = task;
        var network = new FsrcnnNetwork(task.First.Settings);
        network.CopyFrom(task.First, withUpsampling: true);
        _step = new(network, task.Settings);
    }

    /// <inheritdoc/>
    public override string Algorithm => "tape";

    /// <inheritdoc/>
    public override void Dispose() => _step.Dispose();

    /// <inheritdoc/>
    protected override (double Milliseconds, float Loss) Step(Clock clock)
    {
        var start = clock.Now();
        var loss = _step.Take(_task.Batches[(int)(_step.Optimizer.Steps % _task.Batches.Count)], _task.Settings.LearningRate);
        return (clock.Now() - start, loss);
    }
}

/// <summary>
/// PyTorch's step in numbers of the type: its layers and gradients, and TorchSharp's Adam, which calls its elementwise functions.
/// </summary>
internal sealed class TorchTrainee : Trainee
{
    private readonly TrainingTask _task;
    private readonly FsrcnnSettings _network;
    private readonly Dictionary<string, Parameter> _parameters;
    private readonly (Tensor Small, Tensor Large)[] _batches;
    private readonly optim.Optimizer _optimizer;
    private int _steps;

    public TorchTrainee(TrainingTask task, ScalarType type)
    {
        (this._task, _network) = (task, task.First.Settings);
        set_num_threads(task.Settings.Threads);
        _parameters = task.First.NamedParameters().ToDictionary(
            static named => named.Name,
            named => new Parameter(
                tensor(named.Parameter.Values.ToArray(), [.. named.Parameter.Shape.Select(length => (long)length)], type)),
            StringComparer.Ordinal);
        int count = task.Settings.Batch, small = task.Settings.Patch, large = _network.Scale * small;
        _batches = [.. task.Batches.Select(
            batch => (tensor(batch.Small, [count, 1, small, small], type), tensor(batch.Large, [count, 1, large, large], type)))];
        _optimizer = optim.Adam(_parameters.Values, task.Settings.LearningRate);
    }

    /// <inheritdoc/>
    public override string Algorithm => LibTorch.Name;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _optimizer.Dispose();
        foreach (var (small, large) in _batches)
        {
            small.Dispose();
            large.Dispose();
        }

        foreach (var parameter in _parameters.Values) parameter.Dispose();
    }

    /// <inheritdoc/>
    protected override (double Milliseconds, float Loss) Step(Clock clock)
    {
        var start = clock.Now();
        using var scope = NewDisposeScope();
        var (small, large) = _batches[_steps++ % _batches.Length];
        var loss = functional.mse_loss(Forward(small), large);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        var value = loss.to(ScalarType.Float32).item<float>();
        return (clock.Now() - start, value);
    }

    private Tensor Forward(Tensor x)
    {
        foreach (var layer in _network.Layers)
        {
            Parameter weight = _parameters[layer.Name + ".weight"], bias = _parameters[layer.Name + ".bias"];
            long padding = layer.Padding, stride = _network.Scale;
            x = layer.IsUpsampling
                ? functional.conv_transpose2d(x, weight, bias, [stride, stride], [padding, padding], [stride - 1, stride - 1])
                : functional.prelu(functional.conv2d(x, weight, bias, padding: [padding, padding]), _parameters[layer.Name + ".slope"]);
        }

        return x;
    }
}
