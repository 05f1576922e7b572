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
        if (sizeof(T) == sizeof(float) && columns is > 1 and < Side && sourcePitch == columns)
        {
            float** planes = stackalloc float*[columns];
            for (int column = 0; column < columns; column++) planes[column] = (float*)(destination + (column * destinationPitch));
            nint total = (nint)rows * columns;
            Interleaving.Deinterleave((float*)source, 0, 0, total, total, columns, planes, 0, 1);
            return;
        }
        if (sizeof(T) == sizeof(float) && rows is > 1 and < Side && destinationPitch == rows)
        {
            // Whole vectors of the sources are read, and nothing lies behind the last.
            int whole = columns / Interleaving.Lanes * Interleaving.Lanes;
            float** planes = stackalloc float*[rows];
            for (int row = 0; row < rows; row++) planes[row] = (float*)(source + (row * sourcePitch));
            if (whole > 0) Interleaving.Interleave(planes, 0, 0, rows, (float*)destination, 0, 1, (nint)whole * rows);
            source += whole;
            destination += (nint)whole * rows;
            columns -= whole;
        }
        for (int row = 0; row < rows; row += Side)
        {
            int height = Math.Min(Side, rows - row);
            for (int column = 0; column < columns; column += Side)
            {
                int width = Math.Min(Side, columns - column);
                T* from = source + (row * sourcePitch) + column, to = destination + (column * destinationPitch) + row;
                if (sizeof(T) == sizeof(float) && height == Side && width == Side && Avx2.IsSupported)
                {
                    Interleaving.TransposeEight((float*)from, sourcePitch, (float*)to, destinationPitch);
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
}
