using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

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
            foreach ((int rows, int fromGap, int toGap) in ((int, int, int)[])[(1, 0, 0), (3, 0, 0), (2, 3, 1)])
            {
                (int columns, int from, int to) = (left + width + right, width + fromGap, left + width + right + toGap);
                using GuardedMemory<T> source = Numbered<T>((rows - 1) * from + width, againstEnd);
                using var destination = new GuardedMemory<T>((rows - 1) * to + columns, againstEnd);
                destination.Span.Fill(T.CreateChecked(-1));
                PlaneCopy.Framed(source.Start, from, destination.Start, to, rows, columns, left, left + width);
                for (int i = 0; i < destination.Count; i++)
                {
                    (int r, int c) = (i / to, i % to);
                    T expected = c >= columns ? T.CreateChecked(-1) : c >= left && c < left + width ? source.Span[r * from + c - left] : T.Zero;
                    Assert.Equal(expected, destination.Span[i]);
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
