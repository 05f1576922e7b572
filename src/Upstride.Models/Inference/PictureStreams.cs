using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>A picture file that was made of another.</summary>
/// <param name="FileFormat">The file's format.</param>
/// <param name="Format">Columns, rows, channels and sample type of each frame.</param>
/// <param name="Frames">How many frames it has.</param>
/// <param name="NotKept">What of the first file is not in it, each in a few words: what was not read, and what the format cannot
/// hold.</param>
public sealed record UpscaledPicture(ImageFileFormat FileFormat, PictureFormat Format, int Frames, IReadOnlyList<string> NotKept);

/// <summary>Choices for <see cref="PictureStreams"/>.</summary>
public sealed record PictureStreamSettings
{
    /// <summary>The result's format; null for the picture's own, or PNG where that cannot be written.</summary>
    public ImageFileFormat? FileFormat { get; init; }

    /// <summary>What reading may cost.</summary>
    public ImageReadSettings Reading { get; init; } = new();

    /// <summary>Choices of the result's format.</summary>
    public ImageWriteSettings Writing { get; init; } = new();
}

/// <summary>Picture files through an upscaler: upright, with their metadata, frame by frame. PNG goes through row by row where the upscaler
/// takes rows.</summary>
public static class PictureStreams
{
    /// <summary>Reads a picture from a stream and writes the larger one to another. Neither needs to be able to seek, both stay
    /// open.</summary>
    /// <param name="upscaler">Makes it larger.</param>
    /// <param name="source">Its position is at the picture's first byte.</param>
    /// <param name="destination">Where the larger picture's file goes; where this ends with an exception, part of it may have been
    /// written.</param>
    /// <param name="settings">Format and limits; the defaults where null.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked between parts of the work.</param>
    /// <exception cref="ImageFormatException">The data is no readable picture.</exception>
    /// <exception cref="ArgumentException">The format cannot hold this picture.</exception>
    public static UpscaledPicture Upscale(
        this IPictureUpscaler upscaler, Stream source, Stream destination, PictureStreamSettings? settings = null,
            IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        settings ??= new();
        using ImageReader reader = ImageReader.Open(source, "the picture", settings.Reading, cancellationToken);
        return upscaler.Upscale(reader, destination, settings, progress, cancellationToken);
    }

    /// <summary>Reads a picture from a stream and writes the larger one to another, blocking on neither; the work is done on a thread of
    /// the pool.</summary>
    /// <inheritdoc cref="Upscale(IPictureUpscaler, Stream, Stream, PictureStreamSettings?, IProgress{double}?, CancellationToken)"/>
    public static async Task<UpscaledPicture> UpscaleAsync(
        this IPictureUpscaler upscaler, Stream source, Stream destination, PictureStreamSettings? settings = null,
            IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        ArgumentNullException.ThrowIfNull(destination);
        settings ??= new();
        using ImageReader reader = await ImageReader.OpenAsync(source, "the picture", settings.Reading, cancellationToken);
        await using var larger = new SpooledStream();
        UpscaledPicture made = await Task.Run(() => upscaler.Upscale(reader, larger, settings, progress, cancellationToken),
            cancellationToken);
        larger.Position = 0;
        await larger.CopyToAsync(destination, cancellationToken);
        return made;
    }

    /// <summary>Writes the larger picture of one that is open, at its first frame.</summary>
    /// <param name="upscaler">Makes it larger.</param>
    /// <param name="reader">No row of it has been read.</param>
    /// <param name="destination">Where the larger picture's file goes.</param>
    /// <param name="settings">The result's format; the defaults where null.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked between parts of the work.</param>
    /// <exception cref="ImageFormatException">The picture is damaged.</exception>
    /// <exception cref="ArgumentException">The format cannot hold this picture.</exception>
    public static UpscaledPicture Upscale(
        this IPictureUpscaler upscaler, ImageReader reader, Stream destination, PictureStreamSettings? settings = null,
            IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upscaler);
        ArgumentNullException.ThrowIfNull(reader);
        settings ??= new();
        ImageFileFormat fileFormat = settings.FileFormat ?? (ImageFile.CanWrite(reader.FileFormat) ? reader.FileFormat
            : ImageFileFormat.Png);
        PictureFormat format = upscaler.FormatOf(reader.Format);
        using var writer = new ImageWriter(destination, fileFormat, format, reader.Metadata, settings.Writing, reader.Animation,
            cancellationToken);
        int frames = writer.Frames;
        for (int frame = 0; frame < frames; frame++)
        {
            if (frame > 0 && !reader.NextFrame(cancellationToken))
                throw new InvalidDataException($"the picture announces {frames} frames and has {frame}");
            writer.StartFrame(reader.Delay);
            var part = progress is null ? null : new PartProgress(progress, frame, frames);
            upscaler.Upscale(reader.Format, row => reader.ReadRow(row, cancellationToken), writer.WriteRow, part, cancellationToken);
        }
        return new(fileFormat, format, frames, [.. reader.Remarks, .. writer.Losses]);
    }

    private sealed class PartProgress(IProgress<double> whole, int index, int count) : IProgress<double>
    {
        public void Report(double value) => whole.Report((index + value) / count);
    }
}
