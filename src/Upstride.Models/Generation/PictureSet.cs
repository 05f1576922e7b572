using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Data;
using Upstride.Operators;

namespace Upstride.Models.Generation;

/// <summary>Square pictures of one size, in -1 to 1, to learn from.</summary>
public sealed class PictureSet
{
    private readonly float[] _values;

    private PictureSet(int size, int channels, float[] values) => (Size, Channels, _values) = (size, channels, values);

    /// <summary>Rows and columns of a picture.</summary>
    public int Size { get; }

    /// <summary>1 grey, 3 colours.</summary>
    public int Channels { get; }

    /// <summary>How many.</summary>
    public int Count => _values.Length / PictureLength;

    /// <summary>Numbers of a picture, channels * size * size.</summary>
    public int PictureLength => Channels * Size * Size;

    /// <summary>Every picture, [count, channels, size, size].</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>A picture, [channels, size, size].</summary>
    /// <param name="index">From 0.</param>
    public ReadOnlySpan<float> this[int index] => _values.AsSpan(index * PictureLength, PictureLength);

    /// <summary>Takes pictures that are in memory.</summary>
    /// <param name="size">Rows and columns of a picture.</param>
    /// <param name="channels">1 grey, 3 colours.</param>
    /// <param name="values">[count, channels, size, size], in -1 to 1; copied.</param>
    public static PictureSet Create(int size, int channels, ReadOnlySpan<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (values.IsEmpty || values.Length % (channels * size * size) != 0)
            throw new ArgumentException(
                $"values holds {values.Length} numbers, and must hold a multiple of {channels * size * size}, not none", nameof(values));
        return new(size, channels, values.ToArray());
    }

    /// <summary>Reads an idx file of grey pictures, or a folder of pictures, of which each one's middle square is brought to the
    /// size.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="size">Rows and columns. Smaller pictures of an idx file get a border of 0, black, all round.</param>
    /// <param name="channels">1 grey, 3 colours.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">The file or the folder holds no such pictures.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PictureSet Read(string path, int size, int channels, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels,
                $"channels = {channels}, and must be 1 for grey or 3 for colours");
        return IdxFile.IsNamedAsIdx(path) ? OfIdx(path, size, channels) : OfFolder(path, size, channels, progress, cancellationToken);
    }

    /// <summary>Some of the pictures.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    public PictureSet Slice(int first, int count) =>
        new(Size, Channels, _values[(first * PictureLength)..((first + count) * PictureLength)]);

    private static PictureSet OfIdx(string path, int size, int channels)
    {
        IdxFile file = IdxFile.Read(path, axes: 3);
        (int count, int height, int width) = (file.Shape[0], file.Shape[1], file.Shape[2]);
        if (count == 0) throw new InvalidDataException($"{path}: it holds no picture");
        if (height > size || width > size)
            throw new InvalidDataException(
                $"{path}: its pictures are {width}x{height}, and must be at most {size}x{size}: use a larger size");
        if (channels != 1) throw new InvalidDataException($"{path}: its pictures are grey, with 1 channel and not {channels}");
        float[] values = new float[checked(count * size * size)];
        Array.Fill(values, -1);
        int top = (size - height) / 2, left = (size - width) / 2;
        for (int picture = 0; picture < count; picture++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    values[(picture * size + top + y) * size + left + x] = file.Values[(picture * height + y) * width + x] / 127.5f - 1;
        return new(size, 1, values);
    }

    private static PictureSet OfFolder(string path, int size, int channels, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        string[] files = ImageFolder.Files(path);
        float[] values = new float[checked(files.Length * channels * size * size)];
        for (int i = 0; i < files.Length; i++)
        {
            ImageBuffer picture = ImageFile.Read(files[i], cancellationToken: cancellationToken);
            Square(picture, files[i], size, channels, values.AsSpan(i * channels * size * size, channels * size * size));
            progress?.Report((i + 1.0) / files.Length);
        }
        return new(size, channels, values);
    }

    private static void Square(ImageBuffer picture, string file, int size, int channels, Span<float> destination)
    {
        int side = Math.Min(picture.Width, picture.Height);
        if (side < size)
            throw new InvalidDataException($"{file}: it is {picture.Width}x{picture.Height}, and must be at least {size}x{size}");
        picture = picture.Crop((picture.Width - side) / 2, (picture.Height - side) / 2, side, side);
        float[] planes = picture.ToPlanes();
        int colours = picture.HasAlpha ? picture.Channels - 1 : picture.Channels, length = side * side;
        float[] wanted = new float[channels * length];
        for (int i = 0; i < length; i++)
        {
            // Grey of colours is their luma by BT.601; colours of grey are thrice the same.
            float luma = colours == 1 ? planes[i] : 0.299f * planes[i] + 0.587f * planes[length + i] + 0.114f * planes[2 * length + i];
            for (int channel = 0; channel < channels; channel++)
                wanted[channel * length + i] = 2 * (colours == channels ? planes[channel * length + i] : luma) - 1;
        }
        Resize.Forward<float>(wanted,
            ResizeGeometry.ToSize([1, channels, side, side], PerAxis.Create([size, size]), ResizeMethod.PyTorchBicubic(antialias: true)),
            destination);
        foreach (ref float value in destination) value = Math.Clamp(value, -1, 1);
    }
}
