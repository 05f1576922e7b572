using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Testing;

namespace Upstride.Tests.Algorithms;

public sealed class ConvolutionMatrixTests
{
    [Fact]
    public void Five_to_three_is_a_Toeplitz_matrix_and_its_transpose_goes_back()
    {
        ConvolutionMatrix matrix = ConvolutionMatrix.Create([ConvTransposeAxis.Create(3, 3)]);
        Assert.Equal(
            """
            w0 w1 w2  0  0
             0 w0 w1 w2  0
             0  0 w0 w1 w2

            """, matrix.ToString(), ignoreLineEndingDifferences: true);
        Assert.Equal(
            """
            w0  0  0
            w1 w0  0
            w2 w1 w0
             0 w2 w1
             0  0 w2

            """, matrix.ToTransposedString(), ignoreLineEndingDifferences: true);
        int[] w = [1, 10, 100], three = new int[3], five = new int[5];
        matrix.MultiplyAdd<int>(w, [1, 2, 3, 4, 5], three);
        Assert.Equal([321, 432, 543], three);
        matrix.TransposeMultiplyAdd<int>(w, [1, 2, 3], five);
        Assert.Equal([1, 12, 123, 230, 300], five);
    }

    [Fact]
    public void Four_by_four_by_three_by_three_is_a_4_by_16_matrix()
    {
        ConvTransposeAxis axis = ConvTransposeAxis.Create(2, 3);
        ConvolutionMatrix matrix = ConvolutionMatrix.Create([axis, axis]);
        Assert.Equal((4, 16, 36, 9), (matrix.Rows, matrix.Columns, matrix.Entries, matrix.Taps));
        Assert.Equal(
            """
            w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22   0   0   0   0   0
              0 w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22   0   0   0   0
              0   0   0   0 w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22   0
              0   0   0   0   0 w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22

            """, matrix.ToString(), ignoreLineEndingDifferences: true);

        // 4x4 ones convolve to 2x2 of the kernel's sum, and those go back to 4x4.
        int[] w = [1, 2, 3, 4, 5, 6, 7, 8, 9], small = new int[4], large = new int[16];
        matrix.MultiplyAdd(w, Enumerable.Repeat(1, 16).ToArray(), small.AsSpan());
        Assert.Equal([45, 45, 45, 45], small);
        matrix.TransposeMultiplyAdd<int>(w, [1, 1, 1, 1], large);
        Assert.Equal([1, 3, 5, 3, 5, 12, 16, 9, 11, 24, 28, 15, 7, 15, 17, 9], large);
    }

    [Fact]
    public void Kernels_of_more_than_ten_taps_have_names_with_commas()
    {
        ConvolutionMatrix matrix = ConvolutionMatrix.Create([ConvTransposeAxis.Create(1, 2), ConvTransposeAxis.Create(1, 11)]);
        Assert.Equal("w0,0", matrix.TapName(0));
        Assert.Equal("w1,10", matrix.TapName(21));
        Assert.Equal("w9", ConvolutionMatrix.Create([ConvTransposeAxis.Create(1, 10)]).TapName(9));
    }

    [Fact]
    public void Its_entries_products_and_gradients_are_those_of_the_definition() => RandomProblems.ForAll(41, 80, static geometry =>
    {
        var plain = ConvTransposeGeometry.Create(1, 1, 1, 1, geometry.Axes);
        ConvolutionMatrix matrix = ConvolutionMatrix.Create(plain);
        var (x, w, y) = TestProblems.Tensors(plain, RandomProblems.Integers<long>);
        Assert.Equal((x.Length, y.Length, w.Length), (matrix.Rows, matrix.Columns, matrix.Taps));
        var expected = new int[x.Length, y.Length];
        int entries = 0;
        Oracle.ForEachProduct(plain, (i, t, o) =>
        {
            expected[i, o] = t + 1;
            entries++;
        });
        Assert.Equal(entries, matrix.Entries);
        Assert.Equal(entries, ConvolutionMatrix.CountEntries(plain.Axes));
        for (int row = 0; row < matrix.Rows; row++)
        {
            var found = matrix.Row(row).ToArray();
            Assert.Equal(found.OrderBy(static entry => entry.Column), found);
            foreach ((int column, int tap) in found) Assert.Equal(expected[row, column] - 1, tap);
            for (int column = 0; column < Math.Min(matrix.Columns, 200); column++) Assert.Equal(expected[row, column] - 1, matrix.TapAt(row, column));
        }
        long[,] dense = matrix.ToDense<long>(w);
        foreach (int row in (int[])[0, matrix.Rows - 1])
            for (int column = 0; column < matrix.Columns; column++) Assert.Equal(expected[row, column] == 0 ? 0 : w[expected[row, column] - 1], dense[row, column]);

        long[] forward = new long[y.Length], back = new long[x.Length], gradient = new long[w.Length];
        matrix.TransposeMultiplyAdd<long>(w, x, forward);
        matrix.MultiplyAdd<long>(w, y, back);
        matrix.CorrelateAdd<long>(x, y, gradient);
        Assert.Equal(Oracle.Compute(plain, Pass.Forward, x, w, y), forward);
        Assert.Equal(Oracle.Compute(plain, Pass.InputGradient, x, w, y), back);
        Assert.Equal(Oracle.Compute(plain, Pass.WeightGradient, x, w, y), gradient);

        // All three add to what is there.
        matrix.TransposeMultiplyAdd<long>(w, x, forward);
        Assert.Equal(Oracle.Compute(plain, Pass.Forward, x, w, y).Select(static value => 2 * value), forward);
    });

    [Fact]
    public void Any_number_is_exact()
    {
        ConvolutionMatrix matrix = ConvolutionMatrix.Create([ConvTransposeAxis.Create(2, 2, stride: 2)]);
        BigInteger big = BigInteger.Pow(10, 50);
        var y = new BigInteger[4];
        matrix.TransposeMultiplyAdd<BigInteger>([1, big], [big, 3], y);
        Assert.Equal([big, big * big, 3, 3 * big], y);
        var complex = new Complex[4];
        matrix.TransposeMultiplyAdd<Complex>([1, Complex.ImaginaryOne], [2, Complex.ImaginaryOne], complex);
        Assert.Equal([2, new(0, 2), Complex.ImaginaryOne, -1], complex);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        ConvolutionMatrix matrix = ConvolutionMatrix.Create([ConvTransposeAxis.Create(3, 3)]);
        Refuses("weight has 2 elements, and the matrix needs 3", () => matrix.MultiplyAdd<int>(new int[2], new int[5], new int[3]));
        Refuses("source has 3 elements, and the matrix needs 5", () => matrix.MultiplyAdd<int>(new int[3], new int[3], new int[3]));
        Refuses("destination has 3 elements, and the matrix needs 5", () => matrix.TransposeMultiplyAdd<int>(new int[3], new int[3], new int[3]));
        Refuses("rowValues has 5 elements, and the matrix needs 3", () => matrix.CorrelateAdd<int>(new int[5], new int[5], new int[3]));
        Refuses("columnValues has 3 elements, and the matrix needs 5", () => matrix.CorrelateAdd<int>(new int[3], new int[3], new int[3]));
        Refuses("weight has 4 elements, and the matrix needs 3", () => matrix.ToDense<int>(new int[4]));

        // 1000 inputs of each axis touch 9000 elements: 9000^2 entries.
        ConvTransposeAxis long1 = ConvTransposeAxis.Create(1000, 9);
        var error = Assert.Throws<GeometryException>(() => ConvolutionMatrix.Create([long1, long1]));
        Assert.Equal("the convolution matrix has 81000000 entries, more than 50000000: use a smaller input or kernel", error.Message);
        Assert.Equal(81_000_000, ConvolutionMatrix.CountEntries([long1, long1]));

        static void Refuses(string message, Action call) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message);
    }
}
