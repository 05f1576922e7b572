using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// Deals the runs of a row out to lanes in turn, run number c to lane c % lanes, and collects them again: what deinterleaving and
/// interleaving are for single elements. Pointers may have any alignment and must not overlap; nothing is read or written beside what is
/// said; the arguments are not checked.
/// </summary>
internal static unsafe class RunDealing
{
    // Four runs of each of four lanes are moved at once where a run has as many bytes as an element of their vectors.
    private const int Square = 4;

    /// <summary>
    /// Element i of a row, in run c = i / run, goes to destination[c % lanes * lanePitch + c / lanes * run + i % run] where low &lt;= i
    /// &lt; high, and is zero else, i &lt; total, which is whole runs; so for each row.
    /// </summary>
    public static void Deal<T>(T* source, nint sourcePitch, nint low, nint high, nint total, nint run, nint lanes, T* destination,
        nint lanePitch, nint destinationPitch, nint rows)
        where T : unmanaged
    {
        var lane = new Lanes(run, lanes, lanePitch);
        nint first = nint.Min((low + run - 1) / run * run, high), end = nint.Max(high / run * run, first);
        for (nint i = 0; i < low; i++) Fill(destination + lane.Place(i), destinationPitch, rows);
        for (nint i = low; i < first; i++) Copy(source + i, sourcePitch, destination + lane.Place(i), destinationPitch, rows);
        for (nint i = end; i < high; i++) Copy(source + i, sourcePitch, destination + lane.Place(i), destinationPitch, rows);
        for (nint i = high; i < total; i++) Fill(destination + lane.Place(i), destinationPitch, rows);
        if (end > first) Move(lane, (first / run, end / run), source, sourcePitch, destination, destinationPitch, rows, collects: false);
    }

    /// <summary>
    /// The other way round: destination[i] for i &lt; count is the element of the lanes that i was dealt to, so for each row.
    /// </summary>
    public static void Collect<T>(T* source, nint lanePitch, nint sourcePitch, nint run, nint lanes, T* destination, nint destinationPitch,
        nint rows, nint count)
        where T : unmanaged
    {
        var lane = new Lanes(run, lanes, lanePitch);
        nint end = count / run;
        Move(lane, (0, end), destination, destinationPitch, source, sourcePitch, rows, collects: true);
        for (nint i = end * run; i < count; i++) Copy(source + lane.Place(i), sourcePitch, destination + i, destinationPitch, rows);
    }

    private readonly record struct Lanes(nint Run, nint Count, nint Pitch)
    {
        /// <summary>Where element i of a row is.</summary>
        public nint Place(nint i) => Start(i / Run) + i % Run;

        /// <summary>Where run c of a row is.</summary>
        public nint Start(nint c) => c % Count * Pitch + c / Count * Run;
    }

    private static void Fill<T>(T* to, nint pitch, nint rows)
        where T : unmanaged
    {
        for (; rows > 0; rows--, to += pitch) *to = default;
    }

    private static void Copy<T>(T* from, nint fromPitch, T* to, nint toPitch, nint rows)
        where T : unmanaged
    {
        for (; rows > 0; rows--, from += fromPitch, to += toPitch) *to = *from;
    }

    /// <summary>Whole runs, [first, end), between rows and their lanes.</summary>
    private static void Move<T>(Lanes lanes, (nint First, nint End) runs, T* row, nint rowPitch, T* dealt, nint dealtPitch, nint rows,
        bool collects)
        where T : unmanaged
    {
        (nint first, nint end) = runs;
        nint bytes = lanes.Run * sizeof(T);
        if (Avx.IsSupported && bytes == sizeof(double) && lanes.Count == Square)
        {
            nint begin = nint.Min((first + Square - 1) / Square * Square, end), whole = (end - begin) / (Square * Square) * Square * Square;
            if (whole > 0)
            {
                for (nint r = 0; r < rows; r++)
                    Squares((double*)(row + r * rowPitch) + begin, (double*)(dealt + r * dealtPitch + lanes.Start(begin)),
                        lanes.Pitch * sizeof(T) / sizeof(double), whole, collects);
                OneByOne(first, begin);
                first = begin + whole;
            }
        }
        OneByOne(first, end);

        void OneByOne(nint from, nint to)
        {
            for (nint c = from; c < nint.Min(from + lanes.Count, to); c++)
            {
                byte* inRow = (byte*)(row + c * lanes.Run), inLane = (byte*)(dealt + lanes.Start(c));
                nint count = (to - c + lanes.Count - 1) / lanes.Count, pitch = lanes.Count * bytes;
                if (collects) Runs(inLane, bytes, dealtPitch * sizeof(T), inRow, pitch, rowPitch * sizeof(T), bytes, count, rows);
                else Runs(inRow, pitch, rowPitch * sizeof(T), inLane, bytes, dealtPitch * sizeof(T), bytes, count, rows);
            }
        }
    }

    /// <summary>
    /// Between a row and four lanes whose runs have eight bytes: of sixteen neighbouring runs of the row each lane gets four, and a square
    /// is its own way back.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Squares(double* row, double* dealt, nint lanePitch, nint count, bool collects)
    {
        double* from = collects ? dealt : row, to = collects ? row : dealt;
        (nint fromPitch, nint toPitch) = collects ? (lanePitch, (nint)Square) : (Square, lanePitch);
        (nint fromStep, nint toStep) = collects ? (Square, (nint)Square * Square) : (Square * Square, Square);
        for (; count > 0; count -= Square * Square, from += fromStep, to += toStep)
        {
            Vector256<double> a = Vector256.Load(from), b = Vector256.Load(from + fromPitch), c = Vector256.Load(from + 2 * fromPitch),
                d = Vector256.Load(from + 3 * fromPitch);
            Vector256<double> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b), cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
            Avx.Permute2x128(ab0, cd0, 0x20).Store(to);
            Avx.Permute2x128(ab1, cd1, 0x20).Store(to + toPitch);
            Avx.Permute2x128(ab0, cd0, 0x31).Store(to + 2 * toPitch);
            Avx.Permute2x128(ab1, cd1, 0x31).Store(to + 3 * toPitch);
        }
    }

    /// <summary>As many runs of as many rows; from run to run and from row to row on either side, in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Runs(byte* source, nint sourceStep, nint sourcePitch, byte* destination, nint step, nint pitch, nint bytes,
        nint count, nint rows)
    {
        for (; rows > 0; rows--, source += sourcePitch, destination += pitch)
        {
            byte* from = source, to = destination;
            if (bytes == sizeof(ulong))
            {
                for (nint left = count; left > 0; left--, from += sourceStep, to += step) *(ulong*)to = *(ulong*)from;
            }
            else if (bytes < Vector128<byte>.Count)
            {
                // The second half overlaps the first.
                nint rest = bytes - sizeof(ulong);
                for (nint left = count; left > 0; left--, from += sourceStep, to += step)
                {
                    ulong last = *(ulong*)(from + rest);
                    *(ulong*)to = *(ulong*)from;
                    *(ulong*)(to + rest) = last;
                }
            }
            else
            {
                nint tail = bytes - Vector128<byte>.Count;
                for (nint left = count; left > 0; left--, from += sourceStep, to += step)
                {
                    for (nint i = 0; i < tail; i += Vector128<byte>.Count) Vector128.Store(Vector128.Load(from + i), to + i);
                    Vector128.Store(Vector128.Load(from + tail), to + tail);
                }
            }
        }
    }
}
