using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// Deals the runs of a row out to lanes in turn, run number c to lane c % lanes, and collects them again: what deinterleaving and
/// interleaving are for single elements. Pointers may have any alignment and must not overlap; nothing is read or written beside what is
/// said; the arguments are not checked.
/// </summary>
internal static unsafe class RunDealing
{
    /// <summary>
    /// Element i of a row, in run c = i / run, goes to destination[c % lanes * lanePitch + c / lanes * run + i % run] where low &lt;= i &lt;
    /// high, and is zero else, i &lt; total, which is whole runs; so for each row.
    /// </summary>
    public static void Deal<T>(T* source, nint sourcePitch, nint low, nint high, nint total, nint run, nint lanes, T* destination,
        nint lanePitch, nint destinationPitch, nint rows)
        where T : unmanaged
    {
        nint runs = total / run;
        nint whole = (low + run - 1) / run, end = nint.Max(high / run, whole);
        for (; rows > 0; rows--, source += sourcePitch, destination += destinationPitch)
        {
            if (low > 0 || high < total)
                for (nint u = 0; u < nint.Min(lanes, runs); u++)
                    RowCopy.Clear(destination + u * lanePitch, 1, (runs - u + lanes - 1) / lanes * run);
            Move(source, destination, whole, end, run, lanes, lanePitch, collects: false);

            // The runs that begin or end within what is copied.
            for (nint i = low; i < nint.Min(whole * run, high); i++) destination[Place(i, run, lanes, lanePitch)] = source[i];
            for (nint i = end * run; i < high; i++) destination[Place(i, run, lanes, lanePitch)] = source[i];
        }
    }

    /// <summary>The other way round: destination[i] for i &lt; count is the element of the lanes that i was dealt to, so for each row.</summary>
    public static void Collect<T>(T* source, nint lanePitch, nint sourcePitch, nint run, nint lanes, T* destination, nint destinationPitch,
        nint rows, nint count)
        where T : unmanaged
    {
        nint end = count / run;
        for (; rows > 0; rows--, source += sourcePitch, destination += destinationPitch)
        {
            Move(destination, source, 0, end, run, lanes, lanePitch, collects: true);
            for (nint i = end * run; i < count; i++) destination[i] = source[Place(i, run, lanes, lanePitch)];
        }
    }

    private static nint Place(nint i, nint run, nint lanes, nint lanePitch)
    {
        (nint c, nint place) = (i / run, i % run);
        return c % lanes * lanePitch + c / lanes * run + place;
    }

    /// <summary>Whole runs first .. end - 1 between a row and its lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move<T>(T* row, T* dealt, nint first, nint end, nint run, nint lanes, nint lanePitch, bool collects)
        where T : unmanaged
    {
        nint bytes = run * sizeof(T), pitch = lanes * bytes;
        for (nint c = first; c < nint.Min(first + lanes, end); c++)
        {
            byte* inRow = (byte*)(row + c * run), inLane = (byte*)(dealt + c % lanes * lanePitch + c / lanes * run);
            nint count = (end - c + lanes - 1) / lanes;
            if (collects) Runs(inLane, bytes, inRow, pitch, bytes, count);
            else Runs(inRow, pitch, inLane, bytes, bytes, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Runs(byte* from, nint fromPitch, byte* to, nint toPitch, nint bytes, nint count)
    {
        if (bytes == sizeof(ulong))
        {
            for (; count > 0; count--, from += fromPitch, to += toPitch) *(ulong*)to = *(ulong*)from;
            return;
        }
        if (bytes < Vector128<byte>.Count)
        {
            // The second half overlaps the first.
            nint rest = bytes - sizeof(ulong);
            for (; count > 0; count--, from += fromPitch, to += toPitch)
            {
                ulong last = *(ulong*)(from + rest);
                *(ulong*)to = *(ulong*)from;
                *(ulong*)(to + rest) = last;
            }
            return;
        }
        nint tail = bytes - Vector128<byte>.Count;
        for (; count > 0; count--, from += fromPitch, to += toPitch)
        {
            for (nint i = 0; i < tail; i += Vector128<byte>.Count) Vector128.Store(Vector128.Load(from + i), to + i);
            Vector128.Store(Vector128.Load(from + tail), to + tail);
        }
    }
}
