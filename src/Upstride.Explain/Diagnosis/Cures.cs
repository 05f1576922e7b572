using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Diagnosis;

/// <summary>A cured layer beside the one it was made from.</summary>
/// <param name="Name">The cure's name: <c>zoh</c>, <c>equalize</c>, <c>icnr</c>, <c>bilinear</c>.</param>
/// <param name="Layer">The layer with its new kernel and weights.</param>
/// <param name="AddedTaps">How many taps longer the kernel is on each axis.</param>
/// <param name="LargestChange">The largest change of a weight; for a longer kernel, the largest difference at the same tap.</param>
/// <param name="Before">The diagnosis before.</param>
/// <param name="After">The diagnosis after.</param>
public sealed record Cure(string Name, UpsamplingLayer Layer, ImmutableArray<int> AddedTaps, double LargestChange, LayerDiagnosis Before,
    LayerDiagnosis After);

/// <summary>What helps against checkerboards, each a change of weights that stays one transposed convolution.</summary>
public static class Cures
{
    /// <summary>The names of the cures that change weights.</summary>
    public static ImmutableArray<string> Names { get; } = ["equalize", "zoh", "icnr", "bilinear"];

    /// <summary>A cure by its name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="layer">What is cured.</param>
    /// <param name="order">Of the zero-order hold.</param>
    /// <exception cref="GeometryException">The layer does not allow it.</exception>
    public static Cure Named(string name, UpsamplingLayer layer, int order = 1) => name switch
    {
        "equalize" => Equalize(layer),
        "zoh" => ZeroOrderHold(layer, order),
        "icnr" => Icnr(layer),
        "bilinear" => Bilinear(layer),
        _ => throw ValueSource.Fault("fix", $"'{name}' must be one of {string.Join(", ", Names)}"),
    };

    /// <summary>
    /// The nearest weights, by least squares, whose phases all have the same gain: every tap of a phase is changed by as much. Also what
    /// a training
    /// calls after each step to stay free of a pattern (projected gradient descent).
    /// </summary>
    /// <exception cref="GeometryException">A phase has no tap, so that its gain is 0 whatever the weights.</exception>
    public static Cure Equalize(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        double[] weight = [.. layer.Weight];
        EqualizeInPlace(layer, weight);
        return Made("equalize", layer, layer.With(layer.Kernel, weight));
    }

    /// <summary>The same projection on the weights of a training, in place.</summary>
    /// <param name="layer">Names kernel, stride and dilation; its own weights are not read.</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...].</param>
    /// <exception cref="GeometryException">A phase has no tap.</exception>
    public static void EqualizeInPlace(UpsamplingLayer layer, Span<double> weight)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (weight.Length != layer.Weight.Length)
            throw ValueSource.Fault(
                "weight", $"weight has {weight.Length} values, and the layer has {layer.Weight.Length}: both must be equal");
        int taps = layer.Taps;
        int[] phases = [.. Enumerable.Range(0, taps).Select(layer.PhaseOf)];
        var counts = new int[layer.Phases];
        foreach (int phase in phases) counts[phase]++;
        if (Array.IndexOf(counts, 0) is >= 0 and var empty)
            throw ValueSource.Fault(
                "kernel", $"phase {empty} of {counts.Length} has no tap, so its gain is 0 whatever the weights: use a kernel at least as "
                    + $"long as the stride, and a dilation without a common factor with it");
        for (int at = 0; at < weight.Length; at += taps)
        {
            Span<double> kernel = weight.Slice(at, taps);
            var gains = new double[counts.Length];
            for (int tap = 0; tap < taps; tap++) gains[phases[tap]] += kernel[tap];

            // Lagrange: the common gain weighs the phases by the inverse of their taps.
            double common = gains.Select((gain, phase) => gain / counts[phase]).Sum() / counts.Sum(static count => 1.0 / count);
            for (int tap = 0; tap < taps; tap++) kernel[tap] += (common - gains[phases[tap]]) / counts[phases[tap]];
        }
    }

    /// <summary>
    /// Fuses a zero-order hold of order d into the kernel: convolves it d times with stride ones along each axis, over the stride, so
    /// that the mean
    /// gain stays. Flat on flat input whatever the weights; (stride - 1)*d taps longer on each axis.
    /// </summary>
    /// <param name="layer">What is cured; a dilated kernel becomes a dense one.</param>
    /// <param name="order">How often the hold is applied, from 1.</param>
    /// <param name="keepMean">Whether each hold is divided by the stride; without, integers stay integers, and order 1 is a
    /// nearest-neighbour enlargement then a convolution.</param>
    /// <exception cref="GeometryException">An order below 1 or above 8.</exception>
    public static Cure ZeroOrderHold(UpsamplingLayer layer, int order = 1, bool keepMean = true)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (order is < 1 or > 8) throw ValueSource.Fault("order", $"order = {order}, and must be 1 .. 8");
        UpsamplingLayer held = layer.Dense();
        for (int i = 0; i < order; i++)
            for (int axis = 0; axis < held.Kernel.Length; axis++) held = Hold(held, axis, keepMean);
        return Made("zoh", layer, held);
    }

    /// <summary>
    /// ICNR for transposed convolutions: all phases get the same taps, each the mean of what the phases had there (Aitken et al.,
    /// "Checkerboard
    /// artifact free sub-pixel convolution", 2017). Of random weights it makes initial weights, of trained ones the nearest such.
    /// </summary>
    /// <exception cref="GeometryException">The stride does not divide the kernel, or the kernel is dilated.</exception>
    public static Cure Icnr(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        for (int a = 0; a < layer.Kernel.Length; a++)
        {
            if (layer.Dilation[a] != 1) throw ValueSource.Fault("dilation", $"dilation = {layer.Dilation[a]}, and ICNR needs 1");
            if (layer.Kernel[a] % layer.Stride[a] != 0)
                throw ValueSource.Fault(
                    "kernel", $"kernel % stride = {layer.Kernel[a]} % {layer.Stride[a]} = {layer.Kernel[a] % layer.Stride[a]}, and ICNR "
                        + $"needs 0: all phases must have the same taps");
        }
        int taps = layer.Taps;
        int[] set = [.. Enumerable.Range(0, taps).Select(tap => SubTap(layer, tap))];
        var weight = new double[layer.Weight.Length];
        for (int at = 0; at < weight.Length; at += taps)
        {
            var sums = new double[taps / layer.Phases];
            for (int tap = 0; tap < taps; tap++) sums[set[tap]] += layer.Weight[at + tap];
            for (int tap = 0; tap < taps; tap++) weight[at + tap] = sums[set[tap]] / layer.Phases;
        }
        return Made("icnr", layer, layer.With(layer.Kernel, weight));
    }

    /// <summary>Bilinear weights: each kernel becomes the tent with the same sum.</summary>
    /// <exception cref="GeometryException">A dilated kernel, or one whose tent has phases of different gains.</exception>
    public static Cure Bilinear(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer.Dilation.Any(static one => one != 1)) throw ValueSource.Fault(
            "dilation", $"dilation = {string.Join('x', layer.Dilation)}, and bilinear weights lie side by side: use dilation 1");
        var tent = new double[layer.Taps];
        BilinearKernel.Fill([.. layer.Kernel.Select(static taps => (nint)taps)], tent.AsSpan());
        double sum = tent.Sum();
        var weight = new double[layer.Weight.Length];
        for (int at = 0; at < weight.Length; at += tent.Length)
        {
            double scale = 0;
            for (int tap = 0; tap < tent.Length; tap++) scale += layer.Weight[at + tap];
            for (int tap = 0; tap < tent.Length; tap++) weight[at + tap] = tent[tap] * scale / sum;
        }
        Cure cure = Made("bilinear", layer, layer.With(layer.Kernel, weight));
        return cure.After.IsFlat ? cure : throw ValueSource.Fault(
            "kernel", $"the tent of kernel {string.Join('x', layer.Kernel)} has phases of different gains at stride "
                + $"{string.Join('x', layer.Stride)}: use kernel {string.Join('x', layer.Stride.Select(BilinearKernel.Taps))}");
    }

    /// <summary>
    /// The convolution that, after a nearest-neighbour enlargement by the stride, equals this transposed convolution: its kernel is what
    /// remains when
    /// the zero-order hold is divided out; null where it is no factor, so that no such convolution exists.
    /// </summary>
    /// <returns>[input channels, output channels / groups, kernel - stride + 1...], in the order of the transposed convolution's
    /// taps.</returns>
    public static UpsamplingLayer? WithoutHold(UpsamplingLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        UpsamplingLayer? rest = layer.Dense();
        for (int axis = 0; axis < layer.Kernel.Length && rest is not null; axis++) rest = Divide(rest, axis);
        return rest;
    }

    /// <summary>The nearest settings whose kernel the stride divides and that keep the size: a shorter and a longer kernel, where
    /// legal.</summary>
    /// <param name="axis">The axis as it is.</param>
    public static ImmutableArray<ConvTransposeSettings> EvenSettings(ConvTransposeAxis axis)
    {
        if (axis.Stride < 1) throw ValueSource.Fault("axis", "axis = default(ConvTransposeAxis), which has no size: make the axis by "
            + "Create");
        var found = ImmutableArray.CreateBuilder<ConvTransposeSettings>();
        int below = axis.Kernel / axis.Stride * axis.Stride;
        foreach (int kernel in (int[])[below, below == axis.Kernel ? below : below + axis.Stride])
            if (kernel >= axis.Stride && !found.Any(one => one.Kernel == kernel))
                found.AddRange(InverseGeometry.Between(axis.Input, axis.Output, kernel, axis.Stride, axis.Dilation).Take(1));
        return found.ToImmutable();
    }

    private static Cure Made(string name, UpsamplingLayer before, UpsamplingLayer after)
    {
        UpsamplingLayer dense = before.Dense(), cured = after.Dense();
        double change = 0;
        int taps = dense.Taps, longer = cured.Taps;
        if (taps == longer)
        {
            for (int i = 0; i < cured.Weight.Length; i++) change = Math.Max(change, Math.Abs(cured.Weight[i] - dense.Weight[i]));
        }
        else
        {
            for (int pair = 0; pair < dense.Weight.Length / taps; pair++)
                for (int tap = 0; tap < taps; tap++)
                    change = Math.Max(
                        change, Math.Abs(
                        cured.Weight[pair * longer + Moved(dense.Kernel, cured.Kernel, tap)] - dense.Weight[pair * taps + tap]));
        }
        return new(name, after, [.. cured.Kernel.Select((kernel, a) => kernel - dense.Kernel[a])], change, LayerDiagnosis.Of(before),
            LayerDiagnosis.Of(after));
    }

    // A tap's flat place in a longer kernel.
    private static int Moved(ImmutableArray<int> from, ImmutableArray<int> to, int tap)
    {
        int place = 0, scale = 1;
        for (int a = from.Length - 1; a >= 0; a--)
        {
            place += tap % from[a] * scale;
            tap /= from[a];
            scale *= to[a];
        }
        return place;
    }

    private static int SubTap(UpsamplingLayer layer, int tap)
    {
        int place = 0, scale = 1;
        for (int a = layer.Kernel.Length - 1; a >= 0; a--)
        {
            place += tap % layer.Kernel[a] / layer.Stride[a] * scale;
            tap /= layer.Kernel[a];
            scale *= layer.Kernel[a] / layer.Stride[a];
        }
        return place;
    }

    private static UpsamplingLayer Hold(UpsamplingLayer layer, int axis, bool keepMean)
    {
        int stride = layer.Stride[axis], taps = layer.Kernel[axis];
        ImmutableArray<int> kernel = layer.Kernel.SetItem(axis, taps + stride - 1);
        int inner = layer.Kernel.Skip(axis + 1).Aggregate(1, static (product, one) => product * one),
            outer = layer.Weight.Length / (taps * inner);
        var weight = new double[outer * kernel[axis] * inner];
        double share = keepMean ? 1.0 / stride : 1;
        for (int o = 0; o < outer; o++)
        for (int t = 0; t < taps; t++)
        for (int u = 0; u < stride; u++)
        for (int i = 0; i < inner; i++)
            weight[(o * kernel[axis] + t + u) * inner + i] += share * layer.Weight[(o * taps + t) * inner + i];
        return layer.With(kernel, weight);
    }

    // Long division by 1 + z + ... + z^(stride - 1); what remains must be nothing beside the weights.
    private static UpsamplingLayer? Divide(UpsamplingLayer layer, int axis)
    {
        int stride = layer.Stride[axis], taps = layer.Kernel[axis];
        if (taps < stride) return null;
        ImmutableArray<int> kernel = layer.Kernel.SetItem(axis, taps - stride + 1);
        int inner = layer.Kernel.Skip(axis + 1).Aggregate(1, static (product, one) => product * one),
            outer = layer.Weight.Length / (taps * inner);
        double largest = layer.Weight.Max(Math.Abs);
        var weight = new double[outer * kernel[axis] * inner];
        for (int o = 0; o < outer; o++)
        for (int i = 0; i < inner; i++)
        {
            double[] rest = [.. Enumerable.Range(0, taps).Select(t => layer.Weight[(o * taps + t) * inner + i])];
            for (int t = 0; t < kernel[axis]; t++)
            {
                double quotient = rest[t];
                weight[(o * kernel[axis] + t) * inner + i] = quotient;
                for (int u = 0; u < stride; u++) rest[t + u] -= quotient;
            }
            if (rest.Max(Math.Abs) > 1e-6 * largest) return null;
        }
        return layer.With(kernel, weight);
    }
}
