using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.Torch;

/// <summary>PyTorch in a process of its own, which times itself: one run a request, in turn with the others.</summary>
internal sealed class TorchContender(TorchProcess process) : IContender
{
    /// <inheritdoc/>
    public string Name => "torch";

    /// <inheritdoc/>
    public IRunnable? TryCreate(Workload workload, out string? refusal)
    {
        refusal = null;
        var files = new TorchFiles(workload);
        try
        {
            return new TorchRunnable(process, workload, files);
        }
        catch (InvalidOperationException e)
        {
            files.Dispose();
            refusal = e.Message;
            return null;
        }
    }
}

/// <summary>A problem that the Python process holds.</summary>
internal sealed class TorchRunnable : IRunnable
{
    private readonly TorchProcess process;
    private readonly TorchFiles files;
    private readonly float[] output;

    /// <summary>Hands the problem over.</summary>
    public TorchRunnable(TorchProcess process, Workload workload, TorchFiles files)
    {
        (this.process, this.files) = (process, files);
        var p = workload.Problem;
        static JsonArray List(int[] sizes) => new([.. sizes.Select(s => (JsonNode)s)]);
        process.Ask(new JsonObject
        {
            ["op"] = "create",
            ["operation"] = workload.Operation.Name(),
            ["threads"] = workload.Threads,
            ["batch"] = p.Batch,
            ["coarseChannels"] = p.CoarseChannels,
            ["fineChannels"] = p.FineChannels,
            ["groups"] = p.Groups,
            ["coarse"] = List(p.Coarse),
            ["fine"] = List(p.Fine),
            ["kernel"] = List(p.Kernel),
            ["stride"] = List(p.Stride),
            ["padding"] = List(p.Padding),
            ["outputPadding"] = List(p.OutputPadding),
            ["dilation"] = List(p.Dilation),
            ["coarseFile"] = files.Path("coarse"),
            ["fineFile"] = files.Path("fine"),
            ["weightFile"] = files.Path("weight"),
            ["outputFile"] = files.Path("output"),
        });
        output = new float[workload.OutputLength];
    }

    /// <inheritdoc/>
    public double? PreparationMilliseconds => 0; // functional calls: the first run does it all

    /// <inheritdoc/>
    public long? WorkspaceBytes => null;

    /// <inheritdoc/>
    public string Algorithm => $"PyTorch {process.Version}";

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output
    {
        get
        {
            process.Ask(new JsonObject { ["op"] = "output" });
            File.ReadAllBytes(files.Path("output")).CopyTo(MemoryMarshal.AsBytes(output.AsSpan()));
            return output;
        }
    }

    /// <inheritdoc/>
    public void Run() => TimedRun(default);

    /// <inheritdoc/>
    public double TimedRun(Clock clock) =>
        process.Ask(new JsonObject { ["op"] = "run", ["clock"] = clock.Name })["milliseconds"]!.GetValue<double>();

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Ask(new JsonObject { ["op"] = "close" });
        files.Dispose();
    }
}

/// <summary>The operands as raw files in a folder that lasts as long as the problem, in memory where the system offers that.</summary>
internal sealed class TorchFiles : IDisposable
{
    private readonly DirectoryInfo folder;

    /// <summary>Writes the operands.</summary>
    public TorchFiles(Workload workload)
    {
        folder = Directory.Exists("/dev/shm")
            ? Directory.CreateDirectory(System.IO.Path.Combine("/dev/shm", $"upstride-bench-{Environment.ProcessId}"))
            : Directory.CreateTempSubdirectory("upstride-bench-");
        foreach (var (name, operand) in new[] { ("coarse", workload.Coarse), ("fine", workload.Fine), ("weight", workload.Weight) })
            if (operand is not null) File.WriteAllBytes(Path(name), MemoryMarshal.AsBytes(operand.Span));
        using var output = File.Create(Path("output"));
        output.SetLength(workload.OutputLength * sizeof(float));
    }

    /// <summary>Where a tensor lies.</summary>
    public string Path(string name) => System.IO.Path.Combine(folder.FullName, name);

    /// <inheritdoc/>
    public void Dispose() => folder.Delete(recursive: true);
}
