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
/// <remarks>
/// With stride 1 a dilation d may split the axis into d lattices, each of every d-th element: the destinations of a lattice read one
/// lattice of the source, by a window that is not dilated. j, offsets and phases are then a lattice's, all alike but for the last j, which
/// some lattices do not have.
/// </remarks>
internal sealed class PolyphaseAxis
{
    private PolyphaseAxis(int sourceLength, int sourceStep, int sourceOrigin, int destinationLength, int destinationStep,
        ImmutableArray<AxisPhase> phases, int lattices = 1)
    {
        SourceLength = sourceLength;
        SourceStep = sourceStep;
        SourceOrigin = sourceOrigin;
        DestinationLength = destinationLength;
        DestinationStep = destinationStep;
        Lattices = lattices;
        Phases = phases;
        First = phases.Where(static phase => phase.Count > 0).Min(static phase => phase.First);
        End = phases.Where(static phase => phase.Count > 0).Max(static phase => phase.End);
        Longest = phases.Max(static phase => phase.Count);
        Spread = phases.Where(static phase => phase.Count > 0).Max(static phase => phase.First) - First;
        Residues = [.. phases.SelectMany(static phase => phase.Taps).Select(static tap => tap.Residue).Distinct().Order()];
        foreach (AxisTap tap in phases.SelectMany(static phase => phase.Taps))
        {
            Lowest = Math.Min(Lowest, tap.Offset);
            Highest = Math.Max(Highest, tap.Offset);
        }
    }

    public int SourceLength { get; }

    public int SourceStep { get; }

    public int SourceOrigin { get; }

    /// <summary>The residues of the planes that a tap reads, ascending; some are not read where the stride exceeds the kernel.</summary>
    public ImmutableArray<int> Residues { get; }

    public int DestinationLength { get; }

    public int DestinationStep { get; }

    public ImmutableArray<AxisPhase> Phases { get; }

    /// <summary>Lattices that the axis is split into; 1 where it is whole. Where there are more, both steps are 1.</summary>
    public int Lattices { get; }

    /// <summary>Elements of the source between neighbours of a plane.</summary>
    public int SourceDistance => SourceStep * Lattices;

    /// <summary>Elements of the destination between neighbours of a phase.</summary>
    public int DestinationDistance => DestinationStep * Lattices;

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

    // Networks dilate by at most some dozens; beyond, lattices have hardly an element.
    private const int MaxLattices = 64;

    /// <summary>
    /// Whether the axis may be split into lattices: where a dilated window strides by one. It does not depend on sizes, so that parts of an
    /// image are summed in the order of the whole.
    /// </summary>
    public static bool HasLattices(ConvTransposeAxis axis) => axis is { Stride: 1, Dilation: > 1 and <= MaxLattices, Kernel: > 1 };

    /// <summary>An axis of stride 1, split into as many lattices as it is dilated, in either direction.</summary>
    /// <param name="axis">The axis; <see cref="HasLattices"/>.</param>
    /// <param name="forward">Whether input to output.</param>
    public static PolyphaseAxis Split(ConvTransposeAxis axis, bool forward)
    {
        // From output to input tap t reads head elements less and t*d more, the other way head more and t*d less.
        (int source, int destination, int head) = forward ? (axis.Input, axis.Output, -axis.Head) : (axis.Output, axis.Input, axis.Head);
        IEnumerable<AxisTap> taps = Arrays.Range(0, axis.Kernel).Select(t => new AxisTap(t, 0, forward ? -t : t));
        return new(source, 1, head, destination, 1,
            [new(0, 0, (int)Integers.DivideUp(destination, axis.Dilation), [.. taps])], axis.Dilation);
    }

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
    /// The elements of plane <paramref name="residue"/>, or of that lattice, that lie inside the source: <c>0 &lt;= SourceDistance*m +
    /// residue - SourceOrigin &lt; SourceLength</c>.
    /// </summary>
    public Interval Inside(int residue) => new(
        (int)Integers.DivideUp(SourceOrigin - residue, SourceDistance),
        (int)Integers.DivideDown(SourceLength - 1 + SourceOrigin - residue, SourceDistance) + 1);

    /// <summary>The source element that plane <paramref name="residue"/>, or that lattice, holds at <paramref name="m"/>.</summary>
    public int SourceOf(int residue, int m) => SourceDistance * m + residue - SourceOrigin;

    /// <summary>The destination of a phase at <paramref name="j"/>, on a lattice.</summary>
    public int DestinationOf(AxisPhase phase, int lattice, int j) =>
        phase.FirstDestination + DestinationDistance * (j - phase.First) + lattice;

    /// <summary>The j of a lattice whose destinations there are.</summary>
    public Interval RangeOf(int lattice) =>
        Lattices == 1 ? new(First, End) : new(0, (int)Integers.DivideUp(DestinationLength - lattice, Lattices));
}
