using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

/// <summary>x = [1, 2, 3], w = [1, 10, 100], stride 2: the same size does not make the same values.</summary>
public class DialectValueTests
{
    private static readonly long[] Upper = [1, 10, 102, 20, 203, 30];
    private static readonly long[] Lower = [10, 102, 20, 203, 30, 300];

    [Fact]
    public void The_full_output() => Shows([1, 10, 102, 20, 203, 30, 300], ConvTransposeGeometry.PyTorch([1, 1, 3], [1, 1, 3], 2));

    [Fact]
    public void TensorFlow_same() => Shows(Upper, ConvTransposeGeometry.TensorFlow([1, 3, 1], [3, 1, 1], [1, 6, 1], 2, Padding.Same));

    [Fact]
    public void Keras_same() => Shows(Upper, ConvTransposeGeometry.Keras([1, 3, 1], [3, 1, 1], 2, Padding.Same));

    [Fact]
    public void Jax_same() => Shows(Upper, ConvTransposeGeometry.Jax([1, 3, 1], [3, 1, 1], 2, Padding.Same));

    [Fact]
    public void Onnx_same_upper() => Shows(Upper, ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.SameUpper, strides: 2));

    [Fact]
    public void Onnx_same_lower() => Shows(Lower, ConvTransposeGeometry.Onnx([1, 1, 3], [1, 1, 3], OnnxAutoPad.SameLower, strides: 2));

    [Fact]
    public void PyTorch_with_padding_and_output_padding() => Shows(Lower, ConvTransposeGeometry.PyTorch([1, 1, 3], [1, 1, 3], 2, 1, 1));

    private static void Shows(long[] expected, ConvTransposeGeometry geometry) =>
        Assert.Equal(expected, Definition.ConvTranspose(geometry.Axes[0], [1, 2, 3], [1, 10, 100]));
}
