using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;

namespace Upstride.Onnx.Export;

/// <summary>What each shipped layer is in a graph.</summary>
internal static class LayerExport
{
    /// <summary>Adds a layer; null for a module that is none of them.</summary>
    public static ExportValue? Export<T>(ExportGraph<T> graph, Module<T> module, ExportValue input)
        where T : unmanaged, IFloatingPointIeee754<T> => module switch
        {
            IOnnxExportable<T> own => own.Export(graph, input),
            Sequential<T> => module.Children.Aggregate(input, (value, child) => graph.Apply(child.Name, child.Module, value)),
            ConvTransposeLayer<T> layer =>
                graph.ConvTranspose(input, layer.ComputedWeight(), layer.Bias, layer.Stride, layer.Padding, layer.OutputPadding,
                    layer.Groups,
                layer.Dilation),
            ConvolutionLayer<T> layer =>
                graph.PaddedConvolution(input, layer.ComputedWeight(), layer.Bias, layer.Margins, layer.PaddingMode,
                layer.Stride, layer.Dilation, layer.Groups),
            HeldConvTranspose2d<T> layer => graph.ConvTranspose(input, layer.HeldWeight(), layer.Bias, layer.Stride, layer.Padding,
                layer.OutputPadding, layer.Groups),
            ResizeConv2d<T> layer =>
                graph.ResizeConvolution(input, layer.ComputedWeight(), layer.Scale, layer.Bias, layer.Padding, layer.Groups),
            SubPixelConv2d<T> layer =>
                graph.PixelShuffle(graph.Convolution(input, layer.ComputedWeight(), layer.Bias, padding: layer.Padding,
                    groups: layer.Groups),
                layer.Scale),
            PixelShuffle<T> layer => graph.PixelShuffle(input, layer.UpscaleFactor),
            Upsample<T> layer => Resize(graph, layer, input),
            Linear<T> layer => graph.Linear(input, layer.ComputedWeight(), layer.Bias),
            BatchNorm<T> layer => graph.BatchNorm(input, layer.RunningMean, layer.RunningVariance, layer.Weight, layer.Bias, layer.Epsilon),
            InstanceNorm<T> { RunningMean: { } mean, RunningVariance: { } variance } layer =>
                graph.BatchNorm(input, mean, variance, layer.Weight, layer.Bias, layer.Epsilon),
            InstanceNorm<T> layer => graph.InstanceNorm(input, layer.Features, layer.Weight, layer.Bias, layer.Epsilon),
            GroupNorm<T> layer => graph.GroupNorm(input, layer.Groups, layer.Channels, layer.Weight, layer.Bias, layer.Epsilon),
            LayerNorm<T> layer => graph.LayerNorm(input, layer.NormalizedShape, layer.Weight, layer.Bias, layer.Epsilon),
            SiLU<T> => graph.SiLU(input),
            GELU<T> layer => graph.GELU(input, layer.Approximate),
            ELU<T> layer => graph.ELU(input, layer.Alpha),
            Softplus<T> layer => graph.Softplus(input, layer.Beta, layer.Threshold),
            ReLU6<T> => graph.ReLU6(input),
            Softmax<T> layer => graph.Softmax(input, layer.Axis),
            PaddingLayer<T> layer => graph.Pad(input, layer.PaddingOf(input.Dimensions.Length - 2), layer.Mode, layer.Value),
            AvgPool<T> layer => graph.AveragePool(input, layer.KernelSize, layer.Stride, layer.Padding, layer.CeilMode,
                layer.CountIncludePad, layer.DivisorOverride),
            AdaptiveAvgPool<T> layer => graph.AdaptivePool(input, layer.OutputSize, maximum: false),
            AdaptiveMaxPool<T> layer => graph.AdaptivePool(input, layer.OutputSize, maximum: true),
            Flatten<T> layer => graph.Flatten(input, layer.StartAxis, layer.EndAxis),
            Permute<T> layer => graph.Permute(input, layer.Axes),
            Embedding<T> layer => graph.Embedding(input, layer.Weight),
            PReLU<T> layer => graph.PReLU(input, layer.Weight),
            ReLU<T> => graph.ReLU(input),
            LeakyReLU<T> layer => graph.LeakyReLU(input, layer.NegativeSlope),
            Tanh<T> => graph.Tanh(input),
            Sigmoid<T> => graph.Sigmoid(input),
            MaxPool<T> layer => graph.MaxPool(input, layer.KernelSize, layer.Stride, layer.Padding, layer.Dilation, layer.CeilMode),
            Dropout<T> or Dropout2d<T> => input,
            _ => null,
        };

    // To a size, and by factors that follow from the sizes, where the sizes are known: then the factor is a number.
    private static ExportValue Resize<T>(ExportGraph<T> graph, Upsample<T> layer, ExportValue input)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (layer.Size.Values.IsEmpty && layer.Factors.IsEmpty) return graph.Enlarge(input, layer.ScaleFactor, layer.Method);
        if (layer.Size.Values.IsEmpty && !layer.RecomputesScaleFactor) return graph.Resize(input, layer.Factors, layer.Method);
        int axes = input.Dimensions.Length - 2;
        double[] factors = new double[axes];
        for (int axis = 0; axis < axes; axis++)
        {
            if (input.Dimensions[axis + 2].Length is not { } length)
                throw new OnnxUnsupportedException(
                    $"an Upsample to a size cannot be exported: axis {axis + 2} of {input} is open, and must be "
                    + $"known: give settings.InputShape");
            long size = layer.Size.Values.IsEmpty
                ? (long)(length * layer.Factors[layer.Factors.Length == 1 ? 0 : axis]) : layer.Size.Expand(axes, "size")[axis];
            factors[axis] = (double)size / length;
        }
        return graph.Resize(input, [.. factors], layer.Method);
    }
}
