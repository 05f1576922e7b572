using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Cli.Commands;

/// <summary>The frameworks whose words for sizes the command line speaks.</summary>
internal enum Framework
{
    PyTorch,
    TensorFlow,
    Keras,
    Onnx,
    Jax,
}

/// <summary>What <c>--auto-pad</c> may say.</summary>
internal enum AutoPad
{
    NotSet,
    Valid,
    Same,
    SameUpper,
    SameLower,
}

/// <summary>The hyper-parameters of a transposed convolution as they were typed, of one channel and one image.</summary>
/// <param name="Input">Sizes of the input.</param>
/// <param name="Kernel">Taps of the kernel.</param>
/// <param name="Stride">Empty for 1.</param>
/// <param name="Padding">Empty for none given.</param>
/// <param name="OutputPadding">Empty for none given.</param>
/// <param name="Dilation">Empty for 1.</param>
/// <param name="AutoPad">Null for none given.</param>
/// <param name="OutputShape">Sizes of the output; empty for none given.</param>
internal sealed record Dialect(
    PerAxis Input, PerAxis Kernel, PerAxis Stride, ImmutableArray<(int Head, int Tail)> Padding, PerAxis OutputPadding, PerAxis Dilation,
    AutoPad? AutoPad, PerAxis OutputShape)
{
    private int Axes => Input.Values.Length;

    private nint[] Sizes => [.. Input.Values.Select(static size => (nint)size)];

    private nint[] Taps => [.. Kernel.Expand(Axes, "kernel").Select(static taps => (nint)taps)];

    private nint[] OutputSizes => [.. OutputShape.Values.Select(static size => (nint)size)];

    /// <summary>The sizes, as <paramref name="framework"/> reads these words.</summary>
    /// <exception cref="GeometryException">The framework refuses them.</exception>
    /// <exception cref="CommandException">The framework has no such word, or needs one that was not given.</exception>
    public ConvTransposeGeometry Lower(Framework framework)
    {
        switch (framework)
        {
            case Framework.TensorFlow:
                Refuse("outputPadding", !OutputPadding.Values.IsEmpty, "TensorFlow has no output padding: give the output's sizes by --output-shape");
                if (OutputSizes.Length == 0)
                    throw CommandException.BadInput("outputShape", "TensorFlow's conv_transpose is told the sizes of its output: give --output-shape (--framework keras derives them)");
                return ConvTransposeGeometry.TensorFlow(
                    [1, .. Sizes, 1], [.. Taps, 1, 1], OutputSizes.Length == Axes ? [1, .. OutputSizes, 1] : OutputSizes, Stride, NamedPadding("TensorFlow"), Dilation);
            case Framework.Keras:
                Refuse("outputShape", OutputSizes.Length > 0, "Keras has no output shape: use --output-padding, or --framework tensorflow");
                return ConvTransposeGeometry.Keras([1, .. Sizes, 1], [.. Taps, 1, 1], Stride, NamedPadding("Keras"), OutputPadding, Dilation);
            case Framework.Onnx:
                return ConvTransposeGeometry.Onnx(
                    [1, 1, .. Sizes], [1, 1, .. Taps], OnnxPad(), OnnxPads(), Stride, Dilation, OutputPadding, OutputSizes);
            case Framework.Jax:
                Refuse("outputPadding", !OutputPadding.Values.IsEmpty, "JAX has no output padding: give more --padding at the tail");
                Refuse("outputShape", OutputSizes.Length > 0, "JAX has no output shape: give the --padding of the stretched input");
                return ConvTransposeGeometry.Jax([1, .. Sizes, 1], [.. Taps, 1, 1], Stride, NamedPadding("JAX"), Dilation);
            default:
                Refuse("autoPad", AutoPad is not null, "PyTorch has no auto_pad: give --padding, or another --framework");
                return ConvTransposeGeometry.PyTorch(
                    [1, 1, .. Sizes], [1, 1, .. Taps], Stride, SymmetricPadding(), OutputPadding, groups: 1, Dilation, OutputShape);
        }
    }

    private PerAxis SymmetricPadding()
    {
        foreach ((int head, int tail) in Pairs)
            Refuse("padding", head != tail, $"PyTorch pads both ends of an axis alike, and {head}+{tail} was given: use --output-padding, or --framework onnx");
        return PerAxis.Create([.. Pairs.Select(static pair => pair.Head)]);
    }

    private ImmutableArray<(int Head, int Tail)> Pairs => Padding.IsDefault ? [] : Padding;

    private Padding NamedPadding(string framework)
    {
        Refuse("autoPad", AutoPad is Commands.AutoPad.SameUpper or Commands.AutoPad.SameLower or Commands.AutoPad.NotSet, $"{framework} knows SAME and VALID: use one of them, or --framework onnx");
        Refuse("padding", AutoPad is not null && Pairs.Length > 0, "--padding and --auto-pad were both given: leave out one");
        return Pairs.Length > 0 ? Geometry.Padding.Explicit([.. Pairs])
            : AutoPad == Commands.AutoPad.Same ? Geometry.Padding.Same
            : Geometry.Padding.Valid;
    }

    private OnnxAutoPad OnnxPad() => AutoPad switch
    {
        null or Commands.AutoPad.NotSet => OnnxAutoPad.NotSet,
        Commands.AutoPad.Valid => OnnxAutoPad.Valid,
        Commands.AutoPad.SameLower => OnnxAutoPad.SameLower,
        _ => OnnxAutoPad.SameUpper,
    };

    private nint[] OnnxPads()
    {
        if (Pairs.Length == 0) return [];
        IEnumerable<(int Head, int Tail)> all = Pairs.Length == 1 ? Enumerable.Repeat(Pairs[0], Axes) : Pairs;
        return [.. all.Select(static pair => (nint)pair.Head), .. all.Select(static pair => (nint)pair.Tail)];
    }

    private static void Refuse(string parameter, bool fault, string message)
    {
        if (fault) throw CommandException.BadInput(parameter, message);
    }
}
