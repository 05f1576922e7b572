using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Upstride.Explain.Computing;
using Upstride.Explain.Figures;
using Upstride.Explain.Teaching;

namespace Upstride.Explorer.Services;

/// <summary>The layers of a model as boxes, and as data.</summary>
public static class ModelFigure
{
    private const int Step = 30, Ground = 150, LegendRow = 18;

    /// <summary>A box for each layer: height by the size in space, width by the channels, both by their logarithms.</summary>
    public static IEnumerable<(int Index, int X, int Width, int Height, Token Token)> Boxes(ModelFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        for (int i = 0; i < model.Layers.Length; i++)
        {
            ModelLayer layer = model.Layers[i];
            long channels = layer.Shape.Length > 1 ? layer.Shape[1] : 1, space = layer.Shape.Length > 2 ? layer.Shape[^1] : 1;
            int width = 4 + (int)(2.4 * Math.Log2(Math.Max(1, channels) + 1)), height = 10 + (int)(13 * Math.Log2(Math.Max(1, space)));
            yield return (i, 10 + Step * i + (26 - width) / 2, width, Math.Min(140, height),
                layer.Worst is { Diagnosis: var check } ? check.IsFlat ? Token.Output : Token.Negative
                    : layer.Operator.Contains("Conv", StringComparison.Ordinal) ? Token.Weight : Token.Input);
        }
    }

    /// <summary>The boxes, with the layers' names, shapes and patterns beneath.</summary>
    public static Figure Of(ModelFile model, Texts texts)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        var shapes = ImmutableArray.CreateBuilder<Shape>();
        shapes.Add(new Label(16, 26, model.Name, 16) { Centered = false });
        const int top = 40;
        foreach ((int index, int x, int width, int height, Token token) in Boxes(model))
        {
            shapes.Add(new Box(x, top + Ground - height, width, height, token, token));
            shapes.Add(new Label(10 + Step * index + 13, top + Ground + 16, Numeral.Of(index + 1), 11) { Color = Token.Muted });
        }
        double y = top + Ground + 44;
        for (int i = 0; i < model.Layers.Length; i++, y += LegendRow)
        {
            ModelLayer layer = model.Layers[i];
            string pattern = layer.Worst is not { Diagnosis: var check } ? ""
                : check.PatternDb is { } level ? $", {Numeral.Decibels(level)} dB" : $", {texts["ui.model.flat"]}";
            string name = layer.Name.Length > 48 ? layer.Name[..45] + "..." : layer.Name;
            shapes.Add(new Label(16, y, $"{Numeral.Of(i + 1)}  {name}  {layer.Operator}  {string.Join('x', layer.Shape)}{pattern}", 12)
            {
                Centered = false,
            });
        }
        string description = texts["ui.model.boxes"];
        return new(Math.Max(560, Step * model.Layers.Length + 20), y + 8, model.Name, description, shapes.ToImmutable(),
            [new(0, 1, description)]);
    }

    /// <summary><c>name</c>, <c>kind</c>, <c>parameters</c>, <c>layers</c> [{<c>name</c>, <c>operator</c>, <c>shape</c>, <c>flops</c>,
    /// <c>bytes</c>, <c>patternDb</c> and <c>flat</c> where it upsamples}].</summary>
    public static string Json(ModelFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("kind", model.Kind);
            json.WriteNumber("parameters", model.Parameters);
            json.WriteStartArray("layers");
            foreach (ModelLayer layer in model.Layers)
            {
                json.WriteStartObject();
                json.WriteString("name", layer.Name);
                json.WriteString("operator", layer.Operator);
                json.WriteStartArray("shape");
                foreach (long length in layer.Shape) json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteNumber("flops", layer.Flops);
                json.WriteNumber("bytes", layer.Bytes);
                if (layer.Worst is { Diagnosis: var check })
                {
                    if (check.PatternDb is { } level) json.WriteNumber("patternDb", level);
                    else json.WriteNull("patternDb");
                    json.WriteBoolean("flat", check.IsFlat);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The command line that checks the same file.</summary>
    public static string Command(ModelFile model, int stride)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Kind switch
        {
            "ONNX" => $"upstride check {model.Name}",
            "NumPy" => $"upstride check --kernel {string.Join('x', model.Layers[0].Worst!.Diagnosis.Layer.Kernel)} --stride {stride} "
                + $"--weight {model.Name}",
            _ => $"upstride check {model.Name} --stride {stride}",
        };
    }
}
