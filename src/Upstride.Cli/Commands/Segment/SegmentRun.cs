using System.Diagnostics;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Imaging;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Segment;

/// <summary>Segments files, one after the other.</summary>
/// <param name="network">Finds the classes.</param>
/// <param name="threads">Threads.</param>
/// <param name="isOverlay">Whether the classes' colours are laid over the picture.</param>
/// <param name="selfEnsemble">Whether each picture is looked at mirrored, too.</param>
internal sealed class SegmentRun(SegmentationNetwork<float> network, int threads, bool isOverlay, bool selfEnsemble) : IDisposable
{
    private readonly Segmenter _segmenter = new(network, threads) { SelfEnsemble = selfEnsemble };
    private bool _isLeftBehind;

    /// <summary>What the method makes of a small picture on this machine.</summary>
    public string Fingerprint => ShardFingerprint.Of(_segmenter);

    /// <summary>Segments one.</summary>
    public SegmentReport Run(PictureFile file, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        ImageBuffer picture = CommandException.OnFile("picture", () => ImageFile.Read(file.Source, cancellationToken: cancellation));
        byte[] colours = SegmentationSet.Rgb(picture);
        byte[] classes = Segment(colours, picture.Width, picture.Height, cancellation);
        ImageBuffer made = isOverlay
            ? ClassPalette.Overlay(colours, classes, picture.Width, picture.Height)
            : ClassPalette.Mask(classes, picture.Width, picture.Height);
        CommandException.OnFile("output", () => ImageFile.Write(file.Target, made, cancellationToken: cancellation));
        SegmentationSettings settings = network.Settings;
        int[] counts = new int[settings.Classes.Length];
        foreach (byte one in classes) counts[one]++;
        return new(file.Target, picture.Width, picture.Height, settings.ToString(), Stopwatch.GetElapsedTime(started).TotalSeconds,
            [.. settings.Classes.Select((name, i) => new ClassShareReport(name, (double)counts[i] / classes.Length))]);
    }

    /// <summary>Releases the memory, but for what a cancelled step still works in.</summary>
    public void Dispose()
    {
        if (!_isLeftBehind) _segmenter.Dispose();
    }

    private byte[] Segment(byte[] colours, int width, int height, CancellationToken cancellation)
    {
        try
        {
            return Interruptible.Run(() => _segmenter.Segment(colours, width, height), cancellation);
        }
        catch (OperationCanceledException)
        {
            _isLeftBehind = true;
            throw;
        }
    }
}
