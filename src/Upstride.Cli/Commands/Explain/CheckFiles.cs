using System.CommandLine;
using Upstride.Explain.Diagnosis;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Learning.Saving;

namespace Upstride.Cli.Commands.Explain;

/// <summary>What <c>upstride check</c> reads from files: weights and pictures.</summary>
internal static class CheckFiles
{
    /// <summary>The direction of a transposed convolution's weights.</summary>
    public const string Transposed = "transposed";

    private const string Convolution = "convolution";

    public static Option<string?> Direction()
    {
        var option = new Option<string?>("--direction")
        {
            Description =
                "What the weights of a .safetensors file belong to, which the file does not say: a transposed convolution, or a "
                + "convolution, whose backward pass is checked.",
            HelpName = $"{Transposed}|{Convolution}",
        };
        option.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: not (Transposed or Convolution) and var other }]) result.AddError(
                $"--direction: '{other}' must be {Transposed} or {Convolution}");
        });
        return option;
    }

    /// <summary>The weights of a file as layers: the one that is named, or every tensor with one to three kernel axes.</summary>
    public static UpsamplingLayer[] Safetensors(
        string path, string? layer, PerAxis stride, PerAxis dilation, int groups, string direction, CancellationToken cancellation)
    {
        using SafetensorsReader reader = CommandException.OnFile("file", () => SafetensorsReader.Open(path));
        if (layer is not null && reader.Find(layer) is null)
            throw CommandException.BadInput(
                "layer", $"'{path}' has no tensor '{layer}': it has "
                    + $"{string.Join(", ", reader.Tensors.Select(static tensor => tensor.Name))}");
        SafetensorsTensor[] tensors =
            [.. reader.Tensors.Where(
            tensor => layer is null ? tensor.Shape.Length is >= 3 and <= 5 : string.Equals(tensor.Name, layer, StringComparison.Ordinal))];
        if (tensors.Length == 0) throw CommandException.BadInput("layer", $"'{path}' has no tensor with one to three kernel axes");
        return
        [
            .. tensors.Select(tensor =>
            {
                float[] weight = CommandException.OnFile("file", () => reader.Read<float>(tensor.Name, cancellation));
                int[] shape = [.. tensor.Shape.Select(static length => checked((int)length))];
                UpsamplingLayer read = UpsamplingLayer.Create(
                    tensor.Name, shape, [.. weight.Select(static value => (double)value)], stride, dilation, groups);
                return direction is Convolution ? read.AsBackward() : read;
            }),
        ];
    }

    /// <summary>
    /// Writes a .safetensors file anew with cured weights: of the transposed convolution that is named, or of every one that has a pattern.
    /// All other tensors, and the texts, stay as they are.
    /// </summary>
    /// <param name="path">What is read.</param>
    /// <param name="output">What is written, whole or not at all.</param>
    /// <param name="layers">The weights of <paramref name="path"/>, from <see cref="Safetensors"/>.</param>
    /// <param name="cure">One of <see cref="Cures.Names"/>.</param>
    /// <param name="order">Of the zero-order hold.</param>
    /// <param name="isNamed">Whether the user named the layer, and wants it changed whatever its pattern.</param>
    /// <param name="cancellation">Leaves nothing written.</param>
    /// <returns>What was changed.</returns>
    public static Cure[] Fix(
        string path, string output, UpsamplingLayer[] layers, string cure, int order, bool isNamed, CancellationToken cancellation)
    {
        using SafetensorsReader reader = CommandException.OnFile("file", () => SafetensorsReader.Open(path));
        Cure[] made = CommandException.OnFile("fix", () => (Cure[])
        [
            .. layers.Where(layer => isNamed || !LayerDiagnosis.Of(layer).IsFlat).Select(layer => Cures.Named(cure, layer, order)),
        ]);
        var writer = new SafetensorsWriter();
        foreach ((string key, string text) in reader.Metadata) writer.Metadata.Add(key, text);
        foreach (SafetensorsTensor tensor in reader.Tensors)
        {
            if (made.FirstOrDefault(one => string.Equals(one.Layer.Name, tensor.Name, StringComparison.Ordinal)) is not { } cured)
            {
                writer.Add(tensor.Name, tensor.Type, tensor.Shape.AsSpan(), reader.ReadBytes(tensor.Name, cancellation));
                continue;
            }
            if (tensor.Type != SafetensorsType.F32) throw CommandException.BadInput(
                "fix", $"'{tensor.Name}' of '{path}' is stored as {tensor.Type}, and --fix writes F32: convert the file first");
            writer.Add<float>(
                tensor.Name, [.. tensor.Shape.AsSpan()[..2], .. cured.Layer.Kernel.Select(static taps => (nint)taps)],
                (float[])[.. cured.Layer.Weight.Select(static value => (float)value)]);
        }
        CommandException.OnFile("output", () => writer.Write(output, cancellation));
        return made;
    }

    /// <summary>A picture's luma: [height, width].</summary>
    public static (float[] Luma, int Height, int Width) Luma(string path, CancellationToken cancellation)
    {
        ImageBuffer image = CommandException.OnFile("picture", () => ImageFile.Read(path, cancellationToken: cancellation));
        float[] planes = image.ToPlanes();
        int plane = image.Height * image.Width;
        if (image.Channels < 3) return (planes[..plane], image.Height, image.Width);
        var luma = new float[plane];
        for (int i = 0; i < plane; i++) luma[i] = (float)YCbCr.Luma(planes[i], (double)planes[plane + i], planes[2 * plane + i]);
        return (luma, image.Height, image.Width);
    }
}
