using System.Numerics.Tensors;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// Brings a framework's weights into the order of <see cref="ConvTransposeGeometry.WeightShape"/>, and gradients back out of it.
/// </summary>
public static class WeightOrder
{
    /// <summary>
    /// The weights as [input channels, output channels of a group, kernel...]: the tensor's own elements where they stand so, else a
    /// rearranged copy.
    /// </summary>
    /// <param name="weight">In <paramref name="layout"/>.</param>
    /// <param name="layout">The framework's order.</param>
    /// <exception cref="GeometryException">Fewer than two lengths, or an order that is none.</exception>
    public static ReadOnlySpan<T> ToInputOutputKernel<T>(in ReadOnlyTensorSpan<T> weight, WeightLayout layout)
    {
        RequireKernel(weight.Lengths, layout, nameof(weight));
        ReadOnlySpan<T> elements = TensorMemory.Contiguous(weight);
        if (layout == WeightLayout.InputOutputKernel) return elements;
        (int taps, int inputs, int outputs) = Sizes(weight.Lengths, layout);
        var ordered = new T[elements.Length];
        for (int tap = 0; tap < taps; tap++)
        for (int input = 0; input < inputs; input++)
        for (int output = 0; output < outputs; output++)
            ordered[((input * outputs) + output) * taps + tap] = elements[Place(layout, tap, input, output, taps, inputs, outputs)];
        return ordered;
    }

    /// <summary>
    /// Elements in the order [input channels, output channels of a group, kernel...], for example a gradient, as a tensor in a framework's
    /// order.
    /// </summary>
    /// <param name="elements">[input, output, kernel...].</param>
    /// <param name="shape">The shape in <paramref name="layout"/>.</param>
    /// <param name="layout">The framework's order.</param>
    /// <exception cref="GeometryException">Another number of elements than the shape's, fewer than two lengths, or an order that is
    /// none.</exception>
    public static Tensor<T> FromInputOutputKernel<T>(ReadOnlySpan<T> elements, ReadOnlySpan<nint> shape, WeightLayout layout)
    {
        RequireKernel(shape, layout, nameof(shape));
        Require.Length(elements.Length, shape, nameof(elements));
        Tensor<T> tensor = TensorMemory.Create(shape, out Span<T> stored);
        if (layout == WeightLayout.InputOutputKernel)
        {
            elements.CopyTo(stored);
            return tensor;
        }
        (int taps, int inputs, int outputs) = Sizes(shape, layout);
        for (int tap = 0; tap < taps; tap++)
        for (int input = 0; input < inputs; input++)
        for (int output = 0; output < outputs; output++)
            stored[Place(layout, tap, input, output, taps, inputs, outputs)] = elements[((input * outputs) + output) * taps + tap];
        return tensor;
    }

    private static void RequireKernel(ReadOnlySpan<nint> shape, WeightLayout layout, string parameter)
    {
        if (ShapeReading.NoneOf(nameof(layout), layout) is { } error) throw new GeometryException(error);
        if (shape.Length < 2)
            throw new GeometryException(new(parameter,
                $"{parameter} has shape {TensorMemory.Text(shape)}, and weights have at least 2 lengths, those of their input and output "
                + $"channels"));
        foreach (nint length in shape)
            if (length is < 0 or > int.MaxValue)
                throw new GeometryException(new(parameter,
                    $"{parameter} has shape {TensorMemory.Text(shape)}, and every length must be 0 .. {int.MaxValue}"));
    }

    private static (int Taps, int Inputs, int Outputs) Sizes(ReadOnlySpan<nint> shape, WeightLayout layout)
    {
        int last = (int)shape[^1], before = (int)shape[^2];
        int taps = TensorMemory.Length(shape[..^2]);
        return layout == WeightLayout.KernelOutputInput ? (taps, last, before) : (taps, before, last);
    }

    // Reversing every kernel axis reverses the row-major order of the taps.
    private static int Place(WeightLayout layout, int tap, int input, int output, int taps, int inputs, int outputs) =>
        layout == WeightLayout.KernelOutputInput
            ? ((tap * outputs) + output) * inputs + input
            : (((taps - 1 - tap) * inputs) + input) * outputs + output;
}
