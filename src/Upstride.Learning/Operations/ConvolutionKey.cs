using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Learning.Operations;

/// <summary>What a user gives a convolution of either kind; compared by value without allocating.</summary>
internal readonly record struct ConvolutionKey(
    bool Transposed, ImmutableArray<nint> Input, ImmutableArray<nint> Weight, PerAxis Stride, PerAxis Padding, PerAxis OutputPadding,
    int Groups, PerAxis Dilation, PerAxis OutputSize)
{
    public bool Equals(ConvolutionKey other) =>
        Transposed == other.Transposed && Groups == other.Groups
        && Input.AsSpan().SequenceEqual(other.Input.AsSpan()) && Weight.AsSpan().SequenceEqual(other.Weight.AsSpan())
        && Same(Stride, other.Stride) && Same(Padding, other.Padding) && Same(OutputPadding, other.OutputPadding)
        && Same(Dilation, other.Dilation) && Same(OutputSize, other.OutputSize);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (nint length in Input) hash.Add(length);
        foreach (nint length in Weight) hash.Add(length);
        hash.Add(Transposed);
        return hash.ToHashCode();
    }

    public ConvTransposeGeometry ToGeometry() => Transposed
        ? ConvTransposeGeometry.PyTorch(Input.AsSpan(), Weight.AsSpan(), Stride, Padding, OutputPadding, Groups, Dilation, OutputSize)
        : ConvolutionGeometry.Create(Input.AsSpan(), Weight.AsSpan(), Stride, Padding, Dilation, Groups).Adjoint;

    private static bool Same(PerAxis left, PerAxis right) => left.Values.AsSpan().SequenceEqual(right.Values.AsSpan());
}
