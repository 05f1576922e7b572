using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation.Control;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>The plans of a session, one for each set of input shapes, and of input elements where shapes depend on them.</summary>
internal sealed class ExecutableCache(Graph graph, OnnxSessionSettings settings) : IDisposable
{
    // Shapes may depend on the elements of small inputs: sizes, scales, pads. Larger ones would make the key itself a burden.
    private const int MaximalKeyElements = 4096;

    // Runs that have their plan do not wait for one that is being made.
    private readonly Lock _compilation = new();
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly HashSet<int> _valueInputs = [];

    // The nodes of a run, and the plans for other shapes, work one after the other in the same memory.
    private readonly ComputeSettings _compute = settings.Compute with
    {
        Workspaces = settings.Compute.Workspaces ?? new(),
        MaximalWorkspaceBytes = Math.Min(settings.Compute.MaximalWorkspaceBytes, settings.Limits.MaximalMemory),
    };
    private bool _disposed;

    /// <summary>The plan for these inputs, until the lease ends.</summary>
    public Lease Get(OnnxTensor?[] inputs)
    {
        if (Find(inputs) is { } known) return known;
        lock (_compilation)
        {
            if (Find(inputs) is { } meanwhile) return meanwhile;
            (Executable executable, OnnxTensor?[] values) = PlanCache.Make(settings.Plans, () => Compile(inputs));
            var entry = new Entry(executable, [.. inputs.Select(static input => input?.Type)], values);
            lock (_lock)
            {
                while (_entries.Count >= Math.Max(1, settings.MaximalPlans)) Drop(0);
                _entries.Add(entry);
                entry.Users++;
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

    private Lease? Find(OnnxTensor?[] inputs)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(OnnxSession));
            int index = _entries.FindIndex(entry => entry.Fits(inputs));
            if (index < 0) return null;

            // The one used last stands last; the first is the next to be dropped.
            Entry found = _entries[index];
            _entries.RemoveAt(index);
            _entries.Add(found);
            found.Users++;
            return new(this, found);
        }
    }

    private (Executable Executable, OnnxTensor?[] Values) Compile(OnnxTensor?[] inputs)
    {
        while (true)
        {
            Graph copy = graph.Clone();
            for (int i = 0; i < inputs.Length; i++)
            {
                // One that is left out keeps its default.
                if (inputs[i] is not { } input) continue;
                copy.Inputs[i].Type = input.Type;
                copy.Inputs[i].Constant = _valueInputs.Contains(i) ? input.Owned() : null;
            }
            try
            {
                Optimize(copy, _compute, settings.Limits, settings.SkippedPasses);
                OnnxTensor?[] values =
                    [.. inputs.Select((input, i) => input is not null && _valueInputs.Contains(i) ? copy.Inputs[i].Constant : null)];
                string? key = settings.Plans is null ? null : PlanCache.KeyOf(inputs, values);
                var executable = new Executable(copy, _compute, settings.Limits, settings.Plans?.InPlace(key!));
                settings.Plans?.Keep(key!, executable.InPlace);
                return (executable, values);
            }
            catch (ShapeValuesNeededException needed)
            {
                foreach (GraphValue input in needed.Inputs)
                {
                    if (input.Type!.Value.Shape.Count > MaximalKeyElements)
                        throw new OnnxUnsupportedException(
                            $"the model's shapes depend on the elements of input '{input.Name}', which is {input.Type}: at most "
                                + $"{MaximalKeyElements} elements are supported");
                    _valueInputs.Add(Array.IndexOf(copy.Inputs, input));
                }
            }
        }
    }

    /// <summary>Finds all types of a graph whose inputs have theirs, and applies the passes.</summary>
    public static void Optimize(Graph graph, ComputeSettings compute, OnnxLimits limits, ImmutableHashSet<string> skippedPasses,
        ExpansionBudget? budget = null)
    {
        new ShapeInference(graph, compute, limits, skippedPasses, budget).Apply();
        foreach (GraphPass pass in GraphPass.All)
            if (!skippedPasses.Contains(pass.Name)) pass.Apply(graph);
    }

    private void Drop(int index)
    {
        Entry entry = _entries[index];
        _entries.RemoveAt(index);
        entry.Dropped = true;
        if (entry.Users == 0) entry.Executable.Dispose();
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users == 0 && entry.Dropped) entry.Executable.Dispose();
        }
    }

    /// <summary>The use of a plan by one run.</summary>
    public readonly struct Lease(ExecutableCache cache, Entry entry) : IDisposable
    {
        public Executable Executable => entry.Executable;

        public void Dispose() => cache.Return(entry);
    }

    /// <param name="executable">The plan.</param>
    /// <param name="types">The inputs that it is for; null for one that is left out.</param>
    /// <param name="values">The elements that it is for, where shapes depend on them; null for the other inputs.</param>
    internal sealed class Entry(Executable executable, TensorType?[] types, OnnxTensor?[] values)
    {
        public Executable Executable { get; } = executable;

        public int Users { get; set; }

        public bool Dropped { get; set; }

        public bool Fits(OnnxTensor?[] inputs)
        {
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
