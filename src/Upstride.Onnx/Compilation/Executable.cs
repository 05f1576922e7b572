using System.Diagnostics;
using System.Globalization;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation.Stages;
using Upstride.Onnx.Tensors;
using Upstride.Threading;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// A graph for inputs of fixed shapes, ready to run any number of times from any number of threads; each run that overlaps others has an
/// arena of its own.
/// </summary>
internal sealed class Executable : IDisposable
{
    private readonly Step[] _steps;
    private readonly (TensorLocation Place, TensorType Type)[] _outputs;
    private readonly long _arenaBytes;
    private readonly ObjectPool<RunMemory> _pool;

    /// <param name="graph">With all types known.</param>
    /// <param name="settings">Threads and memory of the computations.</param>
    /// <param name="limits">What one run may cost.</param>
    /// <param name="inPlace">The <see cref="InPlace"/> of an executable of the same graph; null where none is known.</param>
    /// <param name="before">What a run has cost before.</param>
    /// <exception cref="OnnxFormatException">A node's inputs break a rule.</exception>
    /// <exception cref="OnnxUnsupportedException">A run would cost more.</exception>
    public Executable(Graph graph, ComputeSettings settings, OnnxLimits limits, int[]? inPlace = null, StageCost before = default)
    {
        BufferPlan buffers = BufferPlan.Of(graph, inPlace);
        InPlace = buffers.InPlace;
        _arenaBytes = buffers.Bytes;
        _outputs = [.. graph.Outputs.Select(output => (buffers.PlaceOf(output), output.Type!.Value))];
        if (before.Bytes + _arenaBytes + ResultBytes > limits.MaximalMemory)
            throw new OnnxUnsupportedException(
                $"a run needs {_arenaBytes} bytes of memory and {ResultBytes} for its outputs{Text(before)}, and "
                    + $"settings.Limits.MaximalMemory = {limits.MaximalMemory}: allow more, or use smaller inputs");
        _steps = Prepare(graph, buffers, settings, limits, before);
        _pool = new(() => new(_steps, new(_arenaBytes)));
    }

    private static Step[] Prepare(Graph graph, BufferPlan buffers, ComputeSettings settings, OnnxLimits limits, StageCost before)
    {
        long results = graph.Outputs.Sum(static output => output.Type!.Value.Bytes);
        var steps = new List<Step>(graph.Nodes.Count);
        long weights = 0, workspace = 0;
        double operations = before.Operations;
        try
        {
            foreach (GraphNode node in graph.Nodes)
            {
                Step step = NodeErrors.For(node.Name, () => new Step(node, buffers, settings));
                steps.Add(step);
                weights += step.Computation?.WeightBytes ?? 0;
                workspace = Math.Max(workspace, step.Computation?.WorkspaceBytes ?? 0);
                operations += step.Flops;
                if (before.Bytes + buffers.Bytes + results + weights + workspace > limits.MaximalMemory)
                    throw new OnnxUnsupportedException(
                        $"{node.Name}: a run needs {buffers.Bytes} bytes of memory, {results} for its outputs, {weights} for weights and "
                            + $"{workspace} of workspace{Text(before)}, and settings.Limits.MaximalMemory = {limits.MaximalMemory}: "
                            + "allow more, or use smaller inputs");
                if (operations > limits.MaximalOperations)
                    throw new OnnxUnsupportedException(string.Create(CultureInfo.InvariantCulture,
                        $"{node.Name}: a run takes {operations:G4} operations up to here, and settings.Limits.MaximalOperations = "
                        + $"{limits.MaximalOperations}: allow more, or use smaller inputs"));
            }
            return [.. steps];
        }
        catch
        {
            foreach (Step step in steps) step.Computation?.Dispose();
            throw;
        }
    }

    private static string Text(StageCost before) => before.Bytes == 0 ? "" : $" beside {before.Bytes} of the stages before";

    /// <summary>Which of the graph's nodes have their parts in place.</summary>
    public int[] InPlace { get; }

    /// <summary>Floating-point operations of one run.</summary>
    public long Flops => _steps.Sum(static step => step.Flops);

    /// <summary>Bytes that one run has at once, without inputs, results and weights.</summary>
    public long RunBytes => _arenaBytes + (_steps.Max(static step => (long?)step.Computation?.WorkspaceBytes) ?? 0);

    /// <summary>Bytes that one run holds until its results are let go, with the weights.</summary>
    public long HeldBytes => _arenaBytes + ResultBytes + WeightBytes;

    /// <summary>Bytes of weights in the form that they are computed by.</summary>
    public long WeightBytes => _steps.Sum(static step => step.Computation?.WeightBytes ?? 0);

    private long ResultBytes => _outputs.Sum(static output => output.Type.Bytes);

    /// <summary>The types of the results.</summary>
    public IEnumerable<TensorType> ResultTypes => _outputs.Select(static output => output.Type);

    /// <summary>Runs it into new tensors; <paramref name="inputs"/> fit the types that it was made for.</summary>
    public OnnxTensor[] Run(OnnxTensor?[] inputs, CancellationToken cancellationToken)
    {
        OnnxTensor[] results = NewResults();
        Run(inputs, results, cancellationToken);
        return results;
    }

    /// <summary>Runs it into tensors of the <see cref="ResultTypes"/>.</summary>
    public void Run(OnnxTensor?[] inputs, OnnxTensor[] results, CancellationToken cancellationToken)
    {
        RunMemory memory = Begin(inputs, results);
        try
        {
            for (int i = 0; i < _steps.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _steps[i].Run(new(memory, i, cancellationToken));
            }
            for (int i = 0; i < results.Length; i++)
            {
                // Two outputs may be one value, and an output may be an input: these are copied.
                if (_outputs[i].Place is not TensorLocation.Result { Index: var index } || index != i)
                    Copy(memory, _outputs[i].Place, results[i]);
            }
        }
        finally
        {
            End(memory);
        }
    }

    /// <summary>What it does, node by node, with the shortest time of <paramref name="runs"/> runs.</summary>
    public OnnxPlan Describe(OnnxTensor?[] inputs, int runs, CancellationToken cancellationToken)
    {
        var times = new TimeSpan?[_steps.Length];
        for (int run = 0; run < runs; run++)
        {
            RunMemory memory = Begin(inputs, NewResults());
            try
            {
                for (int i = 0; i < _steps.Length; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    long start = Stopwatch.GetTimestamp();
                    _steps[i].Run(new(memory, i, cancellationToken));
                    TimeSpan time = Stopwatch.GetElapsedTime(start);
                    if (times[i] is not { } best || time < best) times[i] = time;
                }
            }
            finally
            {
                End(memory);
            }
        }
        return new(
            [.. _steps.Zip(times, static (step, time) => step.Describe(time))], _arenaBytes, ResultBytes,
            _steps.Sum(static step => step.Computation is { } computation ? computation.WeightBytes + ConstantBytes(step) : 0),
            _steps.Max(static step => (long?)step.Computation?.WorkspaceBytes) ?? 0);
    }

    public void Dispose()
    {
        foreach (Step step in _steps) step.Computation?.Dispose();
        while (_pool.TryTake(out RunMemory? memory)) memory.Arena.Dispose();
    }

    private static long ConstantBytes(Step step) =>
        step.Inputs.Sum(static place => place is TensorLocation.Constant { Tensor.Type.Bytes: var bytes } ? bytes : 0);

    private OnnxTensor[] NewResults() =>
        [.. _outputs.Select(static output => new OnnxTensor(output.Type, output.Type.NewUninitializedArray()))];

    private RunMemory Begin(OnnxTensor?[] inputs, OnnxTensor[] results)
    {
        RunMemory memory = _pool.Take();
        memory.Begin(inputs, results);
        return memory;
    }

    private void End(RunMemory memory)
    {
        memory.End();
        _pool.Return(memory);
    }

    private static void Copy(RunMemory memory, TensorLocation place, OnnxTensor destination)
    {
        switch (destination.Type.Storage)
        {
            case Storage.Float: memory.Read<float>(place).CopyTo(destination.Writable<float>()); break;
            case Storage.Integer: memory.Read<long>(place).CopyTo(destination.Writable<long>()); break;
            default: memory.Read<bool>(place).CopyTo(destination.Writable<bool>()); break;
        }
    }
}
