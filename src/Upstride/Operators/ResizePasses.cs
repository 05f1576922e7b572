using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>A separable linear map of a tensor, one sparse matrix for each dimension that changes, with its tables and workspace.</summary>
/// <remarks>
/// What stands between the passes stays in the cache: the dimensions before the first that changes are so many pieces, which go through all
/// passes some at a time, and a large piece goes in bands where the first of two passes is over the outer dimension.
/// </remarks>
internal sealed class ResizePasses<T> where T : unmanaged, IFloatingPoint<T>
{
    // Elements of input or output that the first cache holds beside what stands between the passes.
    private const int BatchElements = 4096;

    // Elements between the passes that the second cache holds beside the rows that they are made of.
    private const int BandElements = 32768;

    private readonly Pass[] _passes;
    private readonly int _pieces;
    private readonly int _batch;
    private readonly int _band;
    private readonly int _input;
    private readonly int _output;
    private readonly SimdWidth _width;
    private readonly T[] _scratch;
    private readonly T[] _even;
    private readonly T[] _odd;

    /// <summary>
    /// Multiplies dimension after dimension in the order given, so that a caller decides how large what stands between them is.
    /// </summary>
    /// <param name="shape">The input's lengths.</param>
    /// <param name="taps">The dimensions to multiply, each once, with their matrices.</param>
    /// <param name="width">The widest vectors to use; default: the machine's.</param>
    public ResizePasses(ImmutableArray<nint> shape, IReadOnlyList<(int Dimension, ResizeTaps Taps)> taps, SimdWidth? width = null)
    {
        _width = width ?? Simd.Widest;
        int[] lengths = [.. shape.Select(static length => (int)length)];
        int leading = taps.Count == 0 ? 0 : taps.Min(static pass => pass.Dimension);
        _pieces = Product(lengths.AsSpan(0, leading));
        lengths = lengths[leading..];
        _input = Product(lengths);
        int[] outputs = [.. lengths];
        foreach ((int dimension, ResizeTaps matrix) in taps) outputs[dimension - leading] = matrix.Output;
        _output = Product(outputs);
        _batch = Math.Clamp(BatchElements / Math.Max(1, Math.Max(_input, _output)), 1, Math.Max(1, _pieces));

        _passes = new Pass[taps.Count];
        int scratch = 0;
        Span<int> between = [0, 0];
        for (int p = 0; p < _passes.Length; p++)
        {
            (int dimension, ResizeTaps matrix) = (taps[p].Dimension - leading, taps[p].Taps);
            int outer = Product(lengths.AsSpan(0, dimension)), inner = Product(lengths.AsSpan(dimension + 1));
            T[] weights = Array.ConvertAll(matrix.Weights.ToArray(), T.CreateTruncating);
            LaneTaps<T>? lanes = ResizeLanes.TryCreate(matrix, weights, inner, outer * _batch, _width);
            _passes[p] = new(outer, inner, matrix, weights, lanes);
            if (!matrix.IsSelection) scratch = Math.Max(scratch, Resample.ScratchLength<T>(matrix.Input, matrix.Output, inner, _width));
            lengths[dimension] = matrix.Output;
            if (p < _passes.Length - 1) between[p % 2] = Math.Max(between[p % 2], checked(_batch * Product(lengths)));
        }
        if (_batch == 1 && _passes is [{ Outer: 1, Lanes: null } over, var along] && along.Outer >= over.Matrix.Output
            && between[0] > BandElements)
        {
            _band = Math.Clamp(BandElements / over.Inner, 1, over.Matrix.Output);
            between[0] = _band * over.Inner;
        }
        _scratch = new T[scratch];
        _even = new T[between[0]];
        _odd = new T[between[1]];
    }

    /// <summary>Writes the map's value at <paramref name="source"/>.</summary>
    /// <param name="source">The input, row-major; not changed.</param>
    /// <param name="destination">The output, row-major; written in full, its old content never read.</param>
    /// <param name="afterPass">Done to the result of every pass, in place.</param>
    public void Run(ReadOnlySpan<T> source, Span<T> destination, Action<Span<T>>? afterPass = null)
    {
        if (_passes.Length == 0) source.CopyTo(destination);
        else
            for (int piece = 0; piece < _pieces; piece += _batch)
            {
                int count = Math.Min(_batch, _pieces - piece);
                RunBatch(source.Slice(piece * _input, count * _input), count, destination.Slice(piece * _output, count * _output),
                    afterPass);
            }
    }

    private void RunBatch(ReadOnlySpan<T> source, int count, Span<T> destination, Action<Span<T>>? afterPass)
    {
        if (_band > 0)
        {
            (Pass over, Pass along) = (_passes[0], _passes[1]);
            int rows = along.Outer / over.Matrix.Output, row = destination.Length / over.Matrix.Output;
            for (int first = 0; first < over.Matrix.Output; first += _band)
            {
                int outputs = Math.Min(_band, over.Matrix.Output - first);
                Span<T> between = _even.AsSpan(0, outputs * over.Inner), target = destination.Slice(first * row, outputs * row);
                RunPass(over, source, 1, first, outputs, between);
                afterPass?.Invoke(between);
                RunPass(along, between, outputs * rows, 0, along.Matrix.Output, target);
                afterPass?.Invoke(target);
            }
            return;
        }
        for (int p = 0; p < _passes.Length; p++)
        {
            Pass pass = _passes[p];
            int outer = count * pass.Outer, outputs = pass.Matrix.Output;
            Span<T> target = p == _passes.Length - 1 ? destination : (p % 2 == 0 ? _even : _odd).AsSpan(0, outer * outputs * pass.Inner);
            RunPass(pass, source, outer, 0, outputs, target);
            afterPass?.Invoke(target);
            source = target;
        }
    }

    // Some outputs of a pass; all of them where it is arranged for vectors.
    private void RunPass(Pass pass, ReadOnlySpan<T> source, int outer, int firstOutput, int outputs, Span<T> target)
    {
        ResizeTaps matrix = pass.Matrix;
        ReadOnlySpan<int> first = matrix.First.Slice(firstOutput, outputs);
        if (pass.Lanes is { } lanes && lanes.Rows <= outer)
            ResampleLanes.Run(lanes, source, outer, target);
        else if (matrix.IsSelection)
            Resample.Select(source, outer, matrix.Input, pass.Inner, first, target);
        else
            Resample.Multiply(source, outer, matrix.Input, pass.Inner, first, matrix.Offsets.Slice(firstOutput, outputs + 1), pass.Weights,
                _width, _scratch, target);
    }

    // A product of lengths of which one may be zero is bounded by the geometry, which counts at least one of each.
    private static int Product(ReadOnlySpan<int> lengths)
    {
        int product = 1;
        foreach (int length in lengths) product = checked(product * length);
        return product;
    }

    private sealed record Pass(int Outer, int Inner, ResizeTaps Matrix, T[] Weights, LaneTaps<T>? Lanes);
}
