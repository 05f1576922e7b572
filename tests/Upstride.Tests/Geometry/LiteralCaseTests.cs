using System.Text.Json;
using Upstride.Geometry;
using Upstride.Testing;

namespace Upstride.Tests.Geometry;

/// <summary>The output shapes that other projects' test suites expect; their settings are spelt as ONNX spells them.</summary>
public class LiteralCaseTests
{
    [Fact]
    public void Every_case_has_the_shape_that_its_source_expects()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("conformance", "literal-cases.json")));
        int compared = 0, refused = 0;
        foreach (JsonElement one in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            if (!one.GetProperty("op").GetString()!.StartsWith("conv_transpose", StringComparison.Ordinal)) continue;
            string name = one.GetProperty("name").GetString()!;
            if (one.TryGetProperty("expect_error", out _))
            {
                Assert.Throws<GeometryException>(() => Lower(one));
                refused++;
                continue;
            }
            ConvTransposeGeometry geometry = Lower(one);
            string expected = one.TryGetProperty("expected", out JsonElement values) && values.ValueKind == JsonValueKind.Object ? "expected" : "";
            if (expected.Length == 0) continue;
            nint[] shape = Numbers(values.GetProperty("shape"));
            Assert.True(shape.SequenceEqual(geometry.OutputShape), $"{name}: expected [{string.Join(", ", shape)}] and got [{string.Join(", ", geometry.OutputShape)}]");
            compared++;
        }
        Assert.Equal((97, 1), (compared, refused));
    }

    private static ConvTransposeGeometry Lower(JsonElement one)
    {
        JsonElement settings = one.GetProperty("params");
        nint[] input = Numbers(one.GetProperty("input").GetProperty("shape")), weight = Numbers(one.GetProperty("weight").GetProperty("shape"));
        bool last = one.GetProperty("layout").GetString() == "NHWC";
        nint[] output = Values(settings, "output_shape");
        if (settings.TryGetProperty("tf_forward_explicit_padding", out JsonElement explicitPadding))
        {
            (int, int)[] pads = [.. explicitPadding.EnumerateArray().Skip(1).SkipLast(1).Select(static pair => (pair[0].GetInt32(), pair[1].GetInt32()))];
            return ConvTransposeGeometry.TensorFlow(input, weight, [input[0], .. output, weight[^2]], Axes(settings, "strides"), Padding.Explicit(pads));
        }
        if (last) input = [input[0], input[^1], .. input[1..^1]];
        weight = one.GetProperty("weight_layout").GetString() switch
        {
            "HWOI" => [weight[^1], weight[^2], .. weight[..^2]],
            "OHWI" => [weight[^1], weight[0], .. weight[1..^1]],
            _ => weight,
        };
        OnnxAutoPad autoPad = settings.TryGetProperty("auto_pad", out JsonElement named)
            ? Enum.Parse<OnnxAutoPad>(named.GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true)
            : OnnxAutoPad.NotSet;
        return ConvTransposeGeometry.Onnx(
            input, weight, autoPad, Values(settings, "pads"), Axes(settings, "strides"), Axes(settings, "dilations"), Axes(settings, "output_padding"),
            output, settings.GetProperty("groups").GetInt32(), Axes(settings, "kernel_shape")).WithLayout(last ? Layout.ChannelsLast : Layout.ChannelsFirst);
    }

    private static PerAxis Axes(JsonElement settings, string name) => PerAxis.Create([.. Values(settings, name).Select(static value => (int)value)]);

    private static nint[] Values(JsonElement settings, string name) => settings.TryGetProperty(name, out JsonElement values) ? Numbers(values) : [];

    private static nint[] Numbers(JsonElement values) => [.. values.EnumerateArray().Select(static value => (nint)value.GetInt64())];
}
