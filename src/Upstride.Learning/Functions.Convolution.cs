using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>
    /// The transposed convolution over as many axes as the input has beside batch and channels: PyTorch's <c>conv_transpose1d/2d/3d</c>.
    /// </summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="outputPadding">Default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="outputSize">The output's sizes, instead of <paramref name="outputPadding"/>.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Variable<T> ConvTranspose<T>(
        Variable<T> input, Variable<T> weight, Variable<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, PerAxis dilation = default, PerAxis outputSize = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        var key = new ConvolutionKey(ConvolutionKind.Transposed, input.Shape, weight.Shape, stride, padding, outputPadding, groups,
            dilation, outputSize);
        return Correlate(key, Pass.Forward, input, weight, bias);
    }

    /// <summary>The convolution over as many axes as the input has beside batch and channels: PyTorch's <c>conv1d/2d/3d</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[output channels, input channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Variable<T> Convolution<T>(
        Variable<T> input, Variable<T> weight, Variable<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis dilation = default, int groups = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        var key = new ConvolutionKey(ConvolutionKind.Ordinary, input.Shape, weight.Shape, stride, padding, default, groups, dilation,
            default);
        return Correlate(key, Pass.InputGradient, input, weight, bias);
    }

    /// <summary>
    /// Nearest-neighbour enlargement by whole factors, then a convolution of stride 1, in one: computed as a transposed convolution at the
    /// small size.
    /// </summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">The convolution's, [output channels, input channels / groups, kernel...].</param>
    /// <param name="scale">The factor, of every axis or for each.</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="padding">The convolution's, in elements of the enlarged input; default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <remarks>
    /// Source of the cure for checkerboards: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill, 2016.
    /// </remarks>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Variable<T> ResizeConvolution<T>(
        Variable<T> input, Variable<T> weight, PerAxis scale, Variable<T>? bias = null, PerAxis padding = default, int groups = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        Tape<T> tape = Tape<T>.Of([input, weight]);
        var key = new ConvolutionKey(ConvolutionKind.Resize, input.Shape, weight.Shape, scale, padding, default, groups, default, default);
        ConvolutionPlans<T> plans = tape.Plans.Of(key);
        return Correlate(plans, Pass.Forward, input, ResizeWeights<T>.Run(tape, plans, weight), bias);
    }

    /// <summary>The product of two matrices.</summary>
    /// <param name="left">[rows, inner].</param>
    /// <param name="right">[inner, columns].</param>
    /// <returns>[rows, columns].</returns>
    /// <exception cref="GeometryException">Shapes that do not fit each other.</exception>
    public static Variable<T> MatMul<T>(Variable<T> left, Variable<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        Require.Rank(left.Shape.AsSpan(), 2, 2, nameof(left));
        Require.Rank(right.Shape.AsSpan(), 2, 2, nameof(right));
        if (left.Shape[1] != right.Shape[0])
            throw new GeometryException(new(nameof(right),
                $"left has shape {TensorMemory.Text(left.Shape.AsSpan())} and right has {TensorMemory.Text(right.Shape.AsSpan())}: "
                + $"left's columns, {left.Shape[1]}, and right's rows, {right.Shape[0]}, must be equal: change one of them"));
        Tape<T> tape = Tape<T>.Of([left, right]);
        Variable<T> rows = Operations.Reshape<T>.Run(tape, left, Rows(left.Shape[0], left.Shape[1])),
            matrix = Operations.Reshape<T>.Run(tape, right, [right.Shape[0], right.Shape[1], 1]);
        Variable<T> product =
            Correlate(ConvolutionKey.OfMatrix(rows.Shape, matrix.Shape, transposed: false), Pass.Forward, rows, matrix, null);
        return Operations.Reshape<T>.Run(product, [left.Shape[0], right.Shape[1]]);
    }

    /// <summary>PyTorch's <c>linear</c>: the last axis times a transposed matrix, plus a bias.</summary>
    /// <param name="input">[..., inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or none.</param>
    /// <returns>[..., outputs].</returns>
    /// <exception cref="GeometryException">Shapes that do not fit each other.</exception>
    public static Variable<T> Linear<T>(Variable<T> input, Variable<T> weight, Variable<T>? bias = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        Require.Rank(weight.Shape.AsSpan(), 2, 2, nameof(weight));
        if (input.Shape.IsEmpty || input.Shape[^1] != weight.Shape[1])
            throw new GeometryException(new(nameof(input),
                $"input has shape {TensorMemory.Text(input.Shape.AsSpan())} and weight has {TensorMemory.Text(weight.Shape.AsSpan())}: "
                + $"input's last axis must have weight's {weight.Shape[1]} columns: change one of them"));
        Tape<T> tape = Tape<T>.Of([input, weight]);
        nint inputs = weight.Shape[1], outputs = weight.Shape[0], count = TensorMemory.Length(input.Shape.AsSpan()[..^1]);
        Variable<T> rows = Operations.Reshape<T>.Run(tape, input, Rows(count, inputs)),
            matrix = Operations.Reshape<T>.Run(tape, weight, [outputs, inputs, 1]);
        Variable<T> product =
            Correlate(ConvolutionKey.OfMatrix(rows.Shape, matrix.Shape, transposed: true), Pass.InputGradient, rows, matrix, bias);
        return Operations.Reshape<T>.Run(product, [.. input.Shape.AsSpan()[..^1], outputs]);
    }

    // The rows of a matrix as the places of one image, channels last; of no rows, no image.
    private static ImmutableArray<nint> Rows(nint count, nint columns) => count == 0 ? [0, 1, columns] : [1, count, columns];

    private static Variable<T> Correlate<T>(in ConvolutionKey key, Pass pass, Variable<T> input, Variable<T> weight, Variable<T>? bias)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        return Correlate(Tape<T>.Of([input, weight]).Plans.Of(key), pass, input, weight, bias);
    }

    private static Variable<T> Correlate<T>(ConvolutionPlans<T> plans, Pass pass, Variable<T> input, Variable<T> weight, Variable<T>? bias)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (bias is not null) Require.Shape(bias.Shape.AsSpan(), [plans.Channels(pass).Middle], nameof(bias));
        return ConvolutionOperation<T>.Run(plans, pass, input, weight, bias);
    }
}
