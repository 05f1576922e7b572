using System.Numerics.Tensors;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary><c>apply conv-transpose2d --framework</c> against the library's own function of each framework.</summary>
public sealed class ApplyFrameworkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Onnx_pads_by_name() => Same(
        ConvTranspose.Onnx<float>(Write("x.npy", 1, 3, 4, 5), Write("w.npy", 3, 2, 3, 3), autoPad: OnnxAutoPad.SameUpper, strides: 2),
        "--framework", "onnx", "--auto-pad", "same", "--stride", "2");

    [Fact]
    public void TensorFlow_has_its_channels_last() => Same(
        ConvTranspose.TensorFlow<float>(Write("x.npy", 1, 4, 5, 3), Write("w.npy", 3, 3, 2, 3), [1, 8, 10, 2], 2, Padding.Same),
        "--framework", "tensorflow", "--auto-pad", "same", "--stride", "2", "--output-shape", "8x10");

    [Fact]
    public void Keras_has_a_default_of_its_own_for_output_padding() => Same(
        ConvTranspose.Keras<float>(Write("x.npy", 1, 4, 5, 3), Write("w.npy", 3, 3, 2, 3), strides: 2, padding: Padding.Same),
        "--framework", "keras", "--auto-pad", "same", "--stride", "2");

    [Fact]
    public void Jax_does_not_flip_its_kernels() => Same(
        ConvTranspose.Jax<float>(Write("x.npy", 1, 4, 5, 3), Write("w.npy", 3, 3, 3, 2), 2, Padding.Same),
        "--framework", "jax", "--auto-pad", "same", "--stride", "2");

    [Fact]
    public void PyTorch_is_what_it_is_without()
    {
        Write("x.npy", 1, 4, 4, 5);
        Write("w.npy", 4, 2, 3, 3);
        Assert.Equal(Run("--stride", "2", "--groups", "2").Elements, Run("--stride", "2", "--groups", "2", "--framework", "pytorch").Elements);
    }

    [Fact]
    public void What_a_framework_has_not_is_refused()
    {
        Write("x.npy", 1, 4, 5, 4);
        Write("w.npy", 3, 3, 2, 4);
        Assert.Equal("upstride: --groups 2, and tensorflow's transposed convolution has none: leave it out", Error("--framework", "tensorflow", "--groups", "2"));
        Assert.Equal("upstride: --weight: the weight is [3, 3, 2, 4] for 2 input channels in the order of jax, and the input has 4 channels: both must be equal", Error("--framework", "jax"));
        Assert.Equal("upstride: --auto-pad asks for --framework too, as --framework onnx: PyTorch has no padding by name", Error("--auto-pad", "same"));
    }

    private void Same(Tensor<float> expected, params string[] options)
    {
        NpyArray actual = Run(options);
        Assert.Equal(expected.Lengths.ToArray().Select(static length => (int)length), actual.Shape);
        Assert.Equal(expected.ToArray(), (float[])actual.Elements);
    }

    private NpyArray Run(params string[] options)
    {
        Tool.Run(["apply", "conv-transpose2d", "-i", _folder.File("x.npy"), "-w", _folder.File("w.npy"), "-o", _folder.File("y.npy"), .. options]).Text();
        return NpyFile.Read(_folder.File("y.npy"), TestContext.Current.CancellationToken);
    }

    private string Error(params string[] options) =>
        Tool.Run(["apply", "conv-transpose2d", "-i", _folder.File("x.npy"), "-w", _folder.File("w.npy"), "-o", _folder.File("y.npy"), .. options]).Error.Trim();

    // Whole numbers, whose sums are exact.
    private Tensor<float> Write(string name, params int[] shape)
    {
        float[] elements = [.. Enumerable.Range(0, shape.Aggregate(1, static (product, length) => product * length)).Select(static i => (float)(i * 7 % 19 - 9))];
        NpyFile.Write(_folder.File(name), new(shape, elements));
        return Tensor.Create(elements, [.. shape.Select(static length => (nint)length)]);
    }
}
