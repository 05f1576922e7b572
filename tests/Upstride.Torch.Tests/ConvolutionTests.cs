using TorchSharp;
using Upstride.Geometry;
using Upstride.Operators;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Torch.Tests;

/// <summary>
/// Convolutions and their transposes, forward and both gradients, in single precision. Each element may lie from PyTorch's, which computes
/// in double, by the number of its products times the rounding, twice (Winograd's transforms round as well), of the sum of |x w|.
/// </summary>
public class ConvolutionTests
{
    /// <summary>Batch, channels of input and output, groups; then the axes: input size, kernel, stride, padding, output padding,
    /// dilation.</summary>
    public static TheoryData<int[], int[][]> Cases => new()
    {
        { [2, 3, 5, 1], [[7], [4], [2], [1], [1], [1]] },
        { [1, 8, 6, 2], [[12], [3], [3], [0], [2], [2]] },
        { [2, 16, 8, 1], [[9, 11], [4, 4], [2, 2], [1, 1], [0, 0], [1, 1]] },
        { [1, 32, 32, 1], [[16, 16], [3, 3], [1, 1], [1, 1], [0, 0], [1, 1]] },
        { [1, 12, 12, 12], [[10, 9], [4, 4], [2, 2], [1, 1], [0, 1], [1, 1]] },
        { [3, 6, 4, 2], [[5, 8], [5, 3], [3, 2], [2, 0], [1, 1], [1, 2]] },
        { [1, 56, 1, 1], [[13, 12], [9, 9], [3, 3], [4, 4], [2, 2], [1, 1]] },
        { [1, 7, 3, 1], [[4, 6], [2, 2], [4, 4], [0, 0], [3, 0], [1, 1]] },
        { [1, 4, 6, 2], [[3, 4, 5], [2, 3, 4], [2, 1, 2], [0, 1, 1], [1, 0, 1], [1, 2, 1]] },
        { [1, 16, 16, 1], [[4, 5, 6], [3, 3, 3], [1, 1, 1], [1, 1, 1], [0, 0, 0], [1, 1, 1]] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ConvTranspose_and_its_gradients_are_those_of_PyTorch(int[] sizes, int[][] axes)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        nint[] inputShape = Shape(sizes[0], sizes[1], axes[0]), weightShape = Shape(sizes[1], sizes[2] / sizes[3], axes[1]);
        var geometry = ConvTransposeGeometry.PyTorch(inputShape, weightShape, axes[2], axes[3], axes[4], sizes[3], axes[5]);
        float[] x = Torch.Random<float>(1, inputShape), w = Torch.Random<float>(2, weightShape), b = Torch.Random<float>(3, [sizes[2]]);
        nint[] outputShape = [.. geometry.OutputShape];
        float[] dy = Torch.Random<float>(4, outputShape);
        float[] y = new float[dy.Length], dx = new float[x.Length], dw = new float[w.Length], db = new float[b.Length];
        ConvTranspose.Forward(geometry, x, w, b, y);
        ConvTranspose.InputGradient<float>(geometry, dy, w, dx);
        ConvTranspose.WeightGradient<float>(geometry, x, dy, dw);
        ConvTranspose.BiasGradient<float>(geometry, dy, db);

        Compare(
            (input, weight, bias) => Transposed(input, weight, bias, axes, sizes[3]), (x, inputShape), (w, weightShape), b,
            (dy, outputShape), [y, dx, dw, db]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Convolution_and_its_gradients_are_those_of_PyTorch(int[] sizes, int[][] axes)
    {
        Torch.Require();
        using DisposeScope scope = NewDisposeScope();
        int[] spatial = [.. axes[0].Select((size, i) => Math.Max(size, (axes[1][i] - 1) * axes[5][i] + 1))];
        nint[] inputShape = Shape(sizes[0], sizes[1], spatial), weightShape = Shape(sizes[2], sizes[1] / sizes[3], axes[1]);
        var geometry = ConvolutionGeometry.Create(inputShape, weightShape, axes[2], axes[3], axes[5], sizes[3]);
        float[] x = Torch.Random<float>(5, inputShape), w = Torch.Random<float>(6, weightShape), b = Torch.Random<float>(7, [sizes[2]]);
        nint[] outputShape = [.. geometry.OutputShape];
        float[] dy = Torch.Random<float>(8, outputShape);
        float[] y = new float[dy.Length], dx = new float[x.Length], dw = new float[w.Length], db = new float[b.Length];
        Convolution.Forward(geometry, x, w, b, y);
        Convolution.InputGradient<float>(geometry, dy, w, dx);
        Convolution.WeightGradient<float>(geometry, x, dy, dw);
        Convolution.BiasGradient<float>(geometry, dy, db);

        Compare(
            (input, weight, bias) => Direct(input, weight, bias, axes, sizes[3]), (x, inputShape), (w, weightShape), b, (dy, outputShape),
            [y, dx, dw, db]);
    }

    // What the function makes of magnitudes are the sums of magnitudes, and so are its gradients: it is linear in each of its operands.
    private static void Compare(
        Func<Tensor, Tensor, Tensor, Tensor> function, (float[] Values, nint[] Shape) x, (float[] Values, nint[] Shape) w, float[] b,
        (float[] Values, nint[] Shape) dy, float[][] actual)
    {
        double[][] expected = Compute(static value => value), magnitudes = Compute(MathF.Abs);
        string[] names = ["output", "input gradient", "weight gradient", "bias gradient"];

        // An output sums the products of its taps and channels and a bias, at most as many as the weight has; a gradient by the weight or
        // the bias at most one for each output, and one by the input one for each tap and channel.
        int[] products = [w.Values.Length + 1, w.Values.Length, dy.Values.Length, dy.Values.Length];
        for (int i = 0; i < names.Length; i++)
        {
            double[] sums = magnitudes[i];
            int count = products[i];
            Torch.AssertNear<float>(expected[i], actual[i], element => 2 * count * Torch.SingleRounding * sums[element], names[i]);
        }

        double[][] Compute(Converter<float, float> map)
        {
            float[] Mapped(float[] values) => Array.ConvertAll(values, map);
            Tensor input = Torch.Of<float>(Mapped(x.Values), x.Shape, true), weight = Torch.Of<float>(Mapped(w.Values), w.Shape, true);
            Tensor bias = Torch.Of<float>(Mapped(b), [b.Length], true), output = function(input, weight, bias);
            return [Torch.Values(output), .. Torch.Gradients(output, [input, weight, bias], Torch.Of<float>(Mapped(dy.Values), dy.Shape))];
        }
    }

    private static nint[] Shape(int first, int second, int[] rest) => [first, second, .. rest.Select(size => (nint)size)];

    private static Tensor Transposed(Tensor x, Tensor w, Tensor b, int[][] axes, int groups)
    {
        long[] stride = Long(axes[2]), padding = Long(axes[3]), extra = Long(axes[4]), dilation = Long(axes[5]);
        return stride.Length switch
        {
            1 => functional.conv_transpose1d(x, w, b, stride[0], padding[0], extra[0], dilation[0], groups),
            2 => functional.conv_transpose2d(x, w, b, stride, padding, extra, dilation, groups),
            _ => functional.conv_transpose3d(x, w, b, stride, padding, extra, dilation, groups),
        };
    }

    private static Tensor Direct(Tensor x, Tensor w, Tensor b, int[][] axes, int groups)
    {
        long[] stride = Long(axes[2]), padding = Long(axes[3]), dilation = Long(axes[5]);
        return stride.Length switch
        {
            1 => functional.conv1d(x, w, b, stride[0], padding[0], dilation[0], groups),
            2 => functional.conv2d(x, w, b, stride, padding, dilation, groups),
            _ => functional.conv3d(x, w, b, stride, padding, dilation, groups),
        };
    }

    private static long[] Long(int[] sizes) => Array.ConvertAll(sizes, static size => (long)size);
}
