using System.Diagnostics;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>Enlarges files, one after the other: each is written whole or not at all.</summary>
internal sealed class UpscaleRun(Upscaler upscaler, ImageReadSettings limits)
{
    /// <summary>Enlarges one file.</summary>
    /// <param name="file">What to read and to write.</param>
    /// <param name="truth">The picture as it should be; null for none.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellation">Asked between bands of rows.</param>
    public UpscaleReport Run(PictureFile file, string? truth, IProgress<double> progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(file.Target));
        UpscaleReport report = Stream(file, progress, cancellation) ?? Whole(file, progress, cancellation);
        report = report with { Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3) };
        return truth is null ? report : Judge(report, file, truth, cancellation);
    }

    /// <summary>Rows from one PNG to another as they come; null where it must be done otherwise.</summary>
    private UpscaleReport? Stream(PictureFile file, IProgress<double> progress, CancellationToken cancellation)
    {
        if (!upscaler.Streams || !string.Equals(Path.GetExtension(file.Target), ".png", StringComparison.OrdinalIgnoreCase)) return null;
        using FileStream stream = CommandException.OnFile("picture", () => File.OpenRead(file.Source));
        Span<byte> start = stackalloc byte[4];
        if (!stream.CanSeek || stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || start is not [0x89, (byte)'P', (byte)'N', (byte)'G']) return null;
        stream.Position = 0;
        using PngReader reader = CommandException.OnFile("picture", () => new PngReader(stream, file.Source, limits));
        (int width, int height) = SizeOf(reader.Width, reader.Height);

        CommandException.OnFile("output", () => WholeFile.Write(file.Target, target =>
        {
            using var writer = new PngWriter(target, width, height, reader.Channels, reader.SampleType);
            upscaler.Upscale(reader, row => ReadRow(reader, row), writer, progress, cancellation);
        }, cancellation));
        return Describe(file.Target, width, height, reader.Channels, reader.SampleType);
    }

    // What is wrong with the picture is not the output's fault, though it is found while that is written.
    private static void ReadRow(PngReader reader, Span<byte> row)
    {
        try
        {
            reader.ReadRow(row);
        }
        catch (Exception fault) when (fault is ImageFormatException or IOException)
        {
            throw new CommandException(fault is IOException ? ExitCode.File : ExitCode.BadInput, "picture", fault.Message, fault);
        }
    }

    private UpscaleReport Whole(PictureFile file, IProgress<double> progress, CancellationToken cancellation)
    {
        ImageBuffer image = CommandException.OnFile("picture", () => ImageFile.Read(file.Source, limits, cancellation));
        SizeOf(image.Width, image.Height);
        ImageBuffer larger = upscaler.Upscale(image, progress, cancellation);
        CommandException.OnFile("output", () => ImageFile.Write(file.Target, larger, cancellationToken: cancellation));
        return Describe(file.Target, larger.Width, larger.Height, larger.Channels, larger.SampleType);
    }

    private (int Width, int Height) SizeOf(int width, int height)
    {
        long wide = (long)upscaler.Scale * width, high = (long)upscaler.Scale * height;
        return wide <= int.MaxValue && high <= int.MaxValue
            ? ((int)wide, (int)high)
            : throw CommandException.BadInput("scale", $"width and height times scale must be at most {int.MaxValue}: {width}x{height} times {upscaler.Scale} = {wide}x{high}");
    }

    private UpscaleReport Describe(string target, int width, int height, int channels, SampleType sampleType) =>
        new(target, width, height, channels, sampleType.ToString(), upscaler.Name, Seconds: 0);

    private UpscaleReport Judge(UpscaleReport report, PictureFile file, string truth, CancellationToken cancellation)
    {
        ImageBuffer expected = CommandException.OnFile("truth", () => ImageFile.Read(truth, limits, cancellation));

        // A small picture that was made of a cropped truth is enlarged to the cropped one's size.
        if (expected.Width < report.Width || expected.Height < report.Height || expected.Width - report.Width >= upscaler.Scale || expected.Height - report.Height >= upscaler.Scale)
            throw CommandException.BadInput("truth", $"the truth must be as large as the result, or larger by less than the scale: {expected.Width}x{expected.Height}, and the result is {report.Width}x{report.Height} at scale {upscaler.Scale}");
        expected = expected.Crop(0, 0, report.Width, report.Height);
        ImageBuffer made = ImageFile.Read(file.Target, limits with { MaxPixels = long.MaxValue }, cancellation);
        ImageBuffer bicubic = ClassicUpscaler.Upscale(ImageFile.Read(file.Source, limits, cancellation), UpscaleMethod.Bicubic, upscaler.Scale, cancellation: cancellation);
        return report with { Psnr = Psnr(made, expected), PsnrOfBicubic = Psnr(bicubic, expected) };
    }

    private double? Psnr(ImageBuffer image, ImageBuffer truth)
    {
        double value = CommandException.OnFile("truth", () => Imaging.Psnr.Luma(image, truth.Convert(image.SampleType), upscaler.Scale));
        return double.IsFinite(value) ? Math.Round(value, 4) : null;
    }
}
