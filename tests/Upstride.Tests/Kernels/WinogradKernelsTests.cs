using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Winograd's transforms around a product are a correlation: every tile shape at every width, beside guarded pages.</summary>
public sealed unsafe class WinogradKernelsTests
{
    public static TheoryData<string> Widths => [.. Enum.GetNames<SimdWidth>()];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Single_precision_correlates(string width) => Check<float>(width, Math.ScaleB(1, -23));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Double_precision_correlates(string width) => Check<double>(width, Math.ScaleB(1, -52));

    private static void Check<T>(string name, double epsilon)
        where T : unmanaged, INumber<T>
    {
        SimdWidth width = Enum.Parse<SimdWidth>(name);
        foreach ((int alpha0, int m0) in (IEnumerable<(int, int)>)[(1, 1), .. Tiles()])
        foreach ((int alpha1, int m1) in Tiles())
        foreach (int groups in (int[])[1, 3])
            One<T>(width, (alpha0, m0), (alpha1, m1), groups, epsilon);
    }

    private static void One<T>(SimdWidth width, (int Alpha, int M) axis0, (int Alpha, int M) axis1, int groups, double epsilon)
        where T : unmanaged, INumber<T>
    {
        (int alpha0, int m0) = axis0;
        (int alpha1, int m1) = axis1;
        int taps0 = alpha0 - m0 + 1, taps1 = alpha1 - m1 + 1;
        int vector = GemmTile.At<T>(width).Lanes, tiles = groups * vector, frequencies = alpha0 * alpha1;

        // Every element of the tiles is a row of its own; the steps between rows leave gaps.
        int columnStep = tiles + 1, sourceRow = alpha1 * columnStep, transformedStep = tiles + 2, resultStep = tiles + 3, resultRow = m1 * resultStep;
        using var source = new GuardedMemory<T>((alpha0 - 1) * sourceRow + (alpha1 - 1) * columnStep + tiles);
        using var transformed = new GuardedMemory<T>((frequencies - 1) * transformedStep + tiles);
        using var results = new GuardedMemory<T>((m0 - 1) * resultRow + (m1 - 1) * resultStep + tiles);
        int seed = alpha0 * 100 + alpha1 * 10 + m1;
        RandomProblems.Integers<T>(source.Count, seed).CopyTo(source.Span);
        double[] weight = RandomProblems.Integers<double>(taps0 * taps1, seed + 1);
        nint* columns = stackalloc nint[alpha1];
        for (int b = 0; b < alpha1; b++) columns[b] = b * columnStep;
        var arguments = new WinogradKernels.Arguments<T>
        {
            Source = source.Start, Destination = transformed.Start, Columns = columns, SourceRow = sourceRow, DestinationStep = transformedStep, Groups = groups,
        };
        ((delegate*<WinogradKernels.Arguments<T>*, void>)WinogradKernels.InputKernel<T>(width, (alpha0, taps0), (alpha1, taps1)))(&arguments);

        double[,] g0 = WinogradKernels.WeightMatrix(alpha0, taps0), g1 = WinogradKernels.WeightMatrix(alpha1, taps1);
        for (int a = 0; a < alpha0; a++)
        for (int b = 0; b < alpha1; b++)
        {
            double sum = 0;
            for (int t0 = 0; t0 < taps0; t0++)
                for (int t1 = 0; t1 < taps1; t1++) sum += g0[a, t0] * g1[b, t1] * weight[t0 * taps1 + t1];
            T factor = T.CreateChecked(sum);
            foreach (ref T element in transformed.Span.Slice((a * alpha1 + b) * transformedStep, tiles)) element *= factor;
        }
        arguments = new()
        {
            Source = transformed.Start, Destination = results.Start, SourceStep = transformedStep, DestinationRow = resultRow, DestinationStep = resultStep,
            Groups = groups, Tile0 = m0, Tile1 = m1,
        };
        ((delegate*<WinogradKernels.Arguments<T>*, void>)WinogradKernels.OutputKernel<T>(width, (alpha0, taps0), (alpha1, taps1)))(&arguments);

        // Data up to 4, weights up to 4; a dozen roundings along each axis, each magnified as the transforms magnify.
        double bound = 24 * epsilon * ToomCook.Amplification(alpha0, m0) * ToomCook.Amplification(alpha1, m1) * 16;
        for (int y = 0; y < m0; y++)
        for (int x = 0; x < m1; x++)
        for (int tile = 0; tile < tiles; tile++)
        {
            double expected = 0;
            for (int t0 = 0; t0 < taps0; t0++)
                for (int t1 = 0; t1 < taps1; t1++)
                    expected += weight[t0 * taps1 + t1] * double.CreateChecked(source.Span[(y + t0) * sourceRow + (x + t1) * columnStep + tile]);
            double actual = double.CreateChecked(results.Span[y * resultRow + x * resultStep + tile]);
            Assert.True(
                Math.Abs(actual - expected) <= bound,
                $"{width}, {alpha0}x{alpha1} elements, {m0}x{m1} results: result ({y}, {x}) of tile {tile} is {actual}, and must be {expected} within {bound}");
        }
    }

    /// <summary>Two results at least; one tap leaves the axis as it is.</summary>
    private static IEnumerable<(int Alpha, int M)> Tiles() =>
        from alpha in Enumerable.Range(2, WinogradKernels.MaxAlpha - 1)
        from m in Enumerable.Range(2, 3)
        where alpha >= m
        select (alpha, m);
}
