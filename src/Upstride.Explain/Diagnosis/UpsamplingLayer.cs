using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Diagnosis;

/// <summary>
/// The weights of a transposed convolution with what its checkerboard depends on: kernel, stride and dilation, not sizes and crops. The
/// backward
/// pass of a strided convolution is one too, with the convolution's own weights.
/// </summary>
public sealed class UpsamplingLayer
{
    private UpsamplingLayer(string name, ImmutableArray<int> kernel, ImmutableArray<int> stride, ImmutableArray<int> dilation,
        int inputChannels, int outputs, int groups, ImmutableArray<double> weight)
    {
        Name = name;
        Kernel = kernel;
        Stride = stride;
        Dilation = dilation;
        InputChannels = inputChannels;
        OutputChannelsPerGroup = outputs;
        Groups = groups;
        Weight = weight;
    }

    /// <summary>What the layer is called.</summary>
    public string Name { get; }

    /// <summary>Taps along each axis, outermost first.</summary>
    public ImmutableArray<int> Kernel { get; }

    /// <summary>Stride along each axis.</summary>
    public ImmutableArray<int> Stride { get; }

    /// <summary>Dilation along each axis.</summary>
    public ImmutableArray<int> Dilation { get; }

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; }

    /// <summary>Output channels of one group.</summary>
    public int OutputChannelsPerGroup { get; }

    /// <summary>Groups.</summary>
    public int Groups { get; }

    /// <summary>[input channels, output channels / groups, kernel...].</summary>
    public ImmutableArray<double> Weight { get; }

    /// <summary>Whether there were no weights, so that equal ones stand for them.</summary>
    public bool Assumed { get; private init; }

    /// <summary>Whether this is the gradient of a strided convolution by its input.</summary>
    public bool IsBackward { get; private init; }

    /// <summary>Taps of one kernel.</summary>
    public int Taps => Kernel.Aggregate(1, static (product, taps) => product * taps);

    /// <summary>Phases: the product of the strides.</summary>
    public int Phases => Stride.Aggregate(1, static (product, stride) => product * stride);

    /// <summary>A layer with its weights.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="weightShape">[input channels, output channels / groups, kernel...].</param>
    /// <param name="weight">The weights in that order.</param>
    /// <param name="stride">For all axes or each.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides the input channels.</param>
    /// <exception cref="GeometryException">A shape without one to three kernel axes, another number of weights, weights that are not
    /// finite, or a step below one.</exception>
    public static UpsamplingLayer Create(
        string name, ReadOnlySpan<int> weightShape, ReadOnlySpan<double> weight, PerAxis stride, PerAxis dilation = default, int groups = 1)
    {
        (ImmutableArray<int> kernel, ImmutableArray<int> strides, ImmutableArray<int> dilations) =
            Read(weightShape, stride, dilation, groups);
        long length = 1;
        foreach (int size in weightShape) length = Math.Min(length * size, long.MaxValue / int.MaxValue);
        if (weight.Length != length)
            throw ValueSource.Fault(
                "weight", $"weight has {weight.Length} values, and its shape [{string.Join(", ", weightShape.ToArray())}] needs {length}: "
                    + $"both must be equal");
        foreach (double one in weight)
            if (!double.IsFinite(one)) throw ValueSource.Fault(
                "weight", $"a weight of '{name}' is {one}, and all must be finite: check the file or the training that made it");
        return new(name, kernel, strides, dilations, weightShape[0], weightShape[1], groups, [.. weight]);
    }

    /// <summary>A layer without weights: equal ones are assumed.</summary>
    /// <exception cref="GeometryException">A step below one.</exception>
    public static UpsamplingLayer Equal(string name, ReadOnlySpan<int> kernel, PerAxis stride, PerAxis dilation = default)
    {
        int[] shape = [1, 1, .. kernel];
        (ImmutableArray<int> taps, ImmutableArray<int> strides, ImmutableArray<int> dilations) = Read(shape, stride, dilation, 1);
        return new(name, taps, strides, dilations, 1, 1, 1,
            [.. Enumerable.Repeat(1.0, taps.Aggregate(1, static (product, one) => checked(product * one)))]) { Assumed = true };
    }

    /// <summary>
    /// A convolution followed by depth to space: a transposed convolution whose kernel is the factor times as long, each phase with taps
    /// of its own.
    /// </summary>
    /// <param name="name">What it is called.</param>
    /// <param name="weightShape">[output channels * factor^axes, input channels, kernel...] of the convolution.</param>
    /// <param name="weight">In that order.</param>
    /// <param name="factor">The enlargement on each axis.</param>
    /// <param name="blockMajor">Whether the blocks lie outermost among the channels (ONNX's DCR, TensorFlow), and not the channels
    /// (PyTorch).</param>
    /// <exception cref="GeometryException">Output channels that the blocks do not divide, or as with <see cref="Create"/>.</exception>
    public static UpsamplingLayer OfSubPixel(
        string name, ReadOnlySpan<int> weightShape, ReadOnlySpan<double> weight, int factor, bool blockMajor = false)
    {
        if (factor is < 1 or > 256) throw ValueSource.Fault("factor", $"factor = {factor}, and must be 1 .. 256");
        UpsamplingLayer convolution = Create(name, weightShape, weight, 1);
        int axes = convolution.Kernel.Length, blocks = 1;
        for (int a = 0; a < axes; a++) blocks = checked(blocks * factor);
        if (factor < 1 || weightShape[0] % blocks != 0)
            throw ValueSource.Fault("factor", $"outputChannels % factor^axes = {weightShape[0]} % {blocks}, and must be 0");
        int channels = weightShape[0] / blocks, inputs = weightShape[1], taps = convolution.Taps;
        ImmutableArray<int> kernel = [.. convolution.Kernel.Select(one => one * factor)];
        int wide = kernel.Aggregate(1, static (product, one) => checked(product * one));
        var fused = new double[checked(inputs * channels * wide)];
        for (int o = 0; o < weightShape[0]; o++)
        for (int i = 0; i < inputs; i++)
        for (int tap = 0; tap < taps; tap++)
        {
            int channel = blockMajor ? o % channels : o / blocks, block = blockMajor ? o / channels : o % blocks, rest = tap, place = 0,
                scale = 1;
            for (int a = axes - 1; a >= 0; a--)
            {
                place += (block % factor + factor * (convolution.Kernel[a] - 1 - rest % convolution.Kernel[a])) * scale;
                rest /= convolution.Kernel[a];
                block /= factor;
                scale *= kernel[a];
            }
            fused[(i * channels + channel) * wide + place] = weight[(o * inputs + i) * taps + tap];
        }
        int[] shape = [inputs, channels, .. kernel];
        return Create(name, shape, fused, factor);
    }

    /// <summary>The same weights as the gradient of a strided convolution by its input.</summary>
    public UpsamplingLayer AsBackward() =>
        new(Name, Kernel, Stride, Dilation, InputChannels, OutputChannelsPerGroup, Groups, Weight) { IsBackward = true, Assumed = Assumed };

    /// <summary>The same layer with another kernel and other weights.</summary>
    internal UpsamplingLayer With(ImmutableArray<int> kernel, double[] weight) =>
        new(Name, kernel, Stride, Dilation, InputChannels, OutputChannelsPerGroup, Groups, [.. weight]) { IsBackward = IsBackward,
            Assumed = Assumed };

    /// <summary>The same taps with dilation 1, zeros between them.</summary>
    internal UpsamplingLayer Dense()
    {
        if (Dilation.All(static one => one == 1)) return this;
        ImmutableArray<int> extent = [.. Kernel.Select((taps, a) => ConvTransposeAxis.Create(1, taps, 1, Dilation[a]).Extent)];
        int taps = Taps, wide = extent.Aggregate(1, static (product, one) => product * one);
        var weight = new double[Weight.Length / taps * wide];
        for (int at = 0; at < Weight.Length; at++)
        {
            int rest = at % taps, place = 0, scale = 1;
            for (int a = Kernel.Length - 1; a >= 0; a--)
            {
                place += rest % Kernel[a] * Dilation[a] * scale;
                rest /= Kernel[a];
                scale *= extent[a];
            }
            weight[at / taps * wide + place] = Weight[at];
        }
        return new(Name, extent, Stride, [.. Dilation.Select(static _ => 1)], InputChannels, OutputChannelsPerGroup, Groups,
            [.. weight]) { IsBackward = IsBackward, Assumed = Assumed };
    }

    /// <summary>The phase of a flat tap, by residues in row-major order.</summary>
    internal int PhaseOf(int tap)
    {
        int phase = 0, scale = 1;
        for (int a = Kernel.Length - 1; a >= 0; a--)
        {
            phase += (int)((long)(tap % Kernel[a]) * Dilation[a] % Stride[a]) * scale;
            tap /= Kernel[a];
            scale *= Stride[a];
        }
        return phase;
    }

    private static (ImmutableArray<int> Kernel, ImmutableArray<int> Stride, ImmutableArray<int> Dilation) Read(
        ReadOnlySpan<int> shape, PerAxis stride, PerAxis dilation, int groups)
    {
        if (shape.Length is < 3 or > 5)
            throw ValueSource.Fault(
                "weight", $"weight is [{string.Join(", ", shape.ToArray())}], and must be [input channels, output channels / groups, "
                    + $"kernel...] with one to three kernel axes");
        foreach (int size in shape)
            if (size < 1) throw ValueSource.Fault(
                "weight", $"weight is [{string.Join(", ", shape.ToArray())}], and every length must be at least 1");
        ImmutableArray<int> kernel = [.. shape[2..]];
        ImmutableArray<int> strides = stride.Expand(kernel.Length, "stride", fallback: 1),
            dilations = dilation.Expand(kernel.Length, "dilation", fallback: 1);
        if (groups < 1 || shape[0] % groups != 0) throw ValueSource.Fault(
            "groups", $"inputChannels % groups = {shape[0]} % {groups}, and must be 0 with groups at least 1");
        for (int a = 0; a < kernel.Length; a++) ConvTransposeAxis.Create(1, kernel[a], strides[a], dilations[a]);
        const int MaxPhases = 65_536;
        long phases = strides.Aggregate(1L, static (product, one) => Math.Min(product * one, int.MaxValue));
        return phases <= MaxPhases ? (kernel, strides, dilations)
            : throw ValueSource.Fault(
                "stride", $"the phases are the product of the strides, {phases}, more than {MaxPhases}: use a smaller stride");
    }
}
