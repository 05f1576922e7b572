using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>Sums of planes that are moved against each other, each with zeros where it has no element.</summary>
/// <remarks>
/// Contract. With V vectors of L lanes in a row,
/// <code>Destination[r*DestinationPitch + c] = sum over the terms with First &lt;= r &lt; End of
///     Source[Offset + r*SourcePitch + c] where Mask[c], else 0;   r &lt; Rows, c &lt; V*L</code>
/// in the order of the terms. A mask's elements have all bits set or none. What it leaves out may hold anything, and is read all the same.
/// Pointers may have any alignment; nothing overlaps; the arguments are not checked.
/// </remarks>
internal static unsafe class ShiftedSums
{
    /// <summary>One of the planes that are added.</summary>
    public struct Term<T>
        where T : unmanaged
    {
        public nint Offset;
        public T* Mask;
        public nint First;
        public nint End;
    }

    /// <summary>Operands of a call; the contract is at <see cref="ShiftedSums"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* Source;
        public T* Destination;
        public Term<T>* Terms;
        public nint Count;
        public nint SourcePitch;
        public nint DestinationPitch;
        public nint Rows;
        public nint Vectors;
    }

    /// <summary>The narrowest vectors, up to a width, of which one holds so many columns; else the widest.</summary>
    public static SimdWidth WidthFor(int columns, SimdWidth widest, int elementSize)
    {
        SimdWidth found = SimdWidth.Scalar;
        foreach (SimdWidth width in (ReadOnlySpan<SimdWidth>)[SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512])
        {
            if (width > widest) break;
            found = width;
            if ((int)width / 8 >= columns * elementSize) break;
        }
        return found;
    }

    /// <summary>The kernel at a width.</summary>
    public static delegate*<Arguments<T>*, void> At<T>(SimdWidth width)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => &Run<T, Vector512<T>, Simd512<T>>,
            SimdWidth.Bits256 => &Run<T, Vector256<T>, Simd256<T>>,
            SimdWidth.Bits128 => &Run<T, Vector128<T>, Simd128<T>>,
            _ => &Run<T, T, SimdScalar<T>>,
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TVector, TSimd>(Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        Term<T>* terms = arguments->Terms, end = terms + arguments->Count;
        T* source = arguments->Source, destination = arguments->Destination;
        nint rows = arguments->Rows, pitch = arguments->SourcePitch, to = arguments->DestinationPitch;
        nint columns = arguments->Vectors * TSimd.Lanes;
        for (nint r = 0; r < rows; r++, source += pitch, destination += to)
        {
            for (nint c = 0; c < columns; c += TSimd.Lanes)
            {
                TVector sum = TSimd.Zero;
                for (Term<T>* term = terms; term < end; term++)
                {
                    if (r >= term->First && r < term->End)
                        sum = TSimd.Add(sum, TSimd.And(TSimd.Load(source + term->Offset + c), TSimd.Load(term->Mask + c)));
                }
                TSimd.Store(sum, destination + c);
            }
        }
    }
}
