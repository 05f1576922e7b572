using Upstride.Imaging.Bmp;
using Upstride.Imaging.Codecs;
using Upstride.Imaging.Gif;
using Upstride.Imaging.Jpeg;
using Upstride.Imaging.Netpbm;
using Upstride.Imaging.Png;
using Upstride.Imaging.Profiles;
using Upstride.Imaging.Tiff;
using Upstride.Imaging.WebP;

namespace Upstride.Imaging;

/// <summary>Reads a picture file of any format row by row, upright, frame by frame, with what it says beside the samples. A PNG comes in a
/// memory that does not grow with its height; other formats are decoded whole, and an orientation other than the first needs the whole
/// picture too.</summary>
/// <remarks>Not for several threads at once.</remarks>
public sealed class ImageReader : IDisposable
{
    private readonly PictureDecoder _decoder;
    private readonly ImageInput _input;
    private readonly List<Stream> _owned = [];
    private readonly List<string> _remarks;
    private ImageBuffer? _upright;
    private int _next;

    private ImageReader(ImageInput input, PictureDecoder decoder)
    {
        (_input, _decoder) = (input, decoder);
        Format = PictureOrientation.Of(decoder.Format, decoder.Orientation);
        ImageMetadata metadata = decoder.Metadata;
        _remarks = [.. decoder.Remarks];
        if (!metadata.IccProfile.IsEmpty && !IccHeader.Fits(metadata.IccProfile.AsSpan(), Format.Colors))
        {
            _remarks.Add($"a colour profile for {IccHeader.ColorSpace(metadata.IccProfile.AsSpan()).Trim()}");
            metadata = metadata with { IccProfile = [] };
        }
        if (decoder.Orientation > 1)
        {
            metadata = metadata with
            {
                Exif = ExifData.Describe(metadata.Exif, Format.Width, Format.Height),
                Density = PictureOrientation.IsTransposed(decoder.Orientation) ? metadata.Density?.Transposed() : metadata.Density,
            };
        }
        Metadata = metadata with { Xmp = XmpPacket.Upright(metadata.Xmp) };
    }

    /// <summary>The file's format; the content decides it, not the name.</summary>
    public ImageFileFormat FileFormat => _decoder.FileFormat;

    /// <summary>Columns, rows, channels and sample type of each frame.</summary>
    public PictureFormat Format { get; }

    /// <summary>What the file says beside the samples.</summary>
    public ImageMetadata Metadata { get; }

    /// <summary>What the file holds and is not read, each in a few words: text comments, further pages.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Of a JPEG file the quality, 1 to 100, whose quantisation tables are on the mean as coarse as its own, as the Independent
    /// JPEG Group's library makes them; null of another format.</summary>
    public int? JpegQuality => _decoder.JpegQuality;

    /// <summary>How many frames there are; 1 of a picture that does not move.</summary>
    public ImageAnimation Animation => _decoder.Animation;

    /// <summary>How long the current frame is shown.</summary>
    public TimeSpan Delay => _decoder.Delay;

    /// <summary>Opens a file, at its first frame.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked while the picture is decoded.</param>
    /// <exception cref="ImageFormatException">The file is no readable picture; the message names the file and the fault.</exception>
    /// <exception cref="IOException">The file cannot be opened or read at all.</exception>
    public static ImageReader Open(string path, ImageReadSettings? settings = null, CancellationToken cancellationToken = default)
    {
        settings ??= new ImageReadSettings();

        // The readers have a buffer of their own.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Open(stream, isOwned: true, path, settings with { AllowFfmpeg = settings.AllowFfmpeg ?? true }, cancellationToken);
    }

    /// <summary>Opens a picture in a stream, at its first frame. A stream that cannot seek is copied first: to memory, and what is longer
    /// to a temporary file.</summary>
    /// <param name="stream">Its position is at the picture's first byte; stays open.</param>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="settings">Limits; the defaults where null.</param>
    /// <param name="cancellationToken">Asked while the picture is decoded.</param>
    /// <exception cref="ImageFormatException">The data is no readable picture; the message gives the name and the fault.</exception>
    public static ImageReader Open(Stream stream, string name, ImageReadSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Open(stream, isOwned: false, name, settings ?? new ImageReadSettings(), cancellationToken);
    }

    /// <inheritdoc cref="Open(Stream, string, ImageReadSettings?, CancellationToken)"/>
    /// <remarks>The stream is read without blocking; then the picture is opened on the caller's thread.</remarks>
    public static async Task<ImageReader> OpenAsync(Stream stream, string name, ImageReadSettings? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        settings ??= new ImageReadSettings();
        Stream spool = await SpooledStream.CopyAsync(stream, new ImageInput(Stream.Null, name, settings), cancellationToken);
        return Open(spool, isOwned: true, name, settings, cancellationToken);
    }

    /// <summary>Reads the next row of the current frame, top to bottom.</summary>
    /// <param name="destination">Exactly Format.RowBytes bytes, [width, channels] samples in the machine's byte order.</param>
    /// <param name="cancellationToken">Asked before the row.</param>
    /// <exception cref="ImageFormatException">The file is damaged or truncated.</exception>
    /// <exception cref="InvalidOperationException">Every row of the frame has been read.</exception>
    public void ReadRow(Span<byte> destination, CancellationToken cancellationToken = default)
    {
        if (destination.Length != Format.RowBytes)
            throw new ArgumentException($"Format.RowBytes = {Format.RowBytes} bytes are needed, given {destination.Length}",
                nameof(destination));
        if (_next == Format.Height) throw new InvalidOperationException($"all {Format.Height} rows have been read");
        if (_decoder.Orientation == 1)
        {
            _decoder.ReadRow(destination, cancellationToken);
        }
        else
        {
            _upright ??= ReadUpright(cancellationToken);
            _upright.Row(_next).CopyTo(destination);
        }
        _next++;
    }

    /// <summary>The whole current frame, of which no row has been read, with the metadata.</summary>
    /// <param name="cancellationToken">Asked before each row.</param>
    /// <exception cref="ImageFormatException">The file is damaged or truncated.</exception>
    public ImageBuffer ReadFrame(CancellationToken cancellationToken = default)
    {
        if (_next > 0)
            throw new InvalidOperationException($"{_next} rows of the frame have been read: read the whole frame first, or row by row");
        _next = Format.Height;

        return ReadUpright(cancellationToken).With(Metadata);
    }

    /// <summary>Goes to the next frame; false where there is none.</summary>
    /// <param name="cancellationToken">Asked while the frame is decoded.</param>
    /// <exception cref="ImageFormatException">The file is damaged or truncated, or its frames together are above the limit on
    /// pixels.</exception>
    public bool NextFrame(CancellationToken cancellationToken = default)
    {
        if (!_decoder.NextFrame(cancellationToken)) return false;
        (_next, _upright) = (0, null);
        return true;
    }

    /// <summary>Frees what was decoded; closes the file, where this object has opened it.</summary>
    public void Dispose()
    {
        _decoder.Dispose();
        foreach (Stream stream in _owned) stream.Dispose();
    }

    private static ImageReader Open(Stream stream, bool isOwned, string name, ImageReadSettings settings,
        CancellationToken cancellationToken)
    {
        var owned = new List<Stream>();
        if (isOwned) owned.Add(stream);
        try
        {
            if (!stream.CanSeek)
                owned.Add(stream = SpooledStream.Copy(stream, new ImageInput(Stream.Null, name, settings), cancellationToken));
            var input = new ImageInput(stream, name, settings);
            var reader = new ImageReader(input, Decode(input, cancellationToken));
            reader._owned.AddRange(owned);
            owned.Clear();
            return reader;
        }
        finally
        {
            foreach (Stream one in owned) one.Dispose();
        }
    }

    private ImageBuffer ReadUpright(CancellationToken cancellationToken) =>
        PictureOrientation.Apply(_decoder.ReadAll(_input, cancellationToken), _decoder.Orientation, cancellationToken);

    private static PictureDecoder Decode(ImageInput input, CancellationToken cancellationToken)
    {
        try
        {
            return OpenDecoder(input, cancellationToken);
        }
        catch (NotDecodedException reason) when (input.Settings.AllowFfmpeg != true)
        {
            throw input.Fault(reason.Message, reason);
        }
        catch (NotDecodedException reason)
        {
            if (Ffmpeg.Find() is not { } program)
                throw input.Fault($"{reason.Message}; the program ffmpeg may read it, and there is none on the PATH: install it, or "
                    + "convert the file", reason);
            _ = input.Rewind();
            return new BufferDecoder(Ffmpeg.Read(input, program, cancellationToken), ImageFileFormat.Other);
        }
    }

    private static PictureDecoder OpenDecoder(ImageInput input, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> start = input.Peek(18);
        switch (start)
        {
            case []:
                throw input.Fault("the file is empty");
            case [0x89, (byte)'P', (byte)'N', (byte)'G', ..]:
                var png = new PngReader(input);
                return png.Ancillary.IsAnimated ? new ApngDecoder(input, png, cancellationToken) : new PngDecoder(png);
            case [0xFF, 0xD8, 0xFF, ..]:
                return JpegPicture.Open(input, cancellationToken);
            case [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..]:
                return WebPPicture.Open(input, cancellationToken);
            case [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..]:
                return new GifPicture(input, cancellationToken);
            case [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..]:
                return TiffPicture.Open(input, cancellationToken);
            case [(byte)'B', (byte)'M', ..]:
                return new BufferDecoder(BmpReader.Read(input, cancellationToken), ImageFileFormat.Bmp);
            case [(byte)'P', >= (byte)'1' and <= (byte)'6' and var kind, (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'), ..]:
                ImageFileFormat netpbm = kind is (byte)'1' or (byte)'4' ? ImageFileFormat.Pbm : kind is (byte)'2' or (byte)'5'
                    ? ImageFileFormat.Pgm : ImageFileFormat.Ppm;
                return new BufferDecoder(NetpbmReader.Read(input, cancellationToken), netpbm);
            case [(byte)'P', (byte)'F' or (byte)'f', (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'), ..]:
                return new BufferDecoder(PfmFile.Read(input, cancellationToken), ImageFileFormat.Pfm);
        }
        if (TgaPicture.IsHead(start)) return TgaPicture.Open(input, cancellationToken);
        throw new NotDecodedException(
            $"the format is not one of {ImageFormats.Readable} (it starts with 0x{Convert.ToHexString(start[..Math.Min(4, start.Length)])})");
    }
}
