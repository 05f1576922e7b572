namespace Upstride.Geometry;

/// <summary>
/// Which settings, legal in PyTorch, make the sizes one wants. Every answer is found, in ascending order, one at a time as it is asked for.
/// </summary>
public static class InverseGeometry
{
    /// <summary>
    /// Every padding and output padding that take <paramref name="from"/> elements to <paramref name="to"/> with this kernel.
    /// </summary>
    /// <exception cref="GeometryException">A size below one, or an uncropped output beyond <see cref="int.MaxValue"/>.</exception>
    public static IEnumerable<ConvTransposeSettings> Between(int from, int to, int kernel, int stride, int dilation = 1)
    {
        Require(nameof(from), from);
        Require(nameof(to), to);
        ConvTransposeAxis axis = ConvTransposeAxis.Create(from, kernel, stride, dilation);
        return Crops(axis.Full - to, axis);
    }

    /// <summary>
    /// Every setting without dilation, of a kernel up to <paramref name="maxKernel"/>, that takes <paramref name="from"/> elements to
    /// <paramref name="to"/>. The
    /// padding stays below the kernel, since a larger one crops the first input away altogether; a single element, which no stride ever
    /// moves, is asked for with strides up to <paramref name="to"/>.
    /// </summary>
    /// <exception cref="GeometryException">A size below one.</exception>
    public static IEnumerable<ConvTransposeSettings> Between(int from, int to, int maxKernel) =>
        Between(from, to, kernel: null, stride: null, maxKernel);

    /// <summary>As <see cref="Between(int, int, int)"/>, with this kernel or this stride alone where they are given.</summary>
    /// <param name="from">Elements before.</param>
    /// <param name="to">Elements after.</param>
    /// <param name="kernel">The only kernel; all up to <paramref name="maxKernel"/> where null.</param>
    /// <param name="stride">The only stride; all where null.</param>
    /// <param name="maxKernel">The longest kernel that is asked for.</param>
    /// <exception cref="GeometryException">A size below one.</exception>
    public static IEnumerable<ConvTransposeSettings> Between(int from, int to, int? kernel, int? stride, int maxKernel)
    {
        Require(nameof(from), from);
        Require(nameof(to), to);
        Require(nameof(kernel), kernel ?? 1);
        Require(nameof(stride), stride ?? 1);
        Require(nameof(maxKernel), maxKernel);
        return Search();

        IEnumerable<ConvTransposeSettings> Search()
        {
            for (long taps = kernel ?? 1; taps <= (kernel ?? maxKernel); taps++)
            {
                for (long step =
                    Math.Max(stride ?? 1, MinStride(taps)); step <= Math.Min(stride ?? long.MaxValue, LargestStride(taps)); step++)
                {
                    if (!ConvTransposeAxis.TryCreate(from, taps, step, 1, 0, 0, out ConvTransposeAxis axis, out _)) break;
                    foreach (ConvTransposeSettings settings in Crops(axis.Full - to, axis))
                    {
                        if (settings.Padding >= taps) break;
                        yield return settings;
                    }
                }
            }
        }

        // From full + stride - 1 >= to, the most that an output padding below the stride adds: smaller strides have no answers to be looked
        // through.
        long MinStride(long taps) => Integers.DivideUp(to - taps + 1, from);

        // From full - 2*(kernel - 1) <= to, the most that paddings below the kernel crop.
        long LargestStride(long taps) => from == 1 ? to : (to + taps - 2) / (from - 1);
    }

    /// <summary>
    /// Every setting, of a kernel up to <paramref name="maxKernel"/>, that multiplies every size by <paramref name="factor"/>; the stride
    /// is the factor.
    /// </summary>
    /// <exception cref="GeometryException">A factor, kernel or dilation below one.</exception>
    public static IEnumerable<ConvTransposeSettings> Scaling(int factor, int maxKernel, int dilation = 1) =>
        Scaling(factor, kernel: null, maxKernel, dilation);

    /// <summary>As <see cref="Scaling(int, int, int)"/>, with this kernel alone where it is given.</summary>
    /// <param name="factor">How many times as long every size becomes; the stride.</param>
    /// <param name="kernel">The only kernel; all up to <paramref name="maxKernel"/> where null.</param>
    /// <param name="maxKernel">The longest kernel that is asked for.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <exception cref="GeometryException">A factor, kernel or dilation below one.</exception>
    public static IEnumerable<ConvTransposeSettings> Scaling(int factor, int? kernel, int maxKernel, int dilation)
    {
        Require(nameof(kernel), kernel ?? 1);
        Require(nameof(factor), factor);
        Require(nameof(maxKernel), maxKernel);
        Require(nameof(dilation), dilation);
        return Search();

        // What is true of one input is true of all: with the stride equal to the factor, another input adds the factor to both sides.
        IEnumerable<ConvTransposeSettings> Search()
        {
            for (long taps = kernel ?? 1; taps <= (kernel ?? maxKernel); taps++)
            {
                if (!ConvTransposeAxis.TryCreate(1, taps, factor, dilation, 0, 0, out ConvTransposeAxis axis, out _)) yield break;
                foreach (ConvTransposeSettings settings in Crops((long)axis.Full - factor, axis)) yield return settings;
            }
        }
    }

    /// <summary>Every legal padding and output padding with <c>2*padding - outputPadding = surplus</c>.</summary>
    private static IEnumerable<ConvTransposeSettings> Crops(long surplus, ConvTransposeAxis axis)
    {
        int limit = ConvTransposeGeometry.OutputPaddingLimit(axis.Stride, axis.Dilation);
        for (long padding = Math.Max(0, Integers.DivideUp(surplus, 2)); 2 * padding - surplus < limit; padding++)
            yield return new(axis.Kernel, axis.Stride, (int)padding, (int)(2 * padding - surplus), axis.Dilation);
    }

    private static void Require(string parameter, int value)
    {
        if (ConvTransposeAxis.AtLeastOne(parameter, value) is { } error) throw new GeometryException(error);
    }
}
