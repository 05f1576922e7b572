using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>The transposed convolution over as many axes as the input has beside batch and channels: PyTorch's <c>conv_transpose1d/2d/3d</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="stride">1 where not given.</param>
    /// <param name="padding">0 where not given.</param>
    /// <param name="outputPadding">0 where not given.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="dilation">1 where not given.</param>
    /// <param name="outputSize">The output's sizes, in place of <paramref name="outputPadding"/>.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Variable<T> ConvTranspose<T>(
        Variable<T> input, Variable<T> weight, Variable<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, PerAxis dilation = default, PerAxis outputSize = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        var key = new ConvolutionKey(true, input.Shape, weight.Shape, stride, padding, outputPadding, groups, dilation, outputSize);
        return Correlate(key, Pass.Forward, input, weight, bias);
    }

    /// <summary>The convolution over as many axes as the input has beside batch and channels: PyTorch's <c>conv1d/2d/3d</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[output channels, input channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="stride">1 where not given.</param>
    /// <param name="padding">0 where not given.</param>
    /// <param name="dilation">1 where not given.</param>
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
        var key = new ConvolutionKey(false, input.Shape, weight.Shape, stride, padding, default, groups, dilation, default);
        return Correlate(key, Pass.InputGradient, input, weight, bias);
    }

    private static Variable<T> Correlate<T>(in ConvolutionKey key, Pass pass, Variable<T> input, Variable<T> weight, Variable<T>? bias)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CorrelationPlans<T> plans = Tape<T>.Of([input, weight]).Plans.Of(key);
        if (bias is not null) TensorAccess.RequireShape(bias.Shape.AsSpan(), [plans.Channels(pass).Middle], nameof(bias));
        return Correlation<T>.Run(plans, pass, input, weight, bias);
    }
}
