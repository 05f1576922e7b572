using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation.Control;
using Upstride.Onnx.Compilation.Stages;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// The plans of a session: of each stage one for each set of input shapes, and of input elements where shapes depend on them.
/// </summary>
internal sealed class ExecutableCache(OnnxSessionSettings settings) : IDisposable
{
    // Runs that have their plan do not wait for one that is being made.
    private readonly Lock _compilation = new();
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly List<int> _made = [];

    // The nodes of a run, and the plans for other shapes, work one after the other in the same memory.
    private readonly ComputeSettings _compute = settings.Compute with
    {
        Workspaces = settings.Compute.Workspaces ?? new(),
        MaximalWorkspaceBytes = Math.Min(settings.Compute.MaximalWorkspaceBytes, settings.Limits.MaximalMemory),
    };
    private bool _disposed;

    /// <summary>How many plans were made so far of the stages of each depth.</summary>
    public IReadOnlyList<int> Made
    {
        get
        {
            lock (_lock) return [.. _made];
        }
    }

    /// <summary>A stage's plan for these inputs, until the lease ends.</summary>
    public Lease Get(Stage stage, OnnxTensor?[] inputs)
    {
        if (Find(stage, inputs) is { } known) return known;
        lock (_compilation)
        {
            if (Find(stage, inputs) is { } meanwhile) return meanwhile;
            (StagePlan plan, OnnxTensor?[] values) = PlanCache.Make(settings.Plans, () => Compile(stage, inputs));
            var entry = new Entry(stage, plan, [.. inputs.Select(static input => input?.Type)], values);
            lock (_lock)
            {
                while (_entries.Count(other => other.Stage.Depth == stage.Depth) >= Math.Max(1, settings.MaximalPlans))
                    Drop(_entries.FindIndex(other => other.Stage.Depth == stage.Depth));
                _entries.Add(entry);
                entry.Users++;
                while (_made.Count <= stage.Depth) _made.Add(0);
                _made[stage.Depth]++;
                if (_disposed) Drop(_entries.Count - 1);
                return new(this, entry);
            }
        }
    }

    /// <summary>Drops all plans; one that still runs ends with its last lease.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            while (_entries.Count > 0) Drop(0);
        }
    }

    private Lease? Find(Stage stage, OnnxTensor?[] inputs)
    {
        lock (_lock)
        {
            // A run in progress ends before the session does.
            ObjectDisposedException.ThrowIf(_disposed && stage.Depth == 0, typeof(OnnxSession));
            int index = _entries.FindIndex(entry => entry.Fits(stage, inputs));
            if (index < 0) return null;

            // The one used last stands last; the first is the next to be dropped.
            Entry found = _entries[index];
            _entries.RemoveAt(index);
            _entries.Add(found);
            found.Users++;
            return new(this, found);
        }
    }

    private (StagePlan Plan, OnnxTensor?[] Values) Compile(Stage stage, OnnxTensor?[] inputs)
    {
        while (true)
        {
            Graph copy = stage.Graph.Clone();
            for (int i = 0; i < inputs.Length; i++)
            {
                // One that is left out keeps its default.
                if (inputs[i] is not { } input) continue;
                copy.Inputs[i].Type = input.Type;
                copy.Inputs[i].Constant = stage.ValueInputs.Contains(i) ? Kept(stage, input) : null;
            }
            try
            {
                return Compile(stage, copy, inputs);
            }
            catch (ShapeValuesNeededException needed)
            {
                foreach (GraphValue input in needed.Inputs)
                {
                    ShapeInference.RequireKey(input, $"the model's shapes depend on the elements of input '{input.Name}'");
                    stage.ValueInputs.Add(Array.IndexOf(copy.Inputs, input));
                }
            }
        }
    }

    private (StagePlan Plan, OnnxTensor?[] Values) Compile(Stage stage, Graph copy, OnnxTensor?[] inputs)
    {
        var cut = new StageCut();
        var budget = new ExpansionBudget(stage.Expanded);
        new ShapeInference(copy, _compute, settings.Limits, settings.SkippedPasses, budget, stage, cut).Apply();
        OnnxTensor?[] values =
            [.. inputs.Select((input, i) => input is not null && stage.ValueInputs.Contains(i) ? copy.Inputs[i].Constant : null)];
        (Graph graph, StageLink? link) = cut.Divide(copy);
        ApplyPasses(graph, settings.SkippedPasses);
        string key = settings.Plans is null ? "" : stage.Key + PlanCache.KeyOf(inputs, values);
        StageCost before = stage.Before with { Bytes = stage.Before.Bytes + stage.ChosenBytes(inputs) };
        var executable = new Executable(graph, _compute, settings.Limits, settings.Plans?.InPlace(key), before);
        settings.Plans?.Keep(key, executable.InPlace);
        return (new(stage, executable, link, before, key, budget.Nodes, _compute, settings.Limits), values);
    }

    // What one run carries from stage to stage is written over by the next.
    private static OnnxTensor Kept(Stage stage, OnnxTensor input) => stage.Depth == 0 ? input.Owned() : input.Copy();

    /// <summary>Finds all types of a graph whose inputs have theirs, and applies the passes.</summary>
    public static void Optimize(Graph graph, ComputeSettings compute, OnnxLimits limits, ImmutableHashSet<string> skippedPasses,
        ExpansionBudget? budget = null)
    {
        new ShapeInference(graph, compute, limits, skippedPasses, budget).Apply();
        ApplyPasses(graph, skippedPasses);
    }

    private static void ApplyPasses(Graph graph, ImmutableHashSet<string> skippedPasses)
    {
        foreach (GraphPass pass in GraphPass.All)
            if (!skippedPasses.Contains(pass.Name)) pass.Apply(graph);
    }

    private void Drop(int index)
    {
        Entry entry = _entries[index];
        _entries.RemoveAt(index);
        entry.Dropped = true;
        if (entry.Users == 0) entry.Plan.Dispose();

        // What follows on a plan is found by nobody without it.
        for (int next; entry.Plan.Next is { } stage && (next = _entries.FindIndex(other => other.Stage == stage)) >= 0;) Drop(next);
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users == 0 && entry.Dropped) entry.Plan.Dispose();
        }
    }

    /// <summary>The use of a plan by one run.</summary>
    public readonly struct Lease(ExecutableCache cache, Entry entry) : IDisposable
    {
        public StagePlan Plan => entry.Plan;

        public void Dispose() => cache.Return(entry);
    }

    /// <param name="stage">What it is a plan of.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="types">The inputs that it is for; null for one that is left out.</param>
    /// <param name="values">The elements that it is for, where shapes depend on them; null for the other inputs.</param>
    internal sealed class Entry(Stage stage, StagePlan plan, TensorType?[] types, OnnxTensor?[] values)
    {
        public Stage Stage { get; } = stage;

        public StagePlan Plan { get; } = plan;

        public int Users { get; set; }

        public bool Dropped { get; set; }

        public bool Fits(Stage of, OnnxTensor?[] inputs)
        {
            if (Stage != of) return false;
            for (int i = 0; i < inputs.Length; i++)
                if (types[i] != inputs[i]?.Type || (values[i] is { } value && !SameElements(value, inputs[i]!))) return false;
            return true;
        }

        private static bool SameElements(OnnxTensor left, OnnxTensor right) => left.Type.Storage switch
        {
            Storage.Float => left.Floats.SequenceEqual(right.Floats),
            Storage.Integer => left.Integers.SequenceEqual(right.Integers),
            _ => left.Booleans.SequenceEqual(right.Booleans),
        };
    }
}
