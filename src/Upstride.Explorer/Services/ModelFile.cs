using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Teaching;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Learning.Saving;
using Upstride.Onnx;
using Upstride.Onnx.Checkerboards;

namespace Upstride.Explorer.Services;

/// <summary>One layer of a model as it is drawn.</summary>
/// <param name="Name">What the file calls it.</param>
/// <param name="Operator">What it computes.</param>
/// <param name="Shape">Of its output; empty where that is not known.</param>
/// <param name="Flops">Operations of one run.</param>
/// <param name="Bytes">Bytes that it reads and writes.</param>
/// <param name="Algorithm">How it would be computed here.</param>
/// <param name="Worst">What <c>check</c> says of an upsampling; null for another layer.</param>
public sealed record ModelLayer(
    string Name, string Operator, ImmutableArray<long> Shape, long Flops, long Bytes, string Algorithm, WorstPair? Worst);

/// <summary>A model file: what it holds, layer by layer.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Kind">ONNX, safetensors or NumPy.</param>
/// <param name="Parameters">Numbers in it.</param>
/// <param name="Layers">Its layers.</param>
/// <param name="Chains">What several upsamplings do together.</param>
/// <param name="Open">Inputs whose sizes the file leaves open, with those that were taken.</param>
/// <param name="PeakBytes">Memory of a run; 0 where it is not known.</param>
public sealed partial record ModelFile(
    string Name, string Kind, long Parameters, ImmutableArray<ModelLayer> Layers, ImmutableArray<string> Chains,
        ImmutableArray<string> Open, long PeakBytes)
{
    /// <summary>The most nodes that are drawn.</summary>
    public const int MostNodes = 2000;

    private const long MostMemory = 1L << 30, MostOperations = 1_000_000_000_000;
    private const long OpenSize = 32;

    // Of the time that an ONNX file takes, about: it is read, its upsamplings are diagnosed, and a run is planned.
    private const double AfterModel = 0.2, AfterChecks = 0.6;

    /// <summary>Reads a file by what it is, whatever its name, in pieces as far as it has any: the layers of a file of weights.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="stride">Of the upsamplings in a safetensors or .npy file, which does not say it.</param>
    /// <param name="size">For every size that an ONNX file leaves open, but the first of an input, which is 1; null for 32.</param>
    /// <param name="texts">In whose language it is told what is too large.</param>
    /// <param name="progress">Is told how much is done, and waited for.</param>
    /// <param name="cancellation">Ends the work between two pieces.</param>
    /// <exception cref="InvalidDataException">None of them, or a damaged one; the message says what is wrong.</exception>
    public static async Task<ModelFile> ReadAsync(
        string name, byte[] bytes, int stride, int? size, Texts texts, Func<double, Task> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(texts);
        try
        {
            async Task Told(double done)
            {
                await progress(done);
                cancellation.ThrowIfCancellationRequested();
            }
            if (bytes.Length > 6 && bytes[0] == 0x93 && bytes.AsSpan(1).StartsWith("NUMPY"u8)) return Npy(name, bytes, stride, texts);
            // A safetensors file begins with the length of its header, which begins with a brace.
            return bytes.Length > 9 && bytes[8] == (byte)'{' && BitConverter.ToUInt64(bytes, 0) < (ulong)bytes.Length
                ? await SafetensorsAsync(name, bytes, stride, texts, Told)
                : await OnnxAsync(name, bytes, size ?? OpenSize, texts, Told);
        }
        catch (Exception fault) when (fault is OnnxFormatException or OnnxUnsupportedException or SafetensorsException or GeometryException
            or NpyFormatException
            or ArgumentException or OverflowException or EndOfStreamException or InvalidOperationException or NotSupportedException
            or OutOfMemoryException)
        {
            throw new InvalidDataException(
                fault is GeometryException refused ? texts.Refusal(refused.Error) : texts.Fault(fault.Message), fault);
        }
    }

    private static async Task<ModelFile> OnnxAsync(string name, byte[] bytes, long size, Texts texts, Func<double, Task> tell)
    {
        OnnxModel model = OnnxModel.Load(new MemoryStream(bytes));
        int nodes = model.Operators.Values.Sum();
        if (nodes > MostNodes) throw new InvalidDataException(texts["ui.model.nodes", nodes, MostNodes]);
        await tell(AfterModel);
        Dictionary<string, LayerDiagnosis> checks = [];
        OnnxCheckerboard board = OnnxCheckerboard.Load(new MemoryStream(bytes));
        foreach (OnnxUpsampling layer in board.Layers) checks[layer.Node] = layer.Diagnosis;
        await tell(AfterChecks);
        var open = ImmutableArray.CreateBuilder<string>();
        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in model.Inputs)
        {
            if (input.Dimensions is not { } dimensions)
                throw new InvalidDataException(texts["ui.model.shapeless", input.Name]);
            long[] lengths = [.. dimensions.Select((dimension, axis) => dimension.Length ?? (axis == 0 ? 1 : size))];
            if (dimensions.Any(static dimension => dimension.Length is null)) open.Add($"{input.Name} [{string.Join(", ", lengths)}]");
            if (lengths.Aggregate(4.0, static (product, length) => product * Math.Max(1, length)) > MostMemory)
                throw new InvalidDataException(
                    texts["ui.model.input", input.Name, string.Join(", ", lengths), MostMemory]);
            inputs[input.Name] = OnnxTensor.Zeros(input.ElementType, [.. lengths.Select(static length => (nint)length)]);
        }
        using var session = new OnnxSession(model, OnnxSessionSettings.Default with { Limits =
            new() { MaximalMemory = MostMemory, MaximalOperations = MostOperations } });
        OnnxPlan plan = session.Explain(inputs);
        HashSet<string> told = [];
        ModelLayer[] layers =
        [
            .. plan.Steps.Select(step =>
            {
                string node = checks.Keys.FirstOrDefault(key => step.Name.Contains($"'{key}'", StringComparison.Ordinal)
                    || step.Name == key) ?? "";
                LayerDiagnosis? check = node.Length > 0 && told.Add(node) ? checks[node] : null;
                string name = Named().Match(step.Name) is { Success: true } named ? named.Groups[1].Value : step.Name;
                return new ModelLayer(name, step.Operator, ShapeOf(step.Output), step.Flops, step.Bytes, step.Algorithm,
                    check is null ? null : WorstPair.Of(check));
            }),
            // What was taken into another step is still told.
            .. board.Layers.Where(layer => !plan.Steps.Any(step => step.Name.Contains($"'{layer.Node}'", StringComparison.Ordinal)
                || step.Name == layer.Node))
                .Select(static layer => new ModelLayer(layer.Node, layer.Operator, [], 0, 0, "", WorstPair.Of(layer.Diagnosis))),
        ];
        IEnumerable<string> chains = board.Chains.Select(static chain =>
            string.Join(" + ", chain.Nodes) + ": " + (chain.PatternDb is { } level ? Numeral.Decibels(level) + " dB" : "0"));
        return new(name, "ONNX", model.Parameters, [.. layers], [.. chains], open.ToImmutable(), plan.PeakBytes);
    }

    // A kernel alone, or the weights of a layer: [kernel...] of one or two axes, [input channels, output channels, kernel...] of more.
    private static ModelFile Npy(string name, byte[] bytes, int stride, Texts texts)
    {
        NpyArray array = NpyFile.Read(new MemoryStream(bytes), name);
        int[] shape = array.Shape.Length is 1 or 2 ? [1, 1, .. array.Shape] : [.. array.Shape];
        if (shape.Length is < 3 or > 5)
            throw new InvalidDataException(texts["ui.model.npy", string.Join(", ", array.Shape)]);
        LayerDiagnosis check = LayerDiagnosis.Of(UpsamplingLayer.Create(name, shape, array.ToDoubles(), stride));
        ModelLayer layer = new(name, array.ElementType, [.. shape.Select(static length => (long)length)], 0, bytes.Length, "",
            WorstPair.Of(check));
        return new(name, "NumPy", check.Layer.Weight.Length, [layer], [], [], 0);
    }

    private static async Task<ModelFile> SafetensorsAsync(string name, byte[] bytes, int stride, Texts texts, Func<double, Task> tell)
    {
        using var reader = new SafetensorsReader(new MemoryStream(bytes), name);
        if (reader.Tensors.Length > MostNodes)
            throw new InvalidDataException(texts["ui.model.tensors", reader.Tensors.Length, MostNodes]);
        var layers = ImmutableArray.CreateBuilder<ModelLayer>();
        long all = Math.Max(1, reader.Tensors.Sum(static tensor => tensor.ByteLength)), read = 0;
        foreach (SafetensorsTensor tensor in reader.Tensors)
        {
            await tell((double)read / all);
            read += tensor.ByteLength;
            WorstPair? check = null;
            if (tensor.Shape.Length is >= 3 and <= 5 && tensor.Length > 0)
            {
                int[] shape = [.. tensor.Shape.Select(static length => checked((int)length))];
                check = WorstPair.Of(LayerDiagnosis.Of(UpsamplingLayer.Create(tensor.Name, shape,
                    [.. reader.Read<float>(tensor.Name).Select(static value => (double)value)], stride)));
            }
            layers.Add(new(tensor.Name, tensor.Type.ToString(), [.. tensor.Shape.Select(static length => (long)length)], 0,
                tensor.ByteLength, "", check));
        }
        return new(name, "safetensors", reader.Tensors.Sum(static tensor => tensor.Length), layers.ToImmutable(), [], [], 0);
    }

    // The plan writes a type with its shape: float[1, 64, 8, 8].
    private static ImmutableArray<long> ShapeOf(string output) =>
        Brackets().Match(output) is { Success: true } found
            ? [.. found.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(static length => long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
                    : 0)]
            : [];

    // The plan calls a node by its name where it has one: node 'up' (ConvTranspose).
    [GeneratedRegex(@"^node '([^']+)' \([^()]*\)$")]
    private static partial Regex Named();

    [GeneratedRegex(@"\[([0-9, x]*)\]")]
    private static partial Regex Brackets();
}
