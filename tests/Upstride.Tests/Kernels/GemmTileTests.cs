using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>
/// The register tile, every shape at every width, against the sum of its contract, each operand exactly as long as the contract says and
/// beside a guarded page.
/// </summary>
public sealed unsafe class GemmTileTests
{
    private static readonly (int Steps, nint[] Offsets, int BStride)[] s_sums =
    [
        (1, [0], 1), (0, [0, 3], 7), (5, [0], 3), (1, [2, 0, 1], 1), (3, [1, 0], 5), (4, [0, 0, 9, 4, 7], 11),
    ];

    public static TheoryData<string> Widths => [.. Enum.GetNames<SimdWidth>()];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Single_precision_is_exact_on_integers_and_bounded_on_reals(string width) => Check<float>(width, Math.ScaleB(1, -23));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Double_precision_is_exact_on_integers_and_bounded_on_reals(string width) => Check<double>(width, Math.ScaleB(1, -52));

    /// <summary>Sums, the sign of a zero and no number among them, come out as <see cref="Simd.Bound{T}"/> says of each.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void What_is_written_is_a_bias_more_and_held_within_bounds(string name)
    {
        SimdWidth width = Enum.Parse<SimdWidth>(name);
        if (width == SimdWidth.Interpreted) return;
        GemmTile.Table<float> table = GemmTile.At<float>(width);
        nint offset = 0;
        foreach ((int rows, int vectors) in Shapes(table))
        foreach ((float least, float most) in ((float, float)[])[(0, 6), (-3, 0), (float.NegativeInfinity, float.PositiveInfinity)])
        {
            int columns = vectors * table.Lanes;
            using var a = new GuardedMemory<float>(rows, true);
            using var b = new GuardedMemory<float>(columns, true);
            using var c = new GuardedMemory<float>(rows * columns, true);
            using var bias = new GuardedMemory<float>(rows, true);
            a.Span.Fill(1);
            for (int r = 0; r < rows; r++) bias.Span[r] = r == 1 ? -0f : r % 5 - 2;
            for (int v = 0; v < columns; v++) b.Span[v] = v % 9 == 7 ? float.NaN : v % 9 == 5 ? -0f : v % 9 - 4;
            var arguments = new GemmTile.Arguments<float>
            {
                A = a.Start, B = b.Start, C = c.Start, Offsets = &offset, OffsetCount = 1, Steps = 1, CPitch = columns, Bias = bias.Start,
                Least = least, Most = most,
            };
            table.Kernel(rows, vectors)(&arguments);
            for (int i = 0; i < c.Count; i++)
            {
                float expected = Simd.Bound(0f + b.Span[i % columns] + bias.Span[i / columns], least, most);
                Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(c.Span[i]));
            }
        }
    }

    [Fact]
    public void The_tables_have_a_kernel_for_every_shape()
    {
        foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
        {
            GemmTile.Table<float> table = GemmTile.At<float>(width);
            Assert.Equal(TestProblems.Lanes<float>(width), table.Lanes);
            Assert.Equal(TestProblems.Lanes<double>(width), GemmTile.At<double>(width).Lanes);
            var kernels = new HashSet<nint>();
            foreach ((int rows, int vectors) in Shapes(table)) Assert.True(kernels.Add((nint)table.Kernel(rows, vectors)));
            Assert.Equal(2 * table.TallRows + table.WideRows, kernels.Count);
        }
    }

    private static void Check<T>(string name, double epsilon)
        where T : unmanaged, INumber<T>
    {
        SimdWidth width = Enum.Parse<SimdWidth>(name);
        GemmTile.Table<T> table = GemmTile.At<T>(width);
        foreach ((int rows, int vectors) in Shapes(table))
        foreach ((int steps, nint[] offsets, int stride) in s_sums)
        foreach (bool accumulate in (bool[])[false, true])
        foreach (bool againstEnd in (bool[])[true, false])
        {
            int columns = vectors * table.Lanes, pitch = columns + (rows % 3), seed = rows * 100 + vectors;
            int lengthB = steps == 0 ? 0 : (steps - 1) * stride + (int)offsets.Max() + columns;
            using var a = new GuardedMemory<T>(rows * steps * offsets.Length, againstEnd);
            using var b = new GuardedMemory<T>(lengthB, againstEnd);
            using var c = new GuardedMemory<T>((rows - 1) * pitch + columns, againstEnd);
            using var places = new GuardedMemory<nint>(offsets.Length, againstEnd);
            offsets.CopyTo(places.Span);
            foreach (bool reals in (bool[])[false, true])
            {
                T[] Values(int count, int salt) =>
                    reals ? RandomProblems.Reals<T>(count, seed + salt) : RandomProblems.Integers<T>(count, seed + salt);
                Values(a.Count, 1).CopyTo(a.Span);
                Values(b.Count, 2).CopyTo(b.Span);
                T[] before = accumulate ? Values(c.Count, 3) : TestProblems.Poisoned<T>(c.Count);
                before.CopyTo(c.Span);
                var arguments = new GemmTile.Arguments<T>
                {
                    A = a.Start, B = b.Start, C = c.Start, Offsets = places.Start, OffsetCount = offsets.Length, Steps = steps,
                        BStride = stride, CPitch = pitch, Accumulate = accumulate,
                };
                table.Kernel(rows, vectors)(&arguments);
                Compare(a.Span, b.Span, before, c.Span);
            }

            void Compare(Span<T> left, Span<T> right, T[] before, Span<T> actual)
            {
                for (int r = 0; r < rows; r++)
                for (int v = 0; v < pitch && r * pitch + v < actual.Length; v++)
                {
                    T found = actual[r * pitch + v];
                    if (v >= columns)
                    {
                        Assert.True(found.Equals(before[r * pitch + v]),
                            $"{Shape()}: element {v} of row {r} lies behind the tile and was written");
                        continue;
                    }
                    double sum = accumulate ? double.CreateChecked(before[r * pitch + v]) : 0, magnitude = Math.Abs(sum);
                    for (int step = 0; step < steps; step++)
                    for (int i = 0; i < offsets.Length; i++)
                    {
                        double product =
                            double.CreateChecked(left[(step * offsets.Length + i) * rows + r])
                            * double.CreateChecked(right[step * stride + (int)offsets[i] + v]);
                        sum += product;
                        magnitude += Math.Abs(product);
                    }
                    bool whole = double.IsInteger(magnitude);
                    double bound = whole ? 0 : (steps * offsets.Length + 1) * epsilon * magnitude;
                    Assert.True(Math.Abs(double.CreateChecked(found) - sum) <= bound,
                        $"{Shape()}: element {v} of row {r} is {found}, and must be {sum} within {bound}");
                }
            }

            string Shape() =>
                $"{width}, {rows} rows of {vectors} vectors, {steps} steps of {offsets.Length} "
                + $"offsets{(accumulate ? ", accumulating" : "")}";
        }
    }

    private static IEnumerable<(int Rows, int Vectors)> Shapes<T>(GemmTile.Table<T> table)
        where T : unmanaged =>
        [
            .. Enumerable.Range(1, table.TallRows).SelectMany(static rows => new[] { (rows, 1), (rows, 2) }),
            .. Enumerable.Range(1, table.WideRows).Select(static rows => (rows, GemmTile.WideVectors)),
        ];
}
