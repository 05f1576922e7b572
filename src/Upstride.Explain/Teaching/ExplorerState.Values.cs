using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Teaching;

// What changes numbers one by one, and what keeps them when sizes change.
public sealed partial record ExplorerState
{
    /// <summary>The state with one number of the input changed.</summary>
    /// <param name="channel">The input channel.</param>
    /// <param name="position">Where, outermost axis first.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="GeometryException">The numbers do not fit the sizes, or the place lies outside them.</exception>
    public ExplorerState WithInput(int channel, ImmutableArray<int> position, double value)
    {
        int[] space = [.. Input.Values];
        double[] values = [.. X.Fill("input", [InputChannels], space)];
        values[Flat("input", [InputChannels, .. space], [channel, .. position.IsDefault ? [] : position])] = value;
        return this with { X = ValueSource.Of(values) };
    }

    /// <summary>The state with one number of the weights of the shown output channel changed.</summary>
    /// <param name="channel">The input channel.</param>
    /// <param name="tap">The tap as the definition counts it; JAX stores its kernels flipped.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="GeometryException">The numbers do not fit the sizes, or the place lies outside them.</exception>
    public ExplorerState WithWeight(int channel, ImmutableArray<int> tap, double value)
    {
        int outputs = Math.Max(1, OutputChannels / Math.Max(1, Groups));
        int[] space = [.. Kernel.Expand(Input.Values.Length, "kernel")];
        int[] stored = [.. tap.IsDefault ? [] : tap];
        if (Framework == Framework.Jax && stored.Length == space.Length)
            for (int a = 0; a < stored.Length; a++) stored[a] = space[a] - 1 - stored[a];
        double[] values = [.. W.Fill("weight", [InputChannels, outputs], space)];
        values[Flat("weight", [InputChannels, outputs, .. space], [channel, ShownOutput % outputs, .. stored])] = value;
        return this with { W = ValueSource.Of(values) };
    }

    /// <summary>
    /// The state with what no longer fits put right: numbers that were given one by one keep their places and get zeros where there were
    /// none, a pin or a channel outside goes.
    /// </summary>
    /// <param name="before">The state that the numbers fitted.</param>
    public ExplorerState FittedFrom(ExplorerState before)
    {
        ArgumentNullException.ThrowIfNull(before);
        ExplorerState fitted = this with
        {
            X = Fit(X, [before.InputChannels, .. before.Input.Values], [InputChannels, .. Input.Values]),
            W = Fit(W, before.WeightSizes(), WeightSizes()),
            Bias = Bias is null ? null : Fit(Bias, [before.OutputChannels], [OutputChannels]),
            ShownInput = Math.Min(ShownInput, InputChannels - 1),
            ShownOutput = Math.Min(ShownOutput, OutputChannels - 1),
        };
        return fitted.Pin is { } pin && !fitted.Holds(pin) ? fitted with { Pin = null } : fitted;
    }

    private bool Holds(Pin pin)
    {
        try
        {
            ImmutableArray<ConvTransposeAxis> axes = Parameters.Lower(Framework).Axes;
            return pin.Position.Length == axes.Length && axes.Zip(pin.Position).All(pair => pair.Second >= 0
                && pair.Second < pin.Kind switch
            {
                PinKind.Output => pair.First.Output,
                PinKind.Input => pair.First.Input,
                _ => pair.First.Kernel,
            });
        }
        catch (GeometryException)
        {
            return true;
        }
    }

    private int[] WeightSizes() =>
        [InputChannels, Math.Max(1, OutputChannels / Math.Max(1, Groups)), .. Kernel.Expand(Input.Values.Length, "kernel")];

    private static ValueSource Fit(ValueSource source, int[] before, int[] now)
    {
        if (!source.IsListed || before.AsSpan().SequenceEqual(now)) return source;
        ImmutableArray<double> values;
        try
        {
            values = source.Fill("values", before, []);
        }
        catch (GeometryException)
        {
            return source;
        }
        // Axes are told apart from the last one, so that a row of one axis becomes the first row of two.
        int rank = Math.Max(before.Length, now.Length);
        int[] from = [.. Enumerable.Repeat(1, rank - before.Length), .. before], to = [.. Enumerable.Repeat(1, rank - now.Length), .. now];
        var fitted = new double[now.Aggregate(1, static (product, size) => product * size)];
        for (int at = 0; at < fitted.Length; at++)
        {
            int rest = at, place = 0, scale = 1;
            bool kept = true;
            for (int a = rank - 1; a >= 0; a--)
            {
                int index = rest % to[a];
                rest /= to[a];
                kept &= index < from[a];
                place += index * scale;
                scale *= from[a];
            }
            if (kept) fitted[at] = values[place];
        }
        return ValueSource.Of(fitted);
    }

    private static int Flat(string parameter, int[] sizes, int[] place)
    {
        int flat = 0;
        bool inside = place.Length == sizes.Length;
        for (int a = 0; inside && a < sizes.Length; a++)
        {
            inside = place[a] >= 0 && place[a] < sizes[a];
            flat = flat * sizes[a] + place[a];
        }
        return inside ? flat : throw ValueSource.Fault(
            parameter, $"[{string.Join(", ", place)}] lies outside {parameter}, whose sizes are [{string.Join(", ", sizes)}]");
    }
}
