using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

/// <summary>A batch of no images goes through every layer, and its gradients are zeros: the last batch of a data set may be one.</summary>
public sealed class EmptyBatchTests
{
    public static TheoryData<string> Layers => [.. s_layers.Keys];

    private static readonly Dictionary<string, (Func<Module<float>> Layer, nint[] Input, nint[] Output)> s_layers = new(StringComparer.Ordinal)
    {
        ["linear"] = (static () => new Linear<float>(3, 2), [0, 3], [0, 2]),
        ["linear over axes"] = (static () => new Linear<float>(3, 2), [4, 0, 3], [4, 0, 2]),
        ["convolution"] = (static () => new Conv2d<float>(4, 2, 3, padding: 1), [0, 4, 5, 5], [0, 2, 5, 5]),
        ["convolution in groups"] = (static () => new Conv1d<float>(4, 2, 3, groups: 2), [0, 4, 5], [0, 2, 3]),
        ["transposed"] = (static () => new ConvTranspose2d<float>(4, 2, 3, stride: 2), [0, 4, 5, 5], [0, 2, 11, 11]),
        ["resize and convolution"] = (static () => new ResizeConv2d<float>(4, 2, 3, 2), [0, 4, 5, 5], [0, 2, 8, 8]),
        ["sub-pixel"] = (static () => new SubPixelConv2d<float>(4, 2, 3, 2, padding: 1), [0, 4, 5, 5], [0, 2, 10, 10]),
        ["pooling"] = (static () => new MaxPool<float>(2), [0, 4, 6, 6], [0, 4, 3, 3]),
        ["shuffle"] = (static () => new PixelShuffle<float>(2), [0, 4, 3, 3], [0, 1, 6, 6]),
        ["upsampling"] = (static () => new Upsample<float>(2), [0, 4, 3, 3], [0, 4, 6, 6]),
        ["slopes"] = (static () => new PReLU<float>(4), [0, 4, 3, 3], [0, 4, 3, 3]),
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void An_empty_batch_goes_through_and_leaves_no_gradient(string name)
    {
        (Func<Module<float>> create, nint[] inputShape, nint[] outputShape) = s_layers[name];
        Module<float> layer = create();
        layer.Initialize(new RandomSource(1));
        using var tape = new Tape<float>();
        Variable<float> input = tape.Input([], inputShape, requiresGradient: true);
        Variable<float> output = layer.Forward(input);
        Assert.Equal(outputShape, output.Shape);
        Functions.Sum(output).Backward();
        Assert.Equal(inputShape, input.Gradient!.Shape);
        foreach ((string parameter, Parameter<float> one) in layer.NamedParameters())
        {
            Assert.True(one.Gradient is not null, $"{parameter} has no gradient");
            Assert.All(one.Gradient.Values.ToArray(), static value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void A_product_of_no_rows_has_none()
    {
        using var tape = new Tape<double>();
        Variable<double> left = tape.Input([], [0, 3], requiresGradient: true), right = tape.Input([1, 2, 3, 4, 5, 6], [3, 2], requiresGradient: true);
        Variable<double> product = Functions.MatMul(left, right);
        Assert.Equal([0, 2], product.Shape);
        Functions.Sum(product).Backward();
        Assert.Equal(new double[6], right.Gradient!.Values.ToArray());
    }
}
