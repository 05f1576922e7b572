using System.Numerics;
using System.Runtime.Intrinsics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Interleaving, its inverse and transposing at every length up to two vectors and three, beside guarded pages.</summary>
public sealed unsafe class InterleavingTests
{
    private const int Longest = 2 * Interleaving.Lanes + 3;

    private const int Eight = Interleaving.Lanes / 2;

    [Fact]
    public void Run_takes_the_rows_in_turn()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            T** sources = stackalloc T*[108];
            foreach (int step in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 18, 24, 27, 32, 36, 48, 54, 64, 72, 81, 95, 96, 97,
                108])
            for (int length = 0; length <= step * Longest; length = Next(length, step))
            foreach ((int rows, int gap) in ((int, int)[])[(1, 0), (3, 0), (2, 5)])
            {
                // Sequences of one row differ by one in length; each row begins where a whole vector may still be read.
                int count = (length + step - 1) / step, pitch = step == 1 ? count + gap : Readable<T>(count);
                using GuardedMemory<T> source = Numbered<T>(step * rows * pitch);
                using var destination = new GuardedMemory<T>(rows * (length + gap) - gap * Math.Min(1, rows));
                destination.Span.Fill(T.CreateChecked(-1));
                for (int k = 0; k < step; k++) sources[k] = source.Start + k * rows * pitch - 3;
                Interleaving.Interleave(sources, 3, pitch, step, destination.Start, length + gap, rows, length);
                for (int i = 0; i < destination.Count; i++)
                {
                    (int r, int e) = (i / (length + gap), i % (length + gap));
                    Assert.Equal(e < length ? source.Span[(e % step * rows + r) * pitch + e / step] : T.CreateChecked(-1),
                        destination.Span[i]);
                }
            }
        }
    }

    [Fact]
    public void ToRows_turns_columns_into_rows()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            T** sources = stackalloc T*[Longest];
            foreach (int rows in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20])
            for (int count = 0; count <= Longest; count++)
            {
                int length = rows <= Eight ? Math.Min(Eight, Readable<T>(rows)) : Readable<T>(rows), pitch = count + rows % 3;
                using GuardedMemory<T> source = Numbered<T>(count * length);
                using var destination = new GuardedMemory<T>(count == 0 ? 0 : (rows - 1) * pitch + count);
                destination.Span.Fill(T.CreateChecked(-1));
                for (int k = 0; k < count; k++) sources[k] = source.Start + k * length;
                Interleaving.TransposeToRows(sources, count, destination.Start, pitch, rows);
                for (int i = 0; i < destination.Count; i++)
                    Assert.Equal(i % pitch < count ? source.Span[i % pitch * length + i / pitch] : T.CreateChecked(-1),
                        destination.Span[i]);
            }
        }
    }

    [Fact]
    public void ToColumns_turns_rows_into_columns_and_reads_nothing_beyond()
    {
        Assert.SkipUnless(Interleaving.FillsColumns<float>(Eight), "there are no vectors of eight elements here");
        const int Lanes = Interleaving.Lanes;
        float** destinations = stackalloc float*[Lanes];
        foreach (int length in (int[])[Eight, Lanes, Lanes + Eight])
        for (int rows = 1; rows <= length; rows++)
        for (int count = 0; count <= Lanes; count++)
        {
            int pitch = count + rows % 3;
            using GuardedMemory<float> source = Numbered<float>(count == 0 ? 0 : (rows - 1) * pitch + count);
            using var destination = new GuardedMemory<float>(length * count);
            destination.Span.Fill(-1);
            for (int i = 0; i < count; i++) destinations[i] = destination.Start + i * length;
            Interleaving.TransposeToColumns(source.Start, pitch, rows, count, destinations, length);
            for (int i = 0; i < destination.Count; i++)
                Assert.Equal(i % length < rows ? source.Span[i % length * pitch + i / length] : 0, destination.Span[i]);
        }
    }

    [Fact]
    public void Deal_is_the_inverse_of_Run_and_reads_nothing_beyond()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            T** destinations = stackalloc T*[64];
            foreach (int step in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16, 18, 24, 27, 32, 33, 36, 63])
            for (int total = 0; total <= step * Longest; total = Next(total, step))
            foreach ((int before, int behind) in ((int, int)[])[(0, 0), (1, 0), (0, 3), (step + 1, 2), (17, 40), (total / 2, total)])
            foreach ((int rows, int gap) in ((int, int)[])[(1, 0), (3, 2)])
            {
                // Of the rows that are dealt out only what is not before or behind exists.
                int low = Math.Min(before, total), high = Math.Max(low, total - behind), count = (total + step - 1) / step,
                    pitch = count + gap;
                int sourcePitch = high - low + gap;
                using GuardedMemory<T> source = Numbered<T>(Math.Max(0, rows * sourcePitch - gap));
                using var destination = new GuardedMemory<T>(step * rows * pitch);
                destination.Span.Fill(T.CreateChecked(-1));
                for (int k = 0; k < step; k++) destinations[k] = destination.Start + k * rows * pitch;
                Interleaving.Deinterleave(source.Start - low, sourcePitch, low, high, total, step, destinations, pitch, rows);
                for (int i = 0; i < destination.Count; i++)
                {
                    (int k, int r, int element) = (i / (rows * pitch), i / pitch % rows, step * (i % pitch) + i / (rows * pitch));
                    T expected = element >= total ? T.CreateChecked(-1)
                        : element < low || element >= high ? T.Zero : source.Span[r * sourcePitch + element - low];
                    Assert.Equal(expected, destination.Span[i]);
                }
            }
        }
    }

    [Fact]
    public void Pairs_are_zipped_and_unzipped_by_shuffles_where_the_machine_has_no_instruction_for_it()
    {
        Vector128<int> a = Vector128.Create(0, 1, 2, 3), b = Vector128.Create(10, 11, 12, 13);
        Assert.Equal((Vector128.Create(0, 10, 1, 11), Vector128.Create(2, 12, 3, 13)), Interleaving.ZipByShuffles(a, b));
        Assert.Equal((Vector128.Create(0, 2, 10, 12), Vector128.Create(1, 3, 11, 13)), Interleaving.UnzipByShuffles(a, b));
    }

    [Fact]
    public void Values_that_are_no_numbers_are_moved_bit_for_bit()
    {
        uint[] bits = [0x7FC00001, 0xFFC12345, 0x7F800001, 0x80000000, 0x00000001, 0x7F800000, 0xFF800000];
        uint[] even = [.. Enumerable.Range(0, 32).Select(i => bits[i % bits.Length])],
            odd = [.. Enumerable.Range(0, 32).Select(i => bits[(i + 3) % bits.Length])];
        uint[] zipped = new uint[40];
        fixed (uint* e = even, o = odd, z = zipped)
        {
            float** sources = stackalloc float*[2];
            sources[0] = (float*)e;
            sources[1] = (float*)o;
            Interleaving.Interleave(sources, 0, 20, 2, (float*)z, 40, 1, 40);
        }
        Assert.Equal(even.Zip(odd, static (a, b) => new[] { a, b }).SelectMany(static pair => pair).Take(40), zipped);
    }

    /// <summary>Every length up to two vectors of eight for each of a few sequences, else fewer and fewer.</summary>
    private static int Next(int length, int step) =>
        length < 20 || (step <= Eight && length < step * (2 * Eight + 1)) ? length + 1 : length * 7 / 5;

    /// <summary>What is read of a row of <paramref name="count"/>: whole vectors where there are any.</summary>
    private static int Readable<T>(int count)
        where T : unmanaged =>
        Interleaving.IsAccelerated<T>() ? (count + Interleaving.Lanes - 1) / Interleaving.Lanes * Interleaving.Lanes : count;

    private static GuardedMemory<T> Numbered<T>(int count)
        where T : unmanaged, INumber<T>
    {
        var memory = new GuardedMemory<T>(count);
        for (int i = 0; i < count; i++) memory.Span[i] = T.CreateChecked(i);
        return memory;
    }
}
