using System.Diagnostics.CodeAnalysis;

namespace Upstride.Geometry;

/// <summary>
/// One spatial axis of a transposed convolution, in the six integers that every framework's parameters are lowered to:
/// <c>y[o] = sum over i, t with i*Stride + t*Dilation = o + Head of x[i] w[t]</c>.
/// </summary>
/// <remarks>
/// The full output has <c>(Input - 1)*Stride + Extent</c> elements; <see cref="Head"/> of them are cropped at the start and
/// <see cref="Tail"/> at the end. A negative crop extends the output instead (output padding): what no product reaches holds the
/// bias alone.
/// </remarks>
public readonly record struct ConvTransposeAxis
{
    private ConvTransposeAxis(int input, int kernel, int stride, int dilation, int head, int tail)
    {
        Input = input;
        Kernel = kernel;
        Stride = stride;
        Dilation = dilation;
        Head = head;
        Tail = tail;
        Extent = (kernel - 1) * dilation + 1;
        Full = (input - 1) * stride + Extent;
        Output = Full - head - tail;
    }

    /// <summary>Elements of the input along this axis.</summary>
    public int Input { get; }

    /// <summary>Taps of the kernel.</summary>
    public int Kernel { get; }

    /// <summary>Distance, in output elements, between the products of neighbouring inputs.</summary>
    public int Stride { get; }

    /// <summary>Distance, in output elements, between neighbouring taps; 1 is a dense kernel.</summary>
    public int Dilation { get; }

    /// <summary>Elements of the full output that are cropped at its start; negative extends it.</summary>
    public int Head { get; }

    /// <summary>Elements of the full output that are cropped at its end; negative extends it.</summary>
    public int Tail { get; }

    /// <summary>The kernel's extent, <c>(Kernel - 1)*Dilation + 1</c>.</summary>
    public int Extent { get; }

    /// <summary>The uncropped output, <c>(Input - 1)*Stride + Extent</c>.</summary>
    public int Full { get; }

    /// <summary>Elements of the output, <c>Full - Head - Tail</c>.</summary>
    public int Output { get; }

    /// <summary>The axis of these six integers.</summary>
    /// <exception cref="GeometryException">A size below one, an output that is not positive, or sizes beyond
    /// <see cref="int.MaxValue"/>.</exception>
    public static ConvTransposeAxis Create(long input, long kernel, long stride = 1, long dilation = 1, long head = 0, long tail = 0) =>
        TryCreate(input, kernel, stride, dilation, head, tail, out ConvTransposeAxis axis, out GeometryError? error)
            ? axis
            : throw new GeometryException(error);

    /// <summary>The axis of these six integers, or the reason why there is none.</summary>
    public static bool TryCreate(
        long input, long kernel, long stride, long dilation, long head, long tail,
        out ConvTransposeAxis axis, [NotNullWhen(false)] out GeometryError? error)
    {
        axis = default;
        error = AtLeastOne(nameof(input), input) ?? AtLeastOne(nameof(kernel), kernel)
            ?? AtLeastOne(nameof(stride), stride) ?? AtLeastOne(nameof(dilation), dilation)
            ?? InRange(nameof(head), head) ?? InRange(nameof(tail), tail);
        if (error is not null) return false;

        // Every factor is below 2^31 here, so nothing below leaves 64 bits.
        long extent = (kernel - 1) * dilation + 1;
        long full = (input - 1) * stride + extent;
        long output = full - head - tail;
        if (extent > int.MaxValue)
            error = new("kernel",
                $"the kernel's extent is (kernel - 1)*dilation + 1 = ({kernel} - 1)*{dilation} + 1 = {extent}, more than {int.MaxValue}: "
                + $"use a smaller kernel or dilation");
        else if (full > int.MaxValue || output > int.MaxValue)
            error = new("input",
                $"the output is (input - 1)*stride + extent - head - tail = ({input} - 1)*{stride} + {extent} - {Sign(head)} - "
                + $"{Sign(tail)} = {output}, more than {int.MaxValue}: use a smaller input or stride");
        else if (output < 1)
            error = new("padding",
                $"the output is (input - 1)*stride + extent - head - tail = ({input} - 1)*{stride} + {extent} - {Sign(head)} - "
                + $"{Sign(tail)} = {output}, and must be positive: crop less or use a larger kernel");
        else if (Math.Max(full - head, full - tail) > int.MaxValue)
            error = new("padding",
                $"full - head = {full} - {Sign(head)} = {full - head} and full - tail = {full} - {Sign(tail)} = {full - tail}, and "
                + $"neither may exceed {int.MaxValue}: extend the output less");
        if (error is not null) return false;

        axis = new((int)input, (int)kernel, (int)stride, (int)dilation, (int)head, (int)tail);
        return true;
    }

    /// <summary>
    /// The axis whose transposed convolution is the adjoint of the ordinary convolution that takes <paramref name="input"/> elements to
    /// <c>(input + paddingHead + paddingTail - extent)/stride + 1</c>, rounded down. Its <see cref="Input"/> is that convolution's output
    /// and its <see cref="Output"/> that convolution's input; what the rounding leaves over becomes a smaller <see cref="Tail"/>.
    /// </summary>
    /// <exception cref="GeometryException">A size below one, or a kernel longer than the padded input.</exception>
    public static ConvTransposeAxis OfConvolution(
        long input, long kernel, long stride = 1, long dilation = 1, long paddingHead = 0, long paddingTail = 0)
    {
        GeometryError? error = AtLeastOne(nameof(input), input) ?? AtLeastOne(nameof(kernel), kernel)
            ?? AtLeastOne(nameof(stride), stride) ?? AtLeastOne(nameof(dilation), dilation)
            ?? InRange("padding", paddingHead) ?? InRange("padding", paddingTail);
        if (error is not null) throw new GeometryException(error);
        long extent = (kernel - 1) * dilation + 1;
        long padded = input + paddingHead + paddingTail;
        if (extent > padded)
        {
            throw new GeometryException(new(
                "kernel",
                $"the kernel's extent (kernel - 1)*dilation + 1 = ({kernel} - 1)*{dilation} + 1 = {extent} is longer than the padded "
                    + $"input, {input} + {Sign(paddingHead)} + {Sign(paddingTail)} = {padded}: pad more or use a smaller kernel"));
        }
        long output = (padded - extent) / stride + 1;
        long full = (output - 1) * stride + extent;
        return Create(output, kernel, stride, dilation, paddingHead, full - input - paddingHead);
    }

    /// <summary>The same input, kernel, stride and dilation with other crops.</summary>
    /// <exception cref="GeometryException">An output that is not positive, or beyond <see cref="int.MaxValue"/>.</exception>
    public ConvTransposeAxis WithCrop(long head, long tail) => Create(Input, Kernel, Stride, Dilation, head, tail);

    /// <summary>
    /// The same axis cropped to <paramref name="output"/> elements: of what <see cref="Full"/> and <paramref name="outputPadding"/> have
    /// too
    /// much, the smaller half (or the larger) goes from the start. Where they have too little, the end is extended and the head is 0.
    /// </summary>
    internal ConvTransposeAxis CropTo(long output, long outputPadding = 0, bool largerHalfFirst = false)
    {
        long surplus = Math.Max(Full + outputPadding - output, 0);
        long head = (surplus + (largerHalfFirst ? 1 : 0)) / 2;
        return WithCrop(head, Full - output - head);
    }

    /// <summary>The taps that reach <c>full[Stride*j + residue]</c>: one phase of this axis.</summary>
    /// <param name="residue">The phase, 0 to <see cref="Stride"/> - 1.</param>
    public Phase GetPhase(int residue)
    {
        RequireCreated();
        ArgumentOutOfRangeException.ThrowIfNegative(residue);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(residue, Stride);
        var taps = new List<PhaseTap>();
        for (int tap = 0; tap < Kernel; tap++)
        {
            long position = (long)tap * Dilation;
            if (position % Stride == residue) taps.Add(new(tap, (int)(position / Stride)));
        }

        // o + Head = Stride*j + residue with 0 <= o < Output.
        long first = Integers.DivideUp((long)Head - residue, Stride);
        long last = Integers.DivideDown((long)Output - 1 + Head - residue, Stride);
        return new(residue, [.. taps], (int)first, (int)Math.Max(0, last - first + 1), (int)(Stride * first + residue - Head));
    }

    /// <summary>All <see cref="Stride"/> phases, by residue.</summary>
    public Phase[] GetPhases()
    {
        var phases = new Phase[Stride];
        for (int residue = 0; residue < Stride; residue++) phases[residue] = GetPhase(residue);
        return phases;
    }

    /// <summary>
    /// The output that input <paramref name="input"/> reaches through tap <paramref name="tap"/>: <c>input*Stride + tap*Dilation -
    /// Head</c>; outside 0 .. <see cref="Output"/> - 1 it is cropped.
    /// </summary>
    public int OutputOf(int input, int tap) => input * Stride + tap * Dilation - Head;

    /// <summary>
    /// The inputs that reach a kept output through <paramref name="tap"/>: <c>0 &lt;= i*Stride + tap*Dilation - Head &lt; Output</c>.
    /// </summary>
    /// <returns>The first such input and the end, [first, end); empty where the end does not exceed the first.</returns>
    public (int First, int End) InputsThrough(int tap)
    {
        RequireCreated();
        long shift = Head - (long)tap * Dilation;
        long first = Math.Clamp(Integers.DivideUp(shift, Stride), 0, Input);
        long end = Math.Clamp(Integers.DivideDown(Output - 1 + shift, Stride) + 1, first, Input);
        return ((int)first, (int)end);
    }

    /// <summary>The (input, tap) pairs whose products make output <paramref name="output"/>, by ascending input.</summary>
    public IEnumerable<(int Input, int Tap)> ProductsOf(int output)
    {
        RequireCreated();
        long position = (long)output + Head;
        long first = Math.Max(0, Integers.DivideUp(position - (Extent - 1), Stride));
        for (long input = first; input < Input && input * Stride <= position; input++)
        {
            long distance = position - input * Stride;
            if (distance % Dilation == 0) yield return ((int)input, (int)(distance / Dilation));
        }
    }

    /// <summary>
    /// The (output, tap) pairs that input <paramref name="input"/> touches, by ascending output; cropped ones are left out.
    /// </summary>
    public IEnumerable<(int Output, int Tap)> OutputsOf(int input)
    {
        for (int tap = 0; tap < Kernel; tap++)
        {
            int output = OutputOf(input, tap);
            if (output >= 0 && output < Output) yield return (output, tap);
        }
    }

    /// <summary>The full output of the first <paramref name="inputs"/> inputs, <c>(inputs - 1)*Stride + Extent</c>.</summary>
    internal long FullOf(long inputs) => (inputs - 1) * Stride + Extent;

    /// <summary>The place, in full coordinates, that an input reaches through a tap: <c>input*Stride + tap*Dilation</c>.</summary>
    internal int FullOf(int input, int tap) => input * Stride + tap * Dilation;

    /// <summary>The refusal of <c>default</c>, which is no axis; null for one that was created.</summary>
    internal GeometryError? NotCreated(string parameter) =>
        Stride > 0 ? null
        : new(parameter, $"{parameter} = default(ConvTransposeAxis), which has no size: make the axis by Create or OfConvolution");

    private void RequireCreated()
    {
        if (NotCreated("axis") is { } error) throw new InvalidOperationException(error.Message);
    }

    internal static GeometryError? AtLeastOne(string name, long value) =>
        value < 1 ? new(name, $"{name} = {value}, and must be at least 1")
        : value > int.MaxValue ? new(name, $"{name} = {value}, more than {int.MaxValue}")
        : null;

    private static GeometryError? InRange(string name, long value) =>
        value is < -int.MaxValue or > int.MaxValue ? new(name, $"{name} = {value} lies outside -{int.MaxValue} .. {int.MaxValue}") : null;

    internal static string Sign(long value) => value < 0 ? $"({value})" : $"{value}";
}
