using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>Turns a matrix in square blocks, so that both sides use every cache line that they touch.</summary>
internal static unsafe class BlockTranspose
{
    private const int Side = 8;

    /// <summary>
    /// destination[column*destinationPitch + row] = source[row*sourcePitch + column], row &lt; rows, column &lt; columns.
    /// </summary>
    public static void Run<T>(T* source, nint sourcePitch, T* destination, nint destinationPitch, int rows, int columns) where T : unmanaged
    {
        for (int row = 0; row < rows; row += Side)
        {
            int height = Math.Min(Side, rows - row);
            for (int column = 0; column < columns; column += Side)
            {
                int width = Math.Min(Side, columns - column);
                T* from = source + (row * sourcePitch) + column, to = destination + (column * destinationPitch) + row;
                if (sizeof(T) == sizeof(float) && height == Side && width == Side && Avx.IsSupported)
                {
                    Square((float*)from, sourcePitch, (float*)to, destinationPitch);
                    continue;
                }
                if (sizeof(T) == sizeof(long) && Avx.IsSupported)
                {
                    Quarters((long*)from, sourcePitch, (long*)to, destinationPitch, height, width);
                    continue;
                }
                for (int j = 0; j < width; j++)
                    for (int i = 0; i < height; i++) to[(j * destinationPitch) + i] = from[(i * sourcePitch) + j];
            }
        }
    }

    // Squares of four, as a vector holds so many, and what is left over one by one.
    private static void Quarters(long* source, nint sourcePitch, long* destination, nint destinationPitch, int height, int width)
    {
        int rows = height & ~3, columns = width & ~3;
        for (int row = 0; row < rows; row += 4)
        {
            for (int column = 0; column < columns; column += 4)
            {
                double* from = (double*)(source + (row * sourcePitch) + column),
                    to = (double*)(destination + (column * destinationPitch) + row);
                Vector256<double> a = Vector256.Load(from), b = Vector256.Load(from + sourcePitch),
                    c = Vector256.Load(from + (2 * sourcePitch)), d = Vector256.Load(from + (3 * sourcePitch));
                Vector256<double> evenLow = Avx.UnpackLow(a, b), oddLow = Avx.UnpackHigh(a, b), evenHigh = Avx.UnpackLow(c, d),
                    oddHigh = Avx.UnpackHigh(c, d);
                Avx.Permute2x128(evenLow, evenHigh, 0x20).Store(to);
                Avx.Permute2x128(oddLow, oddHigh, 0x20).Store(to + destinationPitch);
                Avx.Permute2x128(evenLow, evenHigh, 0x31).Store(to + (2 * destinationPitch));
                Avx.Permute2x128(oddLow, oddHigh, 0x31).Store(to + (3 * destinationPitch));
            }
        }
        for (int row = 0; row < height; row++)
            for (int column = row < rows ? columns : 0; column < width; column++)
                destination[(column * destinationPitch) + row] = source[(row * sourcePitch) + column];
    }

    // Pairs of rows are interleaved by one, by two and by four elements: then each vector holds a column.
    private static void Square(float* source, nint sourcePitch, float* destination, nint destinationPitch)
    {
        Vector256<float>* a = stackalloc Vector256<float>[Side];
        Vector256<float>* b = stackalloc Vector256<float>[Side];
        for (int i = 0; i < Side; i += 2)
        {
            Vector256<float> even = Vector256.Load(source + (i * sourcePitch)), odd = Vector256.Load(source + ((i + 1) * sourcePitch));
            a[i] = Avx.UnpackLow(even, odd);
            a[i + 1] = Avx.UnpackHigh(even, odd);
        }
        for (int half = 0; half < Side; half += 4)
        {
            b[half] = Avx.Shuffle(a[half], a[half + 2], 0b01_00_01_00);
            b[half + 1] = Avx.Shuffle(a[half], a[half + 2], 0b11_10_11_10);
            b[half + 2] = Avx.Shuffle(a[half + 1], a[half + 3], 0b01_00_01_00);
            b[half + 3] = Avx.Shuffle(a[half + 1], a[half + 3], 0b11_10_11_10);
        }
        for (int i = 0; i < 4; i++)
        {
            Avx.Permute2x128(b[i], b[i + 4], 0x20).Store(destination + (i * destinationPitch));
            Avx.Permute2x128(b[i], b[i + 4], 0x31).Store(destination + ((i + 4) * destinationPitch));
        }
    }
}
