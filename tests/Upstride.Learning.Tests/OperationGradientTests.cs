using Upstride.Geometry;
using static Upstride.Learning.Tests.GradientCheck;

namespace Upstride.Learning.Tests;

/// <summary>Every operation against finite differences, first and second derivatives.</summary>
public class OperationGradientTests
{
    private static readonly Dictionary<string, (Func<Variable<double>[], Variable<double>> Function, Leaf[] Leaves)> _cases = new()
    {
        ["add"] = (v => v[0] + v[1], [Random([2, 3], 1), Random([2, 3], 2)]),
        ["add itself"] = (v => v[0] + v[0] * v[0] + v[0], [Random([2, 3], 1)]),
        ["add channels"] = (v => v[0] + v[1], [Random([2, 3, 2], 1), Random([3, 1], 2)]),
        ["add from the left"] = (v => v[1] + v[0], [Random([2, 3], 1), Random([3], 2)]),
        ["add a number"] = (v => v[0] + 3.0, [Random([2, 3], 1)]),
        ["subtract"] = (v => v[0] - v[1], [Random([2, 3], 1), Random([2, 3], 2)]),
        ["subtract a scalar"] = (v => v[0] - v[1], [Random([2, 3], 1), Random([], 2)]),
        ["subtract from a scalar"] = (v => v[1] - v[0], [Random([2, 3], 1), Random([1], 2)]),
        ["multiply"] = (v => v[0] * v[1], [Random([2, 3], 1), Random([2, 3], 2)]),
        ["multiply channels"] = (v => v[0] * v[1], [Random([2, 3, 2, 2], 1), Random([3, 1, 1], 2)]),
        ["multiply rows"] = (v => v[0] * v[1], [Random([4, 3], 1), Random([3], 2)]),
        ["multiply planes"] = (v => v[0] * v[1], [Random([2, 3, 4], 1), Random([2, 3, 1], 2)]),
        ["square by a product"] = (v => v[0] * v[0], [Random([2, 3], 1)]),
        ["divide"] = (v => v[0] / v[1], [Random([2, 3], 1), Random([2, 3], 2)]),
        ["divide by channels"] = (v => v[0] / v[1], [Random([2, 3, 2], 1), Random([3, 1], 2)]),
        ["divide a number"] = (v => v[1] / v[0], [Random([2, 3], 1), Random([1], 2)]),
        ["negate"] = (v => -v[0], [Random([5], 1)]),
        ["scale and shift"] = (v => Functions.ScaleAndShift(v[0], 3, -2), [Random([5], 1)]),
        ["sum"] = (v => Functions.Sum(v[0]), [Random([2, 3], 1)]),
        ["mean of a square"] = (v => Functions.Mean(v[0] * v[0]), [Random([2, 3], 1)]),
        ["sum channels"] = (v => Functions.SumChannels(v[0]), [Random([2, 3, 2, 2], 1)]),
        ["reciprocal"] = (v => Functions.Reciprocal(v[0]), [Random([5], 1)]),
        ["exp"] = (v => Functions.Exp(v[0]), [Random([5], 1)]),
        ["log"] = (v => Functions.Log(v[0]), [Positive([5], 1)]),
        ["sqrt"] = (v => Functions.Sqrt(v[0]), [Positive([5], 1)]),
        ["square"] = (v => Functions.Square(v[0]), [Random([5], 1)]),
        ["abs"] = (v => Functions.Abs(v[0]), [Random([9], 1)]),
        ["relu"] = (v => Functions.ReLU(v[0]), [Random([19], 1)]),
        ["leaky relu"] = (v => Functions.LeakyReLU(v[0], 0.2), [Random([19], 1)]),
        ["prelu"] = (v => Functions.PReLU(v[0], v[1]), [Random([2, 3, 9], 1), Random([3], 2)]),
        ["prelu, one slope"] = (v => Functions.PReLU(v[0], v[1]), [Random([2, 3, 2], 1), Random([1], 2)]),
        ["prelu of features"] = (v => Functions.PReLU(v[0], v[1]), [Random([3, 9], 1), Random([9], 2)]),
        ["tanh"] = (v => Functions.Tanh(v[0]), [Random([19], 1)]),
        ["sigmoid"] = (v => Functions.Sigmoid(v[0]), [Random([19], 1)]),
        ["softmax"] = (v => Functions.Softmax(v[0]), [Random([2, 3, 2], 1)]),
        ["log softmax of the last axis"] = (v => Functions.LogSoftmax(v[0], 1), [Random([2, 4], 1)]),
        ["reshape"] = (v => Functions.Reshape(v[0] * v[0], 3, 2) * 2.0, [Random([2, 3], 1)]),
        ["concat"] = (v => Functions.Square(Functions.Concat(1, v[0], v[1], v[0])), [Random([2, 3, 2], 1), Random([2, 1, 2], 2)]),
        ["slice"] = (v => Functions.Square(Functions.Slice(v[0], 1, 1, 2)), [Random([2, 4, 2], 1)]),
        ["pixel shuffle"] = (v => Functions.Square(Functions.PixelShuffle(v[0], 2)), [Random([1, 8, 2, 1], 1)]),
        ["pixel unshuffle"] = (v => Functions.Square(Functions.PixelUnshuffle(v[0], 2)), [Random([1, 2, 2, 4], 1)]),
        ["resize bilinear"] = (v => Functions.Square(Functions.Resize(v[0], PerAxis.Create([5, 4]), ResizeMethod.PyTorchLinear())),
            [Random([1, 2, 2, 3], 1)]),
        ["resize nearest"] = (v => Functions.Square(Functions.Resize(v[0], 4, ResizeMethod.PyTorchNearest)), [Random([1, 2, 2], 1)]),
        ["max pool"] = (v => Functions.Square(Functions.MaxPool(v[0], 2).Output), [Distinct([1, 2, 4, 4], 1)]),
        ["max pool, windows that overlap"] = (v => Functions.Square(Functions.MaxPool(v[0], 3, 1, padding: 1).Output),
            [Distinct([1, 2, 4], 1)]),
        ["max unpool"] = (v => MaxUnpool(Functions.Square(v[0]), v[1]), [Distinct([1, 2, 4, 4], 1), Random([1, 2, 2, 2], 2)]),
        ["batch norm"] = (v => Functions.BatchNorm(v[0], v[1], v[2]).Output, [Random([2, 2, 3], 1), Random([2], 2), Random([2], 3)]),
        ["batch norm of features"] = (v => Functions.BatchNorm(v[0], v[1], v[2]).Output,
            [Random([4, 3], 1), Random([3], 2), Random([3], 3)]),
        ["batch norm without weights"] = (v => Functions.BatchNorm(v[0]).Output, [Random([3, 2, 2], 1)]),
        ["instance norm"] = (v => Functions.InstanceNorm(v[0], v[1], v[2]), [Random([2, 2, 4], 1), Random([2], 2), Random([2], 3)]),
        ["standardize"] = (v => Functions.Standardize(v[0], v[1], v[2], v[3], v[4]),
            [Random([2, 2, 3], 1), Random([2], 2), Positive([2], 3), Random([2], 4), Random([2], 5)]),
        ["matmul"] = (v => Functions.MatMul(v[0], v[1]), [Random([2, 3], 1), Random([3, 4], 2)]),
        ["linear"] = (v => Functions.Linear(v[0], v[1], v[2]), [Random([3, 2], 1), Random([4, 2], 2), Random([4], 3)]),
        ["linear of three axes"] = (v => Functions.Linear(v[0], v[1]), [Random([2, 2, 3], 1), Random([2, 3], 2)]),
        ["convolution 1d"] = (v => Functions.Convolution(v[0], v[1], v[2], stride: 2, padding: 1),
            [Random([2, 2, 5], 1), Random([3, 2, 3], 2), Random([3], 3)]),
        ["convolution 2d, groups"] = (v => Functions.Convolution(v[0], v[1], v[2], groups: 2, dilation: 2, padding: 1),
            [Random([1, 2, 4, 5], 1), Random([2, 1, 2, 3], 2), Random([2], 3)]),
        ["convolution 3d"] = (v => Functions.Convolution(v[0], v[1]), [Random([1, 1, 2, 3, 2], 1), Random([2, 1, 2, 2, 1], 2)]),
        ["conv transpose 1d"] = (v => Functions.ConvTranspose(v[0], v[1], v[2], stride: 3, padding: 1, outputPadding: 1),
            [Random([2, 2, 3], 1), Random([2, 2, 4], 2), Random([2], 3)]),
        ["conv transpose 2d, groups"] = (v => Functions.ConvTranspose(v[0], v[1], v[2], stride: 2, groups: 2, dilation: 2, padding: 1),
            [Random([1, 2, 2, 3], 1), Random([2, 1, 3, 2], 2), Random([2], 3)]),
        ["conv transpose to a size"] = (v => Functions.ConvTranspose(v[0], v[1], stride: 2, padding: 1, outputSize: PerAxis.Create([4, 5])),
            [Random([1, 1, 2, 2], 1), Random([1, 2, 4, 4], 2)]),
        ["conv transpose 3d"] = (v => Functions.ConvTranspose(v[0], v[1], stride: 2),
            [Random([1, 1, 1, 2, 2], 1), Random([1, 1, 2, 1, 3], 2)]),
        ["resize convolution"] = (v => Functions.ResizeConvolution(v[0], v[1], 2, v[2], padding: 1),
            [Random([1, 2, 2, 3], 1), Random([2, 2, 3, 3], 2), Random([2], 3)]),
        ["resize convolution, groups"] = (v => Functions.ResizeConvolution(v[0], v[1], 3, groups: 2),
            [Random([1, 2, 2], 1), Random([4, 1, 2], 2)]),
        ["mean squared error"] = (v => Losses.MeanSquaredError(v[0], v[1]), [Random([2, 3], 1), Random([2, 3], 2)]),
        ["l1"] = (v => Losses.L1(v[0], v[1]), [Positive([2, 3], 1), Random([2, 3], 2) with { Values = [-1, 2, 3, -1, 4, -2] }]),
        ["charbonnier"] = (v => Losses.Charbonnier(v[0], v[1], 0.5), [Random([2, 3], 1), Random([2, 3], 2)]),
        ["binary cross-entropy"] = (v => Losses.BinaryCrossEntropyWithLogits(v[0], v[1]), [Random([2, 3], 1), Positive([2, 3], 2)]),
        ["cross-entropy"] = (v => Losses.CrossEntropy(v[0], [2, 0, 255, 1], [0.5, 2, 1], ignoreIndex: 255), [Random([2, 3, 2], 1)]),
        ["silu"] = (v => Functions.SiLU(v[0]), [Random([19], 1)]),
        ["gelu"] = (v => Functions.GELU(v[0]), [Random([19], 1)]),
        ["gelu far out"] = (v => Functions.GELU(v[0] * 4.0), [Random([19], 1)]),
        ["gelu by tanh"] = (v => Functions.GELU(v[0], approximate: true), [Random([19], 1)]),
        ["elu"] = (v => Functions.ELU(v[0], 1.5), [Random([19], 1)]),
        ["softplus"] = (v => Functions.Softplus(v[0], 2), [Random([19], 1)]),
        ["softplus beyond its threshold"] = (v => Functions.Softplus(v[0], 2, 0.1), [Random([19], 1)]),
        ["relu6"] = (v => Functions.ReLU6(v[0] * 7.0), [Random([19], 1)]),
        ["pad with a number"] = (v => Functions.Square(Functions.Pad(v[0], [(1, 0), (2, 1)], constant: 3)), [Random([1, 2, 2, 3], 1)]),
        ["pad by reflection"] = (v => Functions.Square(Functions.Pad(v[0], [(1, 1), (2, 1)], PaddingMode.Reflect)),
            [Random([1, 2, 2, 3], 1)]),
        ["pad by replication"] = (v => Functions.Square(Functions.Pad(v[0], [(3, 2)], PaddingMode.Replicate)), [Random([2, 1, 2], 1)]),
        ["pad in a circle"] = (v => Functions.Square(Functions.Pad(v[0], [(2, 1)], PaddingMode.Circular)), [Random([1, 2, 2], 1)]),
        ["average pool"] = (v => Functions.Square(Functions.AveragePool(v[0], 3, 2, 1, ceilMode: true)), [Random([1, 2, 4, 5], 1)]),
        ["average pool of what is there"] = (
            v => Functions.Square(Functions.AveragePool(v[0], 2, 1, 1, countIncludePad: false)), [Random([1, 2, 3], 1)]),
        ["average pool by a divisor"] = (v => Functions.Square(Functions.AveragePool(v[0], 2, divisorOverride: 3)),
            [Random([1, 1, 4, 4], 1)]),
        ["adaptive average pool"] = (v => Functions.Square(Functions.AdaptiveAveragePool(v[0], PerAxis.Create([2, 3]))),
            [Random([1, 2, 3, 5], 1)]),
        ["adaptive max pool"] = (v => Functions.Square(Functions.AdaptiveMaxPool(v[0], PerAxis.Create([2, 3]))),
            [Distinct([1, 2, 3, 5], 1)]),
        ["resize by a factor"] = (v => Functions.Square(Functions.ResizeByScale(v[0], [1.7], ResizeMethod.PyTorchLinear())),
            [Random([1, 2, 3, 2], 1)]),
        ["max unpool to a size"] = (v => UnpoolTo(Functions.Square(v[0]), v[1]), [Distinct([1, 1, 4, 4], 1), Random([1, 1, 2, 2], 2)]),
        ["permute"] = (v => Functions.Square(Functions.Permute(v[0], 2, 0, 1)), [Random([2, 3, 2], 1)]),
        ["flatten"] = (v => Functions.Square(Functions.Flatten(v[0], 1)), [Random([2, 3, 2], 1)]),
        ["embedding"] = (v => Functions.Square(Functions.Embedding(v[0].Tape!, v[0], [2, 0, 2, 1], [2, 2])), [Random([3, 2], 1)]),
        ["grid sample"] = (v => Functions.GridSample(v[0], v[1]), [Random([1, 2, 3, 4], 1), Grid(2)]),
        ["grid sample, mirrored"] = (v => Functions.GridSample(v[0], v[1], padding: GridPadding.Reflection),
            [Random([1, 2, 3, 4], 1), Grid(3)]),
        ["grid sample, aligned, of the border"] = (
            v => Functions.GridSample(v[0], v[1], padding: GridPadding.Border, alignCorners: true), [Random([1, 2, 3, 4], 1), Grid(4)]),
        ["grid sample of the nearest"] = (v =>
            Functions.Square(Functions.GridSample(v[0], v[0].Tape!.Constant(Grid(5).Values, [1, 2, 3, 2]),
            nearest: true)), [Random([1, 2, 3, 4], 1)]),
        ["group norm"] = (v => Functions.GroupNorm(v[0], 2, v[1], v[2]), [Random([2, 4, 2], 1), Random([4], 2), Random([4], 3)]),
        ["layer norm"] = (v => Functions.LayerNorm(v[0], [3, 2], v[1], v[2]), [Random([2, 3, 2], 1), Random([3, 2], 2), Random([3, 2], 3)]),
        ["layer norm of features"] = (v => Functions.LayerNorm(v[0], [4]), [Random([3, 4], 1)]),
        ["smooth l1"] = (v => Losses.SmoothL1(v[0], v[1], 0.7), [Random([2, 5], 1), Random([2, 5], 9)]),
        ["huber, summed"] = (v => Losses.Huber(v[0], v[1], 0.7, LossReduction.Sum), [Random([2, 5], 1), Random([2, 5], 9)]),
        ["mean squared error of each"] = (v => Losses.MeanSquaredError(v[0], v[1], LossReduction.None),
            [Random([2, 3], 1), Random([2, 3], 2)]),
        ["kl divergence"] = (v => Losses.KlDivergence(v[0], v[1]), [Random([2, 3], 1), Positive([2, 3], 2)]),
        ["kl divergence of logarithms"] = (v => Losses.KlDivergence(v[0], v[1], logTarget: true), [Random([2, 3], 1), Random([2, 3], 2)]),
        ["hinge"] = (v => Losses.Hinge(v[0], v[1]), [Random([2, 3], 1), Random([2, 3], 2)]),
        ["hinge embedding"] = (v => Losses.HingeEmbedding(v[0], v[0].Tape!.Constant([1, -1, 1, -1, -1, 1], [2, 3]), 0.5, LossReduction.Sum),
            [Random([2, 3], 1)]),
        ["binary cross-entropy with a weight"] = (
            v => Losses.BinaryCrossEntropyWithLogits(v[0], v[1], positiveWeight: v[2]),
                [Random([2, 3], 1), Positive([2, 3], 2), Positive([3], 3)]),
        ["cross-entropy, smoothed"] = (
            v => Losses.CrossEntropy(v[0], [2, 0, 255, 1], [0.5, 2, 1], ignoreIndex: 255, labelSmoothing: 0.2), [Random([2, 3, 2], 1)]),
        ["cross-entropy of each"] = (
            v => Losses.CrossEntropy(v[0], [2, 0, 255, 1], [0.5, 2, 1], 255, 0.1, LossReduction.None), [Random([2, 3, 2], 1)]),
        ["cross-entropy, summed"] = (v => Losses.CrossEntropy(v[0], [2, 0, 1, 1], reduction: LossReduction.Sum), [Random([2, 3, 2], 1)]),
        ["a network"] = (
            v => Losses.MeanSquaredError(Functions.ConvTranspose(Functions.PReLU(Functions.Convolution(v[0], v[1], v[2], padding: 1), v[3]),
                v[4], stride: 2), v[5]),
            [Random([1, 1, 3, 3], 1), Random([2, 1, 3, 3], 2), Random([2], 3), Random([2], 4), Random([2, 1, 2, 2], 5),
                Random([1, 1, 6, 6], 6)]),
    };

    public static TheoryData<string> Names => [.. _cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_gradient_and_its_gradient_are_those_of_finite_differences(string name)
    {
        var (function, leaves) = _cases[name];
        Run(function, leaves);
    }

    private static Variable<double> UnpoolTo(Variable<double> pooled, Variable<double> value) =>
        Functions.MaxUnpool(value * value, Functions.MaxPool(pooled, 2).Indices, PerAxis.Create([5, 4]));

    // Places in and around the picture, none of them where two pixels meet.
    private static Leaf Grid(long seed)
    {
        Leaf leaf = Random([1, 2, 3, 2], seed);
        return leaf with { Values = [.. leaf.Values.Select(static value => Math.Round(value * 16) / 16 + 0.0131)] };
    }

    private static Variable<double> MaxUnpool(Variable<double> pooled, Variable<double> value) =>
        Functions.MaxUnpool(value * value, Functions.MaxPool(pooled, 2).Indices);
}
