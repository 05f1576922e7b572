namespace Upstride.Onnx.Operators.Movement;

/// <summary>What stands beyond a border.</summary>
internal enum PadMode
{
    /// <summary>One value.</summary>
    Constant,

    /// <summary>The mirror image, the border's element once.</summary>
    Reflect,

    /// <summary>The border's element.</summary>
    Edge,

    /// <summary>The other end.</summary>
    Wrap,
}

/// <summary>One axis of a padding.</summary>
/// <param name="From">Elements of the source from one index to the next.</param>
/// <param name="To">Likewise of the destination.</param>
/// <param name="Sources">For each index of the destination that of the source; -1 where the constant stands.</param>
internal sealed record PadAxis(int From, int To, int[] Sources)
{
    /// <summary>The index of the source for each index of the destination.</summary>
    public static int[] Map(PadMode mode, int length, long head, long tail)
    {
        int first = (int)Math.Max(0, -head), kept = length - first - (int)Math.Max(0, -tail);
        var sources = new int[length + head + tail];
        for (int i = 0; i < sources.Length; i++)
        {
            long place = i - Math.Max(0, head);
            if (place < 0 || place >= kept)
            {
                place = mode switch
                {
                    PadMode.Reflect => Mirror(place, kept),
                    PadMode.Edge => place < 0 ? 0 : kept - 1,
                    PadMode.Wrap => Modulo(place, kept),
                    _ => -1,
                };
            }
            sources[i] = place < 0 ? -1 : first + (int)place;
        }
        return sources;
    }

    /// <summary>Writes the padded tensor of these axes, outermost first.</summary>
    public static void Fill<T>(ReadOnlySpan<T> source, ReadOnlySpan<PadAxis> axes, T value, Span<T> destination)
    {
        PadAxis axis = axes[0];
        for (int i = 0; i < axis.Sources.Length;)
        {
            // As many at once as lie one after another on both sides.
            int from = axis.Sources[i], run = 1;
            bool whole = axes.Length == 1;
            while (i + run < axis.Sources.Length && (from < 0 ? axis.Sources[i + run] < 0 : whole && axis.Sources[i + run] == from + run))
                run++;
            Span<T> target = destination.Slice(i * axis.To, run * axis.To);
            if (from < 0)
                target.Fill(value);
            else if (whole)
                source.Slice(from * axis.From, target.Length).CopyTo(target);
            else
                Fill(source.Slice(from * axis.From, axis.From), axes[1..], value, target);
            i += run;
        }
    }

    private static long Mirror(long place, int length)
    {
        if (length == 1) return 0;
        long period = 2L * (length - 1), within = Modulo(place, period);
        return within < length ? within : period - within;
    }

    private static long Modulo(long value, long divisor) => ((value % divisor) + divisor) % divisor;
}
