namespace Upstride.Geometry;

/// <summary>An affine size, <c>Factor*i + Constant</c>.</summary>
/// <param name="Factor">How much it grows with i.</param>
/// <param name="Constant">What it is at i = 0.</param>
public readonly record struct AffineSize(long Factor, long Constant)
{
    /// <summary>As one writes it: <c>4i</c>, <c>2i - 1</c>, <c>i + 2</c>.</summary>
    public override string ToString()
    {
        string linear = Factor == 1 ? "i" : $"{Factor}i";
        return Constant == 0 ? linear : $"{linear} {(Constant < 0 ? '-' : '+')} {Math.Abs(Constant)}";
    }
}

/// <summary>The size of a transposed convolution's output in terms of its input's size i, along one axis.</summary>
public sealed class SymbolicSize
{
    // Far above every kernel, where no border rule of a dialect applies any more.
    private const int Large = 1 << 20;
    private const int MaxTries = 1 << 12;

    private SymbolicSize(ConvTransposeAxis first, ConvTransposeAxis second, int smallest)
    {
        AffineSize Between(Func<ConvTransposeAxis, long> size) =>
            new(size(second) - size(first), size(first) - (size(second) - size(first)) * first.Input);
        Axis = first;
        Output = Between(static axis => axis.Output);
        Full = Between(static axis => axis.Full);
        Stretched = Between(static axis => EquivalentConvolution.Of(axis).Input);
        Smallest = smallest;
    }

    /// <summary>The output's size.</summary>
    public AffineSize Output { get; }

    /// <summary>The uncropped output's size.</summary>
    public AffineSize Full { get; }

    /// <summary>The stretched input of the equivalent convolution, i'.</summary>
    public AffineSize Stretched { get; }

    /// <summary>The smallest i that is legal.</summary>
    public int Smallest { get; }

    /// <summary>An axis with these settings and a large input; kernel, stride, dilation and crops are those of every i.</summary>
    public ConvTransposeAxis Axis { get; }

    /// <summary>The sizes that a framework gives these settings; the input's size is not read.</summary>
    /// <exception cref="GeometryException">The framework refuses them, they have more than one axis, or their crop depends on the input's
    /// size.</exception>
    public static SymbolicSize Of(HyperParameters parameters, Framework framework)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Kernel.Values.Length > 1)
            throw ShapeReading.Fault(
                "kernel", $"kernel = {parameters.Kernel}, and sizes in terms of i are about one axis: ask for each axis alone");
        if (!parameters.OutputShape.Values.IsEmpty)
            throw ShapeReading.Fault("outputShape",
                $"outputShape = {parameters.OutputShape}, and is no size in terms of i: give padding and outputPadding");
        ConvTransposeAxis At(int input) => (parameters with { Input = input }).Lower(framework).Axes[0];
        ConvTransposeAxis first = At(Large), second = At(Large + 1);
        if (first.Head != second.Head || first.Tail != second.Tail)
            throw ShapeReading.Fault(
                "padding", "the crop depends on the input's size, so that the output is no multiple of i: give --input as a number");
        for (int input = 1; input < MaxTries; input++)
            if (ConvTransposeAxis.TryCreate(
                input, first.Kernel, first.Stride, first.Dilation, first.Head, first.Tail, out _, out _)) return new(first, second, input);
        throw ShapeReading.Fault("padding", $"no input below {MaxTries} gives a positive output: crop less");
    }

    /// <summary>The size equation and the equivalent convolution, line by line.</summary>
    public string Explain()
    {
        string head = ConvTransposeAxis.Sign(Axis.Head), tail = ConvTransposeAxis.Sign(Axis.Tail);
        EquivalentConvolution equal = EquivalentConvolution.Of(Axis);
        string pads = $"{ConvTransposeAxis.Sign(equal.PaddingHead)} + {ConvTransposeAxis.Sign(equal.PaddingTail)}";
        string dilation = Axis.Dilation == 1 ? "" : $", dilation {Axis.Dilation}";
        string settings = $"kernel {Axis.Kernel}{dilation}, stride 1, padding {equal.PaddingHead} and {equal.PaddingTail}";
        return $"""
            full = (i - 1)*stride + (kernel - 1)*dilation + 1 = (i - 1)*{Axis.Stride} + ({Axis.Kernel} - 1)*{Axis.Dilation} + 1 = {Full}
            output = full - head - tail = {Full} - {head} - {tail} = {Output}{(Smallest > 1 ? $", for i >= {Smallest}" : "")}
            equals a convolution of i' = i + (i - 1)*(stride - 1) = {Stretched} inputs, {settings}
            output = i' + padding - extent + 1 = {Stretched} + {pads} - {Axis.Extent} + 1 = {Output}
            """.ReplaceLineEndings("\n");
    }
}
