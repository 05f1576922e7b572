using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The two transforms of Winograd's convolution around its products, lane by lane: a vector holds the same element of neighbouring tiles.
/// </summary>
/// <remarks>
/// Contract. A tile has alpha0 x alpha1 elements, alpha = m + taps - 1 along an axis that is transformed and 1 along one that is not; the
/// points are 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, the first alpha - 1 and the last. <see cref="Arguments{T}.Groups"/> vectors of tiles
/// are done,
/// each a vector further in both tensors.
/// Input: element (a, b) of a tile lies at Source + a*SourceRow + Columns[b]; frequency (a, b) goes to Destination + (a*alpha1 +
/// b)*DestinationStep.
/// Output: frequency (a, b) lies at Source + (a*alpha1 + b)*SourceStep; element (y, x) goes to Destination + y*DestinationRow +
/// x*DestinationStep.
/// Whole vectors are read and written, at any alignment. The arguments are not checked.
/// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015; the matrices are those of Toom and Cook at these
/// points.
/// </remarks>
internal static unsafe partial class WinogradKernels
{
    /// <summary>The most elements a tile has along an axis.</summary>
    public const int MaxAlpha = 8;

    /// <summary>Operands of a call; the contract is at <see cref="WinogradKernels"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* Source;
        public T* Destination;
        public nint* Columns;
        public nint SourceRow;
        public nint SourceStep;
        public nint DestinationRow;
        public nint DestinationStep;
        public int Groups;
        public int Tile0;
        public int Tile1;
    }

    /// <summary>The points of the first alpha - 1 elements of a transformed axis; the last one's is infinity.</summary>
    public static ReadOnlySpan<double> Points => [0, 1, -1, 2, -2, 0.5, -0.5];

    /// <summary>
    /// The input transform of a pair of axes at a width, a <c>delegate*&lt;Arguments&lt;T&gt;*, void&gt;</c>. An axis of one tap is left as
    /// it is.
    /// </summary>
    public static nint InputKernel<T>(SimdWidth width, (int Alpha, int Taps) axis0, (int Alpha, int Taps) axis1)
        where T : unmanaged, INumber<T> => At<T>(width, Code(axis0), Code(axis1), input: true);

    /// <summary>
    /// The output transform of a pair of axes at a width, a <c>delegate*&lt;Arguments&lt;T&gt;*, void&gt;</c>. An axis of one tap is left
    /// as it is.
    /// </summary>
    public static nint OutputKernel<T>(SimdWidth width, (int Alpha, int Taps) axis0, (int Alpha, int Taps) axis1)
        where T : unmanaged, INumber<T> => At<T>(width, Code(axis0), Code(axis1), input: false);

    /// <summary>
    /// Weights in the transformed domain: for each element k of an axis the factors of the taps, so that the tile's weight is the sum of
    /// factor times tap. [alpha, taps].
    /// </summary>
    public static double[,] WeightMatrix(int alpha, int taps)
    {
        var matrix = new double[alpha, taps];
        if (taps == 1)
        {
            for (int k = 0; k < alpha; k++) matrix[k, 0] = 1;
            return matrix;
        }
        for (int k = 0; k < alpha - 1; k++)
        {
            double norm = 1, power = 1;
            for (int other = 0; other < alpha - 1; other++)
                if (other != k) norm *= Points[k] - Points[other];
            // The input transform of point 0 is written with the sign that begins with plus one where the product of the others is minus
            // one.
            if (k == 0) norm *= Sign(alpha);
            for (int tap = 0; tap < taps; tap++, power *= Points[k]) matrix[k, tap] = power / norm;
        }
        matrix[alpha - 1, taps - 1] = 1;
        return matrix;
    }

    // With three points (0, 1) and with four (0, 1, -1) the plain form of point 0 begins with -1; it is negated on both sides.
    private static int Sign(int alpha) => alpha <= 4 ? -1 : 1;

    private static nint At<T>(SimdWidth width, int alpha0, int alpha1, bool input)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => First<Bodies<T, Vector512<T>, Simd512<T>>>(alpha0, alpha1, input),
            SimdWidth.Bits256 => First<Bodies<T, Vector256<T>, Simd256<T>>>(alpha0, alpha1, input),
            SimdWidth.Interpreted when typeof(T) == typeof(float) => First<PlainBodies>(alpha0, alpha1, input),
            SimdWidth.Bits128 or SimdWidth.Interpreted => First<Bodies<T, Vector128<T>, Simd128<T>>>(alpha0, alpha1, input),
            _ => First<Bodies<T, T, SimdScalar<T>>>(alpha0, alpha1, input),
        };

    // An axis as a type argument: one of as many bytes as it has elements where it is transformed, of these more where it is left as it is.
    private const int Same = 16;

    // The kernels tell an axis by one number: its elements where it is transformed, the negative of them where it is left as it is.
    private static int Code((int Alpha, int Taps) axis) => axis.Taps == 1 ? -axis.Alpha : axis.Alpha;

    private static int Code<TAlpha>()
        where TAlpha : unmanaged => sizeof(TAlpha) > Same ? Same - sizeof(TAlpha) : sizeof(TAlpha);

    private static nint First<TBodies>(int code0, int code1, bool input)
        where TBodies : struct, IBodies => code0 switch
        {
            -1 => Second<TBodies, Same1>(code1, input),
            -2 => Second<TBodies, Same2>(code1, input),
            -3 => Second<TBodies, Same3>(code1, input),
            -4 => Second<TBodies, Same4>(code1, input),
            3 => Second<TBodies, Count3>(code1, input),
            4 => Second<TBodies, Count4>(code1, input),
            5 => Second<TBodies, Count5>(code1, input),
            6 => Second<TBodies, Count6>(code1, input),
            7 => Second<TBodies, Count7>(code1, input),
            8 => Second<TBodies, Count8>(code1, input),
            _ => throw new ArgumentOutOfRangeException(nameof(code0)),
        };

    private static nint Second<TBodies, TAlpha0>(int code1, bool input)
        where TBodies : struct, IBodies
        where TAlpha0 : unmanaged => code1 switch
        {
            -2 => TBodies.At<TAlpha0, Same2>(input),
            -3 => TBodies.At<TAlpha0, Same3>(input),
            -4 => TBodies.At<TAlpha0, Same4>(input),
            3 => TBodies.At<TAlpha0, Count3>(input),
            4 => TBodies.At<TAlpha0, Count4>(input),
            5 => TBodies.At<TAlpha0, Count5>(input),
            6 => TBodies.At<TAlpha0, Count6>(input),
            7 => TBodies.At<TAlpha0, Count7>(input),
            8 => TBodies.At<TAlpha0, Count8>(input),
            _ => throw new ArgumentOutOfRangeException(nameof(code1)),
        };

    private static nint Address<T>(delegate*<Arguments<T>*, void> kernel)
        where T : unmanaged => (nint)kernel;

    /// <summary>The transforms of one kind, for every pair of axes.</summary>
    private interface IBodies
    {
        static abstract nint At<TAlpha0, TAlpha1>(bool input)
            where TAlpha0 : unmanaged
            where TAlpha1 : unmanaged;
    }

    /// <summary>Those over vectors of a width.</summary>
    private readonly struct Bodies<T, TVector, TSimd> : IBodies
        where T : unmanaged, INumber<T>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector, T>
    {
        public static nint At<TAlpha0, TAlpha1>(bool input)
            where TAlpha0 : unmanaged
            where TAlpha1 : unmanaged =>
            Address<T>(input ? &Input<T, TVector, TSimd, TAlpha0, TAlpha1> : &Output<T, TVector, TSimd, TAlpha0, TAlpha1>);
    }

    /// <summary>Those for an interpreter, which go by the numbers of the axes.</summary>
    private readonly struct PlainBodies : IBodies
    {
        public static nint At<TAlpha0, TAlpha1>(bool input)
            where TAlpha0 : unmanaged
            where TAlpha1 : unmanaged => Address<float>(input ? &Input<TAlpha0, TAlpha1> : &Output<TAlpha0, TAlpha1>);

        private static void Input<TAlpha0, TAlpha1>(Arguments<float>* arguments)
            where TAlpha0 : unmanaged
            where TAlpha1 : unmanaged => PlainInput(arguments, Code<TAlpha0>(), Code<TAlpha1>());

        private static void Output<TAlpha0, TAlpha1>(Arguments<float>* arguments)
            where TAlpha0 : unmanaged
            where TAlpha1 : unmanaged => PlainOutput(arguments, Code<TAlpha0>(), Code<TAlpha1>());
    }

    [StructLayout(LayoutKind.Sequential, Size = Same + 1)]
    private readonly struct Same1;

    [StructLayout(LayoutKind.Sequential, Size = Same + 2)]
    private readonly struct Same2;

    [StructLayout(LayoutKind.Sequential, Size = Same + 3)]
    private readonly struct Same3;

    [StructLayout(LayoutKind.Sequential, Size = Same + 4)]
    private readonly struct Same4;
}
