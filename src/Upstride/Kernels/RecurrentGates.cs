using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Kernels.Functions;

namespace Upstride.Kernels;

/// <summary>
/// The gates of one step of a recurrent layer by their usual functions, in one pass: what stands between two small products of matrices,
/// and would else be a dozen calls for a few numbers each.
/// </summary>
/// <remarks>
/// Contract. A gate's sums are <c>inputs + products + bias</c>, each [gates, hidden]. Only the <c>hidden</c> elements of a gate, a state
/// and a cell are read and written. Nothing overlaps.
/// </remarks>
internal static unsafe class RecurrentGates
{
    /// <summary>
    /// Gates update, reset and candidate: <c>z = s(sum0), r = s(sum1), c = tanh(inputs2 + r (products2 + bias2)); h = c + z (h - c)</c>, s
    /// the logistic function.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gru(float* inputs, float* products, float* bias, float* state, int hidden)
    {
        float* rest = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < hidden; i += Vector<float>.Count)
        {
            int count = hidden - i, candidate = (2 * hidden) + i;
            Vector<float> update = default(Sigmoid).Of(Sum(inputs, products, bias, i, count, rest));
            Vector<float> reset = default(Sigmoid).Of(Sum(inputs, products, bias, hidden + i, count, rest));
            Vector<float> own = Load(products + candidate, count, rest) + Load(bias + candidate, count, rest);
            Vector<float> next = default(Tanh).Of(Load(inputs + candidate, count, rest) + own * reset);
            Store(next + (Load(state + i, count, rest) - next) * update, state + i, count, rest);
        }
    }

    /// <summary>
    /// Gates input, output, forget and candidate: <c>C = s(sum2) C + s(sum0) tanh(sum3), h = s(sum1) tanh(C)</c>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lstm(float* inputs, float* products, float* bias, float* state, float* cell, int hidden)
    {
        float* rest = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < hidden; i += Vector<float>.Count)
        {
            int count = hidden - i;
            Vector<float> input = default(Sigmoid).Of(Sum(inputs, products, bias, i, count, rest));
            Vector<float> output = default(Sigmoid).Of(Sum(inputs, products, bias, hidden + i, count, rest));
            Vector<float> forget = default(Sigmoid).Of(Sum(inputs, products, bias, (2 * hidden) + i, count, rest));
            Vector<float> candidate = default(Tanh).Of(Sum(inputs, products, bias, (3 * hidden) + i, count, rest));
            Vector<float> next = Load(cell + i, count, rest) * forget + input * candidate;
            Store(next, cell + i, count, rest);
            Store(default(Tanh).Of(next) * output, state + i, count, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Sum(float* inputs, float* products, float* bias, int at, int count, float* rest) =>
        Load(inputs + at, count, rest) + Load(products + at, count, rest) + Load(bias + at, count, rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(float* from, int count, float* rest)
    {
        if (count >= Vector<float>.Count) return Vector.Load(from);
        Unsafe.CopyBlockUnaligned(rest, from, (uint)count * sizeof(float));
        return Vector.Load(rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<float> value, float* to, int count, float* rest)
    {
        if (count >= Vector<float>.Count)
        {
            value.Store(to);
            return;
        }
        value.Store(rest);
        Unsafe.CopyBlockUnaligned(to, rest, (uint)count * sizeof(float));
    }
}
