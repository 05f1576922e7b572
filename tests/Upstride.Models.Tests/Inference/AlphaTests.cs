using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

/// <summary>What alpha hides has no part in what is seen.</summary>
public sealed class AlphaTests
{
    public static TheoryData<int, SampleType> Cases => new(
        from scale in (int[])[2, 3, 4, 6]
        from type in (SampleType[])[SampleType.UInt8, SampleType.UInt16]
        select (scale, type));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hidden_colours_do_not_change_what_is_seen(int scale, SampleType type)
    {
        var upscaler = PictureUpscaler.ForScale(scale);
        ImageBuffer[] larger = [.. new[] { (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.3, 0.9) }.Select(
            hidden => upscaler.Upscale(Beside((0.9, 0.2, 0.1), hidden, type)))];
        Assert.True(larger[0].Bytes.SequenceEqual(larger[1].Bytes));
        Assert.True(larger[0].Bytes.SequenceEqual(larger[2].Bytes));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Beside_nothing_a_colour_is_what_it_is_beside_itself(int scale, SampleType type)
    {
        // Red beside hidden green, white beside hidden black: what is seen has the colour of a picture of that colour alone, and no fringe.
        var upscaler = PictureUpscaler.ForScale(scale);
        foreach (var seen in new[] { (1.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.2, 0.5, 0.7) })
        {
            ImageBuffer edge = upscaler.Upscale(Beside(seen, (0, 1, 0), type)),
                flat = upscaler.Upscale(Beside(seen, seen, type, opaque: true));
            float[] edgePlanes = edge.ToPlanes(), flatPlanes = flat.ToPlanes();
            int pixels = edge.Width * edge.Height, compared = 0;
            for (int i = 0; i < pixels; i++)
            {
                float alpha = edgePlanes[3 * pixels + i];
                if (alpha == 0)
                {
                    for (int c = 0; c < 3; c++) Assert.Equal(0, edgePlanes[c * pixels + i]);
                    continue;
                }
                compared++;

                // In the middle of the flat picture nothing is near: there the network has but one answer.
                int middle = flat.Width / 2 + flat.Height / 2 * flat.Width;
                for (int c = 0; c < 3; c++)
                    Assert.InRange(Math.Abs(edgePlanes[c * pixels + i] - flatPlanes[c * pixels + middle]), 0, Border(i, edge) ? 0.08
                        : 0.02);
            }
            Assert.InRange(compared, pixels / 3, pixels * 2 / 3);
        }

        // The network itself is uneven at the picture's border, where zeros surround it.
        bool Border(int i, ImageBuffer image) => Math.Min(Math.Min(i % image.Width, image.Width - 1 - i % image.Width),
            Math.Min(i / image.Width, image.Height - 1 - i / image.Width)) < 9 * scale;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1.5)]
    [InlineData(6)]
    public void An_opaque_picture_has_the_bits_of_its_colours_alone(double scale)
    {
        var upscaler = PictureUpscaler.ForScale(scale);
        ImageBuffer colors = ImageFile.Read(Path.Combine(SharedData.Checkout, "samples", "scene-small.png")).Crop(20, 20, 50, 40),
            opaque = new(50, 40, 4);
        for (int i = 0; i < 50 * 40; i++)
        {
            colors.Bytes.Slice(3 * i, 3).CopyTo(opaque.Bytes[(4 * i)..]);
            opaque.Bytes[4 * i + 3] = 255;
        }
        ImageBuffer expected = upscaler.Upscale(colors), actual = upscaler.Upscale(opaque);
        for (int i = 0; i < expected.Width * expected.Height; i++)
        {
            Assert.True(expected.Bytes.Slice(3 * i, 3).SequenceEqual(actual.Bytes.Slice(4 * i, 3)), $"pixel {i}");
            Assert.Equal(255, actual.Bytes[4 * i + 3]);
        }
    }

    [Fact]
    public void Grey_beside_nothing_stays_grey()
    {
        var image = new ImageBuffer(24, 20, 2);
        for (int y = 0; y < 20; y++)
            for (int x = 0; x < 12; x++) (image.Row(y)[2 * x], image.Row(y)[2 * x + 1]) = (180, 255);
        ImageBuffer larger = PictureUpscaler.ForScale(2).Upscale(image);
        for (int y = 18; y < 22; y++)
            for (int x = 14; x < larger.Width; x++)
                if (larger.Row(y)[2 * x + 1] > 0) Assert.InRange(larger.Row(y)[2 * x], 172, 188);
    }

    // The left half is seen; the right is hidden, or there too.
    private static ImageBuffer Beside((double R, double G, double B) seen, (double R, double G, double B) other, SampleType type,
        bool opaque = false)
    {
        const int width = 44, height = 40;
        var planes = new float[4 * width * height];
        for (int i = 0; i < width * height; i++)
        {
            bool left = i % width < width / 2;
            (double r, double g, double b) = left ? seen : other;
            (planes[i], planes[width * height + i], planes[2 * width * height + i]) = ((float)r, (float)g, (float)b);
            planes[3 * width * height + i] = left || opaque ? 1 : 0;
        }
        return ImageBuffer.FromPlanes(planes, width, height, 4, type);
    }
}
