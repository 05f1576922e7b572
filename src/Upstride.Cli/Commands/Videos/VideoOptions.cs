using System.CommandLine;
using Upstride.Cli.Commands.Upscale;

namespace Upstride.Cli.Commands.Videos;

/// <summary>The options of videos.</summary>
internal sealed class VideoOptions
{
    private const int UsualSegment = 100;

    private readonly Option<string?> _codec = new("--codec")
    {
        Description = "Of a video: ffmpeg's encoder. Default libx264, or libvpx-vp9 for .webm.", HelpName = "encoder",
    };

    private readonly Option<double?> _crf = new("--crf")
    {
        Description = "Of a video: the constant rate factor; the smaller, the better and the longer. Default 18.", HelpName = "number",
    };

    private readonly Option<string?> _start = new("--start")
    {
        Description = "Of a video: begin after so much of it, in seconds or as 1:02:03.", HelpName = "time",
    };

    private readonly Option<string?> _duration = new("--duration") { Description = "Of a video: end after so much.", HelpName = "time" };

    private readonly Option<bool> _resume = UpscaleOptions.Flag(
        "--resume", "Of a video: go on after the last whole segment of a run that was ended.");

    private readonly Option<int?> _segment = new("--segment")
    {
        Description = $"Of a video: frames of a segment, after which --resume can go on. Default {UsualSegment}.", HelpName = "frames",
    };

    private Option[] All => [_codec, _crf, _start, _duration, _resume, _segment];

    public void AddTo(Command command)
    {
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>The first of the options that is given, for pictures have none of them; null where none is.</summary>
    public string? Given(ParseResult parsed) =>
        All.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>What is asked for.</summary>
    public VideoRequest Read(ParseResult parsed, string source, string output, string identity)
    {
        int segment = parsed.GetValue(_segment) ?? UsualSegment;
        if (segment < 1) throw CommandException.BadInput("segment", $"segment >= 1 must hold: {segment}");
        double start = parsed.GetValue(_start) is { } from ? VideoPart.Parse("--start", from) : 0;
        double? duration = parsed.GetValue(_duration) is { } length ? VideoPart.Parse("--duration", length) : null;
        if (duration is 0) throw CommandException.BadInput("duration", "duration > 0 must hold: 0");
        return new(
            source, output, new(start, duration), new(parsed.GetValue(_codec), parsed.GetValue(_crf)), segment, parsed.GetValue(_resume),
            $"{identity}\n{start} {duration}");
    }
}
