using System.Diagnostics;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>Enlarges files, one after the other: each is written whole or not at all.</summary>
/// <param name="upscaler">Makes the pictures.</param>
/// <param name="settings">How files are read and written.</param>
/// <param name="note">Told how a picture goes through, before it does.</param>
internal sealed class UpscaleRun(Upscaler upscaler, PictureStreamSettings settings, Action<PictureFile, string>? note = null)
{
    /// <summary>Enlarges one file.</summary>
    /// <param name="file">What to read and to write.</param>
    /// <param name="truth">The picture as it should be; null for none.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellation">Asked between bands of rows.</param>
    public UpscaleReport Run(PictureFile file, string? truth, IProgress<double> progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (file.Target != PictureFiles.Standard) CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(file.Target));
        using ImageReader reader = CommandException.OnFile("picture", () => Open(file.Source, cancellation));
        (IPictureUpscaler pictures, string name) = upscaler.For(reader);
        _ = pictures.FormatOf(reader.Format);
        if (pictures.Describe(reader.Format) is { } way) note?.Invoke(file, way);
        UpscaledPicture made = OnOutput(file, () => Write(pictures, reader, file, progress, cancellation));
        (int width, int height, int channels, SampleType sampleType) = made.Format;
        var report = new UpscaleReport(
            file.Target, width, height, channels, sampleType.ToString(), name,
                Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3), made.Frames, [.. made.NotKept]);
        return truth is null ? report : Judge(report, reader.Format, file, truth, cancellation);
    }

    private ImageReader Open(string source, CancellationToken cancellation)
    {
        if (source != PictureFiles.Standard) return ImageReader.Open(source, settings.Reading, cancellation);
        using Stream input = Console.OpenStandardInput();
        return ImageReader.OpenAsync(input, "standard input", settings.Reading, cancellation).GetAwaiter().GetResult();
    }

    private UpscaledPicture Write(IPictureUpscaler pictures, ImageReader reader, PictureFile file, IProgress<double> progress,
        CancellationToken cancellation)
    {
        if (file.Target == PictureFiles.Standard)
        {
            // Whole or not at all goes for a pipe as well.
            using var spool = new SpooledStream();
            UpscaledPicture piped = pictures.Upscale(reader, spool, settings, progress, cancellation);
            spool.Position = 0;
            using Stream output = Console.OpenStandardOutput();
            spool.CopyTo(output);
            return piped;
        }
        UpscaledPicture? made = null;
        PictureStreamSettings named = settings with
        {
            FileFormat = ImageFile.FormatOf(file.Target), Writing = settings.Writing with { AllowFfmpeg = true },
        };
        WholeFile.Write(file.Target, stream => made = pictures.Upscale(reader, stream, named, progress, cancellation),
            cancellation);
        return made!;
    }

    // What is wrong with the picture is not the output's fault, though it is found while that is written.
    private static T OnOutput<T>(PictureFile file, Func<T> write)
    {
        try
        {
            return CommandException.OnFile("output", write);
        }
        catch (CommandException fault) when (fault.InnerException is ImageFormatException
            || (fault.InnerException is IOException && fault.Message.Contains(file.Source, StringComparison.Ordinal)))
        {
            throw new CommandException(fault.ExitCode, "picture", fault.Message, fault.InnerException);
        }
    }

    private UpscaleReport Judge(UpscaleReport report, PictureFormat source, PictureFile file, string truth, CancellationToken cancellation)
    {
        ImageBuffer expected = CommandException.OnFile("truth", () => ImageFile.Read(truth, settings.Reading, cancellation));
        int scale = Math.Max(1, (report.Width + source.Width - 1) / source.Width);

        // A small picture that was made of a cropped truth is enlarged to the cropped one's size.
        if (expected.Width < report.Width || expected.Height < report.Height || expected.Width - report.Width >= scale
            || expected.Height - report.Height >= scale)
            throw CommandException.BadInput(
                "truth",
                $"the truth must be as large as the result, or larger by less than the scale: {expected.Width}x{expected.Height}, and "
                + $"the result is {report.Width}x{report.Height} at scale {scale}");
        expected = expected.Crop(0, 0, report.Width, report.Height);
        ImageBuffer made = ImageFile.Read(file.Target, settings.Reading with { MaxPixels = long.MaxValue }, cancellation);
        ImageBuffer bicubic = new ResizeUpscaler(ResizeMethod.MatlabBicubic, upscaler.Size).UpscaleBuffer(
            ImageFile.Read(file.Source, settings.Reading, cancellation), cancellationToken: cancellation);
        return report with { Psnr = Psnr(made, expected, scale), PsnrOfBicubic = Psnr(bicubic, expected, scale) };
    }

    private static double? Psnr(ImageBuffer image, ImageBuffer truth, int border)
    {
        double value = CommandException.OnFile("truth", () => Imaging.Psnr.Luma(image, truth.Convert(image.SampleType), border));
        return double.IsFinite(value) ? Math.Round(value, 4) : null;
    }
}
