using Upstride.Learning.Randomness;
using Upstride.Models.Generation;

namespace Upstride.Models.Tests.Generation;

public class FrechetDistanceTests
{
    [Fact]
    public void A_set_is_no_distance_from_itself() =>
        Assert.Equal(0, FrechetDistance.Between(Normal(1, 200, 5), Normal(1, 200, 5), 5), 1e-9);

    // Of two sets of one shape, moved apart: the square of the way.
    [Fact]
    public void A_shift_gives_its_square()
    {
        float[] first = Normal(1, 300, 3), second = [.. first.Select(static (value, i) => value + (i % 3 == 0 ? 3 : i % 3 == 1 ? 4 : 0))];
        Assert.Equal(25, FrechetDistance.Between(first, second, 3), 1e-3);
    }

    // Of one dimension: (m1 - m2)² + (s1 - s2)², by the definition.
    [Fact]
    public void A_single_feature_gives_the_squared_differences_of_means_and_deviations()
    {
        float[] first = [1, 2, 4, 9], second = [0, 5, 6];
        (double mean, double deviation) Of(float[] values)
        {
            double mean = values.Average(static value => (double)value);
            return (mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)));
        }
        (double m1, double s1) = Of(first);
        (double m2, double s2) = Of(second);
        Assert.Equal((m1 - m2) * (m1 - m2) + (s1 - s2) * (s1 - s2), FrechetDistance.Between(first, second, 1), 1e-9);
    }

    // Both turned by one rotation: the axes are apart as before.
    [Fact]
    public void A_rotation_of_both_changes_nothing()
    {
        float[] first = Normal(1, 500, 2), second = [.. Normal(2, 500, 2).Select(static (value, i) => i % 2 == 0 ? 3 * value : value / 2)];
        static float[] Turn(float[] values)
        {
            float[] turned = new float[values.Length];
            for (int i = 0; i < values.Length; i += 2)
                (turned[i], turned[i + 1]) = (0.6f * values[i] - 0.8f * values[i + 1], 0.8f * values[i] + 0.6f * values[i + 1]);
            return turned;
        }
        Assert.Equal(FrechetDistance.Between(first, second, 2), FrechetDistance.Between(Turn(first), Turn(second), 2), 1e-4);
    }

    [Fact]
    public void Too_few_vectors_are_refused() =>
        Assert.StartsWith("first holds 3 numbers, and must hold 3 for each of at least 2 vectors",
            Assert.Throws<ArgumentException>(() => FrechetDistance.Between(new float[3], new float[6], 3)).Message,
                StringComparison.Ordinal);

    private static float[] Normal(long seed, int count, int features)
    {
        float[] values = new float[count * features];
        new RandomSource(seed).FillNormal(0, 1, values.AsSpan());
        return values;
    }
}
