using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Explain.Computing;

/// <summary>A transposed convolution computed by its definition, product by product: what the views must agree with.</summary>
public sealed class Computation
{
    /// <summary>The most products that are computed one by one.</summary>
    public const long MaximalProducts = 4_000_000;

    private readonly ImmutableArray<ConvTransposeAxis> _axes;

    private Computation(Problem problem)
    {
        Problem = problem;
        _axes = Axes3.Of(problem.Geometry);
        Output = Sums();
    }

    /// <summary>What is computed.</summary>
    public Problem Problem { get; }

    /// <summary>[output channels, output...] in row-major order.</summary>
    public ImmutableArray<double> Output { get; }

    /// <summary>The geometry.</summary>
    public ConvTransposeGeometry Geometry => Problem.Geometry;

    /// <summary>Computes <paramref name="problem"/>.</summary>
    /// <exception cref="GeometryException">More than <see cref="MaximalProducts"/> products.</exception>
    public static Computation Of(Problem problem)
    {
        Require(problem);
        return new(problem);
    }

    /// <summary>Refuses what <see cref="Of"/> refuses, without computing anything.</summary>
    /// <exception cref="GeometryException">More than <see cref="MaximalProducts"/> products.</exception>
    public static void Require(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Geometry.MultiplyAdds > MaximalProducts || problem.Geometry.OutputLength > MaximalProducts)
            throw ValueSource.Fault(
                "input", $"the products are inputs * outputs of a group * taps = {problem.Geometry.MultiplyAdds}, more than the "
                    + $"{MaximalProducts} that are followed one by one: use a smaller input, kernel or fewer channels");
    }

    /// <summary>The sum of one output element.</summary>
    /// <param name="channel">The output channel.</param>
    /// <param name="position">The position, outermost axis first.</param>
    /// <exception cref="GeometryException">A channel or position outside the output.</exception>
    public OutputSum SumAt(int channel, ReadOnlySpan<int> position)
    {
        RequirePosition("at", channel, position, Geometry.OutputChannels, static axis => axis.Output);
        int[] place = Axes3.Three(position);
        return new(channel, [.. position], [.. Products(channel, place).Select(product => TermOf(product, channel))],
            Problem.Bias[channel]);
    }

    /// <summary>Every sum of one output channel, row by row.</summary>
    public IEnumerable<OutputSum> SumsOf(int channel)
    {
        ConvTransposeGeometry geometry = Geometry;
        for (int at = 0; at < geometry.OutputPlane; at++) yield return SumAt(channel, Unflatten(at, static axis => axis.Output));
    }

    /// <summary>The position of a flat index.</summary>
    internal int[] Unflatten(int at, Func<ConvTransposeAxis, int> length)
    {
        var position = new int[Geometry.Axes.Length];
        for (int a = position.Length - 1; a >= 0; a--)
        {
            int size = length(Geometry.Axes[a]);
            position[a] = at % size;
            at /= size;
        }
        return position;
    }

    /// <summary>The products of one output: input channel, flat input within the channel, flat tap.</summary>
    internal IEnumerable<(int Channel, int Input, int Tap)> Products(int channel, int[] place)
    {
        ConvTransposeGeometry geometry = Geometry;
        int first = channel / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
        for (int c = first; c < first + geometry.InputChannelsPerGroup; c++)
        foreach ((int i0, int t0) in _axes[0].ProductsOf(place[0]))
        foreach ((int i1, int t1) in _axes[1].ProductsOf(place[1]))
        foreach ((int i2, int t2) in _axes[2].ProductsOf(place[2]))
            yield return (c, (i0 * _axes[1].Input + i1) * _axes[2].Input + i2, (t0 * _axes[1].Kernel + t1) * _axes[2].Kernel + t2);
    }

    internal double InputAt(int channel, int input) => Problem.Input[channel * Geometry.InputPlane + input];

    internal double WeightAt(int inputChannel, int outputChannel, int tap) =>
        Problem.Weight[(
            inputChannel * Geometry.OutputChannelsPerGroup + outputChannel % Geometry.OutputChannelsPerGroup) * Geometry.KernelTaps + tap];

    /// <summary>Refuses a position that is outside.</summary>
    internal void RequirePosition(
        string parameter, int channel, ReadOnlySpan<int> position, int channels, Func<ConvTransposeAxis, int> length)
    {
        if (channel < 0 || channel >= channels)
            throw ValueSource.Fault("channel", $"channel = {channel}, and there are 0 .. {channels - 1}");
        if (position.Length != Geometry.Axes.Length)
            throw ValueSource.Fault(
                parameter, $"{parameter} has {position.Length} numbers, and there are {Geometry.Axes.Length} axes: give one for each");
        for (int a = 0; a < position.Length; a++)
        {
            int size = length(Geometry.Axes[a]);
            if (position[a] < 0 || position[a] >= size)
                throw ValueSource.Fault(parameter, $"{parameter} = {position[a]} on axis {a}, and there are 0 .. {size - 1}");
        }
    }

    private Term TermOf((int Channel, int Input, int Tap) product, int outputChannel) => new(
        product.Channel,
        [.. Unflatten(product.Input, static axis => axis.Input)],
        [.. Unflatten(product.Tap, static axis => axis.Kernel)],
        InputAt(product.Channel, product.Input),
        WeightAt(product.Channel, outputChannel, product.Tap));

    // Every input times every weight of its group, added where it belongs.
    private ImmutableArray<double> Sums()
    {
        ConvTransposeGeometry geometry = Geometry;
        ReadOnlySpan<double> input = Problem.Input.AsSpan(), weight = Problem.Weight.AsSpan();
        var output = new double[geometry.OutputLength];
        (int[] z, int[] y, int[] x) = (Places(_axes[0]), Places(_axes[1]), Places(_axes[2]));
        (int k0, int k1, int k2) = (_axes[0].Kernel, _axes[1].Kernel, _axes[2].Kernel);
        for (int channel = 0; channel < geometry.OutputChannels; channel++)
        {
            Span<double> plane = output.AsSpan(channel * geometry.OutputPlane, geometry.OutputPlane);
            plane.Fill(Problem.Bias[channel]);
            int group = channel / geometry.OutputChannelsPerGroup, at = group * geometry.InputChannelsPerGroup * geometry.InputPlane;
            for (int c = group * geometry.InputChannelsPerGroup; c < (group + 1) * geometry.InputChannelsPerGroup; c++)
            {
                ReadOnlySpan<double> taps = weight.Slice(
                    (c * geometry.OutputChannelsPerGroup + channel % geometry.OutputChannelsPerGroup) * geometry.KernelTaps,
                    geometry.KernelTaps);
                for (int i0 = 0; i0 < _axes[0].Input; i0++)
                for (int i1 = 0; i1 < _axes[1].Input; i1++)
                for (int i2 = 0; i2 < _axes[2].Input; i2++)
                {
                    double value = input[at++];
                    for (int t0 = 0; t0 < k0; t0++)
                    {
                        int slice = z[i0 * k0 + t0];
                        if (slice < 0) continue;
                        for (int t1 = 0; t1 < k1; t1++)
                        {
                            int row = y[i1 * k1 + t1];
                            if (row < 0) continue;
                            row = (slice * _axes[1].Output + row) * _axes[2].Output;
                            for (int t2 = 0; t2 < k2; t2++)
                                if (x[i2 * k2 + t2] is >= 0 and var column)
                                    plane[row + column] += value * taps[(t0 * k1 + t1) * k2 + t2];
                        }
                    }
                }
            }
        }
        return ImmutableCollectionsMarshal.AsImmutableArray(output);
    }

    // Where each input goes by each tap; -1 where that is cropped.
    private static int[] Places(ConvTransposeAxis axis)
    {
        var places = new int[axis.Input * axis.Kernel];
        for (int input = 0; input < axis.Input; input++)
        for (int tap = 0; tap < axis.Kernel; tap++)
            places[input * axis.Kernel + tap] = axis.OutputOf(input, tap) is >= 0 and var output && output < axis.Output ? output : -1;
        return places;
    }
}
