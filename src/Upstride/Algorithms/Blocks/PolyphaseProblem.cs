using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms.Blocks;

/// <summary>
/// A pass from one tensor of activations to the other, as stride-1 windows over the planes of its source: the transposed convolution from
/// input to output, or its adjoint the other way.
/// </summary>
internal sealed class PolyphaseProblem
{
    // The column method's buffer, in elements, from which on a workspace is limited to a share of it; below, to what leaves a third cache
    // room for weights.
    private const long SmallColumns = 1024 * 1024;
    private const long Room = 3 * SmallColumns / 2;
    private const long ColumnShare = 8;

    public PolyphaseProblem(ConvTransposeGeometry geometry, Pass pass, LatticeSplit split = LatticeSplit.None)
    {
        bool forward = pass == Pass.Forward;
        Batch = geometry.Batch;
        Groups = geometry.Groups;
        ChannelsFirst = geometry.Layout == Layout.ChannelsFirst;
        Axes = [.. geometry.ThreeAxes.Select((axis, number) =>
            Splits(geometry, split, number) ? PolyphaseAxis.Split(axis, forward)
            : forward ? PolyphaseAxis.Forward(axis) : PolyphaseAxis.InputGradient(axis))];
        Kernel = [.. geometry.ThreeAxes.Select(static axis => axis.Kernel)];
        SourceChannels = forward ? geometry.InputChannelsPerGroup : geometry.OutputChannelsPerGroup;
        DestinationChannels = forward ? geometry.OutputChannelsPerGroup : geometry.InputChannelsPerGroup;
        Source = forward ? ActivationStrides.OfInput(geometry) : ActivationStrides.OfOutput(geometry);
        Destination = forward ? ActivationStrides.OfOutput(geometry) : ActivationStrides.OfInput(geometry);
        long columns = (long)geometry.OutputChannels * geometry.KernelTaps * geometry.InputPlane;
        IsSmall = columns <= SmallColumns;
        WorkspaceTarget = columns > SmallColumns ? columns / ColumnShare : Room;
        WeightOfSource = forward ? geometry.OutputChannelsPerGroup * geometry.KernelTaps : geometry.KernelTaps;
        WeightOfDestination = forward ? geometry.KernelTaps : geometry.OutputChannelsPerGroup * geometry.KernelTaps;
        WeightOfGroup = geometry.WeightLength / geometry.Groups;
    }

    /// <summary>Whether a split leaves any axis of the sizes in lattices.</summary>
    public static bool Splits(ConvTransposeGeometry geometry, LatticeSplit split) =>
        Arrays.Range(0, geometry.ThreeAxes.Length).Any(axis => Splits(geometry, split, axis));

    // The lattices of a row stand element by element beside each other, which a row of channels has no room for.
    private static bool Splits(ConvTransposeGeometry geometry, LatticeSplit split, int axis) =>
        PolyphaseAxis.HasLattices(geometry.ThreeAxes[axis])
        && (split == LatticeSplit.All && geometry.Layout == Layout.ChannelsFirst || split != LatticeSplit.None && axis < 2);

    public int Batch { get; }

    public int Groups { get; }

    public bool ChannelsFirst { get; }

    public ImmutableArray<PolyphaseAxis> Axes { get; }

    /// <summary>Taps of each axis.</summary>
    public ImmutableArray<int> Kernel { get; }

    /// <summary>Source channels of one group: with the window's taps, what is summed over.</summary>
    public int SourceChannels { get; }

    /// <summary>Destination channels of one group.</summary>
    public int DestinationChannels { get; }

    public ActivationStrides Source { get; }

    public ActivationStrides Destination { get; }

    /// <summary>Whether the workspace is not limited to a share of the column method's.</summary>
    public bool IsSmall { get; }

    /// <summary>
    /// Elements that a workspace should not exceed: an eighth of the column method's buffer for one image where that is large, else six
    /// megabytes of floats.
    /// </summary>
    public long WorkspaceTarget { get; }

    /// <summary>Distance in the weights between neighbouring source channels of a group.</summary>
    public int WeightOfSource { get; }

    /// <summary>Distance in the weights between neighbouring destination channels of a group.</summary>
    public int WeightOfDestination { get; }

    /// <summary>Elements of the weights of one group.</summary>
    public int WeightOfGroup { get; }

    /// <summary>Phases over all axes.</summary>
    public int Phases => Axes[0].Phases.Length * Axes[1].Phases.Length * Axes[2].Phases.Length;

    /// <summary>The number of a phase among all, by its places on the three axes.</summary>
    public int PhaseIndex(int r0, int r1, int r2) => (r0 * Axes[1].Phases.Length + r1) * Axes[2].Phases.Length + r2;

    /// <summary>The number of a source plane among those that are read, by its residues on the three axes.</summary>
    public int PlaneIndex(int q0, int q1, int q2) =>
        (Axes[0].Residues.IndexOf(q0) * Axes[1].Residues.Length + Axes[1].Residues.IndexOf(q1)) * Axes[2].Residues.Length
        + Axes[2].Residues.IndexOf(q2);

    /// <summary>Whether an axis is split into lattices.</summary>
    public bool HasLattices => Axes.Any(static axis => axis.Lattices > 1);

    /// <summary>Lattices of rows, which are as independent of each other as images are.</summary>
    public int RowLattices => Axes[0].Lattices * Axes[1].Lattices;

    /// <summary>Planes of the source that are read, over all axes.</summary>
    public int Planes => Axes[0].Residues.Length * Axes[1].Residues.Length * Axes[2].Residues.Length;
}
