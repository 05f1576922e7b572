using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Tests.Kernels;

/// <summary>Planes are copied at every width up to two of the widest vectors and three, beside guarded pages.</summary>
public sealed unsafe class PlaneCopyTests
{
    private const int Longest = 2 * 16 + 3;

    [Fact]
    public void Run_takes_any_pitches()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            foreach (bool againstEnd in (bool[])[true, false])
            for (int columns = 0; columns <= Longest; columns++)
            foreach (int rows in (int[])[0, 1, 2, 5])
            foreach ((int fromGap, int toGap) in ((int, int)[])[(0, 0), (0, 3), (2, 0), (20, 7)])
            {
                (int from, int to) = (columns + fromGap, columns + toGap);
                using GuardedMemory<T> source = Numbered<T>(rows == 0 ? 0 : (rows - 1) * from + columns, againstEnd);
                using var destination = new GuardedMemory<T>(rows == 0 ? 0 : (rows - 1) * to + columns, againstEnd);
                destination.Span.Fill(T.CreateChecked(-1));
                PlaneCopy.Run(source.Start, from, destination.Start, to, rows, columns);
                for (int i = 0; i < destination.Count; i++)
                    Assert.Equal(i % to < columns ? source.Span[i / to * from + i % to] : T.CreateChecked(-1), destination.Span[i]);
            }
        }
    }

    [Fact]
    public void Framed_puts_zeros_around()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            foreach (bool againstEnd in (bool[])[true, false])
            for (int width = 0; width <= Longest; width++)
            foreach ((int left, int right) in ((int, int)[])[(0, 0), (1, 0), (0, 1), (2, 3), (17, 0), (0, 40), (9, 9)])
            foreach ((int top, int height, int bottom) in ((int, int, int)[])[(0, 3, 0), (1, 2, 0), (0, 1, 2), (2, 0, 1)])
            {
                (int rows, int columns, int pitch) = (top + height + bottom, left + width + right, width + top);
                using GuardedMemory<T> source = Numbered<T>(height == 0 ? 0 : (height - 1) * pitch + width, againstEnd);
                using var destination = new GuardedMemory<T>(rows * columns, againstEnd);
                destination.Span.Fill(T.CreateChecked(-1));
                PlaneCopy.Framed(source.Start, pitch, destination.Start, rows, columns, (top, top + height), (left, left + width));
                for (int i = 0; i < destination.Count; i++)
                {
                    (int r, int c) = (i / columns - top, i % columns - left);
                    Assert.Equal(r >= 0 && r < height && c >= 0 && c < width ? source.Span[r * pitch + c] : T.Zero, destination.Span[i]);
                }
            }
        }
    }

    private static GuardedMemory<T> Numbered<T>(int count, bool againstEnd)
        where T : unmanaged, INumber<T>
    {
        var memory = new GuardedMemory<T>(count, againstEnd);
        for (int i = 0; i < count; i++) memory.Span[i] = T.CreateChecked(i + 1);
        return memory;
    }
}
