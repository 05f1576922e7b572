using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Data;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Residual;
using Upstride.Models.Training;
using Upstride.Testing;

namespace Upstride.Models.Tests.Data;

public sealed class TeacherTests
{
    private static readonly LumaPlane _picture = Pictures.Noise(40, 36, seed: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(0.25)]
    public void What_is_learned_is_so_much_of_the_mean_of_the_teachers_eight_results(double part)
    {
        PlaneNetwork network = Network(1);
        LumaPair pair = LumaPair.Create(_picture, 2);
        LumaPlane answer = new NetworkLumaUpscaler(network, new() { SelfEnsemble = true })
            .Upscale(pair.Small, TestContext.Current.CancellationToken);
        LumaPlane mixed = new Teacher(network, part).Mix(pair, TestContext.Current.CancellationToken);
        Assert.False(pair.Large.Levels.SequenceEqual(mixed.Levels));
        for (int i = 0; i < mixed.Levels.Length; i++)
            Assert.Equal(Math.Clamp((1 - part) * pair.Large.Levels[i] + part * answer.Levels[i], 0, 255), mixed.Levels[i], 0.501);
    }

    // A picture of one size: the patches are cut from what the teacher makes of it, continued by its border, and the small ones are what
    // they are without.
    [Fact]
    public void Large_patches_are_the_teachers_and_small_ones_are_as_without()
    {
        var teacher = new Teacher(Network(1), 1);
        PatchSet with = PatchSet.Create([_picture], 2, 18, margin: 3, teacher: teacher);
        PatchSet without = PatchSet.Create([_picture], 2, 18, margin: 3);
        Assert.Equal((teacher, null), (with.Teacher, without.Teacher));
        LumaPlane learned = teacher.Mix(LumaPair.Create(_picture.Rounded(), 2), TestContext.Current.CancellationToken).Continue(6);
        var patches = new HashSet<string>();
        for (int y = 0; y + 36 <= learned.Height; y += 2)
            for (int x = 0; x + 36 <= learned.Width; x += 2) patches.Add(string.Join(' ', Part(x, y).Order()));
        float[] small = new float[18 * 18], plain = new float[18 * 18], large = new float[36 * 36];
        for (int i = 0; i < 50; i++)
        {
            without.Draw(RandomSource.For(1, 2, i), plain, large);
            Assert.DoesNotContain(string.Join(' ', large.Select(static value => Math.Round(value * 255)).Order()), patches);
            with.Draw(RandomSource.For(1, 2, i), small, large);
            Assert.Contains(string.Join(' ', large.Select(static value => Math.Round(value * 255)).Order()), patches);
            Assert.Equal(plain, small);
        }

        IEnumerable<double> Part(int x, int y) =>
            Enumerable.Range(0, 36 * 36).Select(i => (double)learned.Levels[(y + i / 36) * learned.Width + x + i % 36]);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        foreach (double part in (double[])[0, -1, 1.5, double.NaN])
            Assert.Throws<ArgumentOutOfRangeException>("Part", () => new Teacher(Network(1), part));
        var teacher = new Teacher(Network(1), 0.5);
        Assert.StartsWith("the large plane must be 2 times as wide and high as the small one",
            Assert.Throws<ArgumentException>("pair", () =>
                teacher.Mix(LumaPair.Create(_picture, 3), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        foreach (int[] scales in (int[][])[[3], [2, 4]])
            Assert.StartsWith("the teacher must have the scale of the patches: 2 and " + string.Join(", ", scales),
                Assert.Throws<ArgumentException>("teacher", () => PatchSet.Create([_picture], scales, 4, teacher: teacher)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_goes_on_with_the_teacher_that_it_began_with_alone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.checkpoint");
        using (UpscalingTrainer trainer = Trainer(new(Network(1), 0.5))) trainer.Save(path);
        using (UpscalingTrainer same = Trainer(new(Network(1), 0.5))) same.Load(path, []);
        foreach ((string other, Teacher? teacher) in ((string, Teacher?)[])[("another teacher:", new(Network(2), 0.5)),
            ("another teacher's part:", new(Network(1), 0.25)), ("another teacher, another teacher's part:", null)])
        {
            using UpscalingTrainer refused = Trainer(teacher);
            Assert.Contains($"had {other}", Assert.Throws<SafetensorsException>(() => refused.Load(path, [])).Message,
                StringComparison.Ordinal);
        }

        static UpscalingTrainer Trainer(Teacher? teacher) => new(new ResidualNetwork(new(2, 4, 1), new RandomSource(1)),
            PatchSet.Create([_picture], 2, 12, teacher: teacher), [_picture], new() { Steps = 4, Patch = 12, Batch = 1 });
    }

    // Random weights, so that it answers something else than the picture.
    private static PlaneNetwork Network(long seed) => new FsrcnnNetwork(new(2, 4, 2, 1), new RandomSource(seed)).ToPlaneNetwork();
}
