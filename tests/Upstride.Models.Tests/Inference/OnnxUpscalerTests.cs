using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;
using Upstride.Onnx;
using Upstride.Onnx.Export;

namespace Upstride.Models.Tests.Inference;

/// <summary>Pictures through ONNX models of all forms: in tiles as whole, whatever the channels, the layout and the units.</summary>
public class OnnxUpscalerTests
{
    private static readonly OnnxPictureSettings _small = new() { Tile = 12 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_picture_in_tiles_has_the_bits_of_the_whole_picture(int channels)
    {
        ImageBuffer picture = Noise(31, 22, channels);
        foreach (OnnxModel model in (OnnxModel[])[Luma(), Colors()])
        {
            using var tiled = new OnnxUpscaler(model, settings: new() { Pictures = _small });
            using var whole = new OnnxUpscaler(model, settings: new() { Pictures = new() { Whole = true } });
            Assert.StartsWith("tiled: 24 tiles of 12x12 pixels", tiled.Describe(picture.Format), StringComparison.Ordinal);
            Assert.StartsWith("whole: it was asked for", whole.Describe(picture.Format), StringComparison.Ordinal);
            ImageBuffer expected = whole.Upscale(picture), actual = tiled.Upscale(picture);
            Assert.Equal((62, 44, channels), (actual.Width, actual.Height, actual.Channels));
            Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
        }
    }

    [Fact]
    public void The_luma_is_that_of_the_network_itself()
    {
        var network = new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5));
        ImageBuffer picture = Noise(31, 22, 3);
        using var upscaler = new OnnxUpscaler(Luma(), settings: new() { Pictures = _small });
        ImageBuffer expected = new PictureUpscaler(network.ToPlaneNetwork()).Upscale(picture);
        Assert.All(expected.ToPlanes().Zip(upscaler.Upscale(picture).ToPlanes()),
            static pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f / 255));
    }

    [Fact]
    public void Another_size_is_made_by_a_resize_of_what_the_model_makes()
    {
        using var upscaler = new OnnxUpscaler(Luma(), TargetSize.InPixels(50, 30));
        ImageBuffer made = upscaler.Upscale(Noise(31, 22, 3));
        Assert.Equal((50, 30), (made.Width, made.Height));
        Assert.Contains("scale = 3, and the model's is 2",
            Assert.Throws<ArgumentException>(() => new OnnxUpscaler(Luma(), TargetSize.ByFactor(3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_halves_the_picture_takes_one_of_odd_sizes_with_its_border_repeated()
    {
        var network = new Sequential<float>(new MaxPool<float>(2), new Upsample<float>(4));
        using var upscaler = new OnnxUpscaler(Export(network, 3));
        Assert.Equal((2, OnnxValueRange.ZeroToOne), (upscaler.Scale, upscaler.Range));
        ImageBuffer made = upscaler.Upscale(Noise(31, 21, 3));
        Assert.Equal((62, 42), (made.Width, made.Height));
    }

    [Fact]
    public void What_a_model_takes_for_white_is_found_and_may_be_told()
    {
        OnnxModel model = Colors();
        using var found = new OnnxUpscaler(model);
        Assert.Equal(OnnxValueRange.ZeroToOne, found.Range);
        using var told = new OnnxUpscaler(model, settings: new() { Range = OnnxValueRange.ZeroTo255 });
        Assert.Contains("colours in 0..255, scale 2", told.Describe(new(8, 8, 3, SampleType.UInt8)), StringComparison.Ordinal);

        // Nearest neighbour is the same in any units.
        ImageBuffer picture = Noise(9, 7, 3);
        Assert.Equal(found.Upscale(picture).Bytes.ToArray(), told.Upscale(picture).Bytes.ToArray());
    }

    /// <summary>Rows go out before the last ones come in: the memory is that of a row of tiles.</summary>
    [Fact]
    public void Rows_come_out_while_others_are_still_to_come()
    {
        using var upscaler = new OnnxUpscaler(Colors(), settings: new() { Pictures = _small });
        int read = 0, written = 0, readAtFirst = 0;
        upscaler.Upscale(new(20, 400, 3, SampleType.UInt8), row => read++, _ => readAtFirst = written++ == 0 ? read : readAtFirst);
        Assert.Equal((400, 800), (read, written));
        Assert.InRange(readAtFirst, 1, 40);
    }

    [Fact]
    public void A_model_that_makes_no_picture_is_refused_with_what_it_has()
    {
        var network = new Sequential<float>(new Conv2d<float>(3, 2, 3, random: new(1)));
        Assert.Contains("the model must make a picture of 3 channels, a whole number of times as large",
            Assert.Throws<ArgumentException>(() => new OnnxUpscaler(Export(network, 3))).Message, StringComparison.Ordinal);
    }

    private static OnnxModel Luma()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("upstride-onnx-").FullName, "luma.onnx");
        UpscalingNetworkFile.WriteOnnx(path, new FsrcnnNetwork(FsrcnnSettings.Small(2), new(5)));
        return OnnxModel.Load(path);
    }

    private static OnnxModel Colors() => Export(new Sequential<float>(new Upsample<float>(2)), 3);

    private static OnnxModel Export(Module<float> network, int channels)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("upstride-onnx-").FullName, "model.onnx");
        OnnxExport.Write(path, network,
            new() { InputShape = [new(null, "batch"), new(channels, null), new(null, "height"), new(null, "width")] });
        return OnnxModel.Load(path);
    }

    private static ImageBuffer Noise(int width, int height, int channels)
    {
        var image = new ImageBuffer(width, height, channels, SampleType.UInt8);
        new Random(3).NextBytes(image.Bytes);
        return image;
    }
}
