using Upstride.Algorithms;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// What the estimates choose where code is interpreted is what was measured to be faster there: least milliseconds in Chromium on an EPYC
/// (Zen 5), by the explorer's page #bench.
/// </summary>
public sealed class InterpretedChoiceTests
{
    // What a wrong choice may cost.
    private const double Allowed = 1.3;

    [Theory]
    [InlineData("a n1 ci12 co12 i108x160 k3x3 s1x1 p1x1", 49.0, 66.1)]
    [InlineData("a n1 ci64 co32 i32x32 k4x4 s2x2 p1x1", 56.2, 23.8)]
    [InlineData("a n1 ci56 co1 i108x160 k9x9 s3x3 p4x4", 232.7, 172.0)]
    [InlineData("a n1 ci64 co64 i16x16 k3x3 s1x1 p1x1", 4.0, 1.8)]
    [InlineData("a n1 ci16 co16 i64x64 k3x3 s1x1 p1x1", 8.9, 3.2)]
    [InlineData("a n1 ci4 co4 i96x96 k5x5 s1x1 p2x2", 1.8, 1.4)]
    [InlineData("a n1 ci3 co3 i128x128 k3x3 s1x1 p1x1", 1.1, 1.2)]
    [InlineData("a n1 ci128 co64 i4x4 k4x4 s2x2 p1x1", 1.2, 1.9)]
    [InlineData("a n1 ci16 co8 i24x24 k4x4 s2x2 p1x1", 0.7, 0.9)]
    [InlineData("a n1 ci2 co2 i64x64 k7x7 s1x1 p3x3", 0.5, 0.8)]
    [InlineData("a n1 ci16 co16 i2048 k9 s1 p4", 2.4, 1.4)]
    public void The_faster_of_phases_and_tiles_is_chosen(string problem, double phases, double tiles)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var asked = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), new() { Width = SimdWidth.Interpreted, Threads = 1 });
        var winograd = new WinogradAlgorithm();
        string? refusal = winograd.Refusal(asked);
        double one = asked.Phases.Cycles, other = refusal is null ? winograd.EstimateCycles(asked) : double.PositiveInfinity;
        Assert.True((one < other ? phases : tiles) <= Allowed * Math.Min(phases, tiles),
            $"estimated at {one:G4} and {other:G4} cycles, measured as {phases} and {tiles} ms; {refusal}");
    }
}
