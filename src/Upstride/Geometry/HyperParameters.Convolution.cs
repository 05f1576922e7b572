using System.Collections.Immutable;

namespace Upstride.Geometry;

// The same words read as an ordinary convolution's.
public sealed partial record HyperParameters
{
    /// <summary>The ordinary convolution that <paramref name="framework"/> makes of them, for one image and one channel:
    /// <see cref="Input"/> is its input.</summary>
    /// <exception cref="GeometryException">The framework refuses them, or a convolution has no such setting.</exception>
    public ConvolutionGeometry LowerConvolution(Framework framework)
    {
        if (ShapeReading.NoneOf(nameof(framework), framework) is { } error) throw new GeometryException(error);
        if (!OutputPadding.Values.IsEmpty) throw ShapeReading.Fault(
            "outputPadding", $"outputPadding = {OutputPadding}, and a convolution has none: leave it out");
        if (!OutputShape.Values.IsEmpty) throw ShapeReading.Fault(
            "outputShape", $"outputShape = {OutputShape}, and a convolution's output follows from its input: leave it out");
        if (AutoPad != OnnxAutoPad.NotSet && !Padding.Values.IsEmpty)
            throw ShapeReading.Fault(
                "padding", $"padding = {Padding} together with autoPad = {AutoPad}, and only one of them may be given: leave out one");
        nint[] space = [.. Input.Values.Select(static size => (nint)size)];
        nint[] weight = [1, 1, .. Kernel.Expand(Axes, "kernel").Select(static size => (nint)size)];
        switch (framework)
        {
            case Framework.Onnx:
                ImmutableArray<(int Head, int Tail)> pads = Padding.Values.IsEmpty ? [] : ExplicitPadding().Amounts;
                return ConvolutionGeometry.Onnx(
                    [1, 1, .. space], weight, AutoPad,
                        [.. pads.Select(static pair => (nint)pair.Head), .. pads.Select(static pair => (nint)pair.Tail)], Stride, Dilation);
            case Framework.PyTorch:
                return PyTorchConvolution(space, weight);
            default:
                Padding padding = NamedPadding(framework.ToString())
                    ?? (Padding.Values.IsEmpty ? Geometry.Padding.Valid : ExplicitPadding());
                if (framework == Framework.Keras && padding.Kind == PaddingKind.Explicit
                    && padding.Amounts.Any(static pair => pair != (0, 0)))
                    throw ShapeReading.Fault(
                        "padding", $"padding = {padding}, and Keras knows SAME and VALID: use a ZeroPadding layer before it");
                return ConvolutionGeometry.Create([1, .. space, 1], weight, Stride, padding, Dilation, layout: Layout.ChannelsLast);
        }
    }

    private ConvolutionGeometry PyTorchConvolution(nint[] space, nint[] weight)
    {
        if (AutoPad == OnnxAutoPad.SameLower || (AutoPad == OnnxAutoPad.SameUpper && Stride.Values.Any(static step => step > 1)))
            throw ShapeReading.Fault(
                "autoPad", $"autoPad = {AutoPad} with stride = {Stride}, and PyTorch's 'same' asks for stride 1: give padding");
        if (AutoPad != OnnxAutoPad.NotSet) return ConvolutionGeometry.Create(
            [1, 1, .. space], weight, Stride, NamedPadding("PyTorch")!.Value, Dilation);
        if (ExplicitPadding().Amounts.Any(static pair => pair.Head != pair.Tail))
            throw ShapeReading.Fault("padding", $"padding = {ExplicitPadding()}, and PyTorch pads both ends alike: pad the input before");
        return ConvolutionGeometry.Create([1, 1, .. space], weight, Stride, Padding, Dilation);
    }
}
