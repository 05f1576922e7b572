using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;

namespace Upstride.Learning.Layers;

/// <summary>Elements around [batch, channels, sizes...].</summary>
public abstract class PaddingLayer<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ImmutableArray<int> _padding;

    private protected PaddingLayer(PaddingMode mode, double value, ReadOnlySpan<int> padding)
    {
        if (padding.Length is not (1 or 2 or 4 or 6))
            throw new ArgumentException(
                $"padding has {padding.Length} numbers, and must have one for all sides, or two for each axis, the last axis first: left, "
                + $"right, top, bottom, front, back", nameof(padding));
        Mode = mode;
        Value = value;
        _padding = [.. padding];
    }

    /// <summary>What they are.</summary>
    public PaddingMode Mode { get; }

    /// <summary>The number, with <see cref="PaddingMode.Zeros"/>.</summary>
    public double Value { get; }

    /// <summary>Before and after each axis, the first axis first.</summary>
    /// <param name="axes">How many there are beside batch and channels.</param>
    /// <exception cref="GeometryException">Other numbers than for these axes.</exception>
    public ImmutableArray<(int Before, int After)> PaddingOf(int axes)
    {
        if (_padding.Length == 1) return [.. Enumerable.Repeat((_padding[0], _padding[0]), axes)];
        if (_padding.Length != 2 * axes)
            throw new GeometryException(new("padding",
                $"padding has {_padding.Length} numbers, and {axes} axes beside batch and channels take one or {2 * axes}: give that "
                    + $"many"));
        return [.. Enumerable.Range(0, axes).Select(axis => (_padding[2 * (axes - 1 - axis)], _padding[2 * (axes - 1 - axis) + 1]))];
    }

    /// <summary>Pads.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="GeometryException">Amounts that do not fit the input.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operators.Require.Rank(input.Shape.AsSpan(), 3, 5, nameof(input));
        return Functions.Pad(input, PaddingOf(input.Shape.Length - 2), Mode, Value);
    }
}

/// <summary>PyTorch's <c>ZeroPad1d/2d/3d</c>.</summary>
/// <param name="padding">One number for all sides, or two for each axis, the last axis first: left, right, top, bottom, front,
/// back.</param>
public sealed class ZeroPad<T>(params ReadOnlySpan<int> padding) : PaddingLayer<T>(PaddingMode.Zeros, 0, padding)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>PyTorch's <c>ConstantPad1d/2d/3d</c>.</summary>
/// <param name="value">The number.</param>
/// <param name="padding">One number for all sides, or two for each axis, the last axis first.</param>
public sealed class ConstantPad<T>(double value, params ReadOnlySpan<int> padding) : PaddingLayer<T>(PaddingMode.Zeros, value, padding)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>PyTorch's <c>ReflectionPad1d/2d/3d</c>: mirrored at the first and last element, which are not repeated.</summary>
/// <param name="padding">One number for all sides, or two for each axis, the last axis first; less than the size.</param>
public sealed class ReflectionPad<T>(params ReadOnlySpan<int> padding) : PaddingLayer<T>(PaddingMode.Reflect, 0, padding)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>PyTorch's <c>ReplicationPad1d/2d/3d</c>: the first and the last element.</summary>
/// <param name="padding">One number for all sides, or two for each axis, the last axis first.</param>
public sealed class ReplicationPad<T>(params ReadOnlySpan<int> padding) : PaddingLayer<T>(PaddingMode.Replicate, 0, padding)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>PyTorch's <c>CircularPad1d/2d/3d</c>: the tensor again.</summary>
/// <param name="padding">One number for all sides, or two for each axis, the last axis first; at most the size.</param>
public sealed class CircularPad<T>(params ReadOnlySpan<int> padding) : PaddingLayer<T>(PaddingMode.Circular, 0, padding)
    where T : unmanaged, IFloatingPointIeee754<T>;
