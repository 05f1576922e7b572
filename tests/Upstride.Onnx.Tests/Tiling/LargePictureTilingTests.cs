using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling;

namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Pictures of which no tensor holds all: planned by two narrow ones.</summary>
public class LargePictureTilingTests
{
    [Fact]
    public void A_picture_of_billions_of_pixels_is_planned_in_tiles()
    {
        using OnnxPicturePlan plan = new OnnxPictureModel(Model(), new() { Session = new() { Compute = new() { Threads = 1 } } })
            .Plan(40_000, 60_000);
        Assert.Equal(OnnxPictureMode.Tiled, plan.Mode);
        Assert.Equal((80_000, 120_000), (plan.OutputHeight, plan.OutputWidth));
        Assert.InRange(plan.Bytes, 1, 2_000_000_000);
    }

    [Fact]
    public void Narrow_pictures_plan_tiles_as_the_whole_does()
    {
        OnnxModel model = Model();
        var settings = new OnnxSessionSettings { Compute = new() { PositionIndependent = true } };
        var type = new TensorType(OnnxElementType.Float32, new(1, 3, 1, 1));
        var axes = new PictureAxes(2, 3);
        var whole = WholePicture.Of(model.Graph, axes, type, 430, 700, settings);
        var narrow = WholePicture.OfNarrow(model.Graph, axes, type, 430, 700, settings);
        for (int direction = 0; direction < PictureAxes.Directions; direction++)
        {
            int length = whole.OutputLength(direction);
            Assert.Equal(length, narrow.OutputLength(direction));
            for (int start = 0; start < length; start += 97)
            {
                int end = Math.Min(length, start + 97);
                Assert.Equal(whole.TextOf(direction, start, end), narrow.TextOf(direction, start, end));
            }
        }
    }

    [Fact]
    public void What_ties_rows_to_columns_is_refused()
    {
        OnnxModel model = new ModelBuilder().Input("x", "1", "3", "h", "w").Integers("two", 2).Integers("three", 3).Integers("head", 1, 3)
            .Node("Shape", "x", "n").Node("Gather", "n two", "h").Node("Gather", "n three", "v").Node("Sub", "h v", "d")
            .Node("Abs", "d", "a").Node("Add", "h a", "t").Node("Concat", "head t v", "s", ("axis", 0))
            .Node("Resize", "x - - s", "y", ("mode", "linear")).Output("y").Build();
        var type = new TensorType(OnnxElementType.Float32, new(1, 3, 1, 1));
        TilingRefusedException refusal = Assert.Throws<TilingRefusedException>(() =>
            WholePicture.OfNarrow(model.Graph, new(2, 3), type, 430, 700, new() { Compute = new() { PositionIndependent = true } }));
        Assert.Equal("what it does along the rows depends on the number of columns", refusal.Message);
    }

    private static OnnxModel Model() => new ModelBuilder().Input("x", "1", "3", "h", "w").Random("w1", 1, 16, 3, 3, 3)
        .Random("w2", 2, 16, 16, 3, 3).Random("w3", 3, 16, 3, 4, 4).Integers("p", 0, 0, 2, 3, 0, 0, 2, 3)
        .Node("Pad", "x p", "q", ("mode", "reflect")).Node("Conv", "q w1", "a", ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", "a", "b")
        .Node("Conv", "b w2", "c", ("pads", new long[] { 1, 1, 1, 1 })).Integers("s", 2, 3).Integers("e", -2, -3).Integers("i", 2, 3)
        .Node("Slice", "c s e i", "d")
        .Node("ConvTranspose", "d w3", "y", ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })).Output("y").Build();
}
