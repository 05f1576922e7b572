using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Tests.Inference;

/// <summary>Flat pictures come out flat, by every network that the library brings along.</summary>
public class ConstantTests
{
    public static TheoryData<UpscalingQuality, int, bool> Networks => new(
        ShippedNetwork.All.Select(static one => (one.Quality, one.Scale, one.IsCompressed)));

    [Theory]
    [MemberData(nameof(Networks))]
    public void Planes_of_any_level_stay_within_a_millionth(UpscalingQuality quality, int scale, bool isCompressed)
    {
        PlaneNetwork network = UpscalingWeights.Find(quality, scale, isCompressed)!.ToPlaneNetwork();
        var random = new Random(scale);
        foreach ((int width, int height) in new[] { (1, 1), (17, 9) })
            foreach ((bool ensemble, int? band) in ((bool, int?)[])[(false, 3), (true, 5)])
            {
                var settings = new PictureSettings { SelfEnsemble = ensemble, Bands = new() { BandRows = band, Threads = 2 } };
                using IRowUpscaler upscaler = network.CreateUpscaler(width, height, settings);
                foreach (float level in (float[])[0, 1, .. Enumerable.Range(0, ensemble ? 2 : 12).Select(_ => random.NextSingle())])
                {
                    int taken = 0;
                    upscaler.Restart();
                    while (upscaler.RowsDone < scale * height)
                    {
                        int count = Math.Min(upscaler.BandRows, height - taken);
                        foreach (float value in upscaler.Next([.. Enumerable.Repeat(level, count * width)]))
                            Assert.Equal(level, value, 1e-6f);
                        taken += count;
                    }
                }
            }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Pictures_of_any_colour_stay_as_they_are(UpscalingQuality quality, int scale, bool isCompressed)
    {
        var random = new Random(scale);
        foreach (SampleType type in (SampleType[])[SampleType.UInt8, SampleType.UInt16])
            foreach (int channels in (int[])[1, 3, 4])
                for (int time = 0; time < 3; time++)
                {
                    var image = new ImageBuffer(6, 5, channels, type);
                    var pixel = new byte[image.RowBytes / image.Width];
                    random.NextBytes(pixel);
                    if (time == 0) pixel.AsSpan().Clear();
                    if (channels == 4) pixel.AsSpan(pixel.Length * 3 / 4).Fill(byte.MaxValue);
                    for (int i = 0; i < image.Bytes.Length; i++) image.Bytes[i] = pixel[i % pixel.Length];
                    var settings = new PictureSettings
                        { Quality = quality, IsCompressed = isCompressed, SelfEnsemble = time == 1, Bands = new() { BandRows = 4 } };
                    ImageBuffer larger = PictureUpscaler.ForScale(scale, settings).Upscale(image);
                    Assert.Equal((6 * scale, 5 * scale), (larger.Width, larger.Height));
                    for (int i = 0; i < larger.Bytes.Length; i++)
                        Assert.True(larger.Bytes[i] == pixel[i % pixel.Length],
                            $"{type}, {channels} channels: byte {i} is {larger.Bytes[i]}");
                }
    }
}
