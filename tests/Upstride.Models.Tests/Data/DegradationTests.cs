using Upstride.Learning.Randomness;
using Upstride.Models.Data;

namespace Upstride.Models.Tests.Data;

public class DegradationTests
{
    [Fact]
    public void Is_the_same_for_a_seed_and_a_picture_and_another_for_others()
    {
        LumaPlane plane = Pictures.Noise(40, 24, seed: 1);
        foreach (Degradation degradation in (Degradation[])[new(20, 90), new(Noise: 3), new(20, 90, 3)])
        {
            float[] once = degradation.Apply(plane, 1, 4).Levels.ToArray();
            Assert.Equal(once, degradation.Apply(plane, 1, 4).Levels.ToArray());
            Assert.NotEqual(once, degradation.Apply(plane, 1, 5).Levels.ToArray());
            Assert.NotEqual(once, degradation.Apply(plane, 2, 4).Levels.ToArray());
            Assert.NotEqual(once, plane.Levels.ToArray());
        }
        Assert.Equal(plane.Levels.ToArray(), new Degradation().Apply(plane, 1, 4).Levels.ToArray());
    }

    [Fact]
    public void Compression_is_the_coarser_the_lower_the_quality()
    {
        LumaPlane plane = new DeadLeaves(64, 48, 3).CreateMany(1)[0];
        double[] errors = [.. new[] { 95, 75, 50, 20 }.Select(quality => Error(Degradation.Compress(plane, quality), plane))];
        Assert.Equal(errors.Order(), errors);
        Assert.InRange(errors[0], 0.01, 3);
        Assert.InRange(Error(new Degradation(Noise: 5).Apply(plane, 1, 1), plane), 4.5, 5.5);
    }

    [Fact]
    public void Qualities_that_there_are_not_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("MinJpeg", static () => new Degradation(0));
        Assert.Throws<ArgumentOutOfRangeException>("MaxJpeg", static () => new Degradation(50, 40));
        Assert.Throws<ArgumentOutOfRangeException>("MaxJpeg", static () => new Degradation(50, 101));
        Assert.Throws<ArgumentOutOfRangeException>("Noise", static () => new Degradation(Noise: double.NaN));
    }

    // The patch set's pictures are degraded and then continued by their border; patches lie anywhere in that.
    [Fact]
    public void Patches_see_the_degraded_picture_continued_by_its_border()
    {
        LumaPlane picture = Pictures.Noise(40, 36, seed: 1);
        LumaPlane small = Degradation.Compress(LumaPair.Create(picture, 2).Small, 40).Continue(3);
        PatchSet patches = PatchSet.Create([picture], 2, 18, margin: 3, degradation: new(40, 40));
        Assert.Equal(40, patches.Degradation!.MinJpeg);

        // The picture at its own size alone is large enough.
        Assert.Equal((small.Height - 17) * (small.Width - 17), patches.Positions);
        float[] drawn = new float[18 * 18], large = new float[36 * 36];
        patches.Draw(RandomSource.For(1, 2), drawn, large);
        Assert.All(drawn, value => Assert.Contains(value * 255, small.Levels.ToArray(), Near));
        Assert.Equal((26, 24), (small.Width, small.Height));
        Assert.Equal(picture.Levels[0], picture.Continue(2).Levels[2 * 44 + 1]);
        Assert.Equal(picture.Levels[^1], picture.Continue(2).Levels[^1]);
    }

    private static IEqualityComparer<float> Near { get; } =
        EqualityComparer<float>.Create(static (one, other) => Math.Abs(one - other) < 1e-3, static _ => 0);

    private static double Error(LumaPlane one, LumaPlane other)
    {
        double sum = 0;
        for (int i = 0; i < one.Levels.Length; i++) sum += Math.Pow(one.Levels[i] - other.Levels[i], 2);
        return Math.Sqrt(sum / one.Levels.Length);
    }
}
