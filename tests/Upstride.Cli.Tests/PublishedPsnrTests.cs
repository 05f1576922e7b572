using System.Numerics.Tensors;
using Upstride.Imaging;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>
/// The row "bicubic" of the super-resolution tables (Dong et al., "Image super-resolution using deep convolutional networks", 2016, table 2):
/// luma of Set5, cropped to a multiple of the scale, made small by imresize, enlarged by the tool, a border of the scale's width left out.
/// </summary>
public sealed class PublishedPsnrTests
{
    [Theory]
    [InlineData(2, 33.66)]
    [InlineData(3, 30.39)]
    [InlineData(4, 28.42)]
    public void Bicubic_on_set5(int scale, double published)
    {
        string[] files = Directory.GetFiles(SharedData.Path("images", "set5"), "*.png");
        Assert.Equal(5, files.Length);
        Assert.InRange(files.Average(file => Psnr(file, scale)), published - 0.03, published + 0.03);
    }

    private static double Psnr(string file, int scale)
    {
        ImageBuffer image = ImageFile.Read(file);
        image = image.Crop(0, 0, image.Width - image.Width % scale, image.Height - image.Height % scale);
        var luma = new ImageBuffer(image.Width, image.Height, 1);
        Span<byte> target = luma.Samples<byte>();
        ReadOnlySpan<byte> samples = image.Samples<byte>();
        for (int i = 0; i < target.Length; i++)
            target[i] = image.Channels == 1 ? samples[i] : YCbCr.Luma(samples[i * image.Channels], samples[i * image.Channels + 1], samples[i * image.Channels + 2]);

        float[] values = [.. target.ToArray().Select(value => (float)value)];
        Tensor<float> small = Imresize.Bicubic(new ReadOnlyTensorSpan<float>(values, [1, image.Height, image.Width]), 1.0 / scale, ImresizeRounding.Byte);
        var shrunk = new ImageBuffer((int)small.Lengths[2], (int)small.Lengths[1], 1);
        for (int y = 0; y < shrunk.Height; y++)
            for (int x = 0; x < shrunk.Width; x++)
                shrunk.Samples<byte>()[y * shrunk.Width + x] = (byte)small[0, y, x];

        ImageBuffer larger = UpscaleCommandTests.Upscale(shrunk, "--scale", $"{scale}", "--method", "bicubic");
        return Imaging.Psnr.Luma(larger, luma, border: scale);
    }
}
