using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>One tap of a phase: it multiplies <c>x[j - Shift]</c>.</summary>
/// <param name="Tap">The tap's place in the kernel.</param>
/// <param name="Shift">How many inputs before j the tap reads, <c>(Tap*dilation - residue)/stride</c>.</param>
public readonly record struct PhaseTap(int Tap, int Shift);

/// <summary>
/// The outputs of one axis that share a residue modulo the stride, as the ordinary stride-1 convolution that makes them:
/// <c>full[stride*j + Residue] = sum over Taps of w[Tap] x[j - Shift]</c>, x being zero outside the input.
/// </summary>
public sealed record Phase
{
    internal Phase(int residue, ImmutableArray<PhaseTap> taps, int first, int count, int firstOutput)
    {
        Residue = residue;
        Taps = taps;
        First = first;
        Count = count;
        FirstOutput = firstOutput;
    }

    /// <summary>The residue modulo the stride, in full coordinates.</summary>
    public int Residue { get; }

    /// <summary>The taps by ascending place; none where the kernel is shorter than the stride: such a phase holds the bias alone.</summary>
    public ImmutableArray<PhaseTap> Taps { get; }

    /// <summary>The first j whose output is kept.</summary>
    public int First { get; }

    /// <summary>How many outputs of this phase are kept.</summary>
    public int Count { get; }

    /// <summary>The output made at j = <see cref="First"/>; the next one lies a stride further.</summary>
    public int FirstOutput { get; }
}
