using System.Globalization;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Encodes frames to a segment by ffmpeg.</summary>
internal sealed class VideoEncoder : IDisposable
{
    private readonly FfmpegProcess _process;
    private readonly MatroskaFrames _frames;
    private readonly string _what;
    private readonly CancellationToken _cancellation;

    /// <param name="path">The segment's file.</param>
    /// <param name="header">What the frames are.</param>
    /// <param name="timeBase">The unit of times that the segment has.</param>
    /// <param name="encoding">How they are encoded.</param>
    /// <param name="cancellation">Ends it.</param>
    public VideoEncoder(string path, Y4mHeader header, (long Numerator, long Denominator) timeBase, SegmentEncoding encoding,
        CancellationToken cancellation)
    {
        (_what, _cancellation) = (encoding.What, cancellation);
        string[] filters = [.. Filters(header, encoding.Colors)];
        _process = new(
            "ffmpeg",
            [
                "-hide_banner", "-nostats", "-v", "error", "-f", "matroska", "-i", "pipe:0", "-map", "0:v:0",
                .. filters.Length > 0 ? (string[])["-vf", string.Join(',', filters)] : [], .. encoding.Codec, "-pix_fmt",
                header.PixelFormat, .. Tags(encoding.Colors), .. encoding.Version.Passthrough, "-enc_time_base",
                string.Create(CultureInfo.InvariantCulture, $"{timeBase.Numerator}/{timeBase.Denominator}"), "-f", "nut", "-y",
                $"file:{path}",
            ],
            onLine: null, cancellation);
        try
        {
            _frames = new(_process.Input, header);
        }
        catch
        {
            _process.Dispose();
            throw;
        }
    }

    public void Write(ReadOnlySpan<byte> frame, long microseconds)
    {
        try
        {
            _frames.Write(frame, microseconds);
        }
        catch (IOException fault)
        {
            // It gave up before it had everything; its exit code and complaint say why.
            _process.Finish(_what, _cancellation);
            throw new FfmpegException($"{_what}: {_process.Complaint}", fault);
        }
    }

    /// <summary>Ends the segment.</summary>
    public void Finish()
    {
        try
        {
            _process.Input.Close();
        }
        catch (IOException)
        {
            // As above.
        }
        _process.Finish(_what, _cancellation);
    }

    public void Dispose() => _process.Dispose();

    private static IEnumerable<string> Filters(Y4mHeader header, IReadOnlyDictionary<string, string> colors)
    {
        (string Name, string Tag)[] names =
        [
            ("range", "color_range"), ("color_primaries", "color_primaries"), ("color_trc", "color_transfer"),
            ("colorspace", "color_space"),
        ];
        string[] told = [.. names.Where(name => colors.ContainsKey(name.Tag)).Select(name => $"{name.Name}={colors[name.Tag]}")];
        if (told.Length > 0) yield return $"setparams={string.Join(':', told)}";
        if (header.Aspect is { } aspect) yield return $"setsar={aspect.Replace(':', '/')}";
    }

    /// <summary>Options that tag colours, of encoders and of copies: segments do not keep what the samples' own format does not.</summary>
    public static IEnumerable<string> Tags(IReadOnlyDictionary<string, string> colors)
    {
        (string Option, string Tag)[] names =
        [
            ("-color_range", "color_range"), ("-color_primaries", "color_primaries"), ("-color_trc", "color_transfer"),
            ("-colorspace", "color_space"), ("-chroma_sample_location", "chroma_location"),
        ];
        return names.Where(name => colors.ContainsKey(name.Tag)).SelectMany(name => (string[])[name.Option, colors[name.Tag]]);
    }
}
