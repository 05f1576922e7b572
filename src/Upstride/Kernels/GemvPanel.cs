using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels;

/// <summary>
/// One panel of a product of a few rows by a matrix packed in panels of <see cref="Width"/> columns: the sums of a row stay in registers
/// while the panel is read from its beginning to its end.
/// </summary>
internal static unsafe class GemvPanel
{
    /// <summary>Vectors of sums that a row has.</summary>
    public const int Vectors = 8;

    /// <summary>Columns of a panel.</summary>
    public static int Width => Vectors * Vector<float>.Count;

    /// <summary>
    /// destination[row*pitch + column] = bias[column] + sum over k of left[row*depth + k] * packed[k*Width + column], column &lt; columns.
    /// </summary>
    /// <param name="left">[rows, depth].</param>
    /// <param name="rows">Rows of the product.</param>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="packed">[depth, <see cref="Width"/>].</param>
    /// <param name="bias">[<see cref="Width"/>].</param>
    /// <param name="destination">The panel's first column of the first row.</param>
    /// <param name="pitch">Elements from row to row of the destination.</param>
    /// <param name="columns">Columns to write, at most <see cref="Width"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* left, int rows, int depth, float* packed, float* bias, float* destination, nint pitch, int columns)
    {
        int lanes = Vector<float>.Count;
        float* sums = stackalloc float[Width];
        for (int row = 0; row < rows; row++, destination += pitch)
        {
            float* b = packed, a = left + (nint)row * depth, end = a + depth;
            Vector<float> s0 = Vector.Load(bias), s1 = Vector.Load(bias + lanes);
            Vector<float> s2 = Vector.Load(bias + 2 * lanes), s3 = Vector.Load(bias + 3 * lanes);
            Vector<float> s4 = Vector.Load(bias + 4 * lanes), s5 = Vector.Load(bias + 5 * lanes);
            Vector<float> s6 = Vector.Load(bias + 6 * lanes), s7 = Vector.Load(bias + 7 * lanes);
            for (; a < end; a++, b += Vectors * lanes)
            {
                var factor = new Vector<float>(*a);
                s0 = Vector.MultiplyAddEstimate(factor, Vector.Load(b), s0);
                s1 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + lanes), s1);
                s2 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + 2 * lanes), s2);
                s3 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + 3 * lanes), s3);
                s4 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + 4 * lanes), s4);
                s5 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + 5 * lanes), s5);
                s6 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + 6 * lanes), s6);
                s7 = Vector.MultiplyAddEstimate(factor, Vector.Load(b + 7 * lanes), s7);
            }
            s0.Store(sums);
            s1.Store(sums + lanes);
            s2.Store(sums + 2 * lanes);
            s3.Store(sums + 3 * lanes);
            s4.Store(sums + 4 * lanes);
            s5.Store(sums + 5 * lanes);
            s6.Store(sums + 6 * lanes);
            s7.Store(sums + 7 * lanes);
            Unsafe.CopyBlockUnaligned(destination, sums, (uint)columns * sizeof(float));
        }
    }
}
