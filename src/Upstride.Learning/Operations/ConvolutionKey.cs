using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Learning.Operations;

/// <summary>What a user gives a convolution of either kind; compared by value without allocating.</summary>
internal readonly record struct ConvolutionKey(
    ConvolutionKind Kind, ImmutableArray<nint> Input, ImmutableArray<nint> Weight, PerAxis Stride, PerAxis Padding, PerAxis OutputPadding,
    int Groups, PerAxis Dilation, PerAxis OutputSize)
{
    public bool Equals(ConvolutionKey other) =>
        Kind == other.Kind && Groups == other.Groups
        && Input.AsSpan().SequenceEqual(other.Input.AsSpan()) && Weight.AsSpan().SequenceEqual(other.Weight.AsSpan())
        && Same(Stride, other.Stride) && Same(Padding, other.Padding) && Same(OutputPadding, other.OutputPadding)
        && Same(Dilation, other.Dilation) && Same(OutputSize, other.OutputSize);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (nint length in Input) hash.Add(length);
        foreach (nint length in Weight) hash.Add(length);
        hash.Add(Kind);
        return hash.ToHashCode();
    }

    /// <summary>
    /// A matrix product: rows of the input, [1, rows, columns], times a matrix of [columns, results, 1], or of [results, columns, 1] where
    /// the matrix is transposed.
    /// </summary>
    public static ConvolutionKey OfMatrix(ImmutableArray<nint> input, ImmutableArray<nint> weight, bool transposed) =>
        new(transposed ? ConvolutionKind.TransposedMatrix : ConvolutionKind.Matrix, input, weight, default, default, default, 1, default,
        default);

    public ConvTransposeGeometry ToGeometry() => Kind switch
    {
        ConvolutionKind.Transposed =>
            ConvTransposeGeometry.PyTorch(Input.AsSpan(), Weight.AsSpan(), Stride, Padding, OutputPadding, Groups, Dilation, OutputSize),
        ConvolutionKind.Ordinary => ConvolutionGeometry.Create(Input.AsSpan(), Weight.AsSpan(), Stride, Padding, Dilation, Groups).Adjoint,
        ConvolutionKind.Resize => ConvTransposeGeometry.ResizeConvolution(Input.AsSpan(), Weight.AsSpan(), Stride, Padding, Groups),
        // The rows are the places of one image whose channels stand last: a product of matrices without any rearrangement.
        ConvolutionKind.Matrix =>
            ConvTransposeGeometry.Create(Input[0], Input[2], Weight[1], 1, [ConvTransposeAxis.Create(Input[1], 1)], Layout.ChannelsLast),
        _ => ConvolutionGeometry.Create(Input.AsSpan(), Weight.AsSpan(), layout: Layout.ChannelsLast).Adjoint,
    };

    private static bool Same(PerAxis left, PerAxis right) => left.Values.AsSpan().SequenceEqual(right.Values.AsSpan());
}

/// <summary>What a convolution is to its transposed one.</summary>
internal enum ConvolutionKind
{
    /// <summary>A convolution.</summary>
    Ordinary,

    /// <summary>A transposed convolution.</summary>
    Transposed,

    /// <summary>Nearest-neighbour enlargement by the stride, then a convolution.</summary>
    Resize,

    /// <summary>A product of matrices.</summary>
    Matrix,

    /// <summary>A product with a transposed matrix.</summary>
    TransposedMatrix,
}
