using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Diagnosis;

/// <summary>
/// What the linear part of several layers makes of a flat input of ones: a field that repeats with the product of the strides, followed
/// exactly
/// through transposed convolutions, convolutions, scales and enlargements. Borders, biases and activations are left out.
/// </summary>
public sealed class PatternChain
{
    private const long MaxProducts = 1_000_000_000;

    private readonly double[] _values;

    private PatternChain(int channels, ImmutableArray<int> period, double[] values)
    {
        Channels = channels;
        Period = period;
        _values = values;
    }

    /// <summary>Channels of the field.</summary>
    public int Channels { get; }

    /// <summary>After how many elements it repeats on each axis.</summary>
    public ImmutableArray<int> Period { get; }

    /// <summary>One period of every channel: [channels, period...].</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The pattern of all channels against their means, by energy, in decibels; null where the field is flat.</summary>
    public double? PatternDb
    {
        get
        {
            int plane = _values.Length / Channels;
            double pattern = 0, mean = 0, largest = 0;
            foreach (double[] channel in _values.Chunk(plane))
            {
                double average = channel.Average();
                pattern += channel.Average(value => (value - average) * (value - average));
                mean += average * average;
                largest = Math.Max(largest, channel.Max(Math.Abs));
            }
            return Math.Sqrt(pattern) <= largest * 1e-9 ? null : PairGains.Level(Math.Sqrt(pattern), Math.Sqrt(mean));
        }
    }

    /// <summary>A flat field of ones.</summary>
    public static PatternChain Flat(int channels, int axes) =>
        new(channels, [.. Enumerable.Repeat(1, axes)], [.. Enumerable.Repeat(1.0, channels)]);

    /// <summary>The field after a transposed convolution.</summary>
    /// <exception cref="Geometry.GeometryException">Other channels or axes than the field has, or a field too long to follow.</exception>
    public PatternChain Through(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Require(layer.InputChannels, layer.Kernel.Length, layer.Name);
        ImmutableArray<int> period = [.. Period.Select((one, a) => checked(one * layer.Stride[a]))];
        int outputs = layer.OutputChannelsPerGroup * layer.Groups, plane = Product(period), inPlane = Product(Period), taps = layer.Taps;
        RequireWork((long)plane * taps * layer.InputChannels * layer.OutputChannelsPerGroup, layer.Name);
        var values = new double[outputs * plane];
        int inputsOfGroup = layer.InputChannels / layer.Groups;
        foreach ((int place, int tap, int source) in Reached(period, layer))
            for (int i = 0; i < layer.InputChannels; i++)
            for (int o = 0; o < layer.OutputChannelsPerGroup; o++)
                values[(i / inputsOfGroup * layer.OutputChannelsPerGroup + o) * plane + place] +=
                    _values[i * inPlane + source] * layer.Weight[(i * layer.OutputChannelsPerGroup + o) * taps + tap];
        return new(outputs, period, values);
    }

    /// <summary>The field after an ordinary convolution.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="weightShape">[output channels, input channels / groups, kernel...].</param>
    /// <param name="weight">In that order.</param>
    /// <param name="stride">On each axis.</param>
    /// <param name="dilation">On each axis.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <exception cref="Geometry.GeometryException">Other channels or axes than the field has, or a field too long to follow.</exception>
    public PatternChain ThroughConvolution(
        string name, ReadOnlySpan<int> weightShape, ReadOnlySpan<double> weight, ReadOnlySpan<int> stride, ReadOnlySpan<int> dilation,
        int groups)
    {
        int[] shape = weightShape.ToArray(), steps = stride.ToArray(), spread = dilation.ToArray();
        if (shape.Length < 3 || steps.Length != shape.Length - 2 || spread.Length != steps.Length || groups < 1 || steps.Concat(spread)
            .Any(static one => one < 1))
            throw ValueSource.Fault("weight", $"'{name}' has weights of shape [{string.Join(", ", shape)}], strides "
                + $"{string.Join('x', steps)}, dilations {string.Join('x', spread)} and {groups} groups: the shape is [output channels, "
                + $"input channels / groups, kernel...], with a stride and a dilation of at least 1 for each axis of the kernel, and at "
                + $"least 1 group");
        if (weight.Length != shape.Aggregate(1L, static (product, length) => checked(product * length)))
            throw ValueSource.Fault("weight", $"weight has {weight.Length} values, and its shape [{string.Join(", ", shape)}] needs "
                + $"{shape.Aggregate(1L, static (product, length) => product * length)}: both must be equal");
        Require(shape[1] * groups, shape.Length - 2, name);
        ImmutableArray<int> kernel = [.. shape[2..]],
            period = [.. Period.Select((one, a) => one / (int)System.Numerics.BigInteger.GreatestCommonDivisor(one, steps[a]))];
        int taps = Product(kernel), plane = Product(period), inPlane = Product(Period), outputsOfGroup = shape[0] / groups;
        RequireWork((long)plane * weight.Length, name);
        var values = new double[shape[0] * plane];
        for (int at = 0; at < plane; at++)
        for (int tap = 0; tap < taps; tap++)
        {
            int source = 0;
            int[] o = Split(at, period), t = Split(tap, kernel);
            for (int a = 0; a < o.Length; a++) source =
                source * Period[a] + (int)(((long)o[a] * steps[a] + (long)t[a] * spread[a]) % Period[a]);
            for (int output = 0; output < shape[0]; output++)
            for (int input = 0; input < shape[1]; input++)
                values[output * plane + at] += _values[(output / outputsOfGroup * shape[1] + input) * inPlane + source] * weight[(
                    output * shape[1] + input) * taps + tap];
        }
        return new(shape[0], period, values);
    }

    /// <summary>The field after a factor for each channel: a normalisation's scale.</summary>
    /// <exception cref="Geometry.GeometryException">Another number of factors than channels.</exception>
    public PatternChain Scaled(ReadOnlySpan<double> factors)
    {
        Require(factors.Length, Period.Length, "scale");
        var values = (double[])_values.Clone();
        int plane = values.Length / Channels;
        for (int i = 0; i < values.Length; i++) values[i] *= factors[i / plane];
        return new(Channels, Period, values);
    }

    /// <summary>The field after depth to space: every block of channels becomes one channel.</summary>
    /// <param name="factor">The enlargement on each axis.</param>
    /// <param name="blockMajor">Whether the blocks lie outermost, as in ONNX's DCR and TensorFlow, and not the channels.</param>
    /// <exception cref="Geometry.GeometryException">Channels that the blocks do not divide.</exception>
    public PatternChain Shuffled(int factor, bool blockMajor)
    {
        ImmutableArray<int> block = [.. Period.Select(_ => factor)];
        int blocks = Product(block), channels = Channels / blocks;
        if (Channels % blocks != 0) throw ValueSource.Fault("channels", $"channels % blocks = {Channels} % {blocks}, and must be 0");
        ImmutableArray<int> period = [.. Period.Select(one => checked(one * factor))];
        int plane = Product(period), inPlane = Product(Period);
        var values = new double[channels * plane];
        for (int c = 0; c < channels; c++)
        for (int at = 0; at < plane; at++)
        {
            int[] place = Split(at, period);
            int sub = 0, source = 0;
            for (int a = 0; a < place.Length; a++)
            {
                sub = sub * factor + place[a] % factor;
                source = source * Period[a] + place[a] / factor;
            }
            int from = blockMajor ? sub * channels + c : c * blocks + sub;
            values[c * plane + at] = _values[from * inPlane + source];
        }
        return new(channels, period, values);
    }

    private void Require(int channels, int axes, string name)
    {
        if (channels != Channels || axes != Period.Length)
            throw ValueSource.Fault(
                "weight", $"'{name}' takes {channels} channels and {axes} axes, and the field before it has {Channels} and "
                    + $"{Period.Length}");
    }

    private static void RequireWork(long products, string name)
    {
        if (products > MaxProducts) throw ValueSource.Fault(
            "weight", $"following the pattern through '{name}' takes {products} products, more than {MaxProducts}");
    }

    // y[o] = sum over i s + t d = o: for each output of a period the taps that reach it, and from where.
    private IEnumerable<(int Place, int Tap, int Source)> Reached(ImmutableArray<int> period, UpsamplingLayer layer)
    {
        for (int place = 0; place < Product(period); place++)
        {
            int[] o = Split(place, period);
            for (int tap = 0; tap < layer.Taps; tap++)
            {
                int[] t = Split(tap, layer.Kernel);
                int source = 0;
                bool reached = true;
                for (int a = 0; a < o.Length && reached; a++)
                {
                    long distance = o[a] - (long)t[a] * layer.Dilation[a];
                    reached = distance % layer.Stride[a] == 0;
                    source = source * Period[a] + (int)((distance / layer.Stride[a] % Period[a] + Period[a]) % Period[a]);
                }
                if (reached) yield return (place, tap, source);
            }
        }
    }

    private static int Product(ImmutableArray<int> sizes) => sizes.Aggregate(1, static (product, size) => checked(product * size));

    private static int[] Split(int at, ImmutableArray<int> sizes)
    {
        var place = new int[sizes.Length];
        for (int a = sizes.Length - 1; a >= 0; at /= sizes[a], a--) place[a] = at % sizes[a];
        return place;
    }
}
