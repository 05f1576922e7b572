using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

/// <summary>Bands of rows, made apart, are the whole picture's rows to the bit.</summary>
public sealed class PictureBandsTests
{
    public static TheoryData<int, SampleType, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, SampleType, string>();
            foreach (string method in (string[])
            ["network 2", "network 3", "network 4", "networks 6", "sum 2", "sum 3", "ensemble 2", "nearest 3"])
                foreach (int channels in (int[])[1, 2, 3, 4])
                    cases.Add(channels, channels % 2 == 0 ? SampleType.UInt16 : SampleType.UInt8, method);
            foreach (string method in (string[])["bicubic 2", "bicubic 3", "bicubic 5", "bicubic 7"])
                foreach (SampleType type in (SampleType[])[SampleType.UInt8, SampleType.UInt16, SampleType.Float32])
                    cases.Add(3, type, method);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bands_are_the_rows_of_the_whole(int channels, SampleType type, string method)
    {
        IPictureUpscaler upscaler = Create(method);
        ImageBuffer image = Noise(19, 97, channels, type);
        ImageBuffer whole = upscaler.UpscaleBuffer(image);
        int scale = whole.Height / image.Height;
        Assert.NotNull(upscaler.RowReachOf(image.Format));
        foreach (int count in (int[])[1, 2, 6])
        {
            int next = 0;
            for (int band = 0; band < count; band++)
            {
                int first = band * image.Height / count, end = (band + 1) * image.Height / count, read = 0;
                upscaler.UpscaleBand(image.Format, first, end - first, row => image.Row(read++).CopyTo(row), row =>
                {
                    Assert.True(row.SequenceEqual(whole.Row(next)), $"{method}, band {band + 1} of {count}: row {next} differs");
                    next++;
                }, cancellationToken: TestContext.Current.CancellationToken);
                Assert.Equal(scale * end, next);
            }
        }
    }

    [Fact]
    public void A_smaller_reach_would_not_do()
    {
        // The halo is needed: without the rows around it a band is another picture.
        IPictureUpscaler upscaler = Create("network 2");
        ImageBuffer image = Noise(19, 97, 1, SampleType.UInt8);
        ImageBuffer whole = upscaler.UpscaleBuffer(image), part = new(19, 40, 1, SampleType.UInt8);
        for (int row = 0; row < 40; row++) image.Row(30 + row).CopyTo(part.Row(row));
        Assert.False(upscaler.UpscaleBuffer(part).Row(0).SequenceEqual(whole.Row(60)));
    }

    [Theory]
    [InlineData("bilinear 2", 3)]
    [InlineData("bicubic 2", 4)]
    [InlineData("bicubic 2.5", 3)]
    [InlineData("networks 5", 3)]
    public void What_is_made_whole_alone_is_refused(string method, int channels)
    {
        IPictureUpscaler upscaler = Create(method);
        var format = new PictureFormat(19, 97, channels, SampleType.UInt8);
        Assert.Null(upscaler.RowReachOf(format));
        ArgumentException fault = Assert.Throws<ArgumentException>(() =>
            upscaler.UpscaleBand(format, 0, 5, static _ => { }, static _ => { }));
        Assert.StartsWith(
            $"this method makes a picture of {format} whole and not in bands of rows", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(90, 8)]
    public void Bands_outside_the_picture_are_refused(int first, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Create("nearest 3").UpscaleBand(new(19, 97, 3, SampleType.UInt8), first, count,
            static _ => { }, static _ => { }));

    private static IPictureUpscaler Create(string method)
    {
        string[] words = method.Split(' ');
        double scale = double.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        TargetSize size = TargetSize.ByFactor(scale);
        return words[0] switch
        {
            "nearest" => new ResizeUpscaler(ResizeMethod.PyTorchNearest, size),
            "bilinear" => new ResizeUpscaler(ResizeMethod.PyTorchLinear(), size),
            "bicubic" => new ResizeUpscaler(ResizeMethod.MatlabBicubic, size),
            "networks" => new PictureUpscaler([Network(2), Network(3)], size),
            "sum" => new PictureUpscaler([Networks.Sum((int)scale)], size),
            _ => new PictureUpscaler([Network((int)scale)], size, new()
            {
                SelfEnsemble = words[0] == "ensemble", Bands = new() { Threads = 2 },
            }),
        };
    }

    private static PlaneNetwork Network(int scale) => PlaneNetwork.Of(new FsrcnnNetwork(FsrcnnSettings.Small(scale), new(7)));

    private static ImageBuffer Noise(int width, int height, int channels, SampleType type)
    {
        var image = new ImageBuffer(width, height, channels, type);
        var random = new Random(5);
        if (type == SampleType.Float32)
            foreach (ref float sample in image.Samples<float>()) sample = random.NextSingle();
        else random.NextBytes(image.Bytes);
        return image;
    }
}
