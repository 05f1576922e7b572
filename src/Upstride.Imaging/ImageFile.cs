using System.Collections.Immutable;
using Upstride.Files;

namespace Upstride.Imaging;

/// <summary>Pictures from files, streams and bytes, and into them: PNG, JPEG, WebP, GIF, TIFF, BMP, TGA, PBM, PGM, PPM and PFM. JPEG 2000,
/// AVIF, JPEG XL and what else the program ffmpeg reads are left to that program, where it is on the PATH and allowed.</summary>
/// <remarks>A picture is given upright, and its metadata is written with it. Of an animation the first frame is read:
/// <see cref="ImageReader"/> gives all.</remarks>
/// <example>
/// <code><![CDATA[
/// ImageBuffer picture = ImageFile.Read(path);
/// Console.WriteLine($"{picture.Width} x {picture.Height}, {picture.Channels} channels of {picture.SampleType}");
/// ImageFile.Write(copy, picture); // the format by the name's ending
/// ]]></code>
/// </example>
public static class ImageFile
{
    /// <summary>The endings by which pictures are found among other files.</summary>
    public static ImmutableArray<string> Extensions { get; } = [.. ImageFormats.All.SelectMany(static info => info.Extensions)];

    /// <summary>Whether a file's name ends as a picture's.</summary>
    /// <param name="path">The file, which need not exist.</param>
    public static bool IsNamedAsPicture(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>The format in which a file of this name is written.</summary>
    /// <param name="path">The file, which need not exist.</param>
    /// <exception cref="ArgumentException">The extension is not known.</exception>
    public static ImageFileFormat FormatOf(string path) => ImageFormats.OfPath(path).Format;

    /// <summary>Whether files of a format are written by this assembly itself.</summary>
    /// <param name="fileFormat">Any format.</param>
    public static bool CanWrite(ImageFileFormat fileFormat) => ImageFormats.All.Any(info => info.Format == fileFormat && !info.IsByFfmpeg);

    /// <summary>The usual extension of a format, with the point.</summary>
    /// <param name="fileFormat">One that can be written.</param>
    public static string ExtensionOf(ImageFileFormat fileFormat) => ImageFormats.Of(fileFormat).Extensions[0];

    /// <summary>Reads a picture; the content decides the format, not the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ImageFormatException">The file is no readable picture; the message names the file and the fault.</exception>
    /// <exception cref="IOException">The file cannot be opened or read at all.</exception>
    /// <example>
    /// <code>
    /// ImageBuffer picture = ImageFile.Read("photo.jpg");
    /// ImageFile.Write("photo.webp", picture);
    /// </code>
    /// </example>
    public static ImageBuffer Read(string path, ImageReadSettings? settings = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ImageReader reader = ImageReader.Open(path, settings, cancellationToken);
        return reader.ReadFrame(cancellationToken);
    }

    /// <summary>Finds a picture's columns and rows, as they are stored, in the head of its file: no sample is decoded, unless the format
    /// is one of the program ffmpeg.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before.</param>
    /// <exception cref="ImageFormatException">The file is no picture, or its head is damaged.</exception>
    /// <exception cref="IOException">The file cannot be opened or read at all.</exception>
    public static (int Width, int Height) ReadSize(string path, ImageReadSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
        {
            if (Codecs.PictureSize.Find(new ImageInput(stream, path, settings), cancellationToken) is { } size) return size;
        }
        using ImageReader reader = ImageReader.Open(path, settings, cancellationToken);
        return (reader.Format.Width, reader.Format.Height);
    }

    /// <summary>Reads a picture from a stream, which need not be able to seek and stays open.</summary>
    /// <param name="stream">Its position is at the picture's first byte.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ImageFormatException">The data is no readable picture; the message gives the name and the fault.</exception>
    public static ImageBuffer Read(Stream stream, string name, ImageReadSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ImageReader reader = ImageReader.Open(stream, name, settings, cancellationToken);
        return reader.ReadFrame(cancellationToken);
    }

    /// <summary>Reads a picture without blocking on the file; it is decoded on a thread of the pool.</summary>
    /// <inheritdoc cref="Read(string, ImageReadSettings?, CancellationToken)"/>
    public static Task<ImageBuffer> ReadAsync(string path, ImageReadSettings? settings = null,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Read(path, settings, cancellationToken), cancellationToken);

    /// <summary>Reads a picture from a stream without blocking on it; it is decoded on a thread of the pool.</summary>
    /// <inheritdoc cref="Read(Stream, string, ImageReadSettings?, CancellationToken)"/>
    public static async Task<ImageBuffer> ReadAsync(Stream stream, string name, ImageReadSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await using SpooledStream spool = await SpooledStream.CopyAsync(
            stream, new ImageInput(Stream.Null, name, settings), cancellationToken);
        return await Task.Run(() => Read(spool, name, settings, cancellationToken), cancellationToken);
    }

    /// <summary>Reads a picture from the bytes of its file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ImageFormatException">The data is no readable picture.</exception>
    public static ImageBuffer Decode(byte[] file, ImageReadSettings? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var stream = new MemoryStream(file, writable: false);
        return Read(stream, "the picture", settings, cancellationToken);
    }

    /// <summary>Writes a picture with its metadata, whole or not at all; the extension decides the format.</summary>
    /// <remarks>Nothing of the samples is dropped silently: what a format cannot hold (16 bits in BMP, alpha in JPEG, floats in PNG) is
    /// refused, but that JPEG, WebP, GIF and TGA round 16 bits to 8. Grey becomes RGB where a format needs it. Metadata that a format
    /// cannot hold is left out: <see cref="ImageWriter.Losses"/> names it.</remarks>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="image">The picture.</param>
    /// <param name="settings">Choices of the format; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ArgumentException">The extension is not known, or the format cannot hold this picture.</exception>
    /// <exception cref="IOException">The file cannot be written, or ffmpeg is needed and missing or failed.</exception>
    public static void Write(string path, ImageBuffer image, ImageWriteSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ThrowIfNotWritable(path);
        settings ??= new ImageWriteSettings();
        ImageFileFormat format = FormatOf(path);
        WholeFile.Write(path, stream => Write(stream, image, format, settings with { AllowFfmpeg = settings.AllowFfmpeg ?? true },
            cancellationToken), cancellationToken);
    }

    /// <summary>Writes a picture with its metadata to a stream, which need not be able to seek and stays open.</summary>
    /// <param name="stream">Where the file goes.</param>
    /// <param name="image">The picture.</param>
    /// <param name="format">The file's format.</param>
    /// <param name="settings">Choices of the format; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ArgumentException">The format cannot hold this picture.</exception>
    public static void Write(Stream stream, ImageBuffer image, ImageFileFormat format, ImageWriteSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var writer = new ImageWriter(stream, format, image.Format, image.Metadata, settings, animation: null, cancellationToken);
        for (int y = 0; y < image.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.WriteRow(image.Row(y));
        }
    }

    /// <summary>Writes a picture on a thread of the pool.</summary>
    /// <inheritdoc cref="Write(string, ImageBuffer, ImageWriteSettings?, CancellationToken)"/>
    public static Task WriteAsync(string path, ImageBuffer image, ImageWriteSettings? settings = null,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Write(path, image, settings, cancellationToken), cancellationToken);

    /// <summary>Writes a picture to a stream without blocking on it; it is encoded on a thread of the pool.</summary>
    /// <inheritdoc cref="Write(Stream, ImageBuffer, ImageFileFormat, ImageWriteSettings?, CancellationToken)"/>
    public static async Task WriteAsync(
        Stream stream, ImageBuffer image, ImageFileFormat format, ImageWriteSettings? settings = null,
            CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await using var spool = new SpooledStream();
        await Task.Run(() => Write(spool, image, format, settings, cancellationToken), cancellationToken);
        spool.Position = 0;
        await spool.CopyToAsync(stream, cancellationToken);
    }

    /// <summary>The bytes of a file of a picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="format">The file's format.</param>
    /// <param name="settings">Choices of the format; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ArgumentException">The format cannot hold this picture.</exception>
    public static byte[] Encode(ImageBuffer image, ImageFileFormat format, ImageWriteSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        using var stream = new MemoryStream();
        Write(stream, image, format, settings, cancellationToken);
        return stream.ToArray();
    }

    /// <summary>Refuses, before any work is done for it, a name that
    /// <see cref="Write(string, ImageBuffer, ImageWriteSettings?, CancellationToken)"/> would refuse for every picture. Writes
    /// nothing.</summary>
    /// <param name="path">The file that is to be written.</param>
    /// <exception cref="ArgumentException">The extension is not known.</exception>
    /// <exception cref="IOException">The folder does not exist, the path is a folder, or ffmpeg is needed and missing.</exception>
    public static void ThrowIfNotWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ImageFormatInfo info = ImageFormats.OfPath(path);
        if (info.IsByFfmpeg && Ffmpeg.Find() is null) throw new IOException($"{path}: {Ffmpeg.Missing(info)}");
        using var file = new WholeFile(path);
    }
}
