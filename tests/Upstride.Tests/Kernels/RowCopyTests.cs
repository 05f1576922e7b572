using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>
/// Rows are moved, cleared and transposed at every length up to two of the widest vectors and three, beside guarded pages.
/// </summary>
public sealed unsafe class RowCopyTests
{
    private const int Longest = 2 * 16 + 3;

    [Fact]
    public void Copy_takes_any_steps()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            foreach (bool againstEnd in (bool[])[true, false])
            for (int count = 0; count <= Longest; count++)
            foreach ((int from, int to) in ((int, int)[])[(1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (8, 1), (3, 2), (1, 5), (7, 1)])
            {
                using var source = Filled<T>(Reach(count, from), againstEnd);
                using var destination = Filled<T>(Reach(count, to), againstEnd, -1);
                RowCopy.Copy(source.Start, from, destination.Start, to, count);
                for (int i = 0; i < destination.Count; i++)
                    Assert.Equal(i % to == 0 ? source.Span[i / to * from] : T.CreateChecked(-1 - i), destination.Span[i]);
            }
        }
    }

    [Fact]
    public void Stream_copies_from_any_place_to_any_place()
    {
        foreach (bool againstEnd in (bool[])[true, false])
        for (int count = 0; count <= 3 * Longest; count++)
        foreach (int offset in (int[])[0, 1, 7, 16])
        {
            using var source = Filled<float>(count + offset, againstEnd);
            using var destination = Filled<float>(count + offset % 3, againstEnd, -1);
            RowCopy.Stream(source.Start + offset, destination.Start, count);
            for (int i = 0; i < destination.Count; i++) Assert.Equal(i < count ? source.Span[offset + i] : -1 - i, destination.Span[i]);
        }
    }

    [Fact]
    public void Clear_takes_any_step_and_leaves_what_lies_between()
    {
        foreach (bool againstEnd in (bool[])[true, false])
        for (int count = 0; count <= Longest; count++)
        foreach (int step in (int[])[1, 2, 3])
        {
            using var row = Filled<float>(Reach(count, step), againstEnd, 1);
            RowCopy.Clear(row.Start, step, count);
            for (int i = 0; i < row.Count; i++) Assert.Equal(i % step == 0 ? 0 : 1 + i, row.Span[i]);
        }
    }

    [Fact]
    public void Transpose_brings_channels_side_by_side()
    {
        foreach (bool againstEnd in (bool[])[true, false])
        foreach (int channels in (int[])[1, 2, 3, 8, 15, 16, 17, 33])
        foreach (int count in (int[])[1, 2, 7, 16, 17, 35])
        foreach (int pitch in (int[])[channels, channels + 3])
        {
            // A plane for each channel, planes apart with elements left out, and channels already side by side.
            foreach ((int channelStep, int elementStep) in ((int, int)[])[(count, 1), (2 * count + 1, 2), (1, channels),
                (1, 2 * channels + 1)])
            {
                using var source = Filled<float>((channels - 1) * channelStep + (count - 1) * elementStep + 1, againstEnd);
                using var destination = Filled<float>((count - 1) * pitch + channels, againstEnd, -1);
                RowCopy.Transpose(source.Start, channelStep, elementStep, destination.Start, pitch, channels, count,
                    next: 1 << 20);
                for (int i = 0; i < destination.Count; i++)
                    Assert.Equal(i % pitch < channels ? source.Span[i % pitch * channelStep + i / pitch * elementStep] : -1 - i,
                        destination.Span[i]);
            }
        }
    }

    private static int Reach(int count, int step) => count == 0 ? 0 : (count - 1) * step + 1;

    /// <summary>first, first + 1 ..; from a negative first downwards.</summary>
    private static GuardedMemory<T> Filled<T>(int count, bool againstEnd, int first = 1)
        where T : unmanaged, INumber<T>
    {
        var memory = new GuardedMemory<T>(count, againstEnd);
        for (int i = 0; i < count; i++) memory.Span[i] = T.CreateChecked(first < 0 ? first - i : first + i);
        return memory;
    }
}
