using System.Globalization;

namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Graphs that nobody thought of: operators one after another and side by side, with random kernels, strides, pads and
/// crops.</summary>
public class RandomGraphTilingTests
{
    private const int Graphs = 120;

    [Fact]
    public void Tiles_have_the_bits_of_the_whole_picture()
    {
        int tiled = 0;
        for (int seed = 0; seed < Graphs; seed++)
        {
            var random = new Random(seed);
            (OnnxModel model, string text) = Make(random);
            (int height, int width) = (random.Next(20, 60), random.Next(20, 60));
            try
            {
                // Sizes that fall below a kernel are no graph at all.
                using OnnxPicturePlan plan = new OnnxPictureModel(model).Plan(height, width);
                if (plan.Mode != OnnxPictureMode.Tiled)
                {
                    Assert.True(plan.Mode == OnnxPictureMode.Refused, $"seed {seed}: {text}: {plan}");
                    continue;
                }
                TilingAssert.SameBits(model, height, width, null, random.Next(3, 12), random.Next(12, 40));
                tiled++;
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException($"seed {seed} at {height}x{width}: {text}", fault);
            }
        }
        Assert.InRange(tiled, Graphs / 2, Graphs);
    }

    private static (OnnxModel Model, string Text) Make(Random random)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "2", "h", "w").Floats("scales0", [4], 1, 1, 2, 2)
            .Floats("scales1", [4], 1, 1, 1.5f, 3).Floats("scales2", [4], 1, 1, 0.5f, 0.75f);
        var text = new List<string>();
        (string value, int channels) = ("x", 2);
        int nodes = random.Next(2, 7);
        for (int node = 0; node < nodes; node++)
        {
            string next = node == nodes - 1 ? "y" : string.Create(CultureInfo.InvariantCulture, $"v{node}");
            int kind = random.Next(12);
            text.Add(Add(builder, random, kind, value, next, ref channels));
            value = next;
        }
        return (builder.Output("y").Build(), string.Join(" -> ", text));
    }

    private static string Add(ModelBuilder builder, Random random, int kind, string x, string y, ref int channels)
    {
        long[] Two(int least, int most) => [random.Next(least, most + 1), random.Next(least, most + 1)];
        long[] kernel = Two(1, 5), strides = Two(1, 3), dilations = Two(1, 2);
        long[] pads = [random.Next(0, 3), random.Next(0, 3), random.Next(0, 3), random.Next(0, 3)];
        int made = random.Next(1, 20), seed = random.Next();
        string w = $"w{y}";
        string sizes = $"k{kernel[0]}x{kernel[1]} s{strides[0]}x{strides[1]} d{dilations[0]}x{dilations[1]} p{string.Join(',', pads)}";
        switch (kind)
        {
            case 0 or 1:
                builder.Random(w, seed, made, channels, kernel[0], kernel[1])
                    .Node("Conv", $"{x} {w}", y, ("strides", strides), ("dilations", dilations), ("pads", pads));
                channels = made;
                return $"Conv {made} {sizes}";
            case 2:
                builder.Random(w, seed, made, channels, 3, 3).Node("Conv", $"{x} {w}", $"c{y}", ("pads", new long[] { 1, 1, 1, 1 }))
                    .Node("Sigmoid", $"c{y}", $"a{y}").Random($"u{y}", seed + 1, channels, made, 3, 3)
                    .Node("Conv", $"a{y} u{y}", $"b{y}", ("pads", new long[] { 1, 1, 1, 1 })).Node("Add", $"{x} b{y}", y);
                return $"residual {made}";
            case 3 or 4:
                builder.Random(w, seed, channels, made, kernel[0], kernel[1]).Node("ConvTranspose", $"{x} {w}", y, ("strides", strides),
                    ("dilations", dilations), ("pads", Array.ConvertAll(pads, static pad => pad / 2)));
                channels = made;
                return $"ConvTranspose {made} {sizes}";
            case 5:
                long[] half = [pads[0] % kernel[0], pads[1] % kernel[1], pads[2] % kernel[0], pads[3] % kernel[1]];
                builder.Node(seed % 2 == 0 ? "MaxPool" : "AveragePool", x, y, ("kernel_shape", kernel), ("strides", strides), ("pads",
                    half),
                    ("ceil_mode", seed / 2 % 2));
                return $"pool {sizes}";
            case 6:
                builder.Node("Resize", $"{x} - scales{seed % 3}", y, ("mode", (seed % 5) switch { 0 => "nearest", 1 or 2 => "linear", _ =>
                    "cubic" }));
                return $"Resize {seed % 3} {seed % 5}";
            case 7:
                builder.Integers($"p{y}", [0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]])
                    .Node("Pad", $"{x} p{y}", y, ("mode", (seed % 3) switch { 0 => "constant", 1 => "reflect", _ => "edge" }));
                return $"Pad {string.Join(',', pads)} {seed % 3}";
            case 8:
                builder.Integers($"s{y}", pads[0], pads[1]).Integers($"e{y}", -1 - pads[2], 1000).Integers($"i{y}", 2, 3)
                    .Node("Slice", $"{x} s{y} e{y} i{y}", y);
                return $"Slice {string.Join(',', pads)}";
            case 9:
                long[] before = [pads[0] % kernel[0], pads[1] % kernel[1], pads[2] % kernel[0], pads[3] % kernel[1]];
                (string, object) window = ("kernel_shape", kernel), steps = ("strides", strides), around = ("pads", before);
                builder.Node("MaxPool", x, $"p{y} i{y}", window, steps, around, ("ceil_mode", seed / 2 % 2), ("storage_order", seed % 2))
                    .Random(w, seed, channels, channels, 3, 3).Node("Conv", $"p{y} {w}", $"c{y}", ("pads", new long[] { 1, 1, 1, 1 }))
                    .Node("Shape", x, $"s{y}").Node("MaxUnpool", $"c{y} i{y} s{y}", y, window, steps, around);
                return $"unpool {sizes}";
            case 10:
                builder.Random(w, seed, channels, made);
                PixelListModels.Listed(builder, x, channels, $"l{y}", list => list.Node("MatMul", $"l{y} {w}", $"m{y}")
                    .Node("Softmax", $"m{y}", $"o{y}", ("axis", -1)), $"o{y}", made, y);
                channels = made;
                return $"list {made}";
            default:
                builder.Random(w, seed, 4 * made, channels, 1, 1).Node("Conv", $"{x} {w}", $"c{y}")
                    .Node("DepthToSpace", $"c{y}", y, ("blocksize", 2));
                channels = made;
                return $"shuffle {made}";
        }
    }
}
