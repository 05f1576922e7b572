using System.Collections;
using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// The phases of a transposed convolution over all its axes: every choice of one <see cref="Phase"/> an axis is an ordinary stride-1
/// convolution of the same input, and their outputs, interleaved, are the whole output.
/// </summary>
public sealed class PhaseGrid : IReadOnlyList<PhaseGridCell>
{
    private PhaseGrid(ImmutableArray<ImmutableArray<Phase>> axes, int count)
    {
        Axes = axes;
        Count = count;
    }

    /// <summary>The phases of each axis by residue, outermost axis first.</summary>
    public ImmutableArray<ImmutableArray<Phase>> Axes { get; }

    /// <summary>The product of the strides.</summary>
    public int Count { get; }

    /// <summary>The cells by residues in row-major order: the innermost axis' residue runs fastest.</summary>
    public PhaseGridCell this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var phases = new Phase[Axes.Length];
            for (int a = phases.Length - 1; a >= 0; a--)
            {
                phases[a] = Axes[a][index % Axes[a].Length];
                index /= Axes[a].Length;
            }
            return new([.. phases]);
        }
    }

    /// <summary>The phase grid of <paramref name="geometry"/>.</summary>
    /// <exception cref="GeometryException">More phases than an array holds.</exception>
    public static PhaseGrid Of(ConvTransposeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        if (ConvTransposeGeometry.TooLarge("stride", "phase grid",
            [.. geometry.Axes.Select(static axis => (long)axis.Stride)]) is { } error)
            throw new GeometryException(error);
        return new([.. geometry.Axes.Select(static axis => axis.GetPhases().ToImmutableArray())], geometry.PhaseCount);
    }

    /// <inheritdoc/>
    public IEnumerator<PhaseGridCell> GetEnumerator()
    {
        for (int index = 0; index < Count; index++) yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One phase over all axes.</summary>
/// <param name="Phases">The phase of each axis, outermost first.</param>
public sealed record PhaseGridCell(ImmutableArray<Phase> Phases)
{
    /// <summary>Taps over all axes; none makes outputs that hold the bias alone.</summary>
    public int Taps => Phases.Aggregate(1, static (product, phase) => product * phase.Taps.Length);

    /// <summary>Outputs of one channel of one image that this phase makes.</summary>
    public int Outputs => Phases.Aggregate(1, static (product, phase) => product * phase.Count);
}
