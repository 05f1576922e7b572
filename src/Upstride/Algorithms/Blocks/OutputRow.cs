using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Upstride.Algorithms.Blocks;

/// <summary>Rows of one residue on axis 0.</summary>
/// <param name="Count">Residues on axis 1 that have rows.</param>
/// <param name="First0">The first j of axis 0.</param>
/// <param name="End0">One past the last.</param>
/// <param name="First1">The first j of axis 1 that any of them has.</param>
/// <param name="End1">One past the last.</param>
/// <param name="IsPlain">Whether each row's sequences stand in one image of one channel, and fill it without gaps.</param>
internal readonly record struct RowSpan(int Count, int First0, int End0, int First1, int End1, bool IsPlain);

/// <summary>The sequences that a row of the destination is made of, and the part of the row that they fill.</summary>
internal unsafe struct OutputRow<T>
    where T : unmanaged
{
    public ResultRun<T>* Runs;
    public int Count;

    /// <summary>From one element of a sequence to the next in the destination; as many sequences fill a row without gaps.</summary>
    public int Step;
    public int Low;
    public int High;

    /// <summary>The j of axes 0 and 1 that the results begin with.</summary>
    public int First0;
    public int First1;

    /// <summary>The j of axis 1 that there are rows of, and the place of the first one in the destination.</summary>
    public int Start1;
    public int End1;

    /// <summary>The first row's place in the destination, of the block's first image.</summary>
    public nint To;

    /// <summary>Where the sequences begin, in the order of the destination; null where they leave gaps.</summary>
    public T** Interleaved;

    /// <summary>The j of axis 1 from one to before another that there are rows of; false where there are none.</summary>
    public readonly bool Reaches(int from, int to, out int first, out int end)
    {
        (first, end) = (Math.Max(from, Start1), Math.Min(to, End1));
        return first < end;
    }

    /// <summary>Sequence k begins k places behind the first where there are as many as fill a row.</summary>
    public void Interleave(T** starts)
    {
        Interleaved = starts;
        for (int k = 0; k < Count; k++) starts[Runs[k].First - Low] = Runs[k].From;
    }
}

/// <summary>Results that stand next to each other: where, how many, and the first one's place in the destination's row; the next one's is phases * lanes further.</summary>
internal readonly unsafe struct ResultRun<T>(T* from, int count, int first)
    where T : unmanaged
{
    public T* From { get; } = from;

    public int Count { get; } = count;

    public int First { get; } = first;
}
