using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Learning;

namespace Upstride.Onnx.Export;

public sealed partial class ExportGraph<T>
{
    /// <inheritdoc cref="Functions.ConvTranspose"/>
    public ExportValue ConvTranspose(
        ExportValue input, Parameter<T> weight, Parameter<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, PerAxis dilation = default)
    {
        ArgumentNullException.ThrowIfNull(weight);
        int axes = RequireWindow(input, weight, weight.Shape[0]);
        return Node(
            "ConvTranspose", Resized(input, weight.Shape[1] * groups), Operands(input, weight, bias),
            ExportAttribute.Of("kernel_shape", Kernel(weight)), ExportAttribute.Of("strides", stride.Expand(axes, nameof(stride), 1)),
                Pads(padding, axes),
            ExportAttribute.Of("output_padding", outputPadding.Expand(axes, nameof(outputPadding), 0)),
            ExportAttribute.Of("dilations", dilation.Expand(axes, nameof(dilation), 1)), ExportAttribute.Of("group", groups));
    }

    /// <inheritdoc cref="Functions.Convolution"/>
    public ExportValue Convolution(
        ExportValue input, Parameter<T> weight, Parameter<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis dilation = default, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(weight);
        int axes = RequireWindow(input, weight, weight.Shape[1] * groups);
        return Node(
            "Conv", Resized(input, weight.Shape[0]), Operands(input, weight, bias),
            ExportAttribute.Of("kernel_shape", Kernel(weight)), ExportAttribute.Of("strides", stride.Expand(axes, nameof(stride), 1)),
                Pads(padding, axes),
            ExportAttribute.Of("dilations", dilation.Expand(axes, nameof(dilation), 1)), ExportAttribute.Of("group", groups));
    }

    /// <summary>As two nodes, a Resize and a Conv, which sessions here compute as one.</summary>
    /// <inheritdoc cref="Functions.ResizeConvolution"/>
    public ExportValue ResizeConvolution(ExportValue input, Parameter<T> weight, PerAxis scale, Parameter<T>? bias = null,
        PerAxis padding = default, int groups = 1) =>
        Convolution(Enlarge(input, scale, ResizeMethod.PyTorchNearest), weight, bias, padding: padding, groups: groups);

    /// <inheritdoc cref="Functions.Linear"/>
    public ExportValue Linear(ExportValue input, Parameter<T> weight, Parameter<T>? bias = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        (int outputs, int inputs) = ((int)weight.Shape[0], (int)weight.Shape[1]);
        if (input.Dimensions.IsEmpty || (input.Dimensions[^1].Length ?? inputs) != inputs)
            throw Misfit($"it takes {inputs} features on the last axis and is given {input}: both must be equal");
        ImmutableArray<OnnxDimension> dimensions = input.Dimensions.SetItem(input.Dimensions.Length - 1, new(outputs, null));
        if (input.Dimensions.Length == 2) return Node("Gemm", dimensions, Operands(input, weight, bias), ExportAttribute.Of("transB", 1));

        T[] transposed = new T[weight.Length];
        ReadOnlySpan<T> values = weight.Values;
        for (int i = 0; i < transposed.Length; i++) transposed[i] = values[i % outputs * inputs + i / outputs];
        ExportValue product = Node("MatMul", dimensions, [input.Name, Constant("weight", [inputs, outputs], transposed)]);
        return bias is null ? product : Node("Add", dimensions, [product.Name, Initializer(bias)]);
    }

    private static IEnumerable<int> Kernel(Parameter<T> weight) => weight.Shape.Skip(2).Select(static size => (int)size);

    private static Format.AttributeProto Pads(PerAxis padding, int axes)
    {
        ImmutableArray<int> pads = padding.Expand(axes, nameof(padding), 0);
        return ExportAttribute.Of("pads", [.. pads, .. pads]);
    }

    private string[] Operands(ExportValue input, Parameter<T> weight, Parameter<T>? bias) =>
        bias is null ? [input.Name, Initializer(weight)] : [input.Name, Initializer(weight), Initializer(bias)];

    private int RequireWindow(ExportValue input, Parameter<T> weight, nint channels)
    {
        ArgumentNullException.ThrowIfNull(input);
        RequireRank(input, weight.Shape.Length);
        RequireChannels(input, channels);
        return weight.Shape.Length - 2;
    }

    private void RequireRank(ExportValue input, int rank)
    {
        if (input.Dimensions.Length != rank) throw Misfit($"it takes {rank} axes and is given {input}: both must be equal");
    }

    private void RequireChannels(ExportValue input, nint channels)
    {
        if (input.Dimensions.Length < 2 || (input.Dimensions[1].Length ?? channels) != channels)
            throw Misfit($"it takes {channels} channels and is given {input}: both must be equal");
    }

    // What a window makes of the sizes is the reader's to find.
    private static ImmutableArray<OnnxDimension> Resized(ExportValue input, nint? channels) =>
        [input.Dimensions[0], channels is { } count ? new(count, null) : input.Dimensions[1],
        .. input.Dimensions.Skip(2).Select(static _ => new OnnxDimension(null, null))];
}
