using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// A transposed convolution that enlarges by its stride, whose learned kernel is held over stride x stride outputs: a kernel of
/// kernel + stride - 1. Each of its phases has the same sum whatever is learned, so that a flat input comes out flat, without a
/// checkerboard.
/// Weights [input channels, output channels / groups, kernel, kernel], the learned ones.
/// </summary>
/// <remarks>Source: Sugawara, Shiota and Kiya, "Checkerboard artifacts free convolutional neural networks", 2019.</remarks>
public sealed class HeldConvTranspose2d<T> : WeightedLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernelSize">Rows and columns of the learned kernel, at least 1.</param>
    /// <param name="stride">How much height and width grow, at least 2.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="bias">Whether a number is added to each output channel.</param>
    /// <param name="initializer">Where the first weights come from; default PyTorch's.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="GeometryException">Channels that the groups do not divide, or a kernel that is none.</exception>
    public HeldConvTranspose2d(int inputChannels, int outputChannels, int kernelSize, int stride, int groups = 1, bool bias = true,
        Initializer? initializer = null, RandomSource? random = null)
        : base(WeightShape(inputChannels, outputChannels / CheckedGroups(inputChannels, outputChannels, groups), kernelSize, 2),
            outputChannels, bias, initializer, random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 2);
        Stride = stride;
        Groups = groups;

        // The full output is longer than stride times the input by what the kernel reaches beyond a stride: half of that is cropped before.
        int surplus = kernelSize - 1;
        Padding = surplus - surplus / 2;
        OutputPadding = 2 * Padding - surplus;
    }

    /// <summary>How much height and width grow.</summary>
    public int Stride { get; }

    /// <summary>What is cropped, so that the output has stride times the input's size.</summary>
    public int Padding { get; }

    /// <summary>What is added at the end of the output, to the same end.</summary>
    public int OutputPadding { get; }

    /// <summary>Divides both channel counts.</summary>
    public int Groups { get; }

    /// <summary>Enlarges.</summary>
    /// <param name="input">[batch, input channels, height, width].</param>
    /// <returns>[batch, output channels, stride * height, stride * width].</returns>
    /// <exception cref="GeometryException">An input that does not fit.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        RequireReady(input, axes: 2);
        return Functions.ConvTranspose(input, Hold(UsedWeight(input), Tape<T>.Of([input])), Bias, Stride, Padding, OutputPadding, Groups);
    }

    /// <summary>The kernel that the layer computes with, [input channels, output channels / groups, kernel + stride - 1, likewise]: its sum
    /// is the learned kernel's.</summary>
    public Parameter<T> HeldWeight()
    {
        RequireWeights();
        using var tape = new Tape<T>();
        Variable<T> held = Hold(tape.Attach(ComputedWeight()), tape);
        return new Parameter<T>(held.Values, held.Shape.AsSpan(), requiresGradient: false);
    }

    private Variable<T> Hold(Variable<T> weight, Tape<T> tape)
    {
        nint planes = Weight.Shape[0] * Weight.Shape[1], size = Weight.Shape[2];
        Span<T> means = stackalloc T[Stride * Stride];
        means.Fill(T.One / T.CreateChecked(means.Length));
        Variable<T> kernels = Functions.Reshape(weight is Parameter<T> own ? tape.Attach(own) : weight, planes, 1, size, size);
        Variable<T> held = Functions.Convolution(kernels, tape.Constant(means, [1, 1, Stride, Stride]), padding: Stride - 1);
        return Functions.Reshape(held, Weight.Shape[0], Weight.Shape[1], held.Shape[2], held.Shape[3]);
    }
}
