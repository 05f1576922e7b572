using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Upstride.Algorithms;
using Upstride.Files;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// What the plans of a session chose, kept in a file from one process to the next: the algorithms of the convolutions, and which parts lie
/// in place. It holds choices and no numbers, and each of them gives right results, so that nothing in the file has to be believed.
/// Safe for use by several threads at once.
/// </summary>
internal sealed class PlanCache
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly PlanCacheFile _file;
    private readonly SortedDictionary<string, int[]> _inPlace = new(StringComparer.Ordinal);
    private string? _saved;
    private bool _hasRead;

    private PlanCache(string path, PlanCacheFile file)
    {
        (_path, _file) = (path, file);
        _saved = file.Read(path, Algorithms, _inPlace);
        _hasRead = _saved is not null;
    }

    /// <summary>The algorithms that were chosen.</summary>
    public AlgorithmChoices Algorithms { get; } = new();

    /// <summary>The settings with the cache that they name, of a model, read; the settings as they are where they name none.</summary>
    /// <exception cref="ArgumentException">The model was not read from a file.</exception>
    /// <exception cref="IOException">The model's file cannot be read again.</exception>
    public static OnnxSessionSettings Open(OnnxModel model, OnnxSessionSettings settings)
    {
        if (settings.CachePath is not { } path) return settings;
        if (model.SourcePath is not { } source)
            throw new ArgumentException($"settings.CachePath = '{path}' needs a model that was read from a file: the cache is known by "
                + "what the file holds", nameof(settings));
        using FileStream stream = File.OpenRead(source);
        var hash = new XxHash64();
        hash.Append(stream);
        var plans = new PlanCache(path, new(hash.GetCurrentHashAsUInt64(), settings));
        return settings with { Plans = plans, Compute = settings.Compute with { Choices = plans.Algorithms } };
    }

    /// <summary>Makes something by the choices, and where that fails, without what was read; then keeps what was chosen.</summary>
    /// <param name="plans">The choices; null for none.</param>
    /// <param name="make">Asks for them each time that it is called.</param>
    public static T Make<T>(PlanCache? plans, Func<T> make)
    {
        T made;
        try
        {
            made = make();
        }
        catch (Exception fault) when (plans is not null && fault is not OperationCanceledException && plans.Forget())
        {
            made = make();
        }
        plans?.Save();
        return made;
    }

    /// <summary>What a plan is known by: the types of its inputs, and the elements that its shapes follow from.</summary>
    public static string KeyOf(OnnxTensor?[] inputs, OnnxTensor?[] values)
    {
        var key = new StringBuilder();
        for (int i = 0; i < inputs.Length; i++)
        {
            key.Append($"{(i > 0 ? "; " : "")}{inputs[i]?.Type.ToString() ?? "default"}");
            if (values[i] is { } value) key.Append($" {XxHash64.HashToUInt64(Bytes(value)):x16}");
        }
        return key.ToString();

        static ReadOnlySpan<byte> Bytes(OnnxTensor tensor) => tensor.Type.Storage switch
        {
            Storage.Float => MemoryMarshal.AsBytes(tensor.Floats),
            Storage.Integer => MemoryMarshal.AsBytes(tensor.Integers),
            _ => MemoryMarshal.AsBytes(tensor.Booleans),
        };
    }

    /// <summary>The nodes whose parts lie in place in a plan; null where it is not known.</summary>
    public int[]? InPlace(string plan)
    {
        lock (_lock) return _inPlace.GetValueOrDefault(plan);
    }

    /// <summary>Keeps the nodes whose parts lie in place in a plan.</summary>
    public void Keep(string plan, int[] inPlace)
    {
        lock (_lock)
        {
            if (_inPlace.Count < PlanCacheFile.MaximalPlans) _inPlace[plan] = inPlace;
        }
    }

    // Writes the file, whole or not at all, where there is more in it than before. One that cannot be written is left.
    private void Save()
    {
        lock (_lock)
        {
            string text = _file.Text(Algorithms, _inPlace);
            if (text == _saved) return;
            try
            {
                WholeFile.Write(_path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // A session runs without a cache as well: its folder may be one that nobody may write to.
            }
            _saved = text;
        }
    }

    // Whether there was anything that came from the file.
    private bool Forget()
    {
        lock (_lock)
        {
            if (!_hasRead) return false;
            _hasRead = false;
            Algorithms.Clear();
            _inPlace.Clear();
            return true;
        }
    }
}
