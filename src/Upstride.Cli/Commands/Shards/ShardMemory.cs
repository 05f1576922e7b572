using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Commands.Videos;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.Shards;

/// <summary>
/// What memory a shard takes at most: the program, what a method keeps of each column between its layers, and the whole picture where a
/// format or a method holds it. The figures are upper bounds of peaks that were measured (Linux on x64, a third cache of 260 MB, by which
/// .NET's collector lets garbage grow); a test compares them with processes.
/// </summary>
/// <param name="upscaler">The method.</param>
/// <param name="settings">How a network works.</param>
/// <param name="reading">What reading a picture may cost.</param>
internal sealed class ShardMemory(Upscaler upscaler, PictureSettings settings, ImageReadSettings reading)
{
    // A program that has begun and compiled what it runs: 65 to 90 MB.
    private const long ProgramBytes = 110_000_000;

    // Of each column of the result: up to 4,000 between the layers of the slowest network, 2,300 by bicubic interpolation.
    private const long NetworkColumnBytes = 4_500, ResizeColumnBytes = 2_500;

    // A stripe that a further thread has under way, and the tiles of a mean of eight, which are no larger than the picture.
    private const long ThreadBytes = 12_000_000, EnsembleBytes = 150_000_000;

    // Of each byte of samples: 1.2 to 2.1 where a format is decoded whole, 1.1 where it is written whole. And of each pixel
    // of WebP 37, with alpha 143.
    private const double DecodedShare = 2.4, EncodedShare = 1.4;
    private const long WebpPixelBytes = 60, WebpAlphaPixelBytes = 160;

    // Beside what a model's plan counts: what it was compiled from, and the code that other operators need.
    private const long OnnxProgramBytes = 30_000_000;
    private const double OnnxShare = 1.25;

    // ffmpeg's processes, and the frames that they hold: to look ahead, to be told from, and one for each thread.
    private const long DecoderBytes = 80_000_000, EncoderBytes = 100_000_000;
    private const int HeldFrames = 4, DecodedFrames = 24, EncodedFrames = 120;

    // What is held as numbers leaves some garbage.
    private const double HeldShare = 1.25;

    /// <summary>Of the picture that takes most; one that may is looked at, where its head tells what it is.</summary>
    /// <param name="pictures">A shard makes one after the other.</param>
    /// <param name="cancellation">Asked before a picture is opened.</param>
    public long OfLargest(IEnumerable<PlannedPicture> pictures, CancellationToken cancellation)
    {
        long most = ProgramBytes;
        foreach ((PlannedPicture picture, long bound) in Considered(pictures.Where(static picture => picture.Width > 0))
            .Select(picture => (picture, Of(picture.File, Guess(picture)))).OrderByDescending(static one => one.Item2))
        {
            if (bound <= most) break;
            most = Math.Max(most, Of(picture.File, FormatOf(picture, cancellation)));
        }
        return most;
    }

    /// <summary>Of a band of one picture, whose rows are written as they come.</summary>
    /// <param name="file">The picture.</param>
    /// <param name="format">Of the whole picture.</param>
    /// <param name="rows">Rows that are enlarged.</param>
    public long OfBand(PictureFile file, PictureFormat format, int rows) =>
        ProgramBytes + Decoded(file, format) + OfMethod(format with { Height = rows });

    /// <summary>Of a video's frames, which go through one at a time, with ffmpeg's processes: one decodes and one encodes.</summary>
    /// <param name="frame">What the frames are.</param>
    /// <param name="made">What the larger ones are.</param>
    public long OfVideo(Y4mHeader frame, Y4mHeader made) =>
        ProgramBytes + OfMethod(new(frame.Width, frame.Height, 1, frame.Bits > 8 ? SampleType.UInt16 : SampleType.UInt8))
        + HeldFrames * (frame.FrameBytes + made.FrameBytes)
        + DecoderBytes + DecodedFrames * frame.FrameBytes + EncoderBytes + EncodedFrames * made.FrameBytes;

    // Of an ONNX model every size costs making a plan of it, and the largest picture or one that is wider or higher takes most.
    private IEnumerable<PlannedPicture> Considered(IEnumerable<PlannedPicture> pictures)
    {
        if (upscaler.Pictures is not OnnxUpscaler) return pictures;
        PlannedPicture[] all = [.. pictures];
        return all.Length == 0 ? all : ((PlannedPicture[])
        [
            all.MaxBy(static picture => picture.Pixels)!, all.MaxBy(static picture => picture.Width)!,
            all.MaxBy(static picture => picture.Height)!,
        ]).Distinct();
    }

    private long Of(PictureFile file, PictureFormat format)
    {
        PictureFormat made = upscaler.Pictures.FormatOf(format);
        double encoded = IsNamed(file.Target, ".png", ".tif", ".tiff") ? 0
            : IsNamed(file.Target, ".webp") ? (made.HasAlpha ? WebpAlphaPixelBytes : WebpPixelBytes) * made.Pixels
            : EncodedShare * BytesOf(made);
        return ProgramBytes + Decoded(file, format) + OfMethod(format) + (long)encoded;
    }

    private static long Decoded(PictureFile file, PictureFormat format) =>
        IsNamed(file.Source, ".png") ? 0 : (long)(DecodedShare * BytesOf(format));

    private long OfMethod(PictureFormat format)
    {
        PictureFormat made = upscaler.Pictures.FormatOf(format);
        long resized = ResizeColumnBytes * Math.Max(made.Width, format.Width);
        switch (upscaler.Pictures)
        {
            case PictureUpscaler:
                bool isEnsemble = settings.SelfEnsemble || upscaler.Name == UpscaleQualities.NameOf(UpscalingQuality.Best);
                long network = NetworkColumnBytes * made.Width + ThreadBytes * (settings.Bands.Threads - 1)
                    + (isEnsemble ? Math.Min(EnsembleBytes, 3 * sizeof(float) * (format.Pixels + made.Pixels)) : 0);

                // Another size is resized from that of a product of networks' scales, which is at most half as large again.
                return upscaler.Pictures.RowReachOf(format) is null ? network * 3 / 2 + resized : network;
            case OnnxUpscaler onnx:

                // What the model makes is put together of rows, and where it makes the luma alone colours are bicubic.
                return onnx.BytesOf(format) is { } bytes ? (long)(OnnxShare * bytes) + OnnxProgramBytes + resized : 0;
            case ResizeUpscaler when !format.HasAlpha || upscaler.Name == UpscaleMethods.NameOf(UpscaleMethod.Nearest):
                return resized;
            case ResizeUpscaler:

                // The colours weighted by alpha are another set of numbers.
                return resized + (long)(HeldShare * (BytesOf(format) + 2 * FloatBytesOf(format)));
            default:
                return resized + (long)(HeldShare * (BytesOf(format) + FloatBytesOf(format) + BytesOf(made) + FloatBytesOf(made)));
        }
    }

    // A format that is not decoded row by row is not opened: it may have all that it can hold.
    private PictureFormat FormatOf(PlannedPicture picture, CancellationToken cancellation)
    {
        if (!IsNamed(picture.File.Source, ".png")) return Guess(picture);
        try
        {
            using ImageReader reader = ImageReader.Open(picture.File.Source, reading, cancellation);
            return reader.Format;
        }
        catch (ImageFormatException)
        {
            return Guess(picture);
        }
    }

    private static PictureFormat Guess(PlannedPicture picture)
    {
        string file = picture.File.Source;
        return IsNamed(file, ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".pbm") ? new(picture.Width, picture.Height, 3, SampleType.UInt8)
            : IsNamed(file, ".gif", ".webp", ".tga") ? new(picture.Width, picture.Height, 4, SampleType.UInt8)
            : IsNamed(file, ".pfm") ? new(picture.Width, picture.Height, 3, SampleType.Float32)
            : new(picture.Width, picture.Height, 4, SampleType.UInt16);
    }

    private static long BytesOf(PictureFormat format) => (long)format.RowBytes * format.Height;

    private static long FloatBytesOf(PictureFormat format) => sizeof(float) * format.Channels * format.Pixels;

    private static bool IsNamed(string file, params string[] extensions) =>
        extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
