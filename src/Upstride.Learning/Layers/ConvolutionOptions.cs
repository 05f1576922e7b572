using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>What <see cref="Conv2d{T}"/> and its siblings take beside channels and kernel, with PyTorch's defaults.</summary>
public record ConvolutionOptions
{
    /// <summary>What stands around the input, of a convolution; a transposed one has zeros. Default zeros.</summary>
    public PaddingMode PaddingMode { get; init; }

    /// <summary>
    /// Whether the output has the input's size, PyTorch's <c>padding="same"</c>, instead of <see cref="Padding"/>: of a convolution of
    /// stride
    /// 1. What is uneven of (kernel - 1)*dilation goes to the end. Default false.
    /// </summary>
    public bool Same { get; init; }

    /// <summary>Of every axis, or for each. Default 1.</summary>
    public PerAxis Stride { get; init; }

    /// <summary>Of every axis, or for each, in elements. Default 0.</summary>
    public PerAxis Padding { get; init; }

    /// <summary>Of every axis, or for each. Default 1.</summary>
    public PerAxis Dilation { get; init; }

    /// <summary>Divides both channel counts. Default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a number is added to each output channel. Default true.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Where the first weights come from. Default PyTorch's.</summary>
    public Initializer? Initializer { get; init; }

    /// <summary>Draws the first weights; without it they are to be initialised or loaded before use.</summary>
    public RandomSource? Random { get; init; }
}

/// <summary>What <see cref="ConvTranspose2d{T}"/> and its siblings take beside channels and kernel, with PyTorch's defaults.</summary>
public sealed record ConvTransposeOptions : ConvolutionOptions
{
    /// <summary>Of every axis, or for each, in elements; below the stride or below the dilation. Default 0.</summary>
    public PerAxis OutputPadding { get; init; }
}
