using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>
/// A resize made ready: its weights computed once and its workspace its own, to be run many times without allocating. One plan serves
/// one caller at a time.
/// </summary>
/// <remarks>
/// The map is separable: one sparse matrix for each axis, applied one after another, the most shrinking axis first and equals outermost
/// first. Channels first and channels last give the same bits. Weights are computed in double precision and rounded once to
/// <typeparamref name="T"/>; with Half, sums and weights are single precision, and each output is rounded once.
/// </remarks>
public sealed class ResizePlan<T> where T : unmanaged, IFloatingPoint<T>
{
    private readonly List<(int Dimension, ResizeTaps Taps)> _taps = [];
    private readonly ResizePasses<T>? _forward;
    private readonly List<(int Outer, int Length, int Inner, int Index)> _outside = [];
    private ResizePasses<T>? _adjoint;

    // Half precision is computed in single and rounded once.
    private readonly ResizePlan<float>? _single;
    private readonly float[] _input = [];
    private readonly float[] _output = [];

    private ResizePlan(ResizeGeometry geometry)
    {
        Geometry = geometry;
        if (typeof(T) == typeof(Half))
        {
            _single = new(geometry);
            (_input, _output) = (new float[geometry.InputLength], new float[geometry.OutputLength]);
            return;
        }

        // Shrinking first keeps everything between the passes no larger than the larger of input and output.
        foreach (int d in geometry.AxesByScale.Where(d => !geometry.Axes[d].IsIdentity))
            _taps.Add((d, ResizeTaps.Create(geometry.Axes[d], geometry.Method)));
        _forward = new(geometry.InputShape, _taps);
        FindOutside();
    }

    /// <summary>The sizes and the method.</summary>
    public ResizeGeometry Geometry { get; }

    /// <summary>Computes the weights and takes the workspace.</summary>
    public static ResizePlan<T> Create(ResizeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry);
    }

    /// <summary>Resizes <paramref name="input"/>.</summary>
    /// <param name="input">The input, <see cref="ResizeGeometry.InputShape"/> in row-major order.</param>
    /// <param name="destination">The output, <see cref="ResizeGeometry.OutputShape"/> in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and input share memory.</exception>
    public void Run(ReadOnlySpan<T> input, Span<T> destination)
    {
        Require.Length(input.Length, Geometry.InputShape.AsSpan(), nameof(input));
        Require.Length(destination.Length, Geometry.OutputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(input, destination, nameof(input));
        Forward(input, destination);
    }

    /// <summary>Resizes <paramref name="input"/>.</summary>
    /// <param name="input">The input, of shape <see cref="ResizeGeometry.InputShape"/> and any strides.</param>
    /// <param name="destination">The output, of shape <see cref="ResizeGeometry.OutputShape"/> and any strides but shared places.</param>
    /// <exception cref="GeometryException">A shape that is not the geometry's.</exception>
    /// <exception cref="ArgumentException">Destination and input share memory, or elements of the destination do.</exception>
    public void Run(in ReadOnlyTensorSpan<T> input, in TensorSpan<T> destination)
    {
        Require.Shape(input.Lengths, Geometry.InputShape.AsSpan(), nameof(input));
        Require.Shape(destination.Lengths, Geometry.OutputShape.AsSpan(), nameof(destination));
        Require.Disjoint(input, destination, nameof(input));
        ContiguousDestination<T> target = TensorMemory.Destination(destination);
        Forward(TensorMemory.Contiguous(input), target.Span);
        target.Commit();
    }

    /// <summary>The gradient with respect to the input: the transposed map.</summary>
    /// <param name="outputGradient">The output's gradient, <see cref="ResizeGeometry.OutputShape"/> in row-major order.</param>
    /// <param name="destination">The input's gradient, <see cref="ResizeGeometry.InputShape"/> in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and gradient share memory.</exception>
    public void RunGradient(ReadOnlySpan<T> outputGradient, Span<T> destination)
    {
        Require.Length(outputGradient.Length, Geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Length(destination.Length, Geometry.InputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        Backward(outputGradient, destination);
    }

    /// <summary>The gradient with respect to the input: the transposed map.</summary>
    /// <param name="outputGradient">The output's gradient, of shape <see cref="ResizeGeometry.OutputShape"/> and any strides.</param>
    /// <param name="destination">The input's gradient, of shape <see cref="ResizeGeometry.InputShape"/> and any strides but shared
    /// places.</param>
    /// <exception cref="GeometryException">A shape that is not the geometry's.</exception>
    /// <exception cref="ArgumentException">Destination and gradient share memory, or elements of the destination do.</exception>
    public void RunGradient(in ReadOnlyTensorSpan<T> outputGradient, in TensorSpan<T> destination)
    {
        Require.Shape(outputGradient.Lengths, Geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Shape(destination.Lengths, Geometry.InputShape.AsSpan(), nameof(destination));
        Require.Disjoint(outputGradient, destination, nameof(outputGradient));
        ContiguousDestination<T> target = TensorMemory.Destination(destination);
        Backward(TensorMemory.Contiguous(outputGradient), target.Span);
        target.Commit();
    }

    // The passes undone in reverse order, each transposed.
    private ResizePasses<T> Adjoint => _adjoint ??= new(
        Geometry.OutputShape, [.. Enumerable.Reverse(_taps).Select(static pass => (pass.Dimension, pass.Taps.Transpose()))]);

    /// <summary>As <see cref="Run(ReadOnlySpan{T}, Span{T})"/>, with <paramref name="afterPass"/> done to what each axis leaves.</summary>
    internal void Forward(ReadOnlySpan<T> input, Span<T> destination, Action<Span<T>>? afterPass = null)
    {
        if (_single is not null)
        {
            TensorPrimitives.ConvertToSingle(Reinterpret.As<T, Half>(input), _input);
            _single.Forward(_input, _output);
            TensorPrimitives.ConvertToHalf(_output, Reinterpret.As<T, Half>(destination));
            return;
        }
        _forward!.Run(input, destination, afterPass);
        T value = T.CreateTruncating(Geometry.Method.ExtrapolationValue);
        foreach ((int outer, int length, int inner, int index) in _outside)
            for (int row = 0; row < outer; row++) destination.Slice((row * length + index) * inner, inner).Fill(value);
    }

    private void Backward(ReadOnlySpan<T> outputGradient, Span<T> destination)
    {
        if (_single is null)
        {
            Adjoint.Run(outputGradient, destination);
            return;
        }
        TensorPrimitives.ConvertToSingle(Reinterpret.As<T, Half>(outputGradient), _output);
        _single.Backward(_output, _input);
        TensorPrimitives.ConvertToHalf(_input, Reinterpret.As<T, Half>(destination));
    }

    // An output outside the input along any axis takes the extrapolation value whatever the other axes say.
    private void FindOutside()
    {
        int outer = 1;
        foreach (ResizeAxis axis in Geometry.Axes)
        {
            int inner = axis.Output == 0 ? 0 : Geometry.OutputLength / Math.Max(1, outer * axis.Output);
            for (int o = 0; o < axis.Output; o++)
                if (axis.IsOutside(o)) _outside.Add((outer, axis.Output, inner, o));
            outer *= axis.Output;
        }
    }
}
