using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>One tap of a window: it reads plane <paramref name="Residue"/> of the source at <c>j + Offset</c>.</summary>
internal readonly record struct AxisTap(int Tap, int Residue, int Offset);

/// <summary>
/// The destinations <c>FirstDestination + step*(j - First)</c> for <paramref name="Count"/> values of j from <paramref name="First"/>, and
/// the taps that make them.
/// </summary>
internal sealed record AxisPhase(int FirstDestination, int First, int Count, ImmutableArray<AxisTap> Taps)
{
    /// <summary>One past the last j.</summary>
    public int End => First + Count;

    /// <summary>The values of j.</summary>
    public Interval Range => new(First, End);
}

/// <summary>
/// One axis of a transposed convolution or of its adjoint, the strided convolution, as ordinary stride-1 windows: the source falls into
/// <see cref="SourceStep"/> planes, plane q holding <c>source[SourceStep*m + q - SourceOrigin]</c> at m (zero outside the source), and the
/// destination into phases a distance of <see cref="DestinationStep"/> apart. Of the two steps one is the stride and the other 1.
/// </summary>
internal sealed class PolyphaseAxis
{
    private PolyphaseAxis(int sourceLength, int sourceStep, int sourceOrigin, int destinationLength, int destinationStep,
        ImmutableArray<AxisPhase> phases)
    {
        SourceLength = sourceLength;
        SourceStep = sourceStep;
        SourceOrigin = sourceOrigin;
        DestinationLength = destinationLength;
        DestinationStep = destinationStep;
        Phases = phases;
        First = phases.Where(static phase => phase.Count > 0).Min(static phase => phase.First);
        End = phases.Where(static phase => phase.Count > 0).Max(static phase => phase.End);
        Longest = phases.Max(static phase => phase.Count);
        Spread = phases.Where(static phase => phase.Count > 0).Max(static phase => phase.First) - First;
        foreach (AxisTap tap in phases.SelectMany(static phase => phase.Taps))
        {
            Lowest = Math.Min(Lowest, tap.Offset);
            Highest = Math.Max(Highest, tap.Offset);
        }
    }

    public int SourceLength { get; }

    public int SourceStep { get; }

    public int SourceOrigin { get; }

    public int DestinationLength { get; }

    public int DestinationStep { get; }

    public ImmutableArray<AxisPhase> Phases { get; }

    /// <summary>The first j of any phase.</summary>
    public int First { get; }

    /// <summary>One past the last j of any phase.</summary>
    public int End { get; }

    /// <summary>The most j that a phase has.</summary>
    public int Longest { get; }

    /// <summary>How far apart the phases begin.</summary>
    public int Spread { get; }

    /// <summary>The lowest offset of any tap, at most 0.</summary>
    public int Lowest { get; }

    /// <summary>The highest offset of any tap, at least 0.</summary>
    public int Highest { get; }

    /// <summary>How many elements a window of one j spans.</summary>
    public int Span => Highest - Lowest + 1;

    /// <summary>Input to output: each residue of the output is a phase.</summary>
    public static PolyphaseAxis Forward(ConvTransposeAxis axis) => new(
        axis.Input, 1, 0, axis.Output, axis.Stride,
        [.. axis.GetPhases().Select(static phase => new AxisPhase(
            phase.FirstOutput, phase.First, phase.Count, [.. phase.Taps.Select(static tap => new AxisTap(tap.Tap, 0, -tap.Shift))]))]);

    /// <summary>Output to input, the strided convolution: the output falls into a plane for each residue.</summary>
    public static PolyphaseAxis InputGradient(ConvTransposeAxis axis)
    {
        var taps = new AxisTap[axis.Kernel];
        for (int t = 0; t < taps.Length; t++)
        {
            int position = t * axis.Dilation;
            taps[t] = new(t, position % axis.Stride, position / axis.Stride);
        }
        return new(axis.Output, axis.Stride, axis.Head, axis.Input, 1, [new(0, 0, axis.Input, [.. taps])]);
    }

    /// <summary>
    /// The elements of plane <paramref name="residue"/> that lie inside the source: <c>0 &lt;= SourceStep*m + residue - SourceOrigin &lt;
    /// SourceLength</c>.
    /// </summary>
    public Interval Inside(int residue) => new(
        (int)Integers.DivideUp(SourceOrigin - residue, SourceStep),
        (int)Integers.DivideDown(SourceLength - 1 + SourceOrigin - residue, SourceStep) + 1);

    /// <summary>The source element that plane <paramref name="residue"/> holds at <paramref name="m"/>.</summary>
    public int SourceOf(int residue, int m) => SourceStep * m + residue - SourceOrigin;
}
