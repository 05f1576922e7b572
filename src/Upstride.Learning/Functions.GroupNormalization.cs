using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>
    /// The channels in groups, each group of each sample to mean 0 and variance 1, then times weight plus bias. Wu and He, "Group
    /// Normalization", 2018.
    /// </summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="groups">Divides the channels.</param>
    /// <param name="weight">[channels], or none.</param>
    /// <param name="bias">[channels], or none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or a group of fewer than two elements.</exception>
    public static Variable<T> GroupNorm<T>(Variable<T> value, int groups, Variable<T>? weight = null, Variable<T>? bias = null,
        double epsilon = 1e-5)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        AxisGroups channels = ChannelsOf(value, 2, weight, bias);
        if (groups < 1 || channels.Middle % groups != 0)
            throw new GeometryException(new(nameof(groups),
                $"channels % groups = {channels.Middle} % {groups}, and must be 0 with groups of at least 1: choose groups to divide the "
                + $"channels"));
        nint batch = value.Shape[0];
        int length = batch == 0 ? 0 : value.Length / (int)batch / groups;
        Variable<T> grouped = Operations.Reshape<T>.Run(value, [batch * groups, length]);
        Variable<T> normal = Normalize(grouped, AxisGroups.OfAxes(grouped.Shape.AsSpan(), 0, 1), [batch * groups], null, null,
            epsilon).Output;
        return Affine(Operations.Reshape<T>.Run(normal, value.Shape), weight, bias, channels);
    }

    /// <summary>
    /// The last axes of each sample to mean 0 and variance 1, then times weight plus bias. Ba, Kiros and Hinton, "Layer Normalization",
    /// 2016.
    /// </summary>
    /// <param name="value">[..., shape...].</param>
    /// <param name="shape">The lengths of the last axes.</param>
    /// <param name="weight">Of that shape, or none.</param>
    /// <param name="bias">Of that shape, or none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or fewer than two elements.</exception>
    public static Variable<T> LayerNorm<T>(Variable<T> value, ReadOnlySpan<nint> shape, Variable<T>? weight = null,
        Variable<T>? bias = null,
        double epsilon = 1e-5)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        int first = value.Shape.Length - shape.Length;
        if (shape.IsEmpty || first < 0 || !value.Shape.AsSpan()[first..].SequenceEqual(shape))
            throw new GeometryException(new(nameof(shape),
                $"shape = {TensorMemory.Text(shape)}, and must be the last axes of value, {TensorMemory.Text(value.Shape.AsSpan())}"));
        if (weight is not null) Require.Shape(weight.Shape.AsSpan(), shape, nameof(weight));
        if (bias is not null) Require.Shape(bias.Shape.AsSpan(), shape, nameof(bias));
        AxisGroups samples = AxisGroups.OfAxes(value.Shape.AsSpan(), 0, first);
        Variable<T> normal = Normalize(value, samples, [.. value.Shape.AsSpan()[..first]], null, null, epsilon).Output;
        return Affine(normal, weight, bias, AxisGroups.OfAxes(value.Shape.AsSpan(), first, value.Shape.Length));
    }

    private static Variable<T> Affine<T>(Variable<T> value, Variable<T>? weight, Variable<T>? bias, AxisGroups grouping)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (weight is not null) value = Scale<T>.Run(value, weight, grouping);
        return bias is null ? value : Shift<T>.Run(value, bias, grouping);
    }
}
