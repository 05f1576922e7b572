using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.Torch;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Training;

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

/// <summary>PyTorch's step, in a process that times itself.</summary>
internal sealed class TorchTrainee : Trainee
{
    private readonly TorchProcess process;

    public TorchTrainee(TorchProcess process, TrainingTask task)
    {
        this.process = process;
        var folder = Directory.CreateTempSubdirectory("upstride-bench-");
        try
        {
            process.Ask(Request(task, folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public override string Algorithm => $"PyTorch {process.Version}";

    /// <inheritdoc/>
    public override void Dispose() => process.Ask(new JsonObject { ["op"] = "close" });

    /// <inheritdoc/>
    protected override (double Milliseconds, float Loss) Step(Clock clock)
    {
        var answer = process.Ask(new JsonObject { ["op"] = "step", ["clock"] = clock.Name });
        return (answer["milliseconds"]!.GetValue<double>(), answer["loss"]!.GetValue<float>());
    }

    private static JsonObject Request(TrainingTask task, string folder)
    {
        string Write(string name, IEnumerable<float> values)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllBytes(path, MemoryMarshal.AsBytes<float>(values.ToArray()));
            return path;
        }

        FsrcnnSettings network = task.First.Settings;
        return new()
        {
            ["op"] = "create",
            ["threads"] = task.Settings.Threads,
            ["scale"] = network.Scale,
            ["batch"] = task.Settings.Batch,
            ["patch"] = task.Settings.Patch,
            ["batches"] = task.Batches.Count,
            ["rate"] = task.Settings.LearningRate,
            ["layers"] = new JsonArray([.. network.Layers.Select(layer => new JsonObject { ["name"] = layer.Name, ["padding"] = layer.Padding, ["transposed"] = layer.IsUpsampling })]),
            ["parameters"] = new JsonArray([.. task.First.NamedParameters().Select(named => new JsonObject
            {
                ["name"] = named.Name,
                ["shape"] = new JsonArray([.. named.Parameter.Shape.Select(length => (JsonNode)(int)length)]),
                ["file"] = Write(named.Name, named.Parameter.Values.ToArray()),
            })]),
            ["smallFile"] = Write("small", task.Batches.SelectMany(batch => batch.Small)),
            ["largeFile"] = Write("large", task.Batches.SelectMany(batch => batch.Large)),
        };
    }
}
