using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

/// <summary>
/// Small examples that can be followed by hand: one channel, each input times the kernel, laid down stride apart and added.
/// </summary>
public sealed class WorkedExampleTests
{
    [Fact]
    public void Two_by_two_becomes_four_by_four_with_stride_1() => Shows(
        [
            1, 2, 0, 0,
            3, 5, 2, 0,
            0, 2, 2, 0,
            0, -3, -4, 0,
        ],
        ConvTranspose.Forward<int>(Square(2, 1, 2, 3, 4), Square(3, 1, 0, 0, 0, 1, 0, 0, -1, 0)));

    [Fact]
    public void Two_by_two_becomes_five_by_five_with_stride_2() => Shows(
        [
            1, 1, 3, 2, 2,
            1, 1, 3, 2, 2,
            4, 4, 10, 6, 6,
            3, 3, 7, 4, 4,
            3, 3, 7, 4, 4,
        ],
        ConvTranspose.Forward<int>(Square(2, 1, 2, 3, 4), Square(3, 1, 1, 1, 1, 1, 1, 1, 1, 1), stride: 2));

    [Fact]
    public void Two_by_two_becomes_three_by_three_with_two_taps() => Shows(
        [
            0, 0, 1,
            0, 4, 6,
            4, 12, 9,
        ],
        ConvTranspose.Forward<int>(Square(2, 0, 1, 2, 3), Square(2, 0, 1, 2, 3)));

    [Fact]
    public void Ones_of_four_by_four_shrink_by_TensorFlows_valid_and_grow_back()
    {
        int[] ones = [1, 1, 1, 1, 1, 1, 1, 1, 1];
        Tensor<int> small = Convolution.Forward<int>(Square(4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), Square(3, ones));
        Shows([9, 9, 9, 9], small);
        Tensor<int> large =
            ConvTranspose.TensorFlow<int>(Tensor.Create([9, 9, 9, 9], [1, 2, 2, 1]), Tensor.Create(ones, [3, 3, 1, 1]),
            outputShape: [1, 4, 4, 1], strides: 1, Padding.Valid);
        Assert.Equal([1, 4, 4, 1], large.Lengths);
        Shows([9, 18, 18, 9, 18, 36, 36, 18, 18, 36, 36, 18, 9, 18, 18, 9], large);
    }

    [Fact]
    public void A_convolution_takes_five_to_three_and_its_transpose_three_to_five()
    {
        Tensor<int> weight = Tensor.Create([1, 10, 100], [1, 1, 3]);
        Shows([321, 432, 543], Convolution.Forward<int>(Tensor.Create([1, 2, 3, 4, 5], [1, 1, 5]), weight));
        Shows([1, 12, 123, 230, 300], ConvTranspose.Forward<int>(Tensor.Create([1, 2, 3], [1, 1, 3]), weight));
    }

    private static Tensor<int> Square(int size, params int[] elements) => Tensor.Create(elements, [1, 1, size, size]);

    private static void Shows(int[] expected, Tensor<int> actual)
    {
        int[] elements = new int[actual.FlattenedLength];
        actual.FlattenTo(elements);
        Assert.Equal(expected, elements);
    }
}
