using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>
/// The tile of dot products, every shape at every width, against the sum of its contract, each operand exactly as long as the contract says
/// and beside a guarded page.
/// </summary>
public sealed unsafe class DotTileTests
{
    // Vectors of a run, and where the runs begin on the column's side.
    private static readonly (int Vectors, nint[] Runs)[] s_sums = [(1, [0]), (0, [0]), (3, []), (2, [0, 5]), (3, [7, 0, 1])];

    public static TheoryData<string> Widths => [.. Enum.GetNames<SimdWidth>()];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Single_precision_is_exact_on_integers_and_bounded_on_reals(string width) => Check<float>(width, Math.ScaleB(1, -23));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Double_precision_is_exact_on_integers_and_bounded_on_reals(string width) => Check<double>(width, Math.ScaleB(1, -52));

    [Fact]
    public void The_tables_have_a_kernel_for_every_shape()
    {
        foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
        {
            DotTile.Table<float> table = DotTile.At<float>(width);
            Assert.Equal(TestProblems.Lanes<float>(width), table.Lanes);
            Assert.Equal(width == SimdWidth.Bits512 ? (6, 6) : (3, 6), (table.Rows, table.TallRows));
            foreach (int rows in Enumerable.Range(1, table.TallRows))
                Assert.True((rows * table.ColumnsFor(rows)) + table.ColumnsFor(rows) + 1 <= (width == SimdWidth.Bits512 ? 32 : 16));
            var kernels = new HashSet<nint>();
            foreach ((int rows, int columns) in Shapes(table)) Assert.True(kernels.Add((nint)table.Kernel(rows, columns)));
        }
    }

    private static void Check<T>(string name, double epsilon)
        where T : unmanaged, INumber<T>
    {
        SimdWidth width = Enum.Parse<SimdWidth>(name);
        DotTile.Table<T> table = DotTile.At<T>(width);
        foreach ((int rows, int columns) in Shapes(table))
        foreach ((int vectors, nint[] runs) in s_sums)
        foreach (bool accumulate in (bool[])[false, true])
        foreach (bool againstEnd in (bool[])[true, false])
        foreach (bool reals in (bool[])[false, true])
        {
            int length = vectors * table.Lanes, seed = rows * 10 + columns, run = length + rows % 2, pitch = runs.Length * run + 1,
                destinationPitch = columns + rows % 3;
            nint[] offsets = [.. ((nint[])[3, 0, 4, 0])[..columns]];
            bool empty = length == 0 || runs.Length == 0;
            using var a = new GuardedMemory<T>(empty ? 0 : (rows - 1) * pitch + (runs.Length - 1) * run + length, againstEnd);
            using var b = new GuardedMemory<T>(empty ? 0 : (int)(offsets.Max() + runs.Max()) + length, againstEnd);
            using var c = new GuardedMemory<T>((rows - 1) * destinationPitch + columns, againstEnd);
            using var taps = new GuardedMemory<nint>(columns, againstEnd);
            using var starts = new GuardedMemory<nint>(runs.Length, againstEnd);
            offsets.CopyTo(taps.Span);
            runs.CopyTo(starts.Span);
            T[] Values(int count, int salt) =>
                reals ? RandomProblems.Reals<T>(count, seed + salt) : RandomProblems.Integers<T>(count, seed + salt);
            Values(a.Count, 1).CopyTo(a.Span);
            Values(b.Count, 2).CopyTo(b.Span);
            T[] before = accumulate ? Values(c.Count, 3) : TestProblems.Poisoned<T>(c.Count);
            before.CopyTo(c.Span);
            var arguments = new DotTile.Arguments<T>
            {
                A = a.Start, APitch = pitch, ARun = run, B = b.Start, Columns = taps.Start, Runs = starts.Start, RunCount = runs.Length,
                    Vectors = vectors,
                C = c.Start, CPitch = destinationPitch, Accumulate = accumulate,
            };
            table.Kernel(rows, columns)(&arguments);

            for (int i = 0; i < c.Count; i++)
            {
                (int r, int k) = (i / destinationPitch, i % destinationPitch);
                T found = c.Span[i];
                if (k >= columns)
                {
                    Assert.True(found.Equals(before[i]), $"{Shape()}: element {k} of row {r} lies behind the tile and was written");
                    continue;
                }
                double sum = accumulate ? double.CreateChecked(before[i]) : 0, magnitude = Math.Abs(sum);
                for (int n = 0; n < runs.Length; n++)
                for (int v = 0; v < length; v++)
                {
                    double product =
                        double.CreateChecked(a.Span[r * pitch + n * run + v])
                        * double.CreateChecked(b.Span[(int)(offsets[k] + runs[n]) + v]);
                    sum += product;
                    magnitude += Math.Abs(product);
                }
                double bound = double.IsInteger(magnitude) ? 0 : (runs.Length * length + 1) * epsilon * magnitude;
                Assert.True(Math.Abs(double.CreateChecked(found) - sum) <= bound,
                    $"{Shape()}: element {k} of row {r} is {found}, and must be {sum} within {bound}");
            }

            string Shape() =>
                $"{width}, {rows} rows of {columns} columns, {runs.Length} runs of {vectors} vectors{(accumulate ? ", accumulating" : "")}";
        }
    }

    private static IEnumerable<(int Rows, int Columns)> Shapes<T>(DotTile.Table<T> table)
        where T : unmanaged =>
        from rows in Enumerable.Range(1, table.TallRows)
        from columns in Enumerable.Range(1, rows <= table.Rows ? DotTile.MaxColumns : DotTile.MaxColumns / 2)
        select (rows, columns);
}
