using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Learning;

namespace Upstride.Onnx.Export;

public sealed partial class ExportGraph<T>
{
    /// <inheritdoc cref="Functions.SiLU"/>
    public ExportValue SiLU(ExportValue value) => Multiply(value, Sigmoid(value));

    /// <inheritdoc cref="Functions.GELU"/>
    public ExportValue GELU(ExportValue value, bool approximate = false)
    {
        ArgumentNullException.ThrowIfNull(value);
        ExportValue inner = approximate
            ? WithNumber("Mul", Add(value, WithNumber("Mul", Multiply(value, Multiply(value, value)), 0.044715)), Math.Sqrt(2 / Math.PI))
            : WithNumber("Mul", value, Math.Sqrt(0.5));
        ExportValue distribution = approximate ? Tanh(inner) : Pointwise("Erf", inner);
        return Multiply(value, WithNumber("Mul", WithNumber("Add", distribution, 1), 0.5));
    }

    /// <inheritdoc cref="Functions.ELU"/>
    public ExportValue ELU(ExportValue value, double alpha = 1)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Node("Elu", value.Dimensions, [value.Name], ExportAttribute.Of("alpha", alpha));
    }

    /// <summary>log(1 + e^(beta x)) / beta; the line beyond a threshold differs from it by less than a rounding of single
    /// precision.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="beta">How sharp the bend is, above 0.</param>
    /// <param name="threshold">Where the line begins, at least 17.</param>
    /// <exception cref="OnnxUnsupportedException">A smaller threshold: ONNX has none.</exception>
    public ExportValue Softplus(ExportValue value, double beta = 1, double threshold = 20)
    {
        const double single = 17;
        if (threshold < single)
            throw Unsupported($"ONNX has no softplus that becomes a line at {threshold}, and from {single} on none is needed");
        ExportValue scaled = beta == 1 ? value : WithNumber("Mul", value, beta), curve = Pointwise("Softplus", scaled);
        return beta == 1 ? curve : WithNumber("Mul", curve, 1 / beta);
    }

    /// <inheritdoc cref="Functions.ReLU6"/>
    public ExportValue ReLU6(ExportValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Node("Clip", value.Dimensions,
            [value.Name, Constant("zero", [], [T.Zero]), Constant("six", [], [T.CreateTruncating(6)])]);
    }

    /// <inheritdoc cref="Functions.Softmax"/>
    public ExportValue Softmax(ExportValue value, int axis = 1)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Node("Softmax", value.Dimensions, [value.Name], ExportAttribute.Of("axis", axis));
    }

    /// <inheritdoc cref="Functions.Pad"/>
    /// <exception cref="OnnxUnsupportedException">Circular padding, which this version of ONNX lacks.</exception>
    public ExportValue Pad(ExportValue value, ImmutableArray<(int Before, int After)> padding, PaddingMode mode = PaddingMode.Zeros,
        double constant = 0)
    {
        ArgumentNullException.ThrowIfNull(value);
        string name = mode switch
        {
            PaddingMode.Zeros => "constant",
            PaddingMode.Reflect => "reflect",
            PaddingMode.Replicate => "edge",
            _ => throw Unsupported($"ONNX of operator set {OnnxExport.Opset} has no circular padding"),
        };
        RequireRank(value, padding.Length + 2);
        long[] pads = [0, 0, .. padding.Select(static one => (long)one.Before), 0, 0, .. padding.Select(static one => (long)one.After)];
        ImmutableArray<OnnxDimension> dimensions =
        [
            value.Dimensions[0], value.Dimensions[1],
            .. padding.Select((one, axis) => value.Dimensions[axis + 2].Length is { } length
                ? new OnnxDimension(length + one.Before + one.After, null) : new(null, null)),
        ];
        string amounts = Integers("pads", pads);
        return mode == PaddingMode.Zeros
            ? Node("Pad", dimensions, [value.Name, amounts, Constant("value", [], [T.CreateTruncating(constant)])],
                ExportAttribute.Of("mode", name))
            : Node("Pad", dimensions, [value.Name, amounts], ExportAttribute.Of("mode", name));
    }

    /// <inheritdoc cref="Functions.AveragePool"/>
    /// <exception cref="OnnxUnsupportedException">A divisor with a last window that does not fit: ONNX has no sum of it.</exception>
    public ExportValue AveragePool(ExportValue value, PerAxis kernelSize, PerAxis? stride = null, PerAxis padding = default,
        bool ceilMode = false, bool countIncludePad = true, int? divisorOverride = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (divisorOverride is not null && ceilMode) throw Unsupported("ONNX has no divisor for a last window that does not fit");
        int axes = value.Dimensions.Length - 2;
        ImmutableArray<int> kernel = kernelSize.Expand(axes, nameof(kernelSize));
        ExportValue mean = Node(
            "AveragePool", Resized(value, null), [value.Name], ExportAttribute.Of("kernel_shape", kernel),
            ExportAttribute.Of("strides", (stride ?? kernelSize).Expand(axes, nameof(stride), 1)), Pads(padding, axes),
            ExportAttribute.Of("count_include_pad", countIncludePad || divisorOverride is not null ? 1 : 0),
            ExportAttribute.Of("ceil_mode", ceilMode ? 1 : 0));
        return divisorOverride is { } divisor
            ? WithNumber("Mul", mean, kernel.Aggregate(1.0, static (product, size) => product * size) / divisor) : mean;
    }

    /// <summary>Means, or largest elements, of windows that share the input evenly.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="outputSize">Windows of every axis, or for each.</param>
    /// <param name="maximum">Whether the largest elements.</param>
    /// <exception cref="OnnxUnsupportedException">More than one window of a size that is not known or that they do not divide.</exception>
    public ExportValue AdaptivePool(ExportValue value, PerAxis outputSize, bool maximum)
    {
        ArgumentNullException.ThrowIfNull(value);
        int axes = value.Dimensions.Length - 2;
        ImmutableArray<int> windows = outputSize.Expand(axes, nameof(outputSize));
        if (windows.All(static size => size == 1))
            return Node(maximum ? "GlobalMaxPool" : "GlobalAveragePool",
                [value.Dimensions[0], value.Dimensions[1], .. windows.Select(static _ => new OnnxDimension(1, null))], [value.Name]);
        int[] kernel = new int[axes];
        for (int axis = 0; axis < axes; axis++)
        {
            if (value.Dimensions[axis + 2].Length is not { } length || length % windows[axis] != 0)
                throw Unsupported(
                    $"ONNX has no adaptive pooling, and {windows[axis]} windows are of one size where they divide a known length: axis "
                    + $"{axis + 2} of {value}");
            kernel[axis] = (int)(length / windows[axis]);
        }
        PerAxis size = PerAxis.Create(kernel);
        return maximum ? MaxPool(value, size) : AveragePool(value, size);
    }

    /// <inheritdoc cref="Functions.GroupNorm"/>
    public ExportValue GroupNorm(ExportValue value, int groups, int channels, Parameter<T>? weight = null, Parameter<T>? bias = null,
        double epsilon = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireChannels(value, channels);

        // A group is an instance of its own: the channels of each are one plane.
        ExportValue grouped = Node("Reshape", [value.Dimensions[0], new(groups, null), new(null, null)],
            [value.Name, Integers("groups", [0, groups, -1])]);
        ExportValue normal = InstanceNorm(grouped, groups, epsilon: epsilon);
        ExportValue shape = Node("Shape", [new(value.Dimensions.Length, null)], [value.Name]);
        ExportValue back = Node("Reshape", value.Dimensions, [normal.Name, shape.Name]);
        long[] broadcast = [channels, .. Arrays.Repeat(1L, value.Dimensions.Length - 2)];
        if (weight is not null) back = Node("Mul", value.Dimensions, [back.Name, Initializer(weight, broadcast)]);
        return bias is null ? back : Node("Add", value.Dimensions, [back.Name, Initializer(bias, broadcast)]);
    }

    /// <inheritdoc cref="Functions.LayerNorm"/>
    public ExportValue LayerNorm(ExportValue value, ImmutableArray<nint> shape, Parameter<T>? weight = null, Parameter<T>? bias = null,
        double epsilon = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(value);
        string scale;
        if (weight is null)
        {
            T[] ones = new T[shape.Aggregate((nint)1, static (product, length) => product * length)];
            Array.Fill(ones, T.One);
            scale = Constant("ones", [.. shape.Select(static length => (long)length)], ones);
        }
        else
        {
            scale = Initializer(weight);
        }
        return Node("LayerNormalization", value.Dimensions,
            bias is null ? [value.Name, scale] : [value.Name, scale, Initializer(bias)], ExportAttribute.Of("axis", -shape.Length),
            ExportAttribute.Of("epsilon", epsilon));
    }

    /// <inheritdoc cref="Functions.Permute"/>
    public ExportValue Permute(ExportValue value, ImmutableArray<int> axes)
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireRank(value, axes.Length);
        return Node("Transpose", [.. axes.Select(axis => value.Dimensions[axis])], [value.Name], ExportAttribute.Of("perm", axes));
    }

    /// <summary>All axes from the second on as one.</summary>
    /// <param name="value">At least two axes.</param>
    /// <param name="startAxis">1.</param>
    /// <param name="endAxis">The last.</param>
    /// <exception cref="OnnxUnsupportedException">Others: ONNX flattens to two axes.</exception>
    public ExportValue Flatten(ExportValue value, int startAxis = 1, int endAxis = -1)
    {
        ArgumentNullException.ThrowIfNull(value);
        int rank = value.Dimensions.Length;
        if (rank < 2 || startAxis != 1 || (endAxis < 0 ? endAxis + rank : endAxis) != rank - 1)
            throw Unsupported($"ONNX flattens from the second axis to the last, and this is from {startAxis} to {endAxis} of {rank}");
        long? length = 1;
        foreach (OnnxDimension dimension in value.Dimensions.Skip(1)) length *= dimension.Length;
        return Node("Flatten", [value.Dimensions[0], new(length, null)], [value.Name], ExportAttribute.Of("axis", 1));
    }

    /// <summary>Rows of a table by their numbers, which are stored as floats.</summary>
    /// <param name="value">Whole numbers, any shape.</param>
    /// <param name="weight">[rows, features].</param>
    public ExportValue Embedding(ExportValue value, Parameter<T> weight)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(weight);
        ExportValue rows = Node("Cast", value.Dimensions, [value.Name], ExportAttribute.Of("to", (int)OnnxElementType.Int64));
        return Node("Gather", [.. value.Dimensions, new(weight.Shape[1], null)], [Initializer(weight), rows.Name],
            ExportAttribute.Of("axis", 0));
    }

    /// <summary>A convolution with what stands around its input.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <param name="weight">[output channels, channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="margins">How much stands before and after each axis.</param>
    /// <param name="mode">What that is.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    public ExportValue PaddedConvolution(ExportValue input, Parameter<T> weight, Parameter<T>? bias,
        ImmutableArray<(int Before, int After)> margins, PaddingMode mode, PerAxis stride = default, PerAxis dilation = default,
            int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (mode != PaddingMode.Zeros)
            return Convolution(Pad(input, margins, mode), weight, bias, stride, default, dilation, groups);
        int axes = RequireWindow(input, weight, weight.Shape[1] * groups);
        return Node(
            "Conv", Resized(input, weight.Shape[0]), Operands(input, weight, bias),
            ExportAttribute.Of("kernel_shape", Kernel(weight)), ExportAttribute.Of("strides", stride.Expand(axes, nameof(stride), 1)),
            ExportAttribute.Of("pads",
                [.. margins.Select(static one => one.Before), .. margins.Select(static one => one.After)]),
            ExportAttribute.Of("dilations", dilation.Expand(axes, nameof(dilation), 1)), ExportAttribute.Of("group", groups));
    }

    // Every element with one number.
    private ExportValue WithNumber(string operatorName, ExportValue value, double number) =>
        Node(operatorName, value.Dimensions, [value.Name, Constant("number", [], [T.CreateTruncating(number)])]);

    private string Integers(string suffix, long[] values)
    {
        string name = Unique($"{_scope}/{suffix}");
        var tensor = new Format.TensorProto { Name = name, DataType = (int)OnnxElementType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.Add(values);
        Proto.Initializer.Add(tensor);
        return name;
    }
}
