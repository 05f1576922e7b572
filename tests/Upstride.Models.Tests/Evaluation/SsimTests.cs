using Upstride.Models.Data;
using Upstride.Models.Evaluation;

namespace Upstride.Models.Tests.Evaluation;

public sealed class SsimTests
{
    [Fact]
    public void Equal_planes_are_one() => Assert.Equal(1, Ssim.Mean(Pictures.Noise(20, 17, 1), Pictures.Noise(20, 17, 1)), 1e-12);

    // Planes of one level each have neither variance nor covariance: (2ab + C1)/(a^2 + b^2 + C1), C1 = 2.55^2.
    [Fact]
    public void Flat_planes_differ_by_their_means() =>
        Assert.Equal((2 * 100.0 * 120 + 6.5025) / (100.0 * 100 + 120 * 120 + 6.5025), Ssim.Mean(Flat(100), Flat(120)), 1e-10);

    [Theory]
    [InlineData(11, 11)]
    [InlineData(13, 19)]
    public void Is_the_definition(int width, int height)
    {
        LumaPlane x = Pictures.Noise(width, height, 3), y = Pictures.Noise(width, height, 4);
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
                        for (int j = 0; j < 11; j++) add(window[i, j] / total, x.Levels[(top + i) * width + left + j], y.Levels[(top + i) * width + left + j]);
                }
                Each((w, a, b) => { mx += w * a; my += w * b; });
                Each((w, a, b) => { vx += w * (a - mx) * (a - mx); vy += w * (b - my) * (b - my); c += w * (a - mx) * (b - my); });
                sum += (2 * mx * my + 6.5025) * (2 * c + 58.5225) / ((mx * mx + my * my + 6.5025) * (vx + vy + 58.5225));
            }
        Assert.Equal(sum / positions, Ssim.Mean(x, y), 1e-10);
    }

    [Fact]
    public void Refuses_what_it_cannot_compare()
    {
        Assert.StartsWith("both planes must have one size: 20 x 20 and 20 x 21", Assert.Throws<ArgumentException>("reference", static () => Ssim.Mean(Pictures.Noise(20, 20, 1), Pictures.Noise(20, 21, 1))).Message, StringComparison.Ordinal);
        Assert.StartsWith("width and height must be at least the window's 11: 20 x 10", Assert.Throws<ArgumentException>("plane", static () => Ssim.Mean(Pictures.Noise(20, 10, 1), Pictures.Noise(20, 10, 1))).Message, StringComparison.Ordinal);
    }

    private static LumaPlane Flat(float level) => new(16, 12, [.. Enumerable.Repeat(level, 192)]);
}
