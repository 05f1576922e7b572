using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;

namespace Upstride.Onnx.Export;

/// <summary>What a module takes, as far as its first layers say it.</summary>
internal static class FirstLayer
{
    /// <summary>[batch, channels, sizes...], or [batch, features].</summary>
    /// <exception cref="ArgumentException">The layers do not say it.</exception>
    public static ImmutableArray<OnnxDimension> InputShape<T>(Module<T> module)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (Module<T> layer in Leaves(module))
        {
            switch (layer)
            {
                case ReLU<T> or LeakyReLU<T> or Tanh<T> or Sigmoid<T> or Dropout<T> or Dropout2d<T> or PaddingLayer<T>: continue;
                case HeldConvTranspose2d<T> held: return Shape(held.Weight, held.Weight.Shape[0]);
                case Linear<T> linear: return [new(null, "batch"), new(linear.Weight.Shape[1], null)];
                case ConvTransposeLayer<T> transposed: return Shape(transposed.Weight, transposed.Weight.Shape[0]);
                case ConvolutionLayer<T> convolution: return Shape(convolution.Weight, convolution.Weight.Shape[1] * convolution.Groups);
                case ResizeConv2d<T> resize: return Shape(resize.Weight, resize.Weight.Shape[1] * resize.Groups);
                case SubPixelConv2d<T> subPixel: return Shape(subPixel.Weight, subPixel.Weight.Shape[1] * subPixel.Groups);
            }
            break;
        }
        throw new ArgumentException(
            "the first layer does not say what the model takes: give settings.InputShape, for example [batch, 3, height, width]",
                "settings");
    }

    private static ImmutableArray<OnnxDimension> Shape<T>(Parameter<T> weight, nint channels)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<string> sizes =
            (weight.Shape.Length - 2) switch { 1 => ["length"], 2 => ["height", "width"], _ => ["depth", "height", "width"] };
        return [new(null, "batch"), new(channels, null), .. sizes.ToArray().Select(static name => new OnnxDimension(null, name))];
    }

    private static IEnumerable<Module<T>> Leaves<T>(Module<T> module)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        module is Sequential<T> ? module.Children.SelectMany(static child => Leaves(child.Module)) : [module];
}
