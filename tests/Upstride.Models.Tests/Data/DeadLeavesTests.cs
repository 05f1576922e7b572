using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Data;

namespace Upstride.Models.Tests.Data;

public sealed class DeadLeavesTests
{
    [Fact]
    public void A_picture_follows_from_seed_and_number()
    {
        float[] picture = new DeadLeaves(64, 48, 3).Create(5).Levels.ToArray();
        Assert.Equal(picture, new DeadLeaves(64, 48, 3).CreateMany(6)[5].Levels.ToArray());
        Assert.NotEqual(picture, new DeadLeaves(64, 48, 3).Create(4).Levels.ToArray());
        Assert.NotEqual(picture, new DeadLeaves(64, 48, 4).Create(5).Levels.ToArray());
        Assert.All(picture, static level => Assert.True(level is >= 0 and <= 255 && level == MathF.Round(level)));
    }

    // Of the density r^-3 on [3, 100] the part above r is (r^-2 - 100^-2)/(3^-2 - 100^-2). Of n leaves the part observed deviates by
    // sqrt(p (1 - p)/n); six of those are exceeded once in 10^9 times.
    [Theory]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(30)]
    public void Radii_are_distributed_by_their_cube(double radius)
    {
        const int n = 100_000;
        var leaves = new DeadLeaves(200, 150, 1);
        double expected = (Math.Pow(radius, -2) - 1e-4) / (1.0 / 9 - 1e-4);
        int above = 0;
        var random = new RandomSource(11);
        for (int i = 0; i < n; i++)
            if (leaves.Radius(random.NextUniform()) is var one && one > radius && one <= 100 + 1e-9) above++;
        Assert.InRange((double)above / n, expected - 6 * Math.Sqrt(expected * (1 - expected) / n),
            expected + 6 * Math.Sqrt(expected * (1 - expected) / n));
    }

    // A photograph's differences between neighbours are alike at every scale; white noise's would halve with each halving.
    [Fact]
    public void Halved_the_picture_looks_alike()
    {
        LumaPlane[] pictures = new DeadLeaves(256, 256, 2).CreateMany(8);
        double full = pictures.Average(Difference), half = pictures.Average(static picture => Difference(picture.Resize(128, 128))),
            quarter = pictures.Average(static picture => Difference(picture.Resize(64, 64)));
        Assert.InRange(half / full, 0.7, 1.6);
        Assert.InRange(quarter / half, 0.7, 1.6);
        double noise = Difference(Pictures.Noise(256, 256, 1)), halfNoise = Difference(Pictures.Noise(256, 256, 1).Resize(128, 128));
        Assert.True(halfNoise / noise < 0.7, $"{halfNoise} / {noise}");
    }

    // A leaf's cover summed over the pixels is its area.
    [Fact]
    public void Edges_are_soft_and_areas_right()
    {
        var random = new RandomSource(9);
        int wide = 0;
        for (int i = 0; i < 60; i++)
        {
            Leaf leaf = Leaf.Draw(random, 0.3, -0.2, 20);
            double sum = 0, soft = 0;
            for (int y = -25; y <= 25; y++)
                for (int x = -25; x <= 25; x++)
                {
                    double cover = leaf.Cover(x - leaf.X, y - leaf.Y);
                    sum += cover;
                    if (cover is > 0 and < 1) soft++;
                    if (Math.Sqrt(Math.Pow(x - leaf.X, 2) + Math.Pow(y - leaf.Y, 2)) > leaf.Reach) Assert.Equal(0, cover);
                }
            Assert.InRange(sum / leaf.Area, 0.97, 1.03);
            Assert.True(soft > 20);
            Assert.InRange(leaf.Reach, 21, 24);
            if (leaf.Reach > 22) wide++;
        }
        Assert.InRange(wide, 3, 25);
    }

    // Photographs' levels: the middle ones are frequent, black and white are there.
    [Fact]
    public void The_whole_picture_is_covered_with_contrast()
    {
        LumaPlane picture = new DeadLeaves(128, 128, 6).Create(0);
        ImageBuffer image = picture.ToImage();
        Assert.Equal((128, 128, 1), (image.Width, image.Height, image.Channels));
        double mean = picture.Levels.ToArray().Average(),
            deviation = Math.Sqrt(picture.Levels.ToArray().Average(level => Math.Pow(level - mean, 2)));
        Assert.InRange(deviation, 30, 70);
    }

    private static double Difference(LumaPlane plane)
    {
        double sum = 0;
        for (int y = 0; y < plane.Height; y++)
            for (int x = 1; x < plane.Width; x++)
                sum += Math.Abs(plane.Levels[y * plane.Width + x] - plane.Levels[y * plane.Width + x - 1]);
        return sum / (plane.Height * (plane.Width - 1));
    }
}
