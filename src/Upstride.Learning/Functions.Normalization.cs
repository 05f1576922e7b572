using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>
    /// Every channel to mean 0 and variance 1 over batch and places, then times weight plus bias. Ioffe and Szegedy, "Batch Normalization",
    /// 2015.
    /// </summary>
    /// <param name="value">[batch, channels, sizes...] with at least two elements of each channel.</param>
    /// <param name="weight">[channels], or none.</param>
    /// <param name="bias">[channels], or none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>The output, and the mean and the variance (of the elements, not of a population) of each channel, [channels].</returns>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or a channel of fewer than two elements.</exception>
    public static (Variable<T> Output, Variable<T> Mean, Variable<T> Variance) BatchNorm<T>(
        Variable<T> value, Variable<T>? weight = null, Variable<T>? bias = null, double epsilon = 1e-5)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        AxisGroups grouping = ChannelsOf(value, 2, weight, bias);
        return Normalize(value, grouping, [value.Shape[1]], weight, bias, epsilon);
    }

    /// <summary>
    /// Every plane to mean 0 and variance 1, then times its channel's weight plus bias. Ulyanov, Vedaldi and Lempitsky, "Instance
    /// Normalization", 2016.
    /// </summary>
    /// <param name="value">[batch, channels, sizes...] with at least two elements of each plane.</param>
    /// <param name="weight">[channels], or none.</param>
    /// <param name="bias">[channels], or none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or a plane of fewer than two elements.</exception>
    public static Variable<T> InstanceNorm<T>(Variable<T> value, Variable<T>? weight = null, Variable<T>? bias = null,
        double epsilon = 1e-5)
        where T : unmanaged, IFloatingPointIeee754<T> => InstanceNormWithStatistics(value, weight, bias, epsilon).Output;

    /// <summary>The same, with the mean and the variance of each plane, [batch, channels].</summary>
    internal static (Variable<T> Output, Variable<T> Mean, Variable<T> Variance) InstanceNormWithStatistics<T>(
        Variable<T> value, Variable<T>? weight, Variable<T>? bias, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ChannelsOf(value, 3, weight, bias);
        return Normalize(value, AxisGroups.OfAxes(value.Shape.AsSpan(), 0, 2), [value.Shape[0], value.Shape[1]], weight, bias, epsilon);
    }

    /// <summary>
    /// (value - mean) / sqrt(variance + epsilon) * weight + bias with a given mean and variance for each channel: batch normalisation in
    /// use.
    /// </summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="mean">[channels].</param>
    /// <param name="variance">[channels].</param>
    /// <param name="weight">[channels], or none.</param>
    /// <param name="bias">[channels], or none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other.</exception>
    public static Variable<T> Standardize<T>(
        Variable<T> value, Variable<T> mean, Variable<T> variance, Variable<T>? weight = null, Variable<T>? bias = null,
            double epsilon = 1e-5)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        AxisGroups grouping = ChannelsOf(value, 2, weight, bias);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        Require.Shape(mean.Shape.AsSpan(), [grouping.Middle], nameof(mean));
        Require.Shape(variance.Shape.AsSpan(), [grouping.Middle], nameof(variance));
        Tape<T> tape = Tape<T>.Of([value]);
        Variable<T> factor =
            Reciprocal(Sqrt((variance is Parameter<T> parameter ? tape.Attach(parameter) : variance) + T.CreateChecked(epsilon)));
        return Standardization<T>.Run(value, mean, weight is null ? factor : factor * weight, bias, grouping);
    }

    private static (Variable<T> Output, Variable<T> Mean, Variable<T> Variance) Normalize<T>(
        Variable<T> value, AxisGroups grouping, System.Collections.Immutable.ImmutableArray<nint> shape, Variable<T>? weight,
            Variable<T>? bias, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int count = grouping.Outer * grouping.Inner;
        if (count < 2 && grouping.Middle > 0)
            throw new GeometryException(new(nameof(value),
                $"value has shape {TensorMemory.Text(value.Shape.AsSpan())}, so that a mean and a variance would be of {count} element, "
                + $"and must be of at least 2: give a larger batch or larger planes"));
        T share = T.One / T.CreateChecked(count);
        Variable<T> mean = Summation<T>.Run(value, grouping, shape) * share;
        Variable<T> variance = CenteredSquares<T>.Run(value, mean, grouping) * share;
        Variable<T> reciprocal = Reciprocal(Sqrt(variance + T.CreateChecked(epsilon)));
        Variable<T> factor = weight is null ? reciprocal : reciprocal * weight;

        // A bias of the channels is repeated where the statistics are of more than those.
        Variable<T>? offset =
            bias is null || bias.Length == grouping.Middle
            ? bias : BroadcastOperation<T>.Run(Tape<T>.Of([value]), bias, AxisGroups.Find(shape, bias.Shape, out _), shape);
        OwnStatistics<T>? own = weight is null || weight.Shape.AsSpan().SequenceEqual(shape.AsSpan())
            ? new(reciprocal, weight, share) : null;
        return (Standardization<T>.Run(value, mean, factor, offset, grouping, own), mean, variance);
    }

    private static AxisGroups ChannelsOf<T>(Variable<T> value, int leastRank, Variable<T>? weight, Variable<T>? bias)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Require.Rank(value.Shape.AsSpan(), leastRank, 5, nameof(value));
        if (weight is not null) Require.Shape(weight.Shape.AsSpan(), [value.Shape[1]], nameof(weight));
        if (bias is not null) Require.Shape(bias.Shape.AsSpan(), [value.Shape[1]], nameof(bias));
        return AxisGroups.OfChannels(value.Shape.AsSpan());
    }
}
