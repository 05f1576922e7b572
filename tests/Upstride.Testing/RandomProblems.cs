using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Upstride.Geometry;

namespace Upstride.Testing;

/// <summary>
/// Random legal geometries of every kind, small enough for the oracle, and random tensors for them. All from fixed seeds.
/// </summary>
internal static class RandomProblems
{
    private const int MostProducts = 60_000;

    /// <summary>
    /// 1 to 3 axes, groups, dilation, crops of both signs and any asymmetry, strides above the kernel, both layouts, empty batches.
    /// </summary>
    public static Arbitrary<ConvTransposeGeometry> Geometries { get; } = Arb.From(Gen.Choose(0, int.MaxValue - 1).Select(OfSeed), Smaller);

    /// <summary>
    /// Checks a property of <paramref name="count"/> random geometries; a failure is reported for the smallest geometry found.
    /// </summary>
    public static void ForAll(ulong seed, int count, Action<ConvTransposeGeometry> property)
    {
        var replay = new Replay(new Rnd(seed), FSharpOption<int>.None);
        Config config = Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true)
            .WithReplay(FSharpOption<Replay>.Some(replay));
        Check.One(config, Prop.ForAll(Geometries, property));
    }

    /// <summary>Whole numbers from -4 to 4: any order of summation gives the same result.</summary>
    public static T[] Integers<T>(int count, int seed)
        where T : INumber<T>
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked(random.Next(-4, 5)))];
    }

    /// <summary>Numbers from -1 to 1.</summary>
    public static T[] Reals<T>(int count, int seed)
        where T : INumber<T>
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked(random.NextDouble() * 2 - 1))];
    }

    private static ConvTransposeGeometry OfSeed(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            int groups = random.Next(3) == 0 ? random.Next(2, 4) : 1;
            int most = random.Next(4) == 0 ? 40 : 5;
            int batch = random.Next(16) == 0 ? 0 : random.Next(4) == 0 ? random.Next(4, 20) : random.Next(1, 4);
            int rank = random.Next(1, 4);
            int mostInput = random.Next(10) == 0 ? 1 : rank == 1 ? 70 : rank == 2 ? 14 : 6;
            var axes = new ConvTransposeAxis[rank];
            for (int a = 0; a < rank; a++) axes[a] = Axis(random, mostInput);
            Layout layout = random.Next(2) == 0 ? Layout.ChannelsFirst : Layout.ChannelsLast;
            if (ConvTransposeGeometry.TryCreate(
                    batch, groups * random.Next(1, most), groups * random.Next(1, most), groups, axes, layout,
                        out ConvTransposeGeometry? geometry, out _)
                && geometry.MultiplyAdds <= MostProducts && geometry.OutputLength <= MostProducts) return geometry;
        }
    }

    private static ConvTransposeAxis Axis(Random random, int mostInput)
    {
        while (true)
        {
            int kernel = random.Next(5) == 0 ? random.Next(7, 12) : random.Next(1, 7), stride = random.Next(1, 6),
                dilation = random.Next(3) == 0 ? random.Next(2, 4) : 1;
            int extent = (kernel - 1) * dilation + 1;
            int Crop() => random.Next(3) == 0 ? random.Next(-3, extent + 3) : random.Next(0, extent / 2 + 1);
            if (ConvTransposeAxis.TryCreate(random.Next(1, mostInput + 1), kernel, stride, dilation, Crop(), Crop(),
                out ConvTransposeAxis axis, out _)) return axis;
        }
    }

    /// <summary>Legal geometries with one number brought nearer to the plainest.</summary>
    private static IEnumerable<ConvTransposeGeometry> Smaller(ConvTransposeGeometry g)
    {
        int inputs = g.InputChannels / g.Groups, outputs = g.OutputChannels / g.Groups;
        (int Batch, int Groups, int Inputs, int Outputs, IEnumerable<ConvTransposeAxis> Axes, Layout Layout)[] candidates =
        [
            (g.Batch / 2, g.Groups, inputs, outputs, g.Axes, g.Layout),
            (g.Batch - 1, g.Groups, inputs, outputs, g.Axes, g.Layout),
            (g.Batch, g.Groups - 1, inputs, outputs, g.Axes, g.Layout),
            (g.Batch, g.Groups, inputs / 2, outputs, g.Axes, g.Layout),
            (g.Batch, g.Groups, inputs - 1, outputs, g.Axes, g.Layout),
            (g.Batch, g.Groups, inputs, outputs / 2, g.Axes, g.Layout),
            (g.Batch, g.Groups, inputs, outputs - 1, g.Axes, g.Layout),
            (g.Batch, g.Groups, inputs, outputs, g.Axes, Layout.ChannelsFirst),
            .. Enumerable.Range(0, g.Axes.Length)
                .Select(a => (g.Batch, g.Groups, inputs, outputs, (IEnumerable<ConvTransposeAxis>)g.Axes.RemoveAt(a), g.Layout)),
            .. Enumerable.Range(0, g.Axes.Length)
                .SelectMany(a => Smaller(g.Axes[a])
                .Select(axis => (g.Batch, g.Groups, inputs, outputs, (IEnumerable<ConvTransposeAxis>)g.Axes.SetItem(a, axis), g.Layout))),
        ];
        foreach (var one in candidates)
        {
            if (ConvTransposeGeometry.TryCreate(one.Batch, one.Inputs * one.Groups, one.Outputs * one.Groups, one.Groups, one.Axes,
                one.Layout, out ConvTransposeGeometry? smaller, out _)
                && !smaller.Equals(g)) yield return smaller;
        }
    }

    private static IEnumerable<ConvTransposeAxis> Smaller(ConvTransposeAxis a)
    {
        (int, int, int, int, int, int)[] candidates =
        [
            (a.Input / 2, a.Kernel, a.Stride, a.Dilation, a.Head, a.Tail), (a.Input - 1, a.Kernel, a.Stride, a.Dilation, a.Head, a.Tail),
            (a.Input, a.Kernel - 1, a.Stride, a.Dilation, a.Head, a.Tail), (a.Input, a.Kernel, a.Stride - 1, a.Dilation, a.Head, a.Tail),
            (a.Input, a.Kernel, a.Stride, a.Dilation - 1, a.Head, a.Tail),
            (a.Input, a.Kernel, a.Stride, a.Dilation, a.Head - Math.Sign(a.Head), a.Tail),
            (a.Input, a.Kernel, a.Stride, a.Dilation, a.Head, a.Tail - Math.Sign(a.Tail)),
        ];
        foreach ((int n, int k, int s, int d, int head, int tail) in candidates)
            if (ConvTransposeAxis.TryCreate(n, k, s, d, head, tail, out ConvTransposeAxis smaller, out _)) yield return smaller;
    }
}
