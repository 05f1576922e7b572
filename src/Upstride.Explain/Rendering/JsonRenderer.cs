using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Rendering;

/// <summary>Writes a whole computation as JSON; the keys stay as they are.</summary>
public static class JsonRenderer
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n" };

    /// <summary>
    /// <c>framework</c>, <c>input</c>, <c>weight</c>, <c>bias</c> and <c>output</c> with <c>shape</c> and <c>values</c>, <c>at</c> with
    /// the terms of every
    /// output element of the channel (or of the one asked for), <c>phases</c> and <c>equivalentConvolution</c>.
    /// </summary>
    /// <param name="computation">The computation.</param>
    /// <param name="framework">The framework's name.</param>
    /// <param name="channel">The output channel whose sums are written.</param>
    /// <param name="at">The one output position whose sum is written; every one where null.</param>
    /// <exception cref="GeometryException">A channel or position outside the output.</exception>
    public static string Render(Computation computation, string framework, int channel = 0, ImmutableArray<int>? at = null)
    {
        ArgumentNullException.ThrowIfNull(computation);
        ConvTransposeGeometry geometry = computation.Geometry;
        IEnumerable<OutputSum> sums = at is { } one ? [computation.SumAt(channel, one.AsSpan())] : computation.SumsOf(channel);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("framework", framework);
            WriteTensor(json, "input", geometry.InputShape, computation.Problem.Input);
            WriteTensor(json, "weight", geometry.WeightShape, computation.Problem.Weight);
            WriteTensor(json, "bias", [geometry.OutputChannels], computation.Problem.Bias);
            WriteTensor(json, "output", geometry.OutputShape, computation.Output);
            json.WriteNumber("channel", channel);
            json.WriteStartArray("at");
            foreach (OutputSum sum in sums) WriteSum(json, sum);
            json.WriteEndArray();
            WritePhases(json, geometry);
            WriteEquivalent(json, EquivalentConvolution.Of(geometry));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteTensor(Utf8JsonWriter json, string name, ImmutableArray<nint> shape, ImmutableArray<double> values)
    {
        json.WriteStartObject(name);
        WriteInts(json, "shape", shape.Select(static size => (int)size));
        json.WriteStartArray("values");
        foreach (double value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSum(Utf8JsonWriter json, OutputSum sum)
    {
        json.WriteStartObject();
        WriteInts(json, "position", sum.Position);
        json.WriteStartArray("terms");
        foreach (Term term in sum.Terms)
        {
            json.WriteStartObject();
            json.WriteNumber("channel", term.Channel);
            WriteInts(json, "input", term.Input);
            WriteInts(json, "tap", term.Tap);
            json.WriteNumber("inputValue", term.InputValue);
            json.WriteNumber("weightValue", term.WeightValue);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("bias", sum.Bias);
        json.WriteNumber("sum", sum.Sum);
        json.WriteEndObject();
    }

    private static void WritePhases(Utf8JsonWriter json, ConvTransposeGeometry geometry)
    {
        json.WriteStartArray("phases");
        foreach (PhaseGridCell cell in PhaseGrid.Of(geometry))
        {
            json.WriteStartObject();
            WriteInts(json, "residue", cell.Phases.Select(static phase => phase.Residue));
            json.WriteStartArray("taps");
            foreach (int[] tap in Taps(cell.Phases)) WriteInts(json, null, tap);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static IEnumerable<int[]> Taps(ImmutableArray<Phase> phases)
    {
        IEnumerable<int[]> taps = [[]];
        foreach (Phase phase in phases) taps = taps.SelectMany(_ => phase.Taps, static (outer, inner) => (int[])[.. outer, inner.Tap]);
        return taps;
    }

    private static void WriteEquivalent(Utf8JsonWriter json, ImmutableArray<EquivalentConvolution> axes)
    {
        json.WriteStartObject("equivalentConvolution");
        WriteInts(json, "input", axes.Select(static axis => axis.Input));
        WriteInts(json, "kernel", axes.Select(static axis => axis.Kernel));
        WriteInts(json, "dilation", axes.Select(static axis => axis.Dilation));
        WriteInts(json, "stride", axes.Select(static axis => axis.Stride));
        json.WriteStartArray("padding");
        foreach (EquivalentConvolution axis in axes) WriteInts(json, null, [axis.PaddingHead, axis.PaddingTail]);
        json.WriteEndArray();
        WriteInts(json, "zerosBetween", axes.Select(static axis => axis.ZerosBetween));
        json.WriteEndObject();
    }

    private static void WriteInts(Utf8JsonWriter json, string? name, IEnumerable<int> values)
    {
        if (name is null) json.WriteStartArray();
        else json.WriteStartArray(name);
        foreach (int value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
