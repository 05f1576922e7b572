using System.Numerics;

namespace Upstride.Learning.Saving;

/// <summary>
/// The tensors that a model or a run consists of, by name: written to a file together, and read together from a file that has exactly
/// these.
/// </summary>
internal sealed class StateTable
{
    // A hostile file may have a million names that are not expected.
    private const int MaxListed = 50;

    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="shape">None for a single number.</param>
    /// <param name="elements">Read when a file is written, written when one is read.</param>
    /// <param name="loaded">Called after all tensors have been read.</param>
    public void Add<T>(string name, ReadOnlySpan<nint> shape, Func<Span<T>> elements, Action? loaded = null)
        where T : unmanaged, INumberBase<T>
    {
        if (!_slots.TryAdd(name, new Slot<T>(name, shape.ToArray(), elements, loaded)))
            throw new ArgumentException($"two tensors would be called '{name}': choose other names", nameof(name));
    }

    public void AddTo(SafetensorsWriter writer)
    {
        foreach (Slot slot in _slots.Values) slot.AddTo(writer);
    }

    /// <summary>Reads all tensors; where the file does not have them, none is changed.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="exactTypes">Whether numbers stored in another type are refused; else they are converted.</param>
    /// <param name="passOver">Names that the file may have besides.</param>
    /// <param name="cancellationToken">Asked every 64 KiB; where it is cancelled, some tensors have been read and others not.</param>
    /// <exception cref="SafetensorsException">The file has other tensors; the message lists all that is missing, unexpected or
    /// different.</exception>
    public void Read(SafetensorsReader reader, bool exactTypes, Func<string, bool> passOver, CancellationToken cancellationToken)
    {
        string[] faults =
        [
            .. List("missing", [.. _slots.Keys.Where(name => reader.Find(name) is null)]),
            .. List("unexpected",
                [.. reader.Tensors.Select(static tensor => tensor.Name).Where(name => !_slots.ContainsKey(name) && !passOver(name))]),
            .. List("different", [.. _slots.Values.Select(slot => slot.Difference(reader, exactTypes)).OfType<string>()]),
        ];
        if (faults is not [])
            throw new SafetensorsException(reader.FileName, null, $"its tensors are not those asked for: {string.Join("; ", faults)}");
        foreach (Slot slot in _slots.Values) slot.Read(reader, cancellationToken);
        foreach (Slot slot in _slots.Values)
        {
            try
            {
                slot.Loaded?.Invoke();
            }
            catch (ArgumentException fault)
            {
                throw new SafetensorsException(reader.FileName, slot.Name, fault.Message, fault);
            }
        }
    }

    private static string[] List(string what, string[] items)
    {
        if (items is []) return [];
        string more = items.Length > MaxListed ? $" and {items.Length - MaxListed} more" : "";
        IEnumerable<string> listed = items.Order(StringComparer.Ordinal).Take(MaxListed).Select(SafetensorsException.Quote);
        return [$"{what} {string.Join(", ", listed)}{more}"];
    }

    private abstract class Slot(string name, nint[] shape, Action? loaded)
    {
        public Action? Loaded { get; } = loaded;

        public string Name { get; } = name;

        protected nint[] Shape { get; } = shape;

        protected abstract SafetensorsType Type { get; }

        /// <summary>How the file's tensor differs; null where it does not, or is missing.</summary>
        public string? Difference(SafetensorsReader reader, bool exactType)
        {
            if (reader.Find(Name) is not { } found) return null;
            bool sameShape = found.Shape.AsSpan().SequenceEqual(Shape),
                sameType = found.Type == Type || (!exactType && !(found.Type.IsFloatingPoint() && !Type.IsFloatingPoint()));
            return sameShape && sameType
                ? null : $"{Name} is {found.Type} {found.ShapeText} in the file and must be {Type} {SafetensorsTensor.Text(Shape)}";
        }

        public abstract void AddTo(SafetensorsWriter writer);

        public abstract void Read(SafetensorsReader reader, CancellationToken cancellationToken);
    }

    private sealed class Slot<T>(string name, nint[] shape, Func<Span<T>> elements, Action? loaded) : Slot(name, shape, loaded)
        where T : unmanaged, INumberBase<T>
    {
        protected override SafetensorsType Type { get; } = SafetensorsTypes.Of<T>();

        public override void AddTo(SafetensorsWriter writer) => writer.Add<T>(Name, Shape, () => elements());

        public override void Read(SafetensorsReader reader, CancellationToken cancellationToken) =>
            reader.Read(Name, elements(), cancellationToken);
    }
}
