using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>The plans of a session, one for each set of input shapes, and of input elements where shapes depend on them.</summary>
internal sealed class PlanCache(Graph graph, OnnxSessionSettings settings) : IDisposable
{
    // Shapes may depend on the elements of small inputs: sizes, scales, pads. Larger ones would make the key itself a burden.
    private const int MaximalKeyElements = 4096;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly HashSet<int> _valueInputs = [];
    private bool _disposed;

    /// <summary>The plan for these inputs, until the lease ends.</summary>
    public Lease Get(OnnxTensor[] inputs)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(OnnxSession));
            Entry? found = _entries.Find(entry => Fits(entry.Inputs, inputs));
            if (found is null)
            {
                found = new(Compile(inputs), inputs);
                while (_entries.Count >= Math.Max(1, settings.MaximalPlans)) Drop(0);
            }
            else
            {
                _entries.Remove(found);
            }
            _entries.Add(found);
            found.Users++;
            return new(this, found);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            while (_entries.Count > 0) Drop(0);
        }
    }

    private Executable Compile(OnnxTensor[] inputs)
    {
        while (true)
        {
            Graph copy = graph.Clone();
            for (int i = 0; i < inputs.Length; i++)
            {
                copy.Inputs[i].Type = inputs[i].Type;
                if (_valueInputs.Contains(i)) copy.Inputs[i].Constant = inputs[i];
            }
            try
            {
                new Specialization(copy, settings.Compute).Apply();
                foreach (GraphPass pass in GraphPass.All)
                    if (!settings.SkippedPasses.Contains(pass.Name)) pass.Apply(copy);
                return new(copy, settings.Compute, settings.MaximalMemory);
            }
            catch (ShapeValuesNeededException needed)
            {
                foreach (GraphValue input in needed.Inputs)
                {
                    if (input.Type!.Value.Shape.Count > MaximalKeyElements)
                        throw new OnnxUnsupportedException($"the model's shapes depend on the elements of input '{input.Name}', which is {input.Type}: at most {MaximalKeyElements} elements are supported");
                    _valueInputs.Add(Array.IndexOf(copy.Inputs, input));
                }
            }
        }
    }

    private bool Fits(OnnxTensor[] known, OnnxTensor[] inputs)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (known[i].Type != inputs[i].Type) return false;
            if (_valueInputs.Contains(i) && !SameElements(known[i], inputs[i])) return false;
        }
        return true;
    }

    private static bool SameElements(OnnxTensor left, OnnxTensor right) => left.Type.Storage switch
    {
        Storage.Float => left.Floats.SequenceEqual(right.Floats),
        Storage.Integer => left.Integers.SequenceEqual(right.Integers),
        _ => left.Booleans.SequenceEqual(right.Booleans),
    };

    // A plan that still runs ends with its last lease.
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
    public readonly struct Lease(PlanCache cache, Entry entry) : IDisposable
    {
        public Executable Executable => entry.Executable;

        public void Dispose() => cache.Return(entry);
    }

    internal sealed class Entry(Executable executable, OnnxTensor[] inputs)
    {
        public Executable Executable { get; } = executable;

        public OnnxTensor[] Inputs { get; } = inputs;

        public int Users { get; set; }

        public bool Dropped { get; set; }
    }
}
