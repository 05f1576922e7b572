using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

public class ConvolutionFrameworkTests
{
    [Theory]
    [InlineData(7, 3, 2, true, 4)]
    [InlineData(8, 3, 2, true, 4)]
    [InlineData(8, 3, 2, false, 3)]
    [InlineData(7, 3, 2, false, 3)]
    [InlineData(5, 2, 3, false, 2)]
    public void TensorFlow_and_keras_compute_the_definition_in_their_own_order(int size, int kernel, int stride, bool same, int output)
    {
        const int Inputs = 4, Outputs = 6, Groups = 2;
        var random = new Random(1);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-5, 6))];
        float[] x = Values(size * size * Inputs), w = Values(kernel * kernel * Inputs / Groups * Outputs), b = Values(Outputs);
        Padding padding = same ? Padding.Same : Padding.Valid;
        Tensor<float> y = Convolution.Keras<float>(
            Tensor.Create(x, [1, size, size, Inputs]), Tensor.Create(w, [kernel, kernel, Inputs / Groups, Outputs]),
                Tensor.Create(b, [Outputs]), stride, padding, groups: Groups);
        Tensor<float> flow = Convolution.TensorFlow<float>(
            Tensor.Create(x, [1, size, size, Inputs]), Tensor.Create(w, [kernel, kernel, Inputs / Groups, Outputs]), stride, padding,
                groups: Groups);
        Assert.Equal([1, output, output, Outputs], y.Lengths.ToArray().Select(static length => (int)length));

        // SAME: what the windows need beyond the input, the smaller half first.
        int head = same ? Math.Max((output - 1) * stride + kernel - size, 0) / 2 : 0;
        for (int r = 0; r < output; r++)
        for (int c = 0; c < output; c++)
        for (int o = 0; o < Outputs; o++)
        {
            float sum = 0;
            for (int t = 0; t < kernel; t++)
            for (int u = 0; u < kernel; u++)
            for (int i = 0; i < Inputs / Groups; i++)
            {
                int row = r * stride + t - head, column = c * stride + u - head;
                if (row < 0 || row >= size || column < 0 || column >= size) continue;
                sum += x[(row * size + column) * Inputs + o / (Outputs / Groups) * (Inputs / Groups) + i]
                    * w[((t * kernel + u) * (Inputs / Groups) + i) * Outputs + o];
            }
            Assert.Equal(sum, flow[0, r, c, o]);
            Assert.Equal(sum + b[o], y[0, r, c, o]);
        }
    }

    [Fact]
    public void What_they_refuse_names_the_parameter()
    {
        Tensor<float> x = Tensor.Create<float>([1, 8, 1]), w = Tensor.Create<float>([3, 1, 1]);
        Assert.Equal("dilationRate",
            Assert.Throws<GeometryException>(() => Convolution.Keras<float>(x, w, default, 2, default, 2)).Error.Parameter);
        Assert.Equal("padding",
            Assert.Throws<GeometryException>(() => Convolution.Keras<float>(x, w, default, 2, Padding.Explicit((1, 1)))).Error.Parameter);
        Assert.Equal("filters",
            Assert.Throws<GeometryException>(() => Convolution.TensorFlow<float>(x, Tensor.Create<float>([3, 1]))).Error.Parameter);
    }

    [Theory]
    [InlineData(Framework.PyTorch, 8, 3, 2, 1, 4)]
    [InlineData(Framework.Onnx, 7, 3, 2, 1, 4)]
    [InlineData(Framework.Jax, 8, 3, 2, null, 3)]
    [InlineData(Framework.TensorFlow, 8, 3, 3, null, 2)]
    [InlineData(Framework.Keras, 5, 3, 1, null, 3)]
    public void The_same_words_are_lowered_to_a_convolution_in_every_framework(Framework framework, int size, int kernel, int stride,
        int? padding, int output)
    {
        var parameters = new HyperParameters
            { Input = size, Kernel = kernel, Stride = stride, Padding = padding is { } amount ? amount : default(PerAxis) };
        ConvolutionGeometry geometry = parameters.LowerConvolution(framework);
        Assert.Equal(output, geometry.Adjoint.Axes[0].Input);
        Assert.Equal(size, geometry.Adjoint.Axes[0].Output);
        Assert.Equal("outputPadding",
            Assert.Throws<GeometryException>(() => (parameters with { OutputPadding = 1 }).LowerConvolution(framework)).Error.Parameter);
    }
}
