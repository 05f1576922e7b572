using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The reduction of planes whose windows are two wide and follow one another along the width, the commonest pooling: the rows of a window
/// are combined in registers, and the elements of each pair in the same ones.
/// </summary>
internal sealed unsafe class Pool2x2<TReduction> where TReduction : IVectorReduction
{
    private readonly int _input;
    private readonly int _output;
    private readonly int _plane;
    private readonly int[] _rows;
    private readonly int[] _offsets;

    /// <param name="input">Elements of a row.</param>
    /// <param name="output">Pairs to take of each, at least <see cref="MinOutput"/>.</param>
    /// <param name="rows">Rows of a plane.</param>
    /// <param name="windows">The rows of each window, at least one each.</param>
    public Pool2x2(int input, int output, int rows, IReadOnlyList<int[]> windows)
    {
        (_input, _output, _plane) = (input, output, rows * input);
        _rows = [.. windows.SelectMany(static window => window)];
        _offsets = new int[windows.Count + 1];
        for (int line = 0; line < windows.Count; line++) _offsets[line + 1] = _offsets[line] + windows[line].Length;
    }

    /// <summary>The fewest outputs of a row that vectors are made of.</summary>
    public static int MinOutput => Vector128.IsHardwareAccelerated ? Vector128<float>.Count : int.MaxValue;

    /// <summary>Reduces planes that lie one after another.</summary>
    public void Run(ReadOnlySpan<float> planes, Span<float> destination)
    {
        fixed (float* from = planes)
        fixed (float* to = destination)
        {
            int count = planes.Length / _plane;
            if (Vector512.IsHardwareAccelerated && _output >= Vector512<float>.Count)
                Run<Simd512<float>, Pooling512, Vector512<float>>(from, count, to);
            else if (Vector256.IsHardwareAccelerated && _output >= Vector256<float>.Count)
                Run<Simd256<float>, Pooling256, Vector256<float>>(from, count, to);
            else Run<Simd128<float>, Pooling128, Vector128<float>>(from, count, to);
        }
    }

    // The last vector of a row ends where the row ends.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<TSimd, TPooling, TVector>(float* plane, int planes, float* destination)
        where TSimd : ISimd<TVector, float>
        where TPooling : IPoolingVector<TVector>
        where TVector : struct
    {
        int lanes = TSimd.Lanes, lines = _offsets.Length - 1, width = _input, output = _output;
        fixed (int* rows = _rows, offsets = _offsets)
        {
            for (; planes > 0; planes--, plane += _plane)
                for (int line = 0; line < lines; line++, destination += output)
                {
                    int* row = rows + offsets[line], end = rows + offsets[line + 1];
                    float* first = plane + ((nint)row[0] * width);
                    for (int o = 0; o < output; o += lanes)
                    {
                        int at = Math.Min(o, output - lanes);
                        TVector left = TSimd.Load(first + (2 * at)), right = TSimd.Load(first + (2 * at) + lanes);
                        for (int* next = row + 1; next < end; next++)
                        {
                            float* pair = plane + ((nint)(*next) * width) + (2 * at);
                            left = TReduction.Combine<TSimd, TPooling, TVector>(left, TSimd.Load(pair));
                            right = TReduction.Combine<TSimd, TPooling, TVector>(right, TSimd.Load(pair + lanes));
                        }
                        (TVector even, TVector odd) = TPooling.Deinterleave(left, right);
                        TSimd.Store(TReduction.Combine<TSimd, TPooling, TVector>(even, odd), destination + at);
                    }
                }
        }
    }
}
