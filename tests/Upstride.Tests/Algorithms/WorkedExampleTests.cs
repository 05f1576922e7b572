using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// The examples that texts about transposed convolution work out by hand, through every algorithm that computes the forward pass of more
/// than one element.
/// </summary>
public sealed class WorkedExampleTests
{
    public static TheoryData<string> Algorithms =>
        [.. AlgorithmTable.All.Select(static algorithm => algorithm.Name)
            .Where(static name => name is not ("point" or "windows" or "planes" or "rows" or "strips"))];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Five_to_three_to_five(string algorithm)
    {
        var five = new ReadOnlyTensorSpan<double>([1, 2, 3, 4, 5], [1, 1, 5]);
        var weight = new ReadOnlyTensorSpan<double>([1, 10, 100], [1, 1, 3]);
        Tensor<double> three = Convolution.Forward(five, weight);
        Near([1, 1, 3], [321, 432, 543], three);
        Near([1, 1, 5], [321, 3642, 36963, 48630, 54300], Transposed(algorithm, three, weight));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Two_by_two_grows_to_four_by_four_with_stride_one(string algorithm) =>
        Near(
            [1, 1, 4, 4], [1, 3, 3, 2, 4, 10, 10, 6, 4, 10, 10, 6, 3, 7, 7, 4],
            Transposed(algorithm, new ReadOnlyTensorSpan<double>([1, 2, 3, 4], [1, 1, 2, 2]), Ones([1, 1, 3, 3])));

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Two_by_two_grows_to_five_by_five_with_stride_two(string algorithm)
    {
        Near(
            [1, 1, 5, 5], [1, 1, 3, 2, 2, 1, 1, 3, 2, 2, 4, 4, 10, 6, 6, 3, 3, 7, 4, 4, 3, 3, 7, 4, 4],
            Transposed(algorithm, new ReadOnlyTensorSpan<double>([1, 2, 3, 4], [1, 1, 2, 2]), Ones([1, 1, 3, 3]), stride: 2));

        // With another number for each tap: the centre is 1*9 + 2*7 + 3*3 + 4*1.
        Near(
            [1, 1, 5, 5], [1, 2, 5, 4, 6, 4, 5, 14, 10, 12, 10, 14, 36, 24, 30, 12, 15, 34, 20, 24, 21, 24, 55, 32, 36],
            Transposed(algorithm, new ReadOnlyTensorSpan<double>([1, 2, 3, 4], [1, 1, 2, 2]),
                new ReadOnlyTensorSpan<double>([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3]), stride: 2));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Two_by_two_grows_to_three_by_three_with_two_taps(string algorithm) =>
        Near(
            [1, 1, 3, 3], [0, 0, 1, 0, 4, 6, 4, 12, 9],
            Transposed(algorithm, new ReadOnlyTensorSpan<double>([0, 1, 2, 3], [1, 1, 2, 2]),
                new ReadOnlyTensorSpan<double>([0, 1, 2, 3], [1, 1, 2, 2])));

    [Fact]
    public void Both_settings_of_the_nine_tap_decoders_enlarge_four_times_one_element_apart()
    {
        for (int n = 1; n <= 20; n++)
        {
            double[] input = RandomProblems.Integers<double>(n, n), kernel = RandomProblems.Integers<double>(9, 100);
            var x = new ReadOnlyTensorSpan<double>(input, [1, 1, n]);
            var w = new ReadOnlyTensorSpan<double>(kernel, [1, 1, 9]);
            double[] first = ConvTranspose.Forward(x, w, stride: 4, padding: 3, outputPadding: 1, settings: new() { Algorithm = "phases" })
                .ToArray();
            double[] second = ConvTranspose.Forward(x, w, stride: 4, padding: 4, outputPadding: 3, settings: new() { Algorithm = "phases" })
                .ToArray();
            Assert.Equal(4 * n, first.Length);
            Assert.Equal(4 * n, second.Length);
            Assert.Equal(first[1..], second[..^1]);
        }
    }

    [Fact]
    public void Four_by_four_ones_shrink_to_two_by_two_and_grow_back_as_TensorFlow_has_it()
    {
        ReadOnlyTensorSpan<double> filter = Ones([3, 3, 1, 1]);
        Tensor<double> small = Convolution.Forward(Ones([1, 1, 4, 4]), Ones([1, 1, 3, 3]));
        Near([1, 1, 2, 2], [9, 9, 9, 9], small);
        Tensor<double> value = Tensor.Create(small.ToArray(), [1, 2, 2, 1]);
        Near(
            [1, 4, 4, 1], [9, 18, 18, 9, 18, 36, 36, 18, 18, 36, 36, 18, 9, 18, 18, 9],
            ConvTranspose.TensorFlow(value, filter, [1, 4, 4, 1], strides: 1, Padding.Valid));

        // SAME keeps the size: ones become the number of taps that reach each place.
        Near([1, 4, 4, 1], [4, 6, 6, 4, 6, 9, 9, 6, 6, 9, 9, 6, 4, 6, 6, 4],
            ConvTranspose.TensorFlow(Ones([1, 4, 4, 1]), filter, [1, 4, 4, 1], 1, Padding.Same));
    }

    private static Tensor<double> Transposed(string algorithm, in ReadOnlyTensorSpan<double> input, in ReadOnlyTensorSpan<double> weight,
        PerAxis stride = default) =>
        ConvTranspose.Forward(input, weight, stride: stride, settings: new() { Algorithm = algorithm });

    private static ReadOnlyTensorSpan<double> Ones(nint[] shape) =>
        new(Enumerable.Repeat(1.0, (int)shape.Aggregate((nint)1, static (product, length) => product * length)).ToArray(), shape);

    /// <summary>Exactly, but for Winograd's transforms, whose sixths round.</summary>
    private static void Near(nint[] shape, double[] expected, Tensor<double> actual)
    {
        Assert.Equal(shape, actual.Lengths.ToArray());
        Assert.Equal(expected, actual.ToArray().Select(static value => Math.Round(value, 6)));
    }
}
