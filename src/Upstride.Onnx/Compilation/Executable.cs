using System.Collections.Concurrent;
using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>A graph for inputs of fixed shapes, ready to run any number of times from any number of threads; each run that overlaps others has an arena of its own.</summary>
internal sealed class Executable : IDisposable
{
    private readonly Graph _graph;
    private readonly Place?[][] _inputs;
    private readonly Place?[][] _outputs;
    private readonly Place[] _graphInputs;
    private readonly Place[] _graphOutputs;
    private readonly ConcurrentBag<RunMemory> _pool = [];

    /// <param name="graph">With all types known.</param>
    /// <param name="settings">Threads and memory of the computations.</param>
    /// <param name="maximalMemory">Bytes that the arena and the results of one run may have.</param>
    /// <exception cref="OnnxFormatException">A node's inputs break a rule.</exception>
    /// <exception cref="OnnxUnsupportedException">A run would need more memory.</exception>
    public Executable(Graph graph, ComputeSettings settings, long maximalMemory)
    {
        _graph = graph;
        var buffers = new BufferPlan(graph);
        ArenaBytes = buffers.Bytes;
        ResultBytes = graph.Outputs.Sum(static output => output.Type!.Value.Bytes);
        if (ArenaBytes + ResultBytes > maximalMemory)
            throw new OnnxUnsupportedException($"a run needs {ArenaBytes} bytes of memory and {ResultBytes} for its outputs, and settings.MaximalMemory = {maximalMemory}: allow more, or use smaller inputs");
        _graphInputs = [.. graph.Inputs.Select(buffers.PlaceOf)];
        _graphOutputs = [.. graph.Outputs.Select(buffers.PlaceOf)];
        _inputs = [.. graph.Nodes.Select(node => Places(node.Inputs))];
        _outputs = [.. graph.Nodes.Select(node => Places(node.Outputs))];
        Computations = [.. graph.Nodes.Select(node => node.Operator.IsView ? null : NodeFaults.On(node, () => Prepare(node, settings)))];

        Place?[] Places(GraphValue?[] values) => [.. values.Select(value => value is null ? null : buffers.PlaceOf(value))];
    }

    /// <summary>The nodes in the order in which they run.</summary>
    public IReadOnlyList<GraphNode> Nodes => _graph.Nodes;

    /// <summary>How each node is computed; null for a view.</summary>
    public ImmutableArray<Computation?> Computations { get; }

    /// <summary>Bytes of the arena of one run.</summary>
    public long ArenaBytes { get; }

    /// <summary>Bytes of the results of one run.</summary>
    public long ResultBytes { get; }

    /// <summary>Runs it; <paramref name="inputs"/> fit the types that it was made for.</summary>
    public OnnxTensor[] Run(ReadOnlySpan<OnnxTensor> inputs, CancellationToken cancellationToken)
    {
        if (!_pool.TryTake(out RunMemory? memory)) memory = new(_inputs, _outputs, new(ArenaBytes));
        try
        {
            memory.Results = [.. _graph.Outputs.Select(static output => ConstantFrame.NewArray(output.Type!.Value))];
            for (int i = 0; i < inputs.Length; i++)
                if (_graphInputs[i].Constant is null) Store(inputs[i], memory, _graphInputs[i]);
            for (int i = 0; i < Computations.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Computations[i]?.Run(new(memory, i, cancellationToken));
            }
            var results = new OnnxTensor[_graphOutputs.Length];
            for (int i = 0; i < results.Length; i++)
            {
                TensorType type = _graph.Outputs[i].Type!.Value;
                if (_graphOutputs[i].Result != i) Load(memory, _graphOutputs[i], memory.Results[i]);
                results[i] = new(type, memory.Results[i]);
            }
            return results;
        }
        finally
        {
            memory.Results = [];
            _pool.Add(memory);
        }
    }

    public void Dispose()
    {
        foreach (Computation? computation in Computations) computation?.Dispose();
        while (_pool.TryTake(out RunMemory? memory)) memory.Arena.Dispose();
    }

    private static Computation Prepare(GraphNode node, ComputeSettings settings)
    {
        Operands operands = node.Operands();
        return node.Operator.Prepare(operands, node.Operator.Infer(operands), settings);
    }

    private static void Store(OnnxTensor tensor, RunMemory memory, Place place)
    {
        switch (place.Type.Storage)
        {
            case Storage.Float: tensor.Elements<float>().CopyTo(memory.Write<float>(place)); break;
            case Storage.Integer: tensor.Elements<long>().CopyTo(memory.Write<long>(place)); break;
            default: tensor.Elements<bool>().CopyTo(memory.Write<bool>(place)); break;
        }
    }

    private static void Load(RunMemory memory, Place place, Array destination)
    {
        switch (destination)
        {
            case float[] floats: memory.Read<float>(place).CopyTo(floats); break;
            case long[] integers: memory.Read<long>(place).CopyTo(integers); break;
            case bool[] booleans: memory.Read<bool>(place).CopyTo(booleans); break;
        }
    }
}
