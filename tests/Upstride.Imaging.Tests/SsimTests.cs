namespace Upstride.Imaging.Tests;

public sealed class SsimTests
{
    [Fact]
    public void Equal_planes_are_one() => Assert.Equal(1, Ssim.Plane(Noise(20, 17, 1), Noise(20, 17, 1), 20, 17, 255), 1e-12);

    // Planes of one level each have neither variance nor covariance: (2ab + C1)/(a^2 + b^2 + C1), C1 = (0.01 peak)^2.
    [Fact]
    public void Flat_planes_differ_by_their_means()
    {
        Assert.Equal((2 * 100.0 * 120 + 6.5025) / (100.0 * 100 + 120 * 120 + 6.5025), Ssim.Plane(Flat(100), Flat(120), 16, 12, 255), 1e-10);
        Assert.Equal((2 * 0.5 * 0.25 + 0.0001) / (0.25 + 0.0625 + 0.0001), Ssim.Plane(Flat(0.5f), Flat(0.25f), 16, 12), 1e-10);
    }

    [Theory]
    [InlineData(11, 11)]
    [InlineData(13, 19)]
    public void Is_the_definition(int width, int height)
    {
        float[] x = Noise(width, height, 3), y = Noise(width, height, 4);
        var window = new double[11, 11];
        double total = 0, sum = 0;
        int positions = 0;
        for (int i = 0; i < 11; i++)
            for (int j = 0; j < 11; j++) total += window[i, j] = Math.Exp(-((i - 5) * (i - 5) + (j - 5) * (j - 5)) / 4.5);
        for (int top = 0; top + 11 <= height; top++)
            for (int left = 0; left + 11 <= width; left++, positions++)
            {
                double mx = 0, my = 0, vx = 0, vy = 0, c = 0;
                void Each(Action<double, double, double> add)
                {
                    for (int i = 0; i < 11; i++)
                        for (int j = 0; j < 11; j++)
                            add(window[i, j] / total, x[(top + i) * width + left + j], y[(top + i) * width + left + j]);
                }
                Each((w, a, b) => { mx += w * a; my += w * b; });
                Each((w, a, b) => { vx += w * (a - mx) * (a - mx); vy += w * (b - my) * (b - my); c += w * (a - mx) * (b - my); });
                sum += (2 * mx * my + 6.5025) * (2 * c + 58.5225) / ((mx * mx + my * my + 6.5025) * (vx + vy + 58.5225));
            }
        Assert.Equal(sum / positions, Ssim.Plane(x, y, width, height, 255), 1e-10);
    }

    [Fact]
    public void Refuses_what_it_cannot_compare()
    {
        Assert.StartsWith(
            "both planes must have width * height values: 20 * 20 = 400, given 400 and 420",
            Assert.Throws<ArgumentException>("plane", static () => Ssim.Plane(Noise(20, 20, 1), Noise(20, 21, 1), 20, 20)).Message,
                StringComparison.Ordinal);
        Assert.StartsWith(
            "width and height must be at least the window's 11: 20 x 10",
            Assert.Throws<ArgumentException>("plane", static () => Ssim.Plane(Noise(20, 10, 1), Noise(20, 10, 1), 20, 10)).Message,
                StringComparison.Ordinal);
    }

    private static float[] Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, width * height).Select(_ => (float)random.Next(256))];
    }

    private static float[] Flat(float level) => [.. Enumerable.Repeat(level, 192)];
}
