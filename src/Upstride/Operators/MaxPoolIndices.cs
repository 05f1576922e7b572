using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// Between the two ways to count where a maximum was: within its own plane (PyTorch, and every operator here), and over the whole
/// [batch, channels, space...] tensor (ONNX's MaxPool and MaxUnpool, row-major).
/// </summary>
public static class MaxPoolIndices
{
    /// <summary>Adds to each index the planes before its own.</summary>
    /// <param name="indices">[planes, indices of a plane]: within each plane.</param>
    /// <param name="planes">Batch times channels.</param>
    /// <param name="plane">Elements of the plane that the indices point into.</param>
    /// <param name="destination">As many, over the whole tensor.</param>
    /// <exception cref="GeometryException">Lengths that do not fit, or an index outside its plane.</exception>
    public static void ToWholeTensor(ReadOnlySpan<int> indices, int planes, int plane, Span<long> destination)
    {
        int each = PerPlane(indices.Length, planes, destination.Length);
        RequireInside(indices, plane, nameof(indices));
        for (int start = 0; start < indices.Length; start += each)
        {
            long before = start / each * (long)plane;
            ReadOnlySpan<int> within = indices.Slice(start, each);
            Span<long> whole = destination.Slice(start, each);
            for (int i = 0; i < within.Length; i++) whole[i] = before + within[i];
        }
    }

    /// <summary>Takes from each index the planes before its own.</summary>
    /// <param name="indices">[planes, indices of a plane]: over the whole tensor.</param>
    /// <param name="planes">Batch times channels.</param>
    /// <param name="plane">Elements of the plane that the indices point into.</param>
    /// <param name="destination">As many, within each plane.</param>
    /// <exception cref="GeometryException">Lengths that do not fit, or an index that points into another plane than its own.</exception>
    public static void FromWholeTensor(ReadOnlySpan<long> indices, int planes, int plane, Span<int> destination)
    {
        int each = PerPlane(indices.Length, planes, destination.Length);
        for (int start = 0; start < indices.Length; start += each)
        {
            long before = start / each * (long)plane;
            ReadOnlySpan<long> whole = indices.Slice(start, each);
            Span<int> within = destination.Slice(start, each);
            for (int i = 0; i < whole.Length; i++)
            {
                long place = whole[i] - before;
                if (place < 0 || place >= plane)
                    throw new GeometryException(new(nameof(indices),
                        $"indices[{start + i}] = {whole[i]} lies outside its own plane {start / each}, whose places over the whole tensor "
                        + $"are {before} .. {before + plane - 1}"));
                within[i] = (int)place;
            }
        }
    }

    internal static void RequireInside(ReadOnlySpan<int> indices, int plane, string parameter)
    {
        if (indices.IsEmpty || TensorPrimitives.Max(MemoryMarshal.Cast<int, uint>(indices)) < (uint)plane) return;
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)plane)
                throw new GeometryException(new(parameter,
                    $"{parameter}[{i}] = {indices[i]}, and must be 0 .. {plane - 1}: the place in a plane of {plane} elements"));
        }
    }

    private static int PerPlane(int length, int planes, int destination)
    {
        if (destination != length)
            throw new GeometryException(new(nameof(destination),
                $"destination holds {destination} elements, and must hold as many as indices, {length}"));
        if (length == 0) return 1;
        if (planes < 1 || length % planes != 0)
            throw new GeometryException(new(nameof(planes), $"planes = {planes} does not divide the {length} indices"));
        return length / planes;
    }
}
