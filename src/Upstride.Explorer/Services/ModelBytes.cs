using System.Collections.Immutable;
using Upstride.Explain.Diagnosis;

namespace Upstride.Explorer.Services;

/// <summary>A model that was read, or why it was not, as bytes: for the way from the worker to the page.</summary>
public static class ModelBytes
{
    /// <summary>Why a file was not read.</summary>
    public static byte[] Fault(string fault)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(false);
        writer.Write(fault);
        return bytes.ToArray();
    }

    /// <summary>A model.</summary>
    public static byte[] Write(ModelFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(true);
        writer.Write(model.Name);
        writer.Write(model.Kind);
        writer.Write(model.Parameters);
        Each(writer, model.Layers, Write);
        Each(writer, model.Chains, writer.Write);
        Each(writer, model.Open, writer.Write);
        writer.Write(model.PeakBytes);
        return bytes.ToArray();
    }

    /// <summary>What <see cref="Write(ModelFile)"/> wrote.</summary>
    /// <exception cref="InvalidDataException">What <see cref="Fault"/> wrote, with its message.</exception>
    public static ModelFile Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        if (!reader.ReadBoolean()) throw new InvalidDataException(reader.ReadString());
        return new(reader.ReadString(), reader.ReadString(), reader.ReadInt64(), Each(reader, ReadLayer),
            Each(reader, static one => one.ReadString()), Each(reader, static one => one.ReadString()), reader.ReadInt64());

        static ModelLayer ReadLayer(BinaryReader reader) => new(reader.ReadString(), reader.ReadString(),
            Each(reader, static one => one.ReadInt64()), reader.ReadInt64(), reader.ReadInt64(), reader.ReadString(),
            reader.ReadBoolean() ? ReadPair(reader) : null);
    }

    private static void Write(BinaryWriter writer, ModelLayer layer)
    {
        writer.Write(layer.Name);
        writer.Write(layer.Operator);
        Each(writer, layer.Shape, writer.Write);
        writer.Write(layer.Flops);
        writer.Write(layer.Bytes);
        writer.Write(layer.Algorithm);
        writer.Write(layer.Worst is not null);
        if (layer.Worst is not { } worst) return;
        UpsamplingLayer pair = worst.Diagnosis.Layer;
        writer.Write(worst.Input);
        writer.Write(worst.Output);
        writer.Write(pair.Name);
        Each(writer, pair.Kernel, writer.Write);
        Each(writer, pair.Stride, writer.Write);
        Each(writer, pair.Dilation, writer.Write);
        Each(writer, pair.Weight, writer.Write);
    }

    private static WorstPair ReadPair(BinaryReader reader)
    {
        (int input, int output, string name) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
        ImmutableArray<int> kernel = Each(reader, static one => one.ReadInt32()), stride = Each(reader, static one => one.ReadInt32()),
            dilation = Each(reader, static one => one.ReadInt32());
        return WorstPair.Of(name, input, output, kernel, stride, dilation, Each(reader, static one => one.ReadDouble()));
    }

    private static void Each<T>(BinaryWriter writer, ImmutableArray<T> values, Action<BinaryWriter, T> write)
    {
        writer.Write(values.Length);
        foreach (T value in values) write(writer, value);
    }

    private static void Each<T>(BinaryWriter writer, ImmutableArray<T> values, Action<T> write) =>
        Each(writer, values, (_, value) => write(value));

    private static ImmutableArray<T> Each<T>(BinaryReader reader, Func<BinaryReader, T> read) =>
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => read(reader))];
}
