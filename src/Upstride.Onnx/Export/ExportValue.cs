using System.Collections.Immutable;

namespace Upstride.Onnx.Export;

/// <summary>A tensor of a graph under construction.</summary>
public sealed class ExportValue
{
    internal ExportValue(string name, ImmutableArray<OnnxDimension> dimensions) => (Name, Dimensions) = (name, dimensions);

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>[batch, channels, sizes...] as far as they are known: neither length nor name where they are not.</summary>
    public ImmutableArray<OnnxDimension> Dimensions { get; }

    /// <summary>Name and shape, for messages.</summary>
    public override string ToString() => $"'{Name}' [{string.Join(", ", Dimensions)}]";
}
