using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>Copies strips between tensors in which they are at different distances.</summary>
internal static unsafe class StripCopy
{
    /// <summary>Copies <paramref name="count"/> strips of <paramref name="length"/> elements.</summary>
    public static void Run<T>(ReadOnlySpan<T> source, int sourcePitch, Span<T> destination, int destinationPitch, int length, int count,
        ComputeSettings settings) where T : unmanaged
    {
        if (length == 0 || count == 0) return;
        if (sourcePitch == length && destinationPitch == length) (sourcePitch, destinationPitch, length, count) = (0, 0, length * count, 1);
        fixed (T* from = source)
        fixed (T* to = destination)
        {
            // What was written where it belongs is not copied.
            if (from == to) return;
            T* first = from;
            T* place = to;
            if (count == 1)
            {
                ParallelRanges.For(length, settings,
                    (start, end) => new ReadOnlySpan<T>(first + start, end - start).CopyTo(new(place + start, end - start)));
                return;
            }
            ParallelRanges.For(count, settings, (start, end) =>
            {
                for (int i = start; i < end; i++)
                    new ReadOnlySpan<T>(first + ((nint)i * sourcePitch), length).CopyTo(new(place + ((nint)i * destinationPitch), length));
            }, cost: length);
        }
    }
}
