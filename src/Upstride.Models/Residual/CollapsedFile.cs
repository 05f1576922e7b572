using System.Globalization;
using Upstride.Learning.Saving;

namespace Upstride.Models.Residual;

/// <summary>What the files of networks of collapsible convolutions have in common: sizes in their metadata, and the sums as
/// tensors.</summary>
/// <param name="reader">The open file.</param>
/// <param name="model">What the metadata's key <c>model</c> must say.</param>
internal sealed class CollapsedFile(SafetensorsReader reader, string model)
{
    /// <summary>Begins a file.</summary>
    /// <param name="model">What the metadata's key <c>model</c> says.</param>
    /// <param name="sizes">The other keys.</param>
    /// <param name="convolutions">With their names.</param>
    public static SafetensorsWriter Begin(
        string model, ReadOnlySpan<(string Name, int Value)> sizes, IEnumerable<(string Name, CollapsibleConvolution Layer)> convolutions)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata["model"] = model;
        foreach ((string name, int value) in sizes) writer.Metadata[name] = value.ToString(CultureInfo.InvariantCulture);
        foreach ((string name, CollapsibleConvolution layer) in convolutions)
        {
            writer.Add<float>(name + ".weight", layer.WeightShape, layer.Collapse());
            writer.Add<float>(name + ".slope", layer.Slope.Shape.AsSpan(), layer.Slope.Values.ToArray());
        }
        return writer;
    }

    /// <summary>Settings of the sizes that the metadata say.</summary>
    /// <exception cref="SafetensorsException">Another model, or sizes that no network has; the message names the fault.</exception>
    public T Settings<T>(Func<Func<string, int>, T> create)
    {
        if (!reader.Metadata.TryGetValue("model", out string? found) || !string.Equals(found, model, StringComparison.Ordinal))
            throw new SafetensorsException(reader.FileName, null, $"it holds the model '{found}', and not '{model}'");
        try
        {
            return create(Number);
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new SafetensorsException(reader.FileName, null, fault.Message);
        }
    }

    /// <summary>Refuses a file without a tensor, or with one of another shape: to be asked before anything of the shape is
    /// allocated.</summary>
    public void Require(string name, ReadOnlySpan<nint> shape)
    {
        SafetensorsTensor tensor = reader.Find(name)
            ?? throw new SafetensorsException(reader.FileName, name, $"it is missing, and an {model} network has it");
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw new SafetensorsException(reader.FileName, name,
                $"it has the shape [{string.Join(", ", tensor.Shape)}], and must have [{string.Join(", ", shape.ToArray())}]");
    }

    /// <summary>Refuses a file without a convolution.</summary>
    public void RequireConvolution(string name, ReadOnlySpan<nint> shape)
    {
        Require(name + ".weight", shape);
        Require(name + ".slope", shape[..1]);
    }

    /// <summary>Takes a convolution's values.</summary>
    public void Read(string name, CollapsibleConvolution layer)
    {
        layer.Expand(reader.Read<float>(name + ".weight"));
        reader.Read(name + ".slope", layer.Slope.Values);
    }

    private int Number(string key)
    {
        string? text = reader.Metadata.GetValueOrDefault(key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new SafetensorsException(reader.FileName, null, $"its metadata say '{key}' is '{text}', and it must be a number");
    }
}
