using Upstride.Kernels;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

/// <summary>The inner loops at every length around their vectors, on small integers, which come out exactly.</summary>
public class RowKernelTests
{
    private const int Longest = 2 * 4 * 16 + 3;

    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, Longest + 1)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Each_kernel_is_its_formula_in_single_precision(int length) => Check<float>(length);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Each_kernel_is_its_formula_in_double_precision(int length) => Check<double>(length);

    private static void Check<T>(int length)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var random = new RandomSource(length);
        T[] a = Integers(), b = Integers(), c = Integers();
        T two = T.CreateChecked(2), three = T.CreateChecked(3), five = T.CreateChecked(5);
        Same(i => a[i] * (b[i] > T.Zero ? two : three), to => RowKernels.Gate(a, b, two, three, to));
        Same(i => a[i] * (b[i] > T.Zero ? two : c[i]), to => RowKernels.Gate(a, b, two, c, to));
        Same(i => b[i] > T.Zero ? a[i] : T.Zero, to => RowKernels.WherePositive(a, b, to));
        Same(i => T.CreateChecked(T.Sign(a[i])), to => RowKernels.Sign(a, to));
        Same(i => a[i] * (T.One - b[i] * b[i]), to => RowKernels.TimesOneLessSquare(a, b, to));
        Same(i => a[i] * b[i] * (T.One - b[i]), to => RowKernels.TimesLogisticSlope(a, b, to));
        Same(i => (a[i] - two) * three + five, to => RowKernels.Standardize(a, two, three, five, to));
        Assert.Equal(Total(i => b[i] > T.Zero ? T.Zero : a[i] * c[i]), RowKernels.NegativeProduct<T>(a, c, b));
        Assert.Equal(Total(i => a[i] * (b[i] - two)), RowKernels.CenteredProduct<T>(a, b, two));
        Assert.Equal(Total(i => (a[i] - two) * (a[i] - two)), RowKernels.CenteredSquares<T>(a, two));

        T[] Integers() => [.. Enumerable.Range(0, length).Select(_ => T.CreateChecked(random.NextInt(9) - 4))];

        T Total(Func<int, T> term) => Enumerable.Range(0, length).Aggregate(T.Zero, (sum, i) => sum + term(i));

        void Same(Func<int, T> expected, Action<T[]> kernel)
        {
            T[] actual = new T[length];
            Array.Fill(actual, T.NaN);
            kernel(actual);
            Assert.Equal([.. Enumerable.Range(0, length).Select(expected)], actual);
        }
    }
}
