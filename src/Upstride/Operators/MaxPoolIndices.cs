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
        for (int i = 0; i < indices.Length; i++) destination[i] = (long)(i / each) * plane + indices[i];
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
        for (int i = 0; i < indices.Length; i++)
        {
            long start = (long)(i / each) * plane, within = indices[i] - start;
            if (within < 0 || within >= plane)
                throw new GeometryException(new(nameof(indices),
                    $"indices[{i}] = {indices[i]} lies outside its own plane {i / each}, whose places over the whole tensor are {start} "
                    + $".. {start + plane - 1}"));
            destination[i] = (int)within;
        }
    }

    internal static void RequireInside(ReadOnlySpan<int> indices, int plane, string parameter)
    {
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
