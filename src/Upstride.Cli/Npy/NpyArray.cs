namespace Upstride.Cli.Npy;

/// <summary>An array of a <c>.npy</c> file.</summary>
/// <param name="Shape">Elements along each axis, outermost first; empty for a scalar.</param>
/// <param name="Elements">The elements in row-major order: <c>float[]</c>, <c>double[]</c>, <c>int[]</c> or <c>long[]</c>.</param>
internal sealed record NpyArray(int[] Shape, Array Elements)
{
    /// <summary>The shape as NumPy names it: <c>float32 [1, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"{NpyElementType.Of(Elements).Name} [{string.Join(", ", Shape)}]";
}
