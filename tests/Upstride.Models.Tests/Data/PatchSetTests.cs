using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Models.Tests.Data;

public sealed class PatchSetTests
{
    [Fact]
    public void The_sizes_are_the_papers() => Assert.Equal([1, 0.9, 0.8, 0.7, 0.6], PatchSet.Sizes);

    // Pictures of 20x30: 20, 18, 16, 14, 12 by 30, 27, 24, 21, 18; halved 10x15, 9x13, 8x12, 7x10, 6x9; a patch of 7 fits four of them.
    [Fact]
    public void Every_picture_is_there_at_every_size_that_a_patch_fits()
    {
        PatchSet patches = PatchSet.Create([Pictures.Noise(30, 20, seed: 1), Pictures.Noise(30, 20, seed: 2)], 2, 7);
        Assert.Equal(8, patches.Pictures);
        Assert.Equal(2 * (4 * 9 + 3 * 7 + 2 * 6 + 1 * 4), patches.Positions);
    }

    [Fact]
    public void Refuses_pictures_that_are_all_too_small() => Assert.StartsWith(
        "width and height of a picture must be at least patch * scale = 7 * 3 = 21, and no picture's are: give larger pictures or a "
            + "smaller patch",
        Assert.Throws<ArgumentException>("patch", static () => PatchSet.Create([Pictures.Noise(40, 20, seed: 1)], 3, 7)).Message,
            StringComparison.Ordinal);

    // The picture's every pixel says where it is: level = 16 row + column. From the patch's first and last levels follow place and turn.
    [Theory]
    [InlineData(2, 2, 3)]
    [InlineData(4, 2, 2)]
    [InlineData(4, 4, 2)]
    public void Small_and_large_are_turned_alike_in_all_eight_ways_from_all_places(int largest, int scale, int smallest)
    {
        int patch = smallest * largest / scale;
        var picture = new LumaPlane(12, 12, [.. Enumerable.Range(0, 144).Select(static i => (float)(16 * (i / 12) + i % 12))]);
        PatchSet patches = PatchSet.Create([picture], largest == 2 ? [2] : [2, 4], smallest);
        LumaPlane[] sizes =
            [.. PatchSet.Sizes.Select(
            size => size == 1
                ? picture : picture.Resize((int)Math.Ceiling(12 * size), (int)Math.Ceiling(12 * size), ImresizeRounding.Byte))];
        var expected = new HashSet<string>();
        foreach (LumaPlane plane in sizes)
        {
            (LumaPlane small, LumaPlane large) = LumaPair.Create(plane.CropToMultiple(largest), scale);
            if (large.Width < patch * scale) continue;
            for (int y = 0; y + patch <= small.Height; y++)
                for (int x = 0; x + patch <= small.Width; x++)
                    for (int turns = 0; turns < 4; turns++)
                        for (int mirrored = 0; mirrored < 2; mirrored++)
                            expected.Add(Text(Turn(Part(small, x, y, patch), turns, mirrored),
                                Turn(Part(large, x * scale, y * scale, patch * scale), turns, mirrored)));
        }

        var drawn = new HashSet<string>();
        var lower = new float[patch * patch];
        var higher = new float[patch * patch * scale * scale];
        var random = new RandomSource(5);
        for (int i = 0; i < 20_000; i++)
        {
            patches.Draw(random, scale, lower, higher);
            drawn.Add(Text(Square(lower, patch), Square(higher, patch * scale)));
        }
        if (scale == largest) Assert.Equal(patches.Positions * PatchSet.Symmetries, expected.Count);
        Assert.True(expected.SetEquals(drawn),
            $"{drawn.Count} kinds of patches were drawn of {expected.Count}, {drawn.Except(expected).Count()} of them wrong");
    }

    [Fact]
    public void What_a_step_gets_follows_from_seed_and_step_alone()
    {
        PatchSet patches = PatchSet.Create([Pictures.Noise(60, 50, seed: 1)], 3, 6);
        using var inOrder = new PatchLoader(patches, 7, 4);
        using var later = new PatchLoader(patches, 7, 4);
        using var other = new PatchLoader(patches, 8, 4);
        float[][] steps = [.. Enumerable.Range(0, 6).Select(step => inOrder.Take(step).Large.ToArray())];
        Assert.Equal(steps[3], later.Take(3).Large);
        Assert.Equal(steps[4], later.Take(4).Large);
        Assert.Equal(steps[1], later.Take(1).Large);
        Assert.NotEqual(steps[3], other.Take(3).Large);
        Assert.Equal(6, steps.Select(static step => string.Join(' ', step)).Distinct().Count());
    }

    [Fact]
    public void Each_scale_has_its_turn()
    {
        PatchSet patches = PatchSet.Create([Pictures.Noise(60, 50, seed: 1)], [2, 4, 8], 3, margin: 1);
        Assert.Equal((8, 3), (patches.Scale, patches.Patch));
        using var inOrder = new PatchLoader(patches, 7, 2);
        using var later = new PatchLoader(patches, 7, 2);
        float[][] steps = [.. Enumerable.Range(0, 7).Select(step =>
        {
            PatchBatch batch = inOrder.Take(step);
            Assert.Equal((step, new[] { 2, 4, 8 }[step % 3], 2 * 24 * 24), (batch.Step, batch.Scale, batch.Large.Length));
            return batch.Small.ToArray();
        })];
        Assert.Equal([288, 72, 18, 288, 72, 18, 288], steps.Select(static small => small.Length));
        foreach (int step in (int[])[4, 5, 6, 1, 0, 3]) Assert.Equal(steps[step], later.Take(step).Small);
        Assert.StartsWith("scale must be one of 2, 4, 8: 3", Assert.Throws<ArgumentException>("scale", () =>
            patches.Draw(new RandomSource(1), 3, new float[64], new float[576])).Message, StringComparison.Ordinal);
        foreach (int[] scales in (int[][])[[], [1], [4, 2], [2, 2], [3, 4]])
            Assert.StartsWith("scales must rise, be at least 2 and divide the last: ", Assert.Throws<ArgumentException>("scales", () =>
                PatchSet.Create([Pictures.Noise(60, 50, seed: 1)], scales, 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void T91_gives_patches_for_every_scale()
    {
        LumaPlane[] pictures =
            [.. ImageFolder.Files(SharedData.Path("images", "t91")).Take(12).Select(static file => ImageFolder.Luma(file))];
        foreach (int scale in (int[])[2, 3, 4]) Assert.InRange(PatchSet.Create(pictures, scale, 24).Pictures, 12, 60);
    }

    private static float[,] Part(LumaPlane plane, int x, int y, int size)
    {
        var part = new float[size, size];
        for (int r = 0; r < size; r++)
            for (int c = 0; c < size; c++) part[r, c] = plane.Levels[(y + r) * plane.Width + x + c] / 255;
        return part;
    }

    private static float[,] Square(float[] values, int size)
    {
        var square = new float[size, size];
        for (int i = 0; i < values.Length; i++) square[i / size, i % size] = values[i];
        return square;
    }

    private static float[,] Turn(float[,] square, int turns, int mirrored)
    {
        int n = square.GetLength(0);
        for (int turn = 0; turn < turns; turn++)
        {
            var turned = new float[n, n];
            for (int r = 0; r < n; r++)
                for (int c = 0; c < n; c++) turned[c, n - 1 - r] = square[r, c];
            square = turned;
        }
        if (mirrored == 0) return square;
        var mirror = new float[n, n];
        for (int r = 0; r < n; r++)
            for (int c = 0; c < n; c++) mirror[r, n - 1 - c] = square[r, c];
        return mirror;
    }

    private static string Text(float[,] small, float[,] large) =>
        string.Join(' ', small.Cast<float>()) + "; " + string.Join(' ', large.Cast<float>());
}
