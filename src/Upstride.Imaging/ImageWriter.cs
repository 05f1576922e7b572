using Upstride.Imaging.Codecs;
using Upstride.Imaging.Gif;
using Upstride.Imaging.Tiff;

namespace Upstride.Imaging;

/// <summary>Writes a picture file of any format row by row. PNG and TIFF take a few rows of memory, whatever the height, and GIF a frame;
/// other formats are held whole until the last row.</summary>
/// <remarks>Nothing is dropped silently: what a format cannot hold of the samples (alpha in JPEG, floats in PNG) is refused, and what it
/// cannot hold beside them is in <see cref="Losses"/>. Grey becomes RGB where a format needs it, 16 bits are rounded to 8.</remarks>
public sealed class ImageWriter : IDisposable
{
    private readonly PictureEncoder _encoder;
    private readonly ImageAnimation _animation;
    private int _next;
    private int _frame = -1;

    /// <summary>Writes the head of a file.</summary>
    /// <param name="stream">Where the file goes; need not be able to seek, stays open.</param>
    /// <param name="fileFormat">The file's format.</param>
    /// <param name="format">Columns, rows, channels and sample type of each frame.</param>
    /// <param name="metadata">What the file says beside the samples; nothing where null.</param>
    /// <param name="settings">Choices of the format; the defaults where null.</param>
    /// <param name="animation">How many frames there will be; where null one. A format without frames writes the first.</param>
    /// <param name="cancellationToken">Asked while the picture is encoded.</param>
    /// <exception cref="ArgumentException">The format cannot hold this picture.</exception>
    public ImageWriter(
        Stream stream, ImageFileFormat fileFormat, PictureFormat format, ImageMetadata? metadata = null,
            ImageWriteSettings? settings = null,
        ImageAnimation? animation = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        format.ThrowIfIllegal();
        settings ??= new ImageWriteSettings();
        settings.ThrowIfIllegal();
        ImageFormatInfo info = ImageFormats.Of(fileFormat);
        (FileFormat, Format) = (fileFormat, format);
        metadata = settings.StripMetadata ? ImageMetadata.Empty : metadata ?? ImageMetadata.Empty;
        _animation = animation ?? new(1, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(_animation.Frames, 1);
        if (Refusal(info, format) is { } reason) throw new ArgumentException(reason, nameof(format));
        Losses = [.. ImageFormats.Losses(info, format, metadata, _animation.Frames)];
        if (!info.Keeps.HasFlag(Keeps.Frames)) _animation = new(1, 0);
        metadata = ImageFormats.Kept(info, metadata);
        metadata = metadata with { Exif = Profiles.ExifData.Describe(metadata.Exif, format.Width, format.Height) };
        _encoder = fileFormat switch
        {
            ImageFileFormat.Png => new PngEncoder(new PngWriter(stream, format, metadata, settings, _animation)),
            ImageFileFormat.Tiff => new TiffWriter(stream, format, metadata, settings),
            ImageFileFormat.Gif => new GifWriter(stream, format, metadata, _animation, cancellationToken),
            ImageFileFormat.Jpeg or ImageFileFormat.WebP or ImageFileFormat.Tga =>
                ImageSharpEncoder.Create(stream, fileFormat, format, metadata, settings, cancellationToken),
            _ => new BufferEncoder(stream, info, format, metadata, settings, cancellationToken),
        };
        if (_animation.Frames == 1) _frame = 0;
    }

    /// <summary>The file's format.</summary>
    public ImageFileFormat FileFormat { get; }

    /// <summary>Columns, rows, channels and sample type of each frame.</summary>
    public PictureFormat Format { get; }

    /// <summary>How many frames are written: one, where the format has no more.</summary>
    public int Frames => _animation.Frames;

    /// <summary>What of the picture and its metadata the format cannot keep, each in a few words.</summary>
    public IReadOnlyList<string> Losses { get; }

    /// <summary>Begins the next frame of an animation, of which every row then follows; a picture of one frame has no need of it.</summary>
    /// <param name="delay">How long it is shown.</param>
    /// <exception cref="InvalidOperationException">The frame before is not complete, or there are to be no more.</exception>
    public void StartFrame(TimeSpan delay)
    {
        if (_animation.Frames == 1) return;
        if (_frame >= 0 && _next < Format.Height)
            throw new InvalidOperationException($"frame {_frame} has {_next} of {Format.Height} rows");
        if (_frame + 1 == _animation.Frames) throw new InvalidOperationException($"all {_animation.Frames} frames have been written");
        (_frame, _next) = (_frame + 1, 0);
        _encoder.StartFrame(delay);
    }

    /// <summary>Writes the next row, top to bottom; the last of the last frame completes the file.</summary>
    /// <param name="samples">Width * Channels samples in the machine's byte order, [Width, Channels].</param>
    /// <exception cref="InvalidOperationException">Every row has been written, or the first frame of an animation is not begun.</exception>
    public void WriteRow(ReadOnlySpan<byte> samples)
    {
        if (samples.Length != Format.RowBytes)
            throw new ArgumentException($"Format.RowBytes = {Format.RowBytes} bytes are needed, given {samples.Length}", nameof(samples));
        if (_frame < 0)
            throw new InvalidOperationException($"call {nameof(StartFrame)} before the rows of each of the {_animation.Frames} frames");
        if (_next == Format.Height) throw new InvalidOperationException($"all {Format.Height} rows have been written");
        _encoder.WriteRow(samples);
        if (++_next == Format.Height) _encoder.EndFrame(isLast: _frame + 1 == _animation.Frames);
    }

    /// <summary>Frees what is held; before the last row this leaves the file incomplete. The stream stays open.</summary>
    public void Dispose() => _encoder.Dispose();

    /// <summary>Why a format cannot hold a picture, with what to do; null where it can.</summary>
    /// <param name="fileFormat">The file's format.</param>
    /// <param name="format">The picture's form.</param>
    public static string? Refusal(ImageFileFormat fileFormat, PictureFormat format) => Refusal(ImageFormats.Of(fileFormat), format);

    private static string? Refusal(ImageFormatInfo info, PictureFormat format)
    {
        string name = info.Name;
        if (format.SampleType == SampleType.Float32 && info.Format is not ImageFileFormat.Pfm)
        {
            return $"{name} holds {(info.Format is ImageFileFormat.Bmp ? "UInt8 samples" : "UInt8 and UInt16 "
                + "samples")}, not Float32: convert the picture first";
        }
        if (format.SampleType == SampleType.UInt16 && info.Format is ImageFileFormat.Bmp)
            return "BMP holds UInt8 samples, not UInt16: convert the picture first";
        if (format.HasAlpha && !info.Keeps.HasFlag(Keeps.Alpha))
            return $"{name} has no alpha channel and the picture has one: {(info.Format is ImageFileFormat.Pfm ? "" : "write .png, or "
                + "")}drop the channel first";
        if (format.Colors == 3 && info.Format is (ImageFileFormat.Pbm or ImageFileFormat.Pgm))
            return $"{name} holds grey pictures and this one is RGB: write .ppm";
        return Math.Max(format.Width, format.Height) > info.MaxSide
            ? $"width and height of a {name} picture must be at most {info.MaxSide}: {format.Width} x {format.Height}: write .png"
            : null;
    }
}
