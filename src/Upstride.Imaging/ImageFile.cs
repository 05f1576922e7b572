using System.Collections.Immutable;
using Upstride.Files;

namespace Upstride.Imaging;

/// <summary>Pictures from files and into files. PNG, BMP, PBM, PGM, PPM and PFM are read and written by this assembly
/// itself; other formats by the program ffmpeg, where it is on the PATH.</summary>
public static class ImageFile
{
    private const string ReadByUs = "PNG, BMP, PBM, PGM, PPM or PFM";

    private static readonly string[] writtenByUs = [".png", ".bmp", ".pbm", ".pgm", ".ppm", ".pnm", ".pfm"];

    /// <summary>The endings by which pictures are found among other files: this assembly's own formats, and those that ffmpeg is most often asked for.</summary>
    public static ImmutableArray<string> Extensions { get; } =
        [.. writtenByUs, ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".jp2", ".tga", ".avif", ".jxl"];

    /// <summary>Whether a file's name ends as a picture's.</summary>
    /// <param name="path">The file, which need not exist.</param>
    public static bool IsNamedAsPicture(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a picture; the content decides the format, not the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ImageFormatException">The file is no readable picture; the message names the file and the fault.</exception>
    /// <exception cref="IOException">The file cannot be opened or read at all.</exception>
    public static ImageBuffer Read(string path, ImageReadSettings? settings = null, CancellationToken cancellationToken = default)
    {
        // The readers have a buffer of their own.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Read(stream, path, settings, cancellationToken);
    }

    /// <summary>Reads a picture from a stream, which need not be able to seek and stays open.</summary>
    /// <param name="stream">Stands at the picture's first byte.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ImageFormatException">The data is no readable picture; the message gives the name and the fault.</exception>
    public static ImageBuffer Read(Stream stream, string name, ImageReadSettings? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var input = new ImageInput(stream, name, settings);
        ReadOnlySpan<byte> start = input.Peek(4);
        return start switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G'] => PngReader.Read(input, cancellationToken),
            [(byte)'B', (byte)'M', ..] => BmpReader.Read(input, cancellationToken),
            [(byte)'P', >= (byte)'1' and <= (byte)'6', (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'), ..] => NetpbmReader.Read(input, cancellationToken),
            [(byte)'P', (byte)'F' or (byte)'f', (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'), ..] => PfmFile.Read(input, cancellationToken),
            [] => throw input.Fault("the file is empty"),
            _ when !input.Settings.AllowFfmpeg => throw input.Fault($"it is not {ReadByUs} (it starts with 0x{Convert.ToHexString(start)}), and other formats are not allowed here"),
            _ => Ffmpeg.Read(input, Ffmpeg.Find() ?? throw NoFfmpeg(input), cancellationToken),
        };
    }

    /// <summary>Writes a picture, whole or not at all; the extension decides the format: .png, .bmp, .pbm, .pgm, .ppm, .pnm, .pfm,
    /// or one that ffmpeg writes (.jpg, .jpeg, .webp, .tif, .tiff, .gif, .jp2, .tga, .avif, .jxl).</summary>
    /// <remarks>Nothing is dropped silently: what a format cannot hold (16 bits in BMP, alpha in PPM, floats in PNG) is
    /// refused. Grey becomes RGB where a format needs it. Formats written by ffmpeg may be lossy, as .jpg is.</remarks>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="image">The picture.</param>
    /// <param name="settings">Choices of the format; the defaults where null.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ArgumentException">The extension is not known, or the format cannot hold this picture.</exception>
    /// <exception cref="IOException">The file cannot be written, or ffmpeg is needed and missing or failed.</exception>
    public static void Write(string path, ImageBuffer image, ImageWriteSettings? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ThrowIfNotWritable(path);
        settings ??= new ImageWriteSettings();
        string extension = Path.GetExtension(path).ToLowerInvariant();
        using var file = new WholeFile(path);
        switch (extension)
        {
            case ".png": PngWriter.Write(file.Stream, image, settings, cancellationToken); break;
            case ".bmp": BmpWriter.Write(file.Stream, image, cancellationToken); break;
            case ".pbm" or ".pgm" or ".ppm" or ".pnm": NetpbmWriter.Write(file.Stream, image, extension, settings, cancellationToken); break;
            case ".pfm": PfmFile.Write(file.Stream, image, settings, cancellationToken); break;
            default:
                Ffmpeg.Write(file.TemporaryPath, path, image, WritingFfmpeg(path, extension), cancellationToken);
                break;
        }
        file.Commit();
    }

    /// <summary>Refuses, before any work is done for it, a name that <see cref="Write"/> would refuse for every picture. Writes nothing.</summary>
    /// <param name="path">The file that is to be written.</param>
    /// <exception cref="ArgumentException">The extension is not known.</exception>
    /// <exception cref="IOException">The folder does not exist, the path is a folder, or ffmpeg is needed and missing.</exception>
    public static void ThrowIfNotWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string extension = Path.GetExtension(path).ToLowerInvariant();
        bool byFfmpeg = Ffmpeg.Writes(extension);
        if (!byFfmpeg && !writtenByUs.Contains(extension, StringComparer.Ordinal))
            throw new ArgumentException($"{path}: the extension '{extension}' is none that can be written: {string.Join(", ", writtenByUs)}, or with ffmpeg {Ffmpeg.Extensions}", nameof(path));
        if (byFfmpeg) _ = WritingFfmpeg(path, extension);
        using var file = new WholeFile(path);
    }

    private static string WritingFfmpeg(string path, string extension) =>
        Ffmpeg.Find() ?? throw new IOException($"{path}: {extension} files are written by the program ffmpeg, and there is none on the PATH: install it, or write .png");

    internal static ImageFormatException NoFfmpeg(ImageInput input) =>
        input.Fault($"it is not {ReadByUs}; other formats are read by the program ffmpeg, and there is none on the PATH: install it, or convert the file");
}
