using System.Numerics;
using Upstride.Learning.Buffers;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>
/// A tensor that training changes, or that a layer keeps beside those (a running mean). It belongs to no tape: its values stay, and
/// <see cref="Variable{T}.Gradient"/> adds up until <see cref="ZeroGradient"/>. It is used in place, so that its values are to be changed
/// after
/// <see cref="Variable{T}.Backward"/>, not between that and the computation.
/// </summary>
public sealed class Parameter<T> : Variable<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Variable<T>? _gradientMemory;
    private bool _isSet;

    /// <summary>A parameter of zeros.</summary>
    /// <param name="shape">The lengths of the axes.</param>
    /// <param name="requiresGradient">False for what is not trained.</param>
    public Parameter(ReadOnlySpan<nint> shape, bool requiresGradient = true)
        : base(null, [.. shape], new PooledBuffer<T>(TensorMemory.Length(shape)), requiresGradient) => Elements.Clear();

    /// <summary>A parameter of given values.</summary>
    /// <param name="values">In row-major order; copied.</param>
    /// <param name="shape">The lengths of the axes.</param>
    /// <param name="requiresGradient">False for what is not trained.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">Values that do not fit the shape.</exception>
    public Parameter(ReadOnlySpan<T> values, ReadOnlySpan<nint> shape, bool requiresGradient = true)
        : this(shape, requiresGradient)
    {
        Require.Length(values.Length, shape, nameof(values));
        values.CopyTo(Values);
    }

    /// <summary>Whether its values were ever given: initialised, loaded, or asked for to be written.</summary>
    public bool IsSet => _isSet;

    /// <summary>Whether gradients with respect to it are found; false freezes it.</summary>
    public new bool RequiresGradient
    {
        get => base.RequiresGradient;
        set => base.RequiresGradient = value;
    }

    /// <summary>Forgets the gradient: it is null until the next <see cref="Variable{T}.Backward"/>. Its memory is kept.</summary>
    public void ZeroGradient() => Gradient = null;

    /// <summary>Adds a gradient to the one there is.</summary>
    internal void AddGradient(Variable<T> gradient, BlockRunner runner)
    {
        if (Gradient is { } sum)
        {
            new Accumulation<T>(sum, gradient).Run(runner);
            return;
        }
        _gradientMemory ??= new(null, Shape, new PooledBuffer<T>(Length), requiresGradient: false);
        gradient.Elements.CopyTo(_gradientMemory.Elements);
        Gradient = _gradientMemory;
    }

    private protected override void MarkSet() => _isSet = true;
}
