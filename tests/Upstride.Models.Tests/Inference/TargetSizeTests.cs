using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Operators;

namespace Upstride.Models.Tests.Inference;

public sealed class TargetSizeTests
{
    [Theory]
    [InlineData(2.0, 7, 5, 14, 10)]
    [InlineData(1.5, 7, 5, 11, 8)]
    [InlineData(0.1, 7, 5, 1, 1)]
    [InlineData(2.5, 100, 64, 250, 160)]
    public void A_factor_rounds_up_as_imresize_does(double factor, int width, int height, int wide, int high) =>
        Assert.Equal((wide, high), TargetSize.ByFactor(factor).Of(width, height));

    [Fact]
    public void A_side_that_is_not_told_is_in_proportion()
    {
        Assert.Equal((300, 150), TargetSize.InPixels(300, null).Of(100, 50));
        Assert.Equal((67, 100), TargetSize.InPixels(null, 100).Of(20, 30));
        Assert.Equal((5, 9), TargetSize.InPixels(5, 9).Of(20, 30));
        Assert.Equal((1, 1), TargetSize.InPixels(1, null).Of(1000, 3));
    }

    [Fact]
    public void Sizes_that_are_none_are_refused()
    {
        Assert.StartsWith("scale > 0 must hold: 0", Assert.Throws<ArgumentOutOfRangeException>(() => TargetSize.ByFactor(0)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => TargetSize.ByFactor(double.NaN));
        Assert.StartsWith("width >= 1 must hold: 0", Assert.Throws<ArgumentOutOfRangeException>(
            () => TargetSize.InPixels(0, null)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TargetSize.InPixels(null, null));
        Assert.Throws<GeometryException>(() => TargetSize.ByFactor(1e8).Of(100, 100));
    }

    [Theory]
    [InlineData(1, new int[0])]
    [InlineData(2, new[] { 2 })]
    [InlineData(3, new[] { 3 })]
    [InlineData(4, new[] { 4 })]
    [InlineData(5, new[] { 2, 3 })]
    [InlineData(6, new[] { 2, 3 })]
    [InlineData(7, new[] { 2, 4 })]
    [InlineData(9, new[] { 3, 3 })]
    [InlineData(10, new[] { 3, 4 })]
    [InlineData(16, new[] { 4, 4 })]
    [InlineData(17, new[] { 2, 3, 3 })]
    public void The_steps_are_the_least_that_suffice(int factor, int[] steps) =>
        Assert.Equal(steps, UpscaleSteps.Choose([4, 2, 3], (10, 10), (10 * factor, 10 * factor)));

    [Fact]
    public void Steps_suffice_along_both_axes()
    {
        Assert.Equal([2], UpscaleSteps.Choose([2, 3, 4], (10, 10), (11, 5)));
        Assert.Equal([3], UpscaleSteps.Choose([2, 3, 4], (10, 10), (5, 21)));
        Assert.Equal([], UpscaleSteps.Choose([2, 3, 4], (10, 10), (10, 5)));
        Assert.Equal([3, 3], UpscaleSteps.Choose([3], (10, 10), (31, 31)));
    }

    [Fact]
    public void A_size_between_two_scales_is_the_larger_scale_resized()
    {
        PlaneNetwork network = Networks.Fsrcnn(3, d: 6, s: 3, m: 1);
        ImageBuffer image = PictureUpscalerTests.Noise(23, 17, 3, SampleType.UInt16, 1);
        ImageBuffer actual = new PictureUpscaler([network], TargetSize.ByFactor(2.5)).Upscale(image);
        Assert.Equal((58, 43), (actual.Width, actual.Height));

        // The network's result in floats, brought to the size by the operator that a user calls.
        float[] planes = new PictureUpscaler(network).Upscale(image.Convert(SampleType.Float32)).ToPlanes(),
            resized = new float[3 * 58 * 43];
        ResizePlan<float>.Create(ResizeGeometry.MatlabBicubic([3, 51, 69], 43, 58)).Run(planes, resized);
        ImageBuffer expected = ImageBuffer.FromPlanes(resized, 58, 43, 3, SampleType.UInt16);
        for (int i = 0; i < expected.Samples<ushort>().Length; i++)
            Assert.InRange(expected.Samples<ushort>()[i] - actual.Samples<ushort>()[i], -1, 1);
    }

    [Fact]
    public void Two_steps_are_one_after_the_other()
    {
        PlaneNetwork[] networks = [Networks.Fsrcnn(2, d: 6, s: 3, m: 1), Networks.Fsrcnn(3, d: 6, s: 3, m: 1)];
        ImageBuffer image = PictureUpscalerTests.Noise(13, 11, 3, SampleType.Float32, 1);
        new Random(2).NextBytes(image.Bytes);
        image = PictureUpscalerTests.Noise(13, 11, 3, SampleType.UInt8, 1).Convert(SampleType.Float32);
        ImageBuffer actual = new PictureUpscaler(networks, TargetSize.ByFactor(6)).Upscale(image);
        ImageBuffer expected = new PictureUpscaler(networks[1]).Upscale(new PictureUpscaler(networks[0]).Upscale(image));
        Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
    }

    [Fact]
    public void Smaller_is_a_resize_alone()
    {
        ImageBuffer image = PictureUpscalerTests.Noise(40, 30, 3, SampleType.Float32, 1);
        image = PictureUpscalerTests.Noise(40, 30, 3, SampleType.UInt8, 1);
        ImageBuffer actual = PictureUpscaler.ForSize(TargetSize.InPixels(10, null)).Upscale(image);
        float[] expected = new float[3 * 10 * 8];
        ResizePlan<float>.Create(ResizeGeometry.MatlabBicubic([3, 30, 40], 8, 10)).Run(image.ToPlanes(), expected);
        Assert.Equal(ImageBuffer.FromPlanes(expected, 10, 8, 3).Bytes.ToArray(), actual.Bytes.ToArray());
    }

    [Fact]
    public void A_very_wide_picture_goes_through_in_parts_with_the_bits_of_the_whole()
    {
        // Beyond a million columns; the same columns in the middle of a narrow picture.
        PlaneNetwork network = Networks.Fsrcnn(2, d: 4, s: 2, m: 1);
        const int width = (1 << 20) + 5000, part = 1 << 17;
        ImageBuffer wide = PictureUpscalerTests.Noise(width, 2, 1, SampleType.UInt8, 1);
        ImageBuffer larger = new PictureUpscaler(network).Upscale(wide);
        foreach (int center in new[] { 100, part, 2 * part, width - 100 })
        {
            int left = Math.Max(0, center - 100), columns = Math.Min(200, width - left);
            ImageBuffer narrow = new PictureUpscaler(network).Upscale(wide.Crop(left, 0, columns, 2));
            for (int y = 0; y < 4; y++)
                Assert.True(narrow.Row(y)[80..(2 * columns - 80)].SequenceEqual(
                    larger.Row(y)[(2 * left + 80)..(2 * left + 2 * columns - 80)]), $"row {y} near column {center}");
        }
    }
}
