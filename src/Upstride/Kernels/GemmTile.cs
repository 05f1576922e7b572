using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The one microkernel that every dense algorithm is built of: a register tile of a matrix product whose right operand is read through
/// a list of offsets, so that a convolution's windows are read where the input lies.
/// </summary>
/// <remarks>
/// Contract. With R rows, V vectors of L lanes, S steps and F offsets:
/// <code>C[r, v] (+)= sum over step &lt; S, i &lt; F of A[(step*F + i)*R + r] * B[step*BStride + Offsets[i] + v],   v &lt; V*L</code>
/// A is packed R elements a step, contiguous. B may have any alignment; V*L elements are read behind every offset, whatever the caller
/// uses of them. C has CPitch elements from row to row; V*L of each row are written. Without Accumulate C is not read, so it may hold
/// anything. Every element is summed in the order of step, then offset. With Bias, what is written is Bias[r] more, held within Least and
/// Most; the kernels for an interpreter take none. The arguments are not checked.
/// </remarks>
internal static unsafe partial class GemmTile
{
    /// <summary>The most rows a tall tile has at 512 bits.</summary>
    public const int MaxRows = 14;

    /// <summary>Vectors in a row of a wide tile.</summary>
    public const int WideVectors = 6;

    /// <summary>Operands of a call; the contract is at <see cref="GemmTile"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* A;
        public T* B;
        public T* C;
        public nint* Offsets;
        public nint OffsetCount;
        public nint Steps;
        public nint BStride;
        public nint CPitch;
        public bool Accumulate;

        /// <summary>Added to the sums of each row, which are then held within bounds; null for neither.</summary>
        public T* Bias;

        public T Least;
        public T Most;

        /// <summary>Whether C is far away, so that it is fetched while the sums are made.</summary>
        public bool Fetch;
    }

    /// <summary>The kernels of one width: what shapes there are, and the code for each.</summary>
    public readonly struct Table<T>
        where T : unmanaged
    {
        private readonly nint[] _tall2;
        private readonly nint[] _tall1;
        private readonly nint[] _wide;

        internal Table(int lanes, nint[] tall2, nint[] tall1, nint[] wide)
        {
            Lanes = lanes;
            _tall2 = tall2;
            _tall1 = tall1;
            _wide = wide;
        }

        /// <summary>Elements in a vector.</summary>
        public int Lanes { get; }

        /// <summary>The most rows of a tile of two vectors.</summary>
        public int TallRows => _tall2.Length;

        /// <summary>The most rows of a tile of six vectors.</summary>
        public int WideRows => _wide.Length;

        /// <summary>The kernel for a tile of this many rows and vectors (1, 2 or <see cref="WideVectors"/>).</summary>
        public delegate*<Arguments<T>*, void> Kernel(int rows, int vectors)
        {
            Debug.Assert(rows >= 1 && rows <= (vectors == WideVectors ? WideRows : TallRows) && vectors is 1 or 2 or WideVectors);
            return (delegate*<Arguments<T>*, void>)(vectors == 1 ? _tall1 : vectors == 2 ? _tall2 : _wide)[rows - 1];
        }
    }

    /// <summary>The kernels at <paramref name="width"/>.</summary>
    public static Table<T> At<T>(SimdWidth width)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => Build<T, Vector512<T>, Simd512<T>>(Vector512<T>.Count, MaxRows, 4),
            // Sixteen registers: six rows of two vectors, or two of six, is what fits.
            SimdWidth.Bits256 => Build<T, Vector256<T>, Simd256<T>>(Vector256<T>.Count, 6, 2),
            SimdWidth.Interpreted when typeof(T) == typeof(float) => (Table<T>)(object)Interpreted(),
            SimdWidth.Bits128 or SimdWidth.Interpreted => Build<T, Vector128<T>, Simd128<T>>(Vector128<T>.Count, 6, 2),
            _ => Build<T, T, SimdScalar<T>>(1, 6, 2),
        };

    private static Table<T> Build<T, TVector, TSimd>(int lanes, int tallRows, int wideRows)
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        // A function pointer cannot be a type argument, so the tables hold plain addresses.
        static nint At(delegate*<Arguments<T>*, void> kernel) => (nint)kernel;
        nint[] tall2 =
        [
            At(&Tall<T, TVector, TSimd, Count1, Count2>),
            At(&Tall<T, TVector, TSimd, Count2, Count2>),
            At(&Tall<T, TVector, TSimd, Count3, Count2>),
            At(&Tall<T, TVector, TSimd, Count4, Count2>),
            At(&Tall<T, TVector, TSimd, Count5, Count2>),
            At(&Tall<T, TVector, TSimd, Count6, Count2>),
            At(&Tall<T, TVector, TSimd, Count7, Count2>),
            At(&Tall<T, TVector, TSimd, Count8, Count2>),
            At(&Tall<T, TVector, TSimd, Count9, Count2>),
            At(&Tall<T, TVector, TSimd, Count10, Count2>),
            At(&Tall<T, TVector, TSimd, Count11, Count2>),
            At(&Tall<T, TVector, TSimd, Count12, Count2>),
            At(&Tall<T, TVector, TSimd, Count13, Count2>),
            At(&Tall<T, TVector, TSimd, Count14, Count2>),
        ];
        nint[] tall1 =
        [
            At(&Tall<T, TVector, TSimd, Count1, Count1>),
            At(&Tall<T, TVector, TSimd, Count2, Count1>),
            At(&Tall<T, TVector, TSimd, Count3, Count1>),
            At(&Tall<T, TVector, TSimd, Count4, Count1>),
            At(&Tall<T, TVector, TSimd, Count5, Count1>),
            At(&Tall<T, TVector, TSimd, Count6, Count1>),
            At(&Tall<T, TVector, TSimd, Count7, Count1>),
            At(&Tall<T, TVector, TSimd, Count8, Count1>),
            At(&Tall<T, TVector, TSimd, Count9, Count1>),
            At(&Tall<T, TVector, TSimd, Count10, Count1>),
            At(&Tall<T, TVector, TSimd, Count11, Count1>),
            At(&Tall<T, TVector, TSimd, Count12, Count1>),
            At(&Tall<T, TVector, TSimd, Count13, Count1>),
            At(&Tall<T, TVector, TSimd, Count14, Count1>),
        ];
        nint[] wide =
        [
            At(&Wide<T, TVector, TSimd, Count1>),
            At(&Wide<T, TVector, TSimd, Count2>),
            At(&Wide<T, TVector, TSimd, Count3>),
            At(&Wide<T, TVector, TSimd, Count4>),
        ];
        return new(lanes, tall2[..tallRows], tall1[..tallRows], wide[..wideRows]);
    }
}
