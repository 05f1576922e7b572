using System.Numerics;
using Upstride.Kernels;
using Upstride.Tests.Algorithms;

namespace Upstride.Tests.Kernels;

/// <summary>The pointwise functions at every length up to two of the widest vectors and three, beside a guarded page.</summary>
public sealed class PointwiseTests
{
    private const int Longest = 2 * 16 + 3;

    [Fact]
    public void Leaky_slopes_bend_what_is_not_positive()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, INumber<T>
        {
            for (int count = 0; count <= Longest; count++)
            {
                T[] values = RandomProblems.Integers<T>(count, count), slopes = RandomProblems.Integers<T>(count, count + 100);
                T half = T.CreateChecked(0.5);
                using var one = new GuardedMemory<T>(count);
                values.CopyTo(one.Span);
                Pointwise.LeakyRelu(one.Span, half);
                for (int i = 0; i < count; i++) Assert.Equal(values[i] > T.Zero ? values[i] : half * values[i], one.Span[i]);

                using var each = new GuardedMemory<T>(count);
                using var slope = new GuardedMemory<T>(count);
                values.CopyTo(each.Span);
                slopes.CopyTo(slope.Span);
                Pointwise.LeakyRelu<T>(each.Span, slope.Span);
                for (int i = 0; i < count; i++) Assert.Equal(values[i] > T.Zero ? values[i] : slopes[i] * values[i], each.Span[i]);
            }
        }
    }

    [Fact]
    public void NaN_stays_NaN_and_infinities_go_their_way()
    {
        for (int count = 1; count <= Longest; count++)
        {
            float[] row = new float[count], slopes = new float[count];
            for (int i = 0; i < count; i++) (row[i], slopes[i]) = (i % 3 == 0 ? float.NaN : i % 3 == 1 ? float.PositiveInfinity : float.NegativeInfinity, 0.5f);
            float[] expected = [.. row], other = [.. row];
            Pointwise.LeakyRelu(row, 0.5f);
            Pointwise.LeakyRelu<float>(other, slopes);
            Assert.Equal(expected, row);
            Assert.Equal(expected, other);
        }
    }

    [Fact]
    public void Tanh_and_sigmoid_come_within_four_units_in_the_last_place()
    {
        Check<float>(Math.ScaleB(1, -23));
        Check<double>(Math.ScaleB(1, -52));

        static void Check<T>(double unit)
            where T : unmanaged, INumber<T>
        {
            for (int count = 0; count <= Longest; count++)
            {
                T[] values = [.. RandomProblems.Reals<T>(count, count).Select(static value => value * T.CreateChecked(8))];
                using var tanh = new GuardedMemory<T>(count);
                using var sigmoid = new GuardedMemory<T>(count);
                values.CopyTo(tanh.Span);
                values.CopyTo(sigmoid.Span);
                Pointwise.Tanh(tanh.Span);
                Pointwise.Sigmoid(sigmoid.Span);
                for (int i = 0; i < count; i++)
                {
                    double x = double.CreateChecked(values[i]);

                    // The runtime's vectorised tanh takes a difference to one, so its error is in units of one.
                    Near(Math.Tanh(x), double.CreateChecked(tanh.Span[i]), 1);
                    double expected = 1 / (1 + Math.Exp(-x));
                    Near(expected, double.CreateChecked(sigmoid.Span[i]), expected);
                }
            }

            void Near(double expected, double actual, double scale) => Assert.True(Math.Abs(actual - expected) <= 4 * unit * scale, $"{actual} must be {expected} within {4 * unit * scale}");
        }
    }
}
