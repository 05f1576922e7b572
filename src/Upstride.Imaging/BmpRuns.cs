namespace Upstride.Imaging;

/// <summary>BMP's run-length compression, 4 and 8 bits a pixel. Pairs of bytes: (count, value) repeats the value (with 4 bits:
/// its two halves in turn); (0, 0) ends a row, (0, 1) the picture, (0, 2) skips by the two bytes that follow, and (0, n)
/// announces n literal pixels, padded to 16 bits. Pixels that are never set have palette entry 0.</summary>
internal sealed class BmpRuns(BmpHeader header, ImageInput input, ImageBuffer image)
{
    private readonly bool halves = header.Compression == BmpHeader.Rle4;
    private int x, y; // y counts from the bottom

    public void Read(CancellationToken cancellationToken)
    {
        for (int i = 0; i < header.Height; i++)
            for (int j = 0; j < header.Width; j++) BmpReader.WriteEntry(header, input, 0, image.Row(i)[(3 * j)..]);
        // Some writers leave out the end mark after the last row.
        while (y < header.Height)
        {
            if (x == 0) cancellationToken.ThrowIfCancellationRequested();
            int count = Next(), value = Next();
            if (count > 0) Run(count, value);
            else if (value == 0) (x, y) = (0, y + 1);
            else if (value == 1) return;
            else if (value == 2) Move(Next(), Next());
            else Literals(value);
        }
    }

    private void Run(int count, int value)
    {
        for (int i = 0; i < count; i++) Set(halves ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
    }

    private void Literals(int count)
    {
        int bytes = halves ? (count + 1) / 2 : count, value = 0;
        for (int i = 0; i < count; i++)
        {
            if (!halves || i % 2 == 0) value = Next();
            Set(halves ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
        }
        if (bytes % 2 == 1) Next();
    }

    private void Move(int right, int up)
    {
        (x, y) = (x + right, y + up);
        if (x > header.Width || y > header.Height) throw input.Fault($"a run-length skip leads to column {x}, row {y}, outside {header.Width} x {header.Height}");
    }

    private void Set(int index)
    {
        if (x >= header.Width) throw input.Fault($"a run of pixels leaves row {y} of width {header.Width}");
        BmpReader.WriteEntry(header, input, index, image.Row(header.Height - 1 - y)[(3 * x)..]);
        x++;
    }

    private int Next()
    {
        int value = input.ReadByte();
        return value >= 0 ? value : throw input.Fault($"truncated: the runs of pixels end in row {y} of {header.Height}");
    }
}
