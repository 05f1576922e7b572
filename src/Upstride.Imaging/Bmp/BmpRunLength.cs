namespace Upstride.Imaging.Bmp;

/// <summary>BMP's run-length compression, 4 and 8 bits a pixel. Pairs of bytes: (count, value) repeats the value (with 4 bits:
/// its two _halves in turn); (0, 0) ends a row, (0, 1) the picture, (0, 2) skips by the two bytes that follow, and (0, n)
/// announces n literal pixels, padded to 16 bits. Pixels that are never set have palette entry 0.</summary>
internal sealed class BmpRunLength(BmpHeader header, ImageInput input, ImageBuffer image)
{
    private readonly bool _halves = header.Compression == BmpHeader.Rle4;
    private int _x, _y; // y counts from the bottom

    // Runs make at most 255 pixels of two bytes. Of a file that promises far more than that, most pixels would never be set.
    private const long MaxPixelsPerByte = 1024;

    /// <summary>Refuses a picture that its file cannot describe, before memory is taken for it.</summary>
    public static void Require(BmpHeader header, ImageInput input)
    {
        long pixels = (long)header.Width * header.Height;
        if (input.Remaining is { } left && pixels / MaxPixelsPerByte > left)
        {
            throw input.Fault(
                $"its header lies: {header.Width} x {header.Height} = {pixels} pixels, and the {left} bytes of runs left in the file "
                    + $"make at most {left * 255 / 2}");
        }
    }

    public void Read(CancellationToken cancellationToken)
    {
        for (int i = 0; i < header.Height; i++)
            for (int j = 0; j < header.Width; j++) BmpReader.WriteEntry(header, input, 0, image.Row(i)[(3 * j)..]);

        // Some writers leave out the end mark after the last row.
        while (_y < header.Height)
        {
            if (_x == 0) cancellationToken.ThrowIfCancellationRequested();
            int count = Next(), value = Next();
            if (count > 0) Run(count, value);
            else if (value == 0) (_x, _y) = (0, _y + 1);
            else if (value == 1) return;
            else if (value == 2) Move(Next(), Next());
            else Literals(value);
        }
    }

    private void Run(int count, int value)
    {
        for (int i = 0; i < count; i++) Set(_halves ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
    }

    private void Literals(int count)
    {
        int bytes = _halves ? (count + 1) / 2 : count, value = 0;
        for (int i = 0; i < count; i++)
        {
            if (!_halves || i % 2 == 0) value = Next();
            Set(_halves ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
        }
        if (bytes % 2 == 1) Next();
    }

    private void Move(int right, int up)
    {
        (_x, _y) = (Math.Min(_x, header.Width) + right, _y + up);
        if (_x > header.Width || _y > header.Height)
            throw input.Fault($"a run-length skip leads to column {_x}, row {_y}, outside {header.Width} x {header.Height}");
    }

    private void Set(int index)
    {
        if (_x >= header.Width)
        {
            // Some writers pad rows to whole words here, too.
            if (_x++ < (header.Width + 3) / 4 * 4) return;
            throw input.Fault($"a run of pixels leaves row {_y} of width {header.Width}");
        }
        BmpReader.WriteEntry(header, input, index, image.Row(header.Height - 1 - _y)[(3 * _x)..]);
        _x++;
    }

    private int Next()
    {
        int value = input.ReadByte();
        return value >= 0 ? value : throw input.Fault($"truncated: the runs of pixels end in row {_y} of {header.Height}");
    }
}
