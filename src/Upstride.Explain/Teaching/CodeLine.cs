using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Explain.Teaching;

/// <summary>The line of code that computes a geometry in another framework, from the same x and w.</summary>
public static class CodeLine
{
    /// <summary>The names that <see cref="Of"/> takes.</summary>
    public static ImmutableArray<string> Names { get; } = ["pytorch", "tensorflow", "keras", "jax", "onnx", "upstride"];

    /// <summary>The line; where the framework has no such crop, it computes the full output and slices it.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="geometry">What is computed.</param>
    /// <exception cref="GeometryException">The framework has no groups, or the name is unknown.</exception>
    public static string Of(string name, ConvTransposeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        if (geometry.Groups > 1 && name is ("tensorflow" or "keras" or "jax"))
            throw Computing.ValueSource.Fault(
                "groups", $"groups = {geometry.Groups}, and {name}'s transposed convolution has none: split the channels, convolve each "
                    + $"part, and concatenate");
        return name switch
        {
            "pytorch" => PyTorch(geometry),
            "tensorflow" => TensorFlow(geometry),
            "keras" => Keras(geometry),
            "jax" => Jax(geometry),
            "onnx" => Onnx(geometry),
            "upstride" => Upstride(geometry),
            _ => throw Computing.ValueSource.Fault("code", $"'{name}' must be one of {string.Join(", ", Names)}"),
        };
    }

    private static string PyTorch(ConvTransposeGeometry geometry)
    {
        bool direct = geometry.Axes.All(axis => IsPyTorch(axis));
        string options = Options(", {0}={1}", ("stride", Steps(geometry, static axis => axis.Stride), "1"),
            ("padding", direct ? Steps(geometry, static axis => axis.Head) : "0", "0"),
            ("output_padding", direct ? Steps(geometry, static axis => axis.Head - axis.Tail) : "0", "0"),
            ("groups", $"{geometry.Groups}", "1"), ("dilation", Steps(geometry, static axis => axis.Dilation), "1"));
        string line = $"torch.nn.functional.conv_transpose{geometry.Axes.Length}d(x, w{options})";
        if (direct) return "y = " + line;

        // F.pad crops where an amount is negative; it counts the last axis first.
        string amounts = string.Join(", ", geometry.Axes.Reverse().Select(static axis => $"{-axis.Head}, {-axis.Tail}"));
        return $"y = torch.nn.functional.pad({line}, ({amounts}))";
    }

    private static bool IsPyTorch(ConvTransposeAxis axis)
    {
        int outputPadding = axis.Head - axis.Tail;
        return axis.Head >= 0 && outputPadding >= 0 && (outputPadding < axis.Stride || outputPadding < axis.Dilation || outputPadding == 0);
    }

    private static string TensorFlow(ConvTransposeGeometry geometry)
    {
        nint[] value = Last(geometry, static axis => axis.Input, geometry.InputChannels), filter = Filter(geometry),
            output = Last(geometry, static axis => axis.Output, geometry.OutputChannels);
        PerAxis strides = Values(geometry, static axis => axis.Stride), dilations = Values(geometry, static axis => axis.Dilation);
        string shape = $"[{string.Join(", ", output)}]", steps = Steps(geometry, static axis => axis.Stride);
        string dilation = geometry.Axes.All(static axis => axis.Dilation == 1) ? ""
            : $", dilations={Steps(geometry, static axis => axis.Dilation)}";
        string Line(string text, string padding) =>
            $"tf.nn.conv{geometry.Axes.Length}d_transpose(x, w, output_shape={text}, strides={steps}, padding={padding}{dilation})";
        foreach ((Padding padding, string text) in new[] { (Padding.Same, "\"SAME\""), (Padding.Valid, "\"VALID\"") })
            if (IsSame(geometry, () => ConvTransposeGeometry.TensorFlow(
                value, filter, output, strides, padding, dilations))) return "y = " + Line(shape, text);

        // Only two axes take explicit amounts there.
        if (geometry.Axes.Length == 2 && geometry.Axes.All(static axis => axis.Head >= 0 && axis.Tail >= 0))
            return "y = " + Line(
                shape, $"[[0, 0], {string.Join(", ", geometry.Axes.Select(static axis => $"[{axis.Head}, {axis.Tail}]"))}, [0, 0]]");
        string full = $"[{string.Join(", ", Last(geometry, static axis => axis.Full, geometry.OutputChannels))}]";
        return $"y = {Sliced(geometry, Line(full, "\"VALID\""), "tf.pad({0}, {1})", "[[0, 0], {0}, [0, 0]]")}";
    }

    private static string Keras(ConvTransposeGeometry geometry)
    {
        nint[] input = Last(geometry, static axis => axis.Input, geometry.InputChannels), kernel = Filter(geometry);
        PerAxis strides = Values(geometry, static axis => axis.Stride), dilations = Values(geometry, static axis => axis.Dilation);
        string dilation = geometry.Axes.All(static axis => axis.Dilation == 1)
            ? "" : $", dilation_rate={Steps(geometry, static axis => axis.Dilation)}";
        string Line(string padding, string more) =>
            $"keras.layers.Conv{geometry.Axes.Length}DTranspose({geometry.OutputChannels}, {Steps(geometry, static axis => axis.Kernel)}, "
                + $"strides={Steps(geometry, static axis => axis.Stride)}, "
                + $"padding=\"{padding}\"{more}{dilation}, use_bias=False)(x)";
        foreach ((Padding padding, string text) in new[] { (Padding.Same, "same"), (Padding.Valid, "valid") })
        {
            if (IsSame(geometry, () => ConvTransposeGeometry.Keras(
                input, kernel, strides, padding, default, dilations))) return "y = " + Line(text, "");
            for (int amount = 0; amount < geometry.Axes.Min(static axis => axis.Stride); amount++)
            {
                int added = amount;
                if (IsSame(geometry, () => ConvTransposeGeometry.Keras(
                    input, kernel, strides, padding, added, dilations))) return "y = " + Line(text, $", output_padding={amount}");
            }
        }

        // VALID gives max(kernel, stride) at the end; what is too much is sliced off.
        return $"y = {Sliced(geometry, Line("valid", ""), "keras.ops.pad({0}, {1})", "[[0, 0], {0}, [0, 0]]")}";
    }

    private static string Jax(ConvTransposeGeometry geometry)
    {
        string letters = geometry.Axes.Length switch { 1 => "W", 2 => "HW", _ => "DHW" };
        string pads =
            $"[{string.Join(", ", EquivalentConvolution.Of(geometry).Select(static axis => $"({axis.PaddingHead}, {axis.PaddingTail})"))}]";
        string dilation = geometry.Axes.All(static axis => axis.Dilation == 1) ? ""
            : $", rhs_dilation={Tuple(geometry, static axis => axis.Dilation)}";
        return $"y = jax.lax.conv_transpose(x, w, {Tuple(geometry, static axis => axis.Stride)}, {pads}{dilation}, "
            + $"dimension_numbers=(\"N{letters}C\", \"{letters}IO\", \"N{letters}C\"), transpose_kernel=True)";
    }

    private static string Onnx(ConvTransposeGeometry geometry)
    {
        string List(Func<ConvTransposeAxis, int> value) => $"[{string.Join(", ", geometry.Axes.Select(value))}]";
        bool direct = geometry.Axes.All(static axis => axis.Head >= 0);
        string pads = $"[{string.Join(", ", Amounts(geometry))}]";
        string added = geometry.Axes.Any(static axis => axis.Tail < 0)
            ? $", output_padding={List(static axis => Math.Max(-axis.Tail, 0))}" : "";
        string strides = geometry.Axes.All(static axis => axis.Stride == 1) ? "" : $", strides={List(static axis => axis.Stride)}";
        string group = geometry.Groups == 1 ? "" : $", group={geometry.Groups}";
        string dilations = geometry.Axes.All(static axis => axis.Dilation == 1) ? "" : $", dilations={List(static axis => axis.Dilation)}";
        string options = $"{strides}, pads={pads}{added}{group}{dilations}";
        string node = $"onnx.helper.make_node(\"ConvTranspose\", [\"x\", \"w\"], [\"y\"]{options})";
        return direct ? node : $"{node}  # then Pad by {List(static axis => Math.Max(-axis.Head, 0))} in front";
    }

    // [starts..., ends...]; a negative crop is no pad.
    private static IEnumerable<int> Amounts(ConvTransposeGeometry geometry) =>
        [.. geometry.Axes.Select(static axis => Math.Max(axis.Head, 0)), .. geometry.Axes.Select(static axis => Math.Max(axis.Tail, 0))];

    private static string Upstride(ConvTransposeGeometry geometry)
    {
        if (geometry.Axes.All(axis => IsPyTorch(axis)))
        {
            string options = Options(", {0}: {1}", ("stride", Bracket(geometry, static axis => axis.Stride), "1"),
                ("padding", Bracket(geometry, static axis => axis.Head), "0"),
                ("outputPadding", Bracket(geometry, static axis => axis.Head - axis.Tail), "0"), ("groups", $"{geometry.Groups}", "1"),
                    ("dilation", Bracket(geometry, static axis => axis.Dilation), "1"));
            return $"Tensor<float> y = ConvTranspose.Forward(x, w{options});";
        }
        string axes =
            string.Join(", ", geometry.Axes.Select(static axis =>
            $"ConvTransposeAxis.Create({axis.Input}, {axis.Kernel}, {axis.Stride}, {axis.Dilation}, {axis.Head}, {axis.Tail})"));
        return $"ConvTranspose.Forward<float>(ConvTransposeGeometry.Create(1, {geometry.InputChannels}, {geometry.OutputChannels}, "
            + $"{geometry.Groups}, [{axes}]), x, w, [], y);";
    }

    private static string Sliced(ConvTransposeGeometry geometry, string line, string pad, string frame)
    {
        string slices =
            string.Join(", ", geometry.Axes.Select(static axis => $"{Math.Max(axis.Head, 0)}:{axis.Full - Math.Max(axis.Tail, 0)}"));
        string sliced = $"{line}[:, {slices}, :]";
        if (geometry.Axes.All(static axis => axis.Head >= 0 && axis.Tail >= 0)) return sliced;
        string amounts = string.Join(", ", geometry.Axes.Select(static axis => $"[{Math.Max(-axis.Head, 0)}, {Math.Max(-axis.Tail, 0)}]"));
        return string.Format(System.Globalization.CultureInfo.InvariantCulture, pad, sliced,
            string.Format(System.Globalization.CultureInfo.InvariantCulture, frame, amounts));
    }

    private static bool IsSame(ConvTransposeGeometry geometry, Func<ConvTransposeGeometry> lower)
    {
        try
        {
            return lower().Axes.SequenceEqual(geometry.Axes);
        }
        catch (GeometryException)
        {
            return false;
        }
    }

    private static nint[] Last(ConvTransposeGeometry geometry, Func<ConvTransposeAxis, int> size, int channels) =>
        [1, .. geometry.Axes.Select(axis => (nint)size(axis)), channels];

    private static nint[] Filter(ConvTransposeGeometry geometry) =>
        [.. geometry.Axes.Select(static axis => (nint)axis.Kernel), geometry.OutputChannelsPerGroup, geometry.InputChannels];

    private static PerAxis Values(ConvTransposeGeometry geometry, Func<ConvTransposeAxis, int> value) =>
        PerAxis.Create([.. geometry.Axes.Select(value)]);

    private static string Tuple(ConvTransposeGeometry geometry, Func<ConvTransposeAxis, int> value) =>
        geometry.Axes.Length == 1 ? $"({value(geometry.Axes[0])},)" : $"({string.Join(", ", geometry.Axes.Select(value))})";

    // One number where all axes agree.
    private static string Steps(ConvTransposeGeometry geometry, Func<ConvTransposeAxis, int> value) =>
        geometry.Axes.Select(value).Distinct().Count() == 1 ? $"{value(geometry.Axes[0])}" : Tuple(geometry, value);

    private static string Bracket(ConvTransposeGeometry geometry, Func<ConvTransposeAxis, int> value) =>
        geometry.Axes.Select(value).Distinct().Count() == 1 ? $"{value(geometry.Axes[0])}"
            : $"new[] {{ {string.Join(", ", geometry.Axes.Select(value))} }}";

    private static string Options(string form, params ReadOnlySpan<(string Name, string Value, string Default)> options)
    {
        var text = new System.Text.StringBuilder();
        foreach ((string name, string value, string fallback) in options)
            if (!string.Equals(value, fallback, StringComparison.Ordinal)) text.AppendFormat(
                System.Globalization.CultureInfo.InvariantCulture, form, name, value);
        return text.ToString();
    }
}
