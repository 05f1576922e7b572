using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>The size equation of an ordinary convolution along one axis, as each framework writes it, with the numbers put in.</summary>
public static class ConvolutionEquation
{
    /// <summary>The equation of one axis.</summary>
    /// <param name="axis">The axis of the convolution's adjoint: its output is the convolution's input.</param>
    /// <param name="index">Which axis it is.</param>
    /// <param name="parameters">What the convolution was made of.</param>
    /// <param name="framework">Whose rules.</param>
    public static string Of(ConvTransposeAxis axis, int index, HyperParameters parameters, Framework framework)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        int dropped = Dropped(axis, index, parameters), tail = PaddingTail(axis, index, parameters);
        string left = dropped > 0 ? $"; the last {dropped} of the padded input {(dropped == 1 ? "is" : "are")} dropped" : "";
        if (IsSame(parameters)) return $"SAME: ceil(W/S) = ceil({axis.Output}/{axis.Stride}) = {axis.Input}, padded by {axis.Head} and "
            + $"{tail}{left}";
        if (framework is Framework.TensorFlow or Framework.Keras && axis.Head == 0 && tail == 0)
            return $"VALID: ceil((W - F + 1)/S) = ceil(({axis.Output} - {axis.Extent} + 1)/{axis.Stride}) = {axis.Input}{left}";
        return axis.Head == tail
            ? $"floor((n + 2p - k)/s) + 1 = floor(({axis.Output} + 2*{axis.Head} - {axis.Extent})/{axis.Stride}) + 1 = {axis.Input}{left}"
            : $"floor((n + p + p' - k)/s) + 1 = floor(({axis.Output} + {axis.Head} + {tail} - {axis.Extent})/{axis.Stride}) + 1 = "
                + $"{axis.Input}{left}";
    }

    /// <summary>The zeros after the input, as they were asked for; what no window reaches of them is dropped.</summary>
    public static int PaddingTail(ConvTransposeAxis axis, int index, HyperParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (IsSame(parameters)) return Math.Max(axis.Tail, 0);
        return parameters.PaddingAtEnd.Values.IsEmpty ? axis.Head
            : parameters.PaddingAtEnd.Expand(parameters.Input.Values.Length, "paddingAtEnd")[index];
    }

    /// <summary>Elements at the end of the padded input that no window reaches.</summary>
    public static int Dropped(ConvTransposeAxis axis, int index, HyperParameters parameters) =>
        PaddingTail(axis, index, parameters) - axis.Tail;

    private static bool IsSame(HyperParameters parameters) => parameters.AutoPad is OnnxAutoPad.SameUpper or OnnxAutoPad.SameLower;
}
