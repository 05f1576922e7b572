using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Learning;

namespace Upstride.Onnx.Export;

public sealed partial class ExportGraph<T>
{
    /// <summary>A resize by whole factors.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="scale">The factor of every axis, or for each.</param>
    /// <param name="method">The values between the samples.</param>
    /// <exception cref="OnnxUnsupportedException">A method that ONNX has no words for.</exception>
    public ExportValue Enlarge(ExportValue value, PerAxis scale, ResizeMethod method)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Resize(value, [.. scale.Expand(value.Dimensions.Length - 2, nameof(scale)).Select(static factor => (double)factor)], method);
    }

    /// <summary>A resize by factors that need not be whole; the output's sizes are floor(size * factor).</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="factors">Of every axis, or for each.</param>
    /// <param name="method">The values between the samples.</param>
    /// <exception cref="OnnxUnsupportedException">A method that ONNX has no words for.</exception>
    public ExportValue Resize(ExportValue value, ImmutableArray<double> factors, ResizeMethod method)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(method);
        int axes = value.Dimensions.Length - 2;
        if (factors.Length == 1) factors = [.. Arrays.Repeat(factors[0], axes)];
        if (factors.Length != axes) throw Misfit($"it has {factors.Length} factors for {axes} axes: give one, or {axes}");
        bool whole = factors.All(static factor => factor >= 1 && factor == Math.Floor(factor));
        if (!whole && (method.Mode == ResizeMode.Area || method.Antialias))
            throw Unsupported($"ONNX has no resize of {method.Mode}{(method.Antialias ? " with antialiasing" : "")} by factors that are "
                + $"not whole");
        if (!whole && method.Coordinates is ResizeCoordinates.HalfPixelSymmetric)
            throw Unsupported($"ONNX of operator set {OnnxExport.Opset} has no resize with the coordinates {method.Coordinates}");
        T[] scales = [T.One, T.One, .. factors.Select(static factor => T.CreateTruncating(factor))];
        bool nearest = method.Mode is ResizeMode.Nearest or ResizeMode.Area;
        string coordinates = method switch
        {
            // Where every sample becomes a whole number of them, their mean is the sample, and so is the one nearest to o + 1/2.
            { Mode: ResizeMode.Area }
                or { Mode: ResizeMode.Nearest, Coordinates: ResizeCoordinates.TensorFlowHalfPixelForNearest,
                    Nearest: ResizeNearest.Floor } => "asymmetric",

            // Sizes times whole factors are whole: nothing is rounded that the symmetric form would make up for.
            { Coordinates: ResizeCoordinates.HalfPixel or ResizeCoordinates.HalfPixelSymmetric } => "half_pixel",
            { Coordinates: ResizeCoordinates.PyTorchHalfPixel } => "pytorch_half_pixel",
            { Coordinates: ResizeCoordinates.AlignCorners } => "align_corners",
            { Coordinates: ResizeCoordinates.Asymmetric } => "asymmetric",
            _ => throw Unsupported($"ONNX has no resize of {method.Mode} with the coordinates {method.Coordinates}"),
        };
        if (method.Border == ResizeBorder.Reflect && !nearest) throw Unsupported("ONNX has no resize that mirrors the image at its border");
        ReadOnlySpan<string> inputs = [value.Name, "", Constant("scales", [scales.Length], scales)];
        var common = ExportAttribute.Of("coordinate_transformation_mode", coordinates);
        ImmutableArray<OnnxDimension> dimensions = Resized(value, null);
        if (nearest)
        {
            return Node("Resize", dimensions, inputs, ExportAttribute.Of("mode", "nearest"), common,
                ExportAttribute.Of("nearest_mode", method switch
            {
                { Mode: ResizeMode.Area } => "floor",
                { Nearest: ResizeNearest.RoundPreferFloor } => "round_prefer_floor",
                { Nearest: ResizeNearest.RoundPreferCeiling } => "round_prefer_ceil",
                { Nearest: ResizeNearest.Ceiling } => "ceil",
                _ => "floor",
            }));
        }

        // Nothing shrinks, so that antialiasing widens nothing. Two taps of which one is left out are the other alone, which is repetition
        // too.
        return method.Mode == ResizeMode.Linear
            ? Node("Resize", dimensions, inputs, ExportAttribute.Of("mode", "linear"), common)
            : Node("Resize", dimensions, inputs, ExportAttribute.Of("mode", "cubic"), common,
            ExportAttribute.Of("cubic_coeff_a", method.CubicCoefficient),
                ExportAttribute.Of("exclude_outside", method.Border == ResizeBorder.Exclude ? 1 : 0));
    }

    /// <summary>Planes continued by their border: beyond it stands what stands on it.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="by">Elements at both ends of each axis of space.</param>
    public ExportValue Continue(ExportValue value, int by)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentOutOfRangeException.ThrowIfNegative(by);
        int axes = value.Dimensions.Length - 2;
        long[] pads = [0, 0, .. Arrays.Repeat((long)by, axes), 0, 0, .. Arrays.Repeat((long)by, axes)];
        return Node("Pad", Resized(value, null), [value.Name, Constant("pads", pads)], ExportAttribute.Of("mode", "edge"));
    }

    /// <inheritdoc cref="Functions.PixelShuffle"/>
    /// <exception cref="OnnxUnsupportedException">Other than two axes, or factors that differ: DepthToSpace has one factor for height and
    /// width.</exception>
    public ExportValue PixelShuffle(ExportValue value, PerAxis factor)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Dimensions.Length != 4 || factor.Expand(2, nameof(factor)) is not [var block, var other] || block != other)
            throw Unsupported(
                $"ONNX shuffles height and width by one factor, and this is by {factor} over {value.Dimensions.Length - 2} axes");
        nint? channels = (nint?)(value.Dimensions[1].Length / (block * block));
        return Node("DepthToSpace", Resized(value, channels), [value.Name], ExportAttribute.Of("blocksize", block),
            ExportAttribute.Of("mode", "CRD"));
    }

    /// <inheritdoc cref="Functions.MaxPool"/>
    public ExportValue MaxPool(ExportValue value, PerAxis kernelSize, PerAxis? stride = null, PerAxis padding = default,
        PerAxis dilation = default, bool ceilMode = false)
    {
        ArgumentNullException.ThrowIfNull(value);
        return MaxPool(value, kernelSize, stride, padding, dilation, ceilMode, outputs: 1)[0];
    }

    /// <summary>
    /// Maxima over windows that neither overlap nor leave anything out, and where they were, for <see cref="MaxUnpool"/>.
    /// </summary>
    /// <param name="value">[batch, channels, sizes...]; the sizes multiples of the kernel's, which a reader cannot check where they are
    /// symbolic.</param>
    /// <param name="kernelSize">Of every axis, or for each; the stride too.</param>
    public (ExportValue Output, ExportValue Indices) MaxPoolWithIndices(ExportValue value, PerAxis kernelSize)
    {
        ArgumentNullException.ThrowIfNull(value);
        ImmutableArray<int> kernel = kernelSize.Expand(value.Dimensions.Length - 2, nameof(kernelSize));
        for (int axis = 0; axis < kernel.Length; axis++)
        {
            if (value.Dimensions[axis + 2].Length % kernel[axis] is { } rest and not 0)
                throw Unsupported(
                    $"unpooling gives multiples of the kernel's size, and axis {axis + 2} of {value} is {rest} longer than one of "
                        + $"{kernel[axis]}");
        }
        ExportValue[] both = MaxPool(value, kernelSize, null, default, default, ceilMode: false, outputs: 2);
        return (both[0], both[1]);
    }

    /// <summary>Puts each element to where the maximum of a pooling was, among zeros.</summary>
    /// <param name="value">Of the shape of the pooling's output.</param>
    /// <param name="indices">From <see cref="MaxPoolWithIndices"/>.</param>
    /// <param name="kernelSize">The pooling's.</param>
    public ExportValue MaxUnpool(ExportValue value, ExportValue indices, PerAxis kernelSize)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(indices);
        RequireRank(indices, value.Dimensions.Length);
        ImmutableArray<int> kernel = kernelSize.Expand(value.Dimensions.Length - 2, nameof(kernelSize));
        return Node("MaxUnpool", Resized(value, null), [value.Name, indices.Name], ExportAttribute.Of("kernel_shape", kernel),
            ExportAttribute.Of("strides", kernel));
    }

    private ExportValue[] MaxPool(ExportValue value, PerAxis kernelSize, PerAxis? stride, PerAxis padding, PerAxis dilation, bool ceilMode,
        int outputs)
    {
        int axes = value.Dimensions.Length - 2;
        return Node(
            "MaxPool", Resized(value, null), [value.Name], outputs,
            ExportAttribute.Of("kernel_shape", kernelSize.Expand(axes, nameof(kernelSize))),
            ExportAttribute.Of("strides", (stride ?? kernelSize).Expand(axes, nameof(stride), 1)), Pads(padding, axes),
            ExportAttribute.Of("dilations", dilation.Expand(axes, nameof(dilation), 1)), ExportAttribute.Of("ceil_mode", ceilMode ? 1 : 0));
    }
}
