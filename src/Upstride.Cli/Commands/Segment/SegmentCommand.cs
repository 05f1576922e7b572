using System.CommandLine;
using System.Diagnostics;
using Upstride.Cli.Reports;
using Upstride.Imaging;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Segment;

/// <summary><c>upstride segment</c>: a picture in, the class of each of its pixels out.</summary>
internal sealed class SegmentCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Argument<string> _picture = new("picture") { Description = "The picture." };
    private readonly Option<string?> _model =
        CommandOptions.File("--model", "Weights, a .safetensors file that 'upstride train segment' made.", required: true);
    private readonly Option<string?> _output = CommandOptions.File("--output",
        "The picture to write: grey, each pixel's value its class.", required: true, "-o");
    private readonly Option<bool> _overlay = new("--overlay")
        { Description = "Write the picture with the classes' colours over it instead.", Arity = ArgumentArity.Zero };
    private readonly Option<int> _threads = new("--threads")
        { Description = "Threads.", HelpName = "count", DefaultValueFactory = static _ => Environment.ProcessorCount };

    public SegmentCommand(Report report) : base(
        "segment",
        "Finds the class of every pixel of a picture, of any size, with a network that 'upstride train segment' made.",
        new Example("segment photo.png --model streets.safetensors -o mask.png", "A picture whose values are the classes."),
        new Example("segment photo.png --model streets.safetensors -o overlay.png --overlay", "To look at: colours over the picture."))
    {
        _report = report;
        Add(_picture);
        foreach (Option option in (Option[])[_model, _output, _overlay, _threads]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string file = parsed.GetValue(_picture)!, output = parsed.GetValue(_output)!;
        CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(output));
        SegmentationNetwork<float> network = SegmentationOptions.ReadNetwork("model", parsed.GetValue(_model)!);
        long started = Stopwatch.GetTimestamp();
        ImageBuffer picture = CommandException.OnFile("picture", () => ImageFile.Read(file, cancellationToken: cancellation));
        byte[] colours = SegmentationSet.Rgb(picture);
        byte[] classes = Interruptible.Run(() =>
        {
            using var segmenter = new Segmenter(network, parsed.GetValue(_threads));
            return segmenter.Segment(colours, picture.Width, picture.Height);
        }, cancellation);
        ImageBuffer made = parsed.GetValue(_overlay)
            ? ClassPalette.Overlay(colours, classes, picture.Width, picture.Height)
                : ClassPalette.Mask(classes, picture.Width, picture.Height);
        CommandException.OnFile("output", () => ImageFile.Write(output, made, cancellationToken: cancellation));
        Answer(output, network.Settings, classes, picture, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return ExitCode.Done;
    }

    private void Answer(string output, SegmentationSettings settings, byte[] classes, ImageBuffer picture, double seconds)
    {
        int[] counts = new int[settings.Classes.Length];
        foreach (byte one in classes) counts[one]++;
        ClassShareReport[] shares = [.. settings.Classes.Select((name, i) =>
            new ClassShareReport(name, (double)counts[i] / classes.Length))];
        var report = new SegmentReport(output, picture.Width, picture.Height, settings.ToString(), seconds, shares);
        if (_report.Json) _report.Write(report, JsonReports.Readable.SegmentReport);
        else _report.Write(SegmentationReports.Table(report));
    }
}
