using System.Diagnostics;
using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Selection;
using Upstride.Onnx.Tensors;
using Upstride.Threading;

namespace Upstride.Onnx.Compilation.Stages;

/// <summary>A plan of a stage for inputs of fixed shapes: what it computes, and the stage that follows, if any.</summary>
internal sealed class StagePlan : IDisposable
{
    private readonly StageLink? _link;
    private readonly List<PreparedSelection> _selections = [];
    private readonly TensorType[] _types;

    // Which of the model's outputs the first results are.
    private readonly int[] _outputs;
    private readonly OnnxLimits _limits;
    private readonly long _held;

    // What goes to the next stage and is no output of the model; runs that overlap have theirs each.
    private readonly ObjectPool<OnnxTensor[]> _carried;

    /// <param name="stage">What it is a plan of.</param>
    /// <param name="executable">Computes it; ends with the plan.</param>
    /// <param name="link">What leads to the next stage; null where there is none.</param>
    /// <param name="before">What a run has cost before.</param>
    /// <param name="key">What the plan is known by.</param>
    /// <param name="expanded">Nodes that loops and branches were written out to so far.</param>
    /// <param name="compute">Threads and memory.</param>
    /// <param name="limits">What a run may cost.</param>
    public StagePlan(Stage stage, Executable executable, StageLink? link, StageCost before, string key, long expanded,
        ComputeSettings compute, OnnxLimits limits)
    {
        (Executable, _link, _limits) = (executable, link, limits);
        _types = [.. executable.ResultTypes];
        _outputs = link is null ? stage.Outputs : [.. link.Known.Select(i => stage.Outputs[i])];
        _held = before.Bytes + executable.HeldBytes;
        _carried = new(() => [.. _types.Skip(_outputs.Length).Select(New)]);
        if (link is null) return;
        try
        {
            foreach (GraphNode node in link.Selections.Select(static selection => selection.Node))
                _selections.Add(NodeErrors.For(node.Name, () => ((SelectionOperator)node.Operator).PrepareSelection(compute)));
            _held += _selections.Sum(static selection => selection.WorkspaceBytes + selection.WeightBytes);
            if (_held > limits.MaximalMemory)
                throw new OnnxUnsupportedException(
                    $"a run needs {_held} bytes of memory up to {link.Selections[^1].Node.Name}, and settings.Limits.MaximalMemory = "
                        + $"{limits.MaximalMemory}: allow more, or use smaller inputs");
            int inputs = stage.Graph.Inputs.Length, chosen = inputs + _types.Length;
            Next = stage.Next(link.Rest, [.. link.Later.Select(i => stage.Outputs[i])],
                [.. link.Sources.Select(source => source < inputs && stage.IsGiven(source))],
                [.. link.Sources.Select(source => source >= chosen)],
                new(_held, before.Operations + executable.Flops), key, expanded);
            Next.ValueInputs.UnionWith(link.Needed);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Executable Executable { get; }

    /// <summary>The stage that follows; null for the last.</summary>
    public Stage? Next { get; }

    /// <summary>A result that nobody gave a place.</summary>
    public static OnnxTensor New(TensorType type) => new(type, type.NewUninitializedArray());

    /// <summary>Gives the outputs of the model that the stage computes their places.</summary>
    /// <param name="outputs">Takes them.</param>
    /// <param name="place">Where an output goes, by its number.</param>
    public void Place(OnnxTensor[] outputs, Func<int, TensorType, OnnxTensor> place)
    {
        for (int i = 0; i < _outputs.Length; i++) outputs[_outputs[i]] = place(_outputs[i], _types[i]);
    }

    /// <summary>Runs it.</summary>
    /// <param name="inputs">Those of the stage.</param>
    /// <param name="outputs">The model's, in their places.</param>
    /// <param name="borrowed">Takes what must be given back once the model has run.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The inputs, the results, and what was selected after them; nothing where no stage follows.</returns>
    public List<OnnxTensor?> Run(OnnxTensor?[] inputs, OnnxTensor[] outputs, List<Action> borrowed, CancellationToken cancellationToken)
    {
        OnnxTensor[] results = Array.ConvertAll(_outputs, output => outputs[output]);
        if (_link is null)
        {
            Executable.Run(inputs, results, cancellationToken);
            return [];
        }
        OnnxTensor[] carried = _carried.Take();
        borrowed.Add(() => _carried.Return(carried));
        results = [.. results, .. carried];
        Executable.Run(inputs, results, cancellationToken);
        List<OnnxTensor?> values = [.. inputs, .. results];
        long memory = _limits.MaximalMemory - _held;
        for (int i = 0; i < _selections.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            OnnxTensor?[] selected = Select(_link.Selections[i], _selections[i], values, new(memory, cancellationToken));
            memory -= selected.Sum(static tensor => tensor?.Type.Bytes ?? 0);
            values.AddRange(selected);
        }
        return values;
    }

    /// <summary>The inputs of the next stage, of what <see cref="Run"/> gave.</summary>
    public OnnxTensor?[] InputsOfNext(List<OnnxTensor?> values) =>
        _link is null ? [] : Array.ConvertAll(_link.Sources, source => values[source]);

    /// <summary>What it does, node by node, and what is selected after it.</summary>
    /// <param name="inputs">Those of the stage.</param>
    /// <param name="values">What <see cref="Run"/> gave for them; nothing where it did not run.</param>
    /// <param name="runs">Runs of which the shortest time of each node is taken.</param>
    /// <param name="cancellationToken">Ends the measurement between two nodes.</param>
    public OnnxPlan Describe(OnnxTensor?[] inputs, List<OnnxTensor?> values, int runs, CancellationToken cancellationToken)
    {
        OnnxPlan plan = Executable.Describe(inputs, runs, cancellationToken);
        if (_link is null) return plan;
        var steps = new List<OnnxPlanStep>(plan.Steps);
        int place = inputs.Length + _types.Length;
        for (int i = 0; i < _selections.Count; i++)
        {
            StageSelection selection = _link.Selections[i];
            TimeSpan? time = null;
            for (int run = 0; run < runs; run++)
            {
                long start = Stopwatch.GetTimestamp();
                Select(selection, _selections[i], values, new(long.MaxValue, cancellationToken));
                TimeSpan taken = Stopwatch.GetElapsedTime(start);
                if (time is not { } best || taken < best) time = taken;
            }
            int count = selection.Node.Outputs.Length;
            steps.Add(Describe(selection, values, values.GetRange(place, count), time));
            place += count;
        }
        long results = _types.Take(_outputs.Length).Sum(static type => type.Bytes);
        long chosen = values.Skip(inputs.Length + _types.Length).Sum(static one => one?.Type.Bytes ?? 0);
        return plan with
        {
            Steps = [.. steps],
            ArenaBytes = plan.ArenaBytes + plan.ResultBytes - results + chosen,
            ResultBytes = results,
            WeightBytes = plan.WeightBytes + _selections.Sum(static selection => selection.WeightBytes),
            WorkspaceBytes = Math.Max(plan.WorkspaceBytes, _selections.Max(static selection => (long?)selection.WorkspaceBytes) ?? 0),
        };
    }

    public void Dispose()
    {
        Executable.Dispose();
        foreach (PreparedSelection selection in _selections) selection.Dispose();
    }

    private static OnnxPlanStep Describe(StageSelection selection, List<OnnxTensor?> values, List<OnnxTensor?> made, TimeSpan? time)
    {
        OnnxTensor?[] inputs = selection.Inputs(values);
        return new(selection.Node.Name, selection.Node.OperatorName,
            string.Join(", ", inputs.Select(static input => input?.ToString() ?? "-")),
            made.Find(static one => one is not null)?.ToString() ?? "-", "size known as it runs",
            made.Sum(static one => (long)(one?.Length ?? 0)), inputs.Concat(made).Sum(static one => one?.Type.Bytes ?? 0), null, time);
    }

    private static OnnxTensor?[] Select(StageSelection selection, PreparedSelection prepared, List<OnnxTensor?> values,
        SelectionLimits limits)
    {
        GraphNode node = selection.Node;
        OnnxTensor?[] inputs = selection.Inputs(values);
        bool[] wanted = [.. node.Outputs.Select(static output => output is not null)];
        return NodeErrors.For(node.Name, () =>
        {
            Selected selected = prepared.Select(new(node.Name, [.. inputs.Select(static input => input?.Type)], inputs, wanted), limits);
            limits.Require(selected.Types.Where((_, i) => i < wanted.Length && wanted[i]).Sum(static type => type.Bytes));
            OnnxTensor?[] outputs = [.. wanted.Select((named, i) => named ? New(selected.Types[i]) : null)];
            selected.Write(new(new NodeTensors(inputs, outputs), 0, limits.CancellationToken));
            return outputs;
        });
    }
}
