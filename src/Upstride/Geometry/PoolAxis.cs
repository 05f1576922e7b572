namespace Upstride.Geometry;

/// <summary>
/// One axis of a pooling: output o looks at the inputs <c>o*Stride - Head + t*Dilation</c>, t from 0 to <c>Kernel - 1</c>, that lie inside.
/// </summary>
public readonly record struct PoolAxis
{
    private PoolAxis(int input, int kernel, int stride, int dilation, int head, int tail, int output)
    {
        Input = input;
        Kernel = kernel;
        Stride = stride;
        Dilation = dilation;
        Head = head;
        Tail = tail;
        Output = output;
    }

    /// <summary>Elements of the input along this axis.</summary>
    public int Input { get; }

    /// <summary>Taps of the window.</summary>
    public int Kernel { get; }

    /// <summary>Distance between neighbouring windows.</summary>
    public int Stride { get; }

    /// <summary>Distance between neighbouring taps.</summary>
    public int Dilation { get; }

    /// <summary>Padding before the input.</summary>
    public int Head { get; }

    /// <summary>Padding after the input.</summary>
    public int Tail { get; }

    /// <summary>Windows along this axis.</summary>
    public int Output { get; }

    /// <summary>
    /// The axis with <c>floor((input + head + tail - extent)/stride) + 1</c> windows, extent being <c>(kernel - 1)*dilation + 1</c>. In
    /// ceil
    /// mode the quotient is rounded up, but a window that would start after the input and its head is dropped (PyTorch's rule, and ONNX's).
    /// </summary>
    /// <exception cref="GeometryException">A size below one, negative padding, a window longer than the padded input that ceil mode does
    /// not keep either, or one that sees padding alone.</exception>
    public static PoolAxis Create(long input, long kernel, long stride = 1, long head = 0, long tail = 0, long dilation = 1,
        bool ceilMode = false)
    {
        GeometryError? error = ConvTransposeAxis.AtLeastOne(nameof(input), input) ?? ConvTransposeAxis.AtLeastOne(nameof(kernel), kernel)
            ?? ConvTransposeAxis.AtLeastOne(nameof(stride), stride) ?? ConvTransposeAxis.AtLeastOne(nameof(dilation), dilation)
            ?? Padding(head) ?? Padding(tail);
        if (error is not null) throw new GeometryException(error);
        long extent = (kernel - 1) * dilation + 1, padded = input + head + tail;
        GeometryException Unmet(long o) => new(new(
            "padding", $"window {o} covers {o * stride - head} .. {o * stride - head + extent - 1} in steps of {dilation} and meets none "
                + $"of the inputs 0 .. {input - 1}: pad less"));
        // In ceil mode one window is kept that is longer than the padded input, as long as it begins inside.
        long output = Integers.DivideDown(padded - extent + (ceilMode ? stride - 1 : 0), stride) + 1;
        if (output < 1 || extent > int.MaxValue)
        {
            throw new GeometryException(new(
                nameof(kernel),
                    $"the window's extent (kernel - 1)*dilation + 1 = ({kernel} - 1)*{dilation} + 1 = {extent} is longer than the padded "
                    + $"input, {input} + {head} + {tail} = {padded}: pad more or use a smaller kernel"));
        }
        if (ceilMode && (output - 1) * stride >= input + head) output--;
        if (output > int.MaxValue || padded > int.MaxValue)
            throw new GeometryException(new(nameof(input),
                $"the padded input is {padded} and the output {output} elements long, and both must be at most {int.MaxValue}"));
        var axis = new PoolAxis((int)input, (int)kernel, (int)stride, (int)dilation, (int)head, (int)tail, (int)output);
        // A window that starts inside meets its first tap; those after meet nothing. One that starts before must reach the input, and its
        // first
        // tap from 0 on, which is at start mod dilation, must not step over a short one.
        if (head > 0 && extent <= head) throw Unmet(0);
        if (head > 0 && dilation > input && FirstBeyond(input, stride, dilation, head) is { } over && over < output && over * stride < head)
            throw Unmet(over);
        if ((output - 1) * stride - head >= input) throw Unmet(output - 1);
        return axis;
    }

    /// <summary>The windows of some outputs alone, over the inputs that they look at.</summary>
    /// <param name="firstOutput">The first of them.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="firstInput">Which input becomes the first: the first that a window meets, or one before.</param>
    /// <param name="inputs">How many there are; none of the windows meets one after them.</param>
    internal PoolAxis Part(int firstOutput, int outputs, int firstInput, int inputs) => new(inputs, Kernel, Stride, Dilation,
        Head + firstInput - (firstOutput * Stride), firstInput + inputs == Input ? Tail : 0, outputs);

    /// <summary>
    /// The inputs that output <paramref name="output"/> looks at: the first, and how many at distance <see cref="Dilation"/>.
    /// </summary>
    public (int First, int Count) WindowOf(int output)
    {
        RequireCreated();
        long start = (long)output * Stride - Head;
        long low = start >= 0 ? 0 : Integers.DivideUp(-start, Dilation);
        long high = start >= Input ? -1 : Math.Min(Kernel - 1, (Input - 1 - start) / Dilation);
        return high < low ? (0, 0) : ((int)(start + low * Dilation), (int)(high - low + 1));
    }

    /// <summary>The most taps of a window that can lie inside the input at once: <c>min(Kernel, (Input - 1)/Dilation + 1)</c>.</summary>
    internal int MaxTaps => Math.Min(Kernel, (Input - 1) / Dilation + 1);

    /// <summary>
    /// How many taps of output <paramref name="output"/> lie within the padded input, <c>-Head .. Input + Tail - 1</c>: a last window kept
    /// by ceil mode may reach beyond it.
    /// </summary>
    public int PaddedCount(int output)
    {
        RequireCreated();
        return (int)Math.Min(Kernel, ((long)Head + Input + Tail - 1 - (long)output * Stride) / Dilation + 1);
    }

    private void RequireCreated()
    {
        if (Stride == 0) throw new InvalidOperationException("the axis is default(PoolAxis), which has no size: make it by Create");
    }

    // The first o for which (o*stride - head) mod dilation is at least the input, and so beyond its last element; null where there is none.
    private static long? FirstBeyond(long input, long stride, long dilation, long head)
    {
        long first = (dilation - head % dilation) % dilation;
        return first >= input ? 0 : FirstMultiple(stride % dilation, dilation, input - first, dilation - 1 - first);
    }

    // The least x >= 0 with low = factor*x mod modulus = high, where 0 = low = high modulus, by Euclid's algorithm: where no multiple of
    // the
    // factor lies between the bounds, modulus*y must be so far past one that the next lies between the bounds shifted by it.
    private static long? FirstMultiple(long factor, long modulus, long low, long high)
    {
        if (low == 0) return 0;
        if (factor == 0) return null;
        long x = Integers.DivideUp(low, factor);
        if (x * factor <= high) return x;
        long? y = FirstMultiple(modulus % factor, factor, (factor - high % factor) % factor, (factor - low % factor) % factor);
        return y is { } turns ? Integers.DivideUp(low + modulus * turns, factor) : null;
    }

    private static GeometryError? Padding(long padding) =>
        padding is < 0 or > int.MaxValue ? new("padding", $"padding = {padding}, and must be 0 .. {int.MaxValue}") : null;
}
