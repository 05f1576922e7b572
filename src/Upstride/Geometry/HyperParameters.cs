using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>The sizes and settings of a transposed convolution apart from its channels, to be read by any framework's rules.</summary>
public sealed partial record HyperParameters
{
    /// <summary>The input's size on each axis, outermost first: one to three values.</summary>
    public required PerAxis Input { get; init; }

    /// <summary>The kernel's taps.</summary>
    public required PerAxis Kernel { get; init; }

    /// <summary>Default 1.</summary>
    public PerAxis Stride { get; init; }

    /// <summary>
    /// At both ends: PyTorch's padding, ONNX's pads, TensorFlow's and JAX's explicit padding. Not given is not 0 in JAX, where it means
    /// VALID.
    /// </summary>
    public PerAxis Padding { get; init; }

    /// <summary>
    /// At the end of each axis, where it differs from <see cref="Padding"/>, which then stands for the start alone. Only ONNX, TensorFlow
    /// and JAX have it.
    /// </summary>
    public PerAxis PaddingAtEnd { get; init; }

    /// <summary>Not given is not 0 in Keras.</summary>
    public PerAxis OutputPadding { get; init; }

    /// <summary>Default 1.</summary>
    public PerAxis Dilation { get; init; }

    /// <summary>
    /// SAME or VALID instead of <see cref="Padding"/>; TensorFlow's, Keras' and JAX's SAME is <see cref="OnnxAutoPad.SameUpper"/>.
    /// </summary>
    public OnnxAutoPad AutoPad { get; init; }

    /// <summary>The output's sizes, where a framework takes them: PyTorch's output_size, TensorFlow's and ONNX's output_shape.</summary>
    public PerAxis OutputShape { get; init; }

    private int Axes => Input.Values.Length;

    /// <summary>The geometry that <paramref name="framework"/> gives them, for one image and one channel.</summary>
    /// <exception cref="GeometryException">The framework refuses them, or has no such setting.</exception>
    public ConvTransposeGeometry Lower(Framework framework)
    {
        if (AutoPad != OnnxAutoPad.NotSet && !Padding.Values.IsEmpty)
            throw ShapeReading.Fault("padding",
                $"padding = {Padding} together with autoPad = {AutoPad}, and only one of them may be given: leave out one");
        if (Padding.Values.IsEmpty && !PaddingAtEnd.Values.IsEmpty)
            throw ShapeReading.Fault("paddingAtEnd",
                $"paddingAtEnd = {PaddingAtEnd} without padding, and both must be given: give padding for the start, which may be 0");
        nint[] space = [.. Input.Values.Select(static size => (nint)size)];
        nint[] taps = [.. Kernel.Expand(Axes, "kernel").Select(static size => (nint)size)];
        return framework switch
        {
            Framework.PyTorch => PyTorch([1, 1, .. space], [1, 1, .. taps]),
            Framework.TensorFlow => TensorFlow(space, taps),
            Framework.Keras => Keras([1, .. space, 1], [.. taps, 1, 1]),
            Framework.Onnx => Onnx([1, 1, .. space], [1, 1, .. taps]),
            Framework.Jax => Jax([1, .. space, 1], [.. taps, 1, 1]),
            _ => throw new ArgumentOutOfRangeException(nameof(framework), framework, "not one of the frameworks"),
        };
    }

    private ConvTransposeGeometry PyTorch(nint[] input, nint[] weight)
    {
        if (AutoPad is OnnxAutoPad.SameUpper or OnnxAutoPad.SameLower)
            throw ShapeReading.Fault("autoPad",
                $"autoPad = {AutoPad}, and PyTorch's transposed convolution has no SAME: {InsteadOfSame(Onnx(input, weight))}");
        if (ExplicitPadding().Amounts.Any(static pair => pair.Head != pair.Tail))
            throw ShapeReading.Fault("padding",
                $"padding = {ExplicitPadding()}, and PyTorch pads both ends alike: give the difference as outputPadding, or crop the "
                + $"output afterwards");
        return ConvTransposeGeometry.PyTorch(input, weight, Stride, Padding, OutputPadding, dilation: Dilation, outputSize: OutputShape);
    }

    private static Sentence InsteadOfSame(ConvTransposeGeometry same)
    {
        var settings = new List<ConvTransposeSettings>();
        foreach (ConvTransposeAxis axis in same.Axes)
        {
            ConvTransposeSettings[] first =
                [.. InverseGeometry.Between(axis.Input, axis.Output, axis.Kernel, axis.Stride, axis.Dilation).Take(1)];
            if (first is [])
                return $"no padding and outputPadding give the same size with kernel = {axis.Kernel}, stride = {axis.Stride} and "
                    + $"dilation = {axis.Dilation}, so use another kernel";
            settings.Add(first[0]);
        }
        string Join(IEnumerable<int> values) => string.Join('x', values);
        string padding = Join(settings.Select(static one => one.Padding)),
            outputPadding = Join(settings.Select(static one => one.OutputPadding));
        return $"padding = {padding} and outputPadding = {outputPadding} give the same size, cropping {padding} at the start where SAME "
            + $"crops {Join(same.Axes.Select(static axis => axis.Head))}";
    }

    private ConvTransposeGeometry TensorFlow(nint[] space, nint[] taps)
    {
        Padding padding = NamedPadding("TensorFlow") ?? ExplicitPadding();
        return ConvTransposeGeometry.TensorFlow(
            [1, .. space, 1], [.. taps, 1, 1], [1, .. TensorFlowOutput(padding.Kind, space, taps), 1], Stride, padding, Dilation);
    }

    /// <summary>TensorFlow must be told the output. Where it is not, it is what the same settings give in ONNX.</summary>
    private IEnumerable<nint> TensorFlowOutput(PaddingKind kind, nint[] space, nint[] taps)
    {
        if (!OutputShape.Values.IsEmpty) return OutputShape.Expand(Axes, "outputShape").Select(static size => (nint)size);
        if (kind == PaddingKind.Same && !OutputPadding.Values.IsEmpty)
            throw ShapeReading.Fault("outputPadding", $"outputPadding = {OutputPadding}, and TensorFlow's SAME has none: give outputShape");
        return Onnx([1, 1, .. space], [1, 1, .. taps]).Axes.Select(static axis => (nint)axis.Output);
    }

    private ConvTransposeGeometry Keras(nint[] input, nint[] kernel)
    {
        RefuseOutputShape("Keras");
        Padding padding =
            NamedPadding("Keras")
            ?? (Padding.Values.Concat(PaddingAtEnd.Values).All(static amount => amount == 0) ? Geometry.Padding.Valid : ExplicitPadding());
        return ConvTransposeGeometry.Keras(input, kernel, Stride, padding, OutputPadding, Dilation);
    }

    private ConvTransposeGeometry Onnx(nint[] input, nint[] weight)
    {
        ImmutableArray<(int Head, int Tail)> amounts = Padding.Values.IsEmpty ? [] : ExplicitPadding().Amounts;
        nint[] output = OutputShape.Values.IsEmpty ? [] : [.. OutputShape.Expand(Axes, "outputShape").Select(static size => (nint)size)];
        return ConvTransposeGeometry.Onnx(input, weight, AutoPad,
            [.. amounts.Select(static pair => (nint)pair.Head), .. amounts.Select(static pair => (nint)pair.Tail)], Stride, Dilation,
            OutputPadding, output);
    }

    private ConvTransposeGeometry Jax(nint[] input, nint[] weight)
    {
        RefuseOutputShape("JAX");
        if (OutputPadding.Values.Any(static amount => amount != 0))
            throw ShapeReading.Fault("outputPadding",
                $"outputPadding = {OutputPadding}, and JAX has none: add it to the end of its explicit padding");
        Padding padding = NamedPadding("JAX") ?? (Padding.Values.IsEmpty ? Geometry.Padding.Valid : ExplicitPadding());
        return ConvTransposeGeometry.Jax(input, weight, Stride, padding, Dilation);
    }

    private Padding? NamedPadding(string framework) => AutoPad switch
    {
        OnnxAutoPad.SameUpper => Geometry.Padding.Same,
        OnnxAutoPad.Valid => Geometry.Padding.Valid,
        OnnxAutoPad.SameLower =>
            throw ShapeReading.Fault("autoPad",
            $"autoPad = {AutoPad}, and {framework} has no SAME that puts the odd element at the start: use SameUpper"),
        _ => null,
    };

    private Padding ExplicitPadding()
    {
        ImmutableArray<int> starts = Padding.Expand(Axes, "padding", fallback: 0);
        ImmutableArray<int> ends = PaddingAtEnd.Values.IsEmpty ? starts : PaddingAtEnd.Expand(Axes, "paddingAtEnd");
        return Geometry.Padding.Explicit([.. starts.Zip(ends)]);
    }

    private void RefuseOutputShape(string framework)
    {
        if (!OutputShape.Values.IsEmpty)
            throw ShapeReading.Fault("outputShape", $"outputShape = {OutputShape}, and {framework} takes none: leave it out");
    }
}
