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
                graph.ConvTranspose(input, layer.Weight, layer.Bias, layer.Stride, layer.Padding, layer.OutputPadding, layer.Groups,
                layer.Dilation),
            ConvolutionLayer<T> layer =>
                graph.Convolution(input, layer.Weight, layer.Bias, layer.Stride, layer.Padding, layer.Dilation, layer.Groups),
            HeldConvTranspose2d<T> layer => graph.ConvTranspose(input, layer.HeldWeight(), layer.Bias, layer.Stride, layer.Padding,
                layer.OutputPadding, layer.Groups),
            ResizeConv2d<T> layer => graph.ResizeConvolution(input, layer.Weight, layer.Scale, layer.Bias, layer.Padding, layer.Groups),
            SubPixelConv2d<T> layer =>
                graph.PixelShuffle(graph.Convolution(input, layer.Weight, layer.Bias, padding: layer.Padding, groups: layer.Groups),
                layer.Scale),
            PixelShuffle<T> layer => graph.PixelShuffle(input, layer.UpscaleFactor),
            Upsample<T> layer => graph.Enlarge(input, layer.ScaleFactor, layer.Method),
            Linear<T> layer => graph.Linear(input, layer.Weight, layer.Bias),
            BatchNorm<T> layer => graph.BatchNorm(input, layer.RunningMean, layer.RunningVariance, layer.Weight, layer.Bias, layer.Epsilon),
            InstanceNorm<T> layer => graph.InstanceNorm(input, layer.Features, layer.Weight, layer.Bias, layer.Epsilon),
            PReLU<T> layer => graph.PReLU(input, layer.Weight),
            ReLU<T> => graph.ReLU(input),
            LeakyReLU<T> layer => graph.LeakyReLU(input, layer.NegativeSlope),
            Tanh<T> => graph.Tanh(input),
            Sigmoid<T> => graph.Sigmoid(input),
            MaxPool<T> layer => graph.MaxPool(input, layer.KernelSize, layer.Stride, layer.Padding, layer.Dilation, layer.CeilMode),
            Dropout<T> or Dropout2d<T> => input,
            _ => null,
        };
}
