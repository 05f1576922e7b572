using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

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

    /// <summary>Against the numbers' own operations, also of NaN, of zeros with a sign and of a type that has no vectors.</summary>
    [Fact]
    public void Sums_and_bounds_are_those_of_single_numbers()
    {
        Check<float>();
        Check<double>();
        Check<Half>();

        static void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            for (int count = 0; count <= Longest; count++)
            {
                T[] values = RandomProblems.Integers<T>(count, count), addends = RandomProblems.Integers<T>(count, count + 100);
                for (int i = 0; i < count; i += 5) values[i] = i % 2 == 0 ? T.NaN : T.NegativeZero;
                T bound = T.CreateChecked(-1.5);
                Same((x, _) => x + bound, row => Pointwise.Add(row, bound));
                Same((x, i) => x + addends[i], row => Pointwise.Add<T>(row, addends));
                Same((x, _) => T.Max(x, T.Zero), row => Pointwise.Max(row, T.Zero));
                Same((x, _) => T.Max(x, bound), row => Pointwise.Max(row, bound));
                Same((x, _) => T.Min(x, bound), row => Pointwise.Min(row, bound));

                void Same(Func<T, int, T> one, RowAction<T> all)
                {
                    using var row = new GuardedMemory<T>(count);
                    values.CopyTo(row.Span);
                    all(row.Span);
                    for (int i = 0; i < count; i++)
                    {
                        T expected = one(values[i], i);
                        Assert.Equal(expected, row.Span[i]);
                        if (expected == T.Zero) Assert.Equal(T.IsNegative(expected), T.IsNegative(row.Span[i]));
                    }
                }
            }
        }
    }

    private delegate void RowAction<T>(Span<T> row);

    [Fact]
    public void NaN_stays_NaN_and_infinities_go_their_way()
    {
        for (int count = 1; count <= Longest; count++)
        {
            float[] row = new float[count], slopes = new float[count];
            for (int i = 0; i < count; i++)
                (row[i], slopes[i]) = (i % 3 == 0 ? float.NaN : i % 3 == 1 ? float.PositiveInfinity : float.NegativeInfinity, 0.5f);
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

                    Near(Math.Tanh(x), double.CreateChecked(tanh.Span[i]), Math.Abs(Math.Tanh(x)));
                    double expected = 1 / (1 + Math.Exp(-x));
                    Near(expected, double.CreateChecked(sigmoid.Span[i]), expected);
                }
            }

            void Near(double expected, double actual, double scale) =>
                Assert.True(Math.Abs(actual - expected) <= 4 * unit * scale, $"{actual} must be {expected} within {4 * unit * scale}");
        }
    }

    [Fact]
    public void Tanh_is_odd_and_zero_at_zero_and_the_same_wherever_an_element_lies()
    {
        Check<float>();
        Check<double>();
        Check<Half>();

        static void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] values =
            [
                T.Zero, T.NegativeZero, T.Epsilon, T.CreateChecked(1e-7), T.CreateChecked(0.01), T.CreateChecked(0.3),
                    T.CreateChecked(0.69), T.CreateChecked(0.71),
                T.One, T.CreateChecked(5), T.CreateChecked(21.9), T.CreateChecked(22.1), T.CreateChecked(1000), T.PositiveInfinity, T.NaN,
            ];
            foreach (T value in values)
            {
                T alone = Tanh(value, 0, 1), negative = Tanh(-value, 0, 1);
                Assert.Equal(-alone, negative);
                if (value == T.Zero) Assert.True(alone == T.Zero && T.IsNegative(alone) == T.IsNegative(value), $"tanh({value}) = {alone}");
                else if (T.IsNaN(value)) Assert.True(T.IsNaN(alone));
                else Assert.InRange(double.CreateChecked(alone) / Math.Tanh(double.CreateChecked(value)), 1 - Near<T>(), 1 + Near<T>());
                for (int count = 1; count <= Longest; count++)
                    for (int at = 0; at < count; at += 1 + count / 5) Assert.Equal(alone, Tanh(value, at, count));
            }
        }

        static double Near<T>() => 4 * Math.ScaleB(1, typeof(T) == typeof(float) ? -23 : typeof(T) == typeof(double) ? -52 : -10);

        static T Tanh<T>(T value, int at, int count)
        {
            var row = new T[count];
            row[at] = value;
            Pointwise.Tanh<T>(row);
            return row[at];
        }
    }

    [Fact]
    public void A_sigmoid_is_the_same_wherever_an_element_lies_and_has_its_limits()
    {
        foreach ((float value, float limit) in ((float, float)[])[(0, 0.5f), (float.NegativeInfinity, 0), (float.PositiveInfinity, 1),
            (-200, 0), (200, 1), (0.3f, float.NaN), (-7, float.NaN)])
        {
            float alone = Sigmoid(value, 0, 1);
            if (!float.IsNaN(limit)) Assert.Equal(limit, alone);
            for (int count = 1; count <= Longest; count++)
                for (int at = 0; at < count; at++) Assert.Equal(alone, Sigmoid(value, at, count));
        }
        Assert.True(float.IsNaN(Sigmoid(float.NaN, 0, 1)));

        static float Sigmoid(float value, int at, int count)
        {
            var row = new float[count];
            row[at] = value;
            Pointwise.Sigmoid<float>(row);
            return row[at];
        }
    }
}
