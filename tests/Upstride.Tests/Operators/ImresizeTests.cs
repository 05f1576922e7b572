using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

public sealed class ImresizeTests(ITestOutputHelper log)
{
    // Pairs made by MATLAB from images of class uint8.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Matlabs_own_reductions_come_out_to_the_last_bit(int factor)
    {
        string folder = SharedData.Path("images", "set5-pairs", $"x{factor}");
        string[] paths = Directory.GetFiles(Path.Combine(folder, "hr"), "*.png");
        Assert.Equal(5, paths.Length);
        foreach (string path in paths)
        {
            (float[] high, int channels, int height, int width) = PlainPng.Read(path);
            (float[] expected, _, int lowHeight, int lowWidth) = PlainPng.Read(
                Path.Combine(folder, "lr", Path.GetFileName(path).Replace("_HR", "_LR", StringComparison.Ordinal)));
            Tensor<float> low =
                Imresize.Bicubic(new ReadOnlyTensorSpan<float>(high, [channels, height, width]), 1.0 / factor, ImresizeRounding.Byte);
            Assert.Equal([channels, lowHeight, lowWidth], low.Lengths.ToArray());
            Assert.Equal(expected, TensorMemory.Contiguous<float>(low).ToArray());
        }
    }

    // The bicubic line of the tables in Dong et al. (2014), "Learning a deep convolutional network for image super-resolution": luma of
    // class uint8, then single precision between 0 and 1 down and up, a border of the scale's pixels left out.
    [Theory]
    [InlineData(2, 33.66)]
    [InlineData(3, 30.39)]
    [InlineData(4, 28.42)]
    public void The_published_quality_of_bicubic_on_Set5_comes_out(int scale, double published)
    {
        string[] paths = Directory.GetFiles(SharedData.Path("images", "set5"), "*.png");
        Assert.Equal(5, paths.Length);
        double mean = paths.Average(path => Quality(path, scale));
        log.WriteLine($"x{scale}: {mean:F4} dB");
        Assert.Equal(published, mean, 0.005);
    }

    // Printed by MATLAB for imresize(A, size(A)*2, 'bicubic').
    [Fact]
    public void Matlabs_own_enlargement_comes_out_to_the_digits_printed()
    {
        float[] image = [3, 1, 2, 6, 1, 5, 2, 7, 1, 3, 6, 2, 4, 1, 9, 2];
        float[] expected =
        [
            3.3109f, 2.6187f, 1.1206f, 0.7166f, 1.4067f, 2.8883f, 5.1615f, 6.2060f,
            2.6454f, 2.4435f, 2.0052f, 1.7138f, 1.5692f, 2.8062f, 5.4248f, 6.6307f,
            1.2008f, 2.0609f, 3.9181f, 3.8763f, 1.9355f, 2.6382f, 5.9844f, 7.5302f,
        ];
        Tensor<float> large = Imresize.Bicubic(new ReadOnlyTensorSpan<float>(image, [1, 4, 4]), 8, 8);
        ReadOnlySpan<float> elements = TensorMemory.Contiguous<float>(large);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], elements[i], 0.5e-4f + 1e-6f);
    }

    [Theory]
    [InlineData(7, 2.0, 14)]
    [InlineData(7, 0.5, 4)]
    [InlineData(10, 0.3, 3)]
    [InlineData(21, 1 / 3.0, 7)]
    [InlineData(1, 0.01, 1)]
    public void The_output_is_the_ceiling_of_the_scaled_size(int input, double scale, int output) =>
        Assert.Equal(output, ResizeAxis.Matlab(input, scale).Output);

    [Fact]
    public void A_constant_image_stays_constant_and_strides_do_not_matter()
    {
        float[] memory = [.. Enumerable.Range(0, 2 * 9 * 14).Select(static i => (float)(i * 37 % 101))];
        var strided = new ReadOnlyTensorSpan<float>(memory, [2, 9, 14]).Slice([0..2, 1..8, 2..13]);
        float[] dense = TensorMemory.Contiguous(strided).ToArray();
        Assert.Equal(
            TensorMemory.Contiguous<float>(Imresize.Bicubic(new ReadOnlyTensorSpan<float>(dense, [2, 7, 11]), 0.37)).ToArray(),
            TensorMemory.Contiguous<float>(Imresize.Bicubic(strided, 0.37)).ToArray());
        Array.Fill(memory, 0.6f);
        Assert.All(TensorMemory.Contiguous<float>(Imresize.Bicubic(strided, 2.7)).ToArray(), static value => Assert.Equal(0.6f, value));
    }

    [Fact]
    public void Refusals_say_why()
    {
        Assert.Equal("scale = -1, and must be positive and finite",
            Assert.Throws<GeometryException>(
            static () => Imresize.Bicubic(new ReadOnlyTensorSpan<float>(new float[4], [1, 2, 2]), -1)).Message);
        Assert.Equal("image has rank 2, and must have three dimensions: [channels, height, width]",
            Assert.Throws<GeometryException>(
            static () => Imresize.Bicubic(new ReadOnlyTensorSpan<float>(new float[4], [2, 2]), 2.0)).Message);
        Assert.Equal("the output is ceil(input*scale) = ceil(2147483647*2) = 4294967294, and must be 1 .. 2147483647: choose another scale",
            Assert.Throws<GeometryException>(static () => ResizeAxis.Matlab(int.MaxValue, 2)).Message);
    }

    private static double Quality(string path, int scale)
    {
        (float[] planes, _, int height, int width) = PlainPng.Read(path);
        int h = height / scale * scale, w = width / scale * scale, plane = height * width;
        var luma = new float[h * w];
        for (int i = 0; i < luma.Length; i++)
        {
            int at = i / w * width + i % w;
            luma[i] = (float)Math.Round(16 + (65.481 * planes[at] + 128.553 * planes[plane + at] + 24.966 * planes[2 * plane + at]) / 255);
        }
        float[] unit = [.. luma.Select(static value => value / 255)], small = new float[h / scale * (w / scale)], large = new float[h * w];
        Imresize.Bicubic(unit, ResizeGeometry.MatlabBicubic([1, h, w], 1.0 / scale), ImresizeRounding.None, small);
        Imresize.Bicubic(small, ResizeGeometry.MatlabBicubic([1, h / scale, w / scale], scale), ImresizeRounding.None, large);
        double error = 0;
        for (int y = scale; y < h - scale; y++)
        {
            for (int x = scale; x < w - scale; x++)
            {
                double restored = Math.Clamp(Math.Round(large[y * w + x] * 255.0, MidpointRounding.AwayFromZero), 0, 255);
                error += Math.Pow(luma[y * w + x] - restored, 2);
            }
        }
        return 10 * Math.Log10(255.0 * 255.0 * (h - 2 * scale) * (w - 2 * scale) / error);
    }
}
