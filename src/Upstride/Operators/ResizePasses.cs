using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>A separable linear map of a tensor, one sparse matrix for each dimension that changes, with its tables and workspace.</summary>
internal sealed class ResizePasses<T> where T : unmanaged, IFloatingPoint<T>
{
    private readonly Pass[] _passes;
    private readonly T[] _scratch;
    private readonly T[] _even;
    private readonly T[] _odd;

    /// <summary>Multiplies dimension after dimension in the order given, so that a caller decides how large what stands between them is.</summary>
    /// <param name="shape">The input's lengths.</param>
    /// <param name="taps">The dimensions to multiply, each once, with their matrices.</param>
    public ResizePasses(ImmutableArray<nint> shape, IReadOnlyList<(int Dimension, ResizeTaps Taps)> taps)
    {
        int[] lengths = [.. shape.Select(static length => (int)length)];
        _passes = new Pass[taps.Count];
        int scratch = 0;
        Span<int> between = [0, 0];
        for (int p = 0; p < _passes.Length; p++)
        {
            (int dimension, ResizeTaps matrix) = taps[p];
            int outer = Product(lengths.AsSpan(0, dimension)), inner = Product(lengths.AsSpan(dimension + 1));
            _passes[p] = new(outer, inner, matrix, Array.ConvertAll(matrix.Weights.ToArray(), T.CreateTruncating));
            if (!matrix.IsSelection) scratch = Math.Max(scratch, Resample.ScratchLength<T>(matrix.Input, matrix.Output, inner));
            lengths[dimension] = matrix.Output;
            if (p < _passes.Length - 1) between[p % 2] = Math.Max(between[p % 2], Product(lengths));
        }
        OutputLength = Product(lengths);
        _scratch = new T[scratch];
        _even = new T[between[0]];
        _odd = new T[between[1]];
    }

    public int OutputLength { get; }

    /// <summary>Writes the map's value at <paramref name="source"/>.</summary>
    /// <param name="source">The input, row-major; not changed.</param>
    /// <param name="destination">The output, row-major; written in full, its old content never read.</param>
    /// <param name="afterPass">Done to the result of every pass, in place.</param>
    public void Run(ReadOnlySpan<T> source, Span<T> destination, Action<Span<T>>? afterPass = null)
    {
        if (_passes.Length == 0) source.CopyTo(destination);
        for (int p = 0; p < _passes.Length; p++)
        {
            ref readonly Pass pass = ref _passes[p];
            Span<T> target = p == _passes.Length - 1 ? destination
                : (p % 2 == 0 ? _even : _odd).AsSpan(0, pass.Outer * pass.Matrix.Output * pass.Inner);
            if (pass.Matrix.IsSelection)
                Resample.Select(source, pass.Outer, pass.Matrix.Input, pass.Inner, pass.Matrix.First, target);
            else
                Resample.Multiply(source, pass.Outer, pass.Matrix.Input, pass.Inner, pass.Matrix.First, pass.Matrix.Offsets, pass.Weights, _scratch, target);
            afterPass?.Invoke(target);
            source = target;
        }
    }

    // A product of lengths of which one may be zero is bounded by the geometry, which counts at least one of each.
    private static int Product(ReadOnlySpan<int> lengths)
    {
        int product = 1;
        foreach (int length in lengths) product = checked(product * length);
        return product;
    }

    private readonly record struct Pass(int Outer, int Inner, ResizeTaps Matrix, T[] Weights);
}
