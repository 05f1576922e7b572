using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Onnx.Operators;

/// <summary>Turns a matrix in square blocks, so that both sides use every cache line that they touch.</summary>
internal static unsafe class BlockTranspose
{
    private const int Side = 8;

    /// <summary>destination[column*destinationPitch + row] = source[row*sourcePitch + column], row &lt; rows, column &lt; columns.</summary>
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
                for (int j = 0; j < width; j++)
                    for (int i = 0; i < height; i++) to[(j * destinationPitch) + i] = from[(i * sourcePitch) + j];
            }
        }
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
