namespace Upstride.Imaging;

/// <summary>The form of a picture's samples, [height, width, channels].</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is straight, not premultiplied.</param>
/// <param name="SampleType">How samples are stored.</param>
public readonly record struct PictureFormat(int Width, int Height, int Channels, SampleType SampleType)
{
    /// <summary>Whether the last channel is alpha.</summary>
    public bool HasAlpha => Channels is 2 or 4;

    /// <summary>Channels without alpha: 1 grey, 3 RGB.</summary>
    public int Colors => Channels >= 3 ? 3 : 1;

    /// <summary>Bytes of one row; rows are not padded.</summary>
    /// <exception cref="OverflowException">More than an array can hold.</exception>
    public int RowBytes => checked(Width * Channels * SampleType.Bytes());

    /// <summary>Width * height.</summary>
    public long Pixels => (long)Width * Height;

    internal int PixelBytes => Channels * SampleType.Bytes();

    /// <inheritdoc/>
    public override string ToString() => $"{Width} x {Height}, {(Channels == 1 ? "1 channel" : $"{Channels} channels")}, {SampleType}";

    // Three factors below 2^31 * 2^31 * 16 can pass 2^63, so the product saturates instead of wrapping.
    internal long ByteCount
    {
        get
        {
            Int128 product = (Int128)Width * Height * Channels * SampleType.Bytes();
            return product > long.MaxValue ? long.MaxValue : (long)product;
        }
    }

    internal void ThrowIfIllegal()
    {
        if (Width < 1) throw new ArgumentOutOfRangeException(nameof(Width), Width, $"width >= 1 must hold: {Width}");
        if (Height < 1) throw new ArgumentOutOfRangeException(nameof(Height), Height, $"height >= 1 must hold: {Height}");
        if (Channels is < 1 or > 4)
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, $"1 <= channels <= 4 must hold: {Channels}");
        _ = SampleType.Bytes();
    }
}
