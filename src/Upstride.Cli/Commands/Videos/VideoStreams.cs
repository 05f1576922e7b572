namespace Upstride.Cli.Commands.Videos;

/// <summary>Which of a video's other streams go into the larger one, and how.</summary>
internal sealed class VideoStreams
{
    private static readonly string[] s_texts = ["subrip", "ass", "ssa", "webvtt", "mov_text", "text", "srt"];

    private readonly List<string> _arguments = [];
    private readonly List<string> _notKept = [];

    /// <param name="probe">Of the source, which is ffmpeg's second input.</param>
    /// <param name="output">The video to write; its extension names the container.</param>
    public VideoStreams(VideoProbe probe, string output)
    {
        string container = Path.GetExtension(output).ToUpperInvariant() switch
        {
            ".MP4" or ".M4V" or ".MOV" => "mp4", ".MKV" => "mkv", ".WEBM" => "webm", _ => "",
        };
        int subtitles = 0;
        foreach (OtherStream stream in probe.Others)
        {
            bool isText = s_texts.Contains(stream.Codec, StringComparer.Ordinal);
            string? codec = (stream.Kind, container) switch
            {
                ("audio", _) => "copy",
                ("subtitle", "mp4") when isText => stream.Codec == "mov_text" ? "copy" : "mov_text",
                ("subtitle", "mkv") => stream.Codec == "mov_text" ? "srt" : "copy",
                ("subtitle", "webm") when isText => stream.Codec == "webvtt" ? "copy" : "webvtt",
                ("attachment", "mkv") => "copy",
                _ => null,
            };
            if (codec is null)
            {
                _notKept.Add($"{(stream.Kind == "video" ? "a further video or picture" : stream.Kind)} ({stream.Codec})");
                continue;
            }
            _arguments.AddRange(["-map", $"1:{stream.Index}"]);
            if (stream.Kind == "subtitle") _arguments.AddRange([$"-c:s:{subtitles++}", codec]);
        }
    }

    /// <summary>Options of ffmpeg: what is mapped, with the codecs that are not the general one.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>What is left out, each in a few words.</summary>
    public IReadOnlyList<string> NotKept => _notKept;
}
