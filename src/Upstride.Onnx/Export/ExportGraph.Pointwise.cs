using System.Collections.Immutable;
using Upstride.Learning;

namespace Upstride.Onnx.Export;

public sealed partial class ExportGraph<T>
{
    /// <inheritdoc cref="Functions.ReLU"/>
    public ExportValue ReLU(ExportValue value) => Pointwise("Relu", value);

    /// <inheritdoc cref="Functions.Tanh"/>
    public ExportValue Tanh(ExportValue value) => Pointwise("Tanh", value);

    /// <inheritdoc cref="Functions.Sigmoid"/>
    public ExportValue Sigmoid(ExportValue value) => Pointwise("Sigmoid", value);

    /// <inheritdoc cref="Functions.LeakyReLU"/>
    public ExportValue LeakyReLU(ExportValue value, double slope)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Node("LeakyRelu", value.Dimensions, [value.Name], ExportAttribute.Of("alpha", slope));
    }

    /// <inheritdoc cref="Functions.PReLU"/>
    public ExportValue PReLU(ExportValue value, Parameter<T> slope)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(slope);

        // ONNX aligns the slopes with the last axes, and the channels are the second.
        if (slope.Length == 1) return Node("PRelu", value.Dimensions, [value.Name, Initializer(slope)]);
        RequireChannels(value, slope.Length);
        return Node("PRelu", value.Dimensions,
            [value.Name, Initializer(slope, [slope.Length, .. Arrays.Repeat(1L, value.Dimensions.Length - 2)])]);
    }

    /// <inheritdoc cref="Functions.Add"/>
    public ExportValue Add(ExportValue left, ExportValue right) => Elementwise("Add", left, right);

    /// <inheritdoc cref="Functions.Subtract"/>
    public ExportValue Subtract(ExportValue left, ExportValue right) => Elementwise("Sub", left, right);

    /// <inheritdoc cref="Functions.Multiply"/>
    public ExportValue Multiply(ExportValue left, ExportValue right) => Elementwise("Mul", left, right);

    /// <inheritdoc cref="Functions.Concat"/>
    public ExportValue Concat(int axis, params ReadOnlySpan<ExportValue> values)
    {
        if (values.IsEmpty) throw new ArgumentException("values is empty, and must hold at least one", nameof(values));
        ImmutableArray<OnnxDimension> dimensions = values[0].Dimensions;
        if (axis < 0 || axis >= dimensions.Length)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"axis = {axis}, and must be 0 .. {dimensions.Length - 1}");
        long? sum = 0;
        var names = new List<string>();
        foreach (ExportValue value in values)
        {
            RequireRank(value, dimensions.Length);
            sum += value.Dimensions[axis].Length;
            names.Add(value.Name);
        }
        return Node("Concat", dimensions.SetItem(axis, new(sum, null)), [.. names], ExportAttribute.Of("axis", axis));
    }

    /// <summary>The normalisation by given means and variances: <see cref="Functions.Standardize"/>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="mean">[channels].</param>
    /// <param name="variance">[channels].</param>
    /// <param name="weight">[channels], or ones.</param>
    /// <param name="bias">[channels], or zeros.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public ExportValue BatchNorm(ExportValue value, Parameter<T> mean, Parameter<T> variance, Parameter<T>? weight = null,
        Parameter<T>? bias = null, double epsilon = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(mean);
        RequireChannels(value, mean.Length);
        return Node(
            "BatchNormalization", value.Dimensions,
                [value.Name, Channels(weight, mean.Length, T.One), Channels(bias, mean.Length, T.Zero), Initializer(mean),
                Initializer(variance)],
            ExportAttribute.Of("epsilon", epsilon));
    }

    /// <summary>Every plane to mean 0 and variance 1: <see cref="Functions.InstanceNorm"/>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="channels">How many.</param>
    /// <param name="weight">[channels], or ones.</param>
    /// <param name="bias">[channels], or zeros.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public ExportValue InstanceNorm(ExportValue value, int channels, Parameter<T>? weight = null, Parameter<T>? bias = null,
        double epsilon = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireChannels(value, channels);
        return Node("InstanceNormalization", value.Dimensions,
            [value.Name, Channels(weight, channels, T.One), Channels(bias, channels, T.Zero)], ExportAttribute.Of("epsilon", epsilon));
    }

    private ExportValue Pointwise(string operatorName, ExportValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Node(operatorName, value.Dimensions, [value.Name]);
    }

    /// <summary>Each element, limited to a range.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="least">What lesser ones become.</param>
    /// <param name="most">What larger ones become.</param>
    public ExportValue Clip(ExportValue value, T least, T most)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Node("Clip", value.Dimensions, [value.Name, Constant("least", [], [least]), Constant("most", [], [most])]);
    }

    private ExportValue Elementwise(string operatorName, ExportValue left, ExportValue right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        RequireRank(right, left.Dimensions.Length);

        // An axis of length 1 is spread over the other's; what is a number on either side is known.
        return Node(operatorName,
            [.. left.Dimensions.Zip(right.Dimensions,
            static (one, other) => one.Length is 1 || (one.Length is null && other.Length is > 1) ? other : one)], [left.Name, right.Name]);
    }

    private string Channels(Parameter<T>? values, int channels, T fallback)
    {
        if (values is not null) return Initializer(values);
        T[] same = new T[channels];
        Array.Fill(same, fallback);
        return Constant(fallback == T.Zero ? "zeros" : "ones", [channels], same);
    }
}
