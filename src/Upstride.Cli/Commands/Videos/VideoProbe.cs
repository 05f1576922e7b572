using System.Globalization;
using System.Text.Json;

namespace Upstride.Cli.Commands.Videos;

/// <summary>A stream beside the frames.</summary>
/// <param name="Index">Its place in the file.</param>
/// <param name="Kind">audio, subtitle, attachment, data or video.</param>
/// <param name="Codec">ffmpeg's name.</param>
internal sealed record OtherStream(int Index, string Kind, string Codec);

/// <summary>What ffprobe tells of a video file.</summary>
/// <param name="PixelFormat">ffmpeg's name of the form in which the frames are taken.</param>
/// <param name="Colors">Primaries, transfer, matrix, range and place of the colour differences, by ffmpeg's names; those that are
/// told.</param>
/// <param name="Frames">How many there are, about; 0 where nothing tells.</param>
/// <param name="IsVariable">Whether frames are shown for different times.</param>
/// <param name="HasAlpha">Whether frames have alpha.</param>
/// <param name="Others">The other streams.</param>
/// <param name="Container">ffmpeg's names of the container, with commas between them.</param>
/// <param name="Codec">Its name of the frames' codec.</param>
/// <param name="IsProgressive">Whether frames are no pairs of fields, as far as it is told.</param>
/// <param name="TimeBase">The unit of the frames' times, as a fraction of a second; 0 over 1 where it is not told.</param>
/// <param name="Start">When the first stream begins, in seconds.</param>
internal sealed record VideoProbe(
    string PixelFormat, IReadOnlyDictionary<string, string> Colors, long Frames, bool IsVariable, bool HasAlpha,
    IReadOnlyList<OtherStream> Others, string Container, string Codec, bool IsProgressive, (long Numerator, long Denominator) TimeBase,
    double Start)
{
    private static readonly string[] s_colors = ["color_primaries", "color_transfer", "color_space", "color_range", "chroma_location"];
    private static readonly Dictionary<string, string> s_none = new(StringComparer.Ordinal);

    /// <summary>The colours that are told; none of y4m.</summary>
    public static IReadOnlyDictionary<string, string> ColorsOf(VideoProbe? probe) => probe?.Colors ?? s_none;

    /// <summary>Asks ffprobe.</summary>
    /// <exception cref="IOException">It is no video, or cannot be read.</exception>
    public static VideoProbe Of(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: there is no such file");
        byte[] text = FfmpegProcess.Run(
            "ffprobe", ["-v", "error", "-show_streams", "-show_format", "-of", "json", "-i", $"file:{path}"], path, cancellation);
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement[] streams = [.. document.RootElement.GetProperty("streams").EnumerateArray()];
        JsonElement video = Array.Find(streams, static stream => Text(stream, "codec_type") == "video" && !IsPicture(stream));
        if (video.ValueKind == JsonValueKind.Undefined) throw new InvalidDataException($"{path}: there is no video in it");
        string pixels = Text(video, "pix_fmt") ?? "";
        bool isRgb = !pixels.Contains("yuv", StringComparison.Ordinal) && !pixels.Contains("gray", StringComparison.Ordinal)
            && !pixels.StartsWith("nv", StringComparison.Ordinal) && !pixels.StartsWith("p0", StringComparison.Ordinal)
            && !pixels.StartsWith("p2", StringComparison.Ordinal);
        var colors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in s_colors)
        {
            // What was RGB is made luma and colour differences as ffmpeg does where nothing is told.
            if (Text(video, name) is { } value && value is not ("unknown" or "unspecified" or "reserved")
                && !(isRgb && name is ("color_space" or "color_range"))) colors[name] = value;
        }
        double rate = Ratio(Text(video, "avg_frame_rate"));
        JsonElement format = document.RootElement.GetProperty("format");
        double seconds = Number(Text(video, "duration")) ?? Number(Text(format, "duration")) ?? 0;
        long frames = (long)(Number(Text(video, "nb_frames")) ?? seconds * rate);
        int index = video.GetProperty("index").GetInt32();
        return new(
            FormOf(pixels, (int)(Number(Text(video, "bits_per_raw_sample")) ?? 8)), colors, frames,
            Math.Abs(rate - Ratio(Text(video, "r_frame_rate"))) > 1e-6 * rate,
            pixels.Contains("yuva", StringComparison.Ordinal) || pixels.Contains("rgba", StringComparison.Ordinal)
                || pixels is "argb" or "abgr" or "bgra" || pixels.StartsWith("gbrap", StringComparison.Ordinal),
            [.. streams.Where(stream => stream.GetProperty("index").GetInt32() != index).Select(static stream =>
                new OtherStream(stream.GetProperty("index").GetInt32(), Text(stream, "codec_type") ?? "data",
                    Text(stream, "codec_name") ?? "unknown"))],
            Text(format, "format_name") ?? "", Text(video, "codec_name") ?? "",
            Text(video, "field_order") is null or "unknown" or "progressive", Fraction(Text(video, "time_base")),
            Number(Text(format, "start_time")) ?? 0);
    }

    // Of y4m's forms the one that loses nothing.
    private static string FormOf(string pixels, int rawBits)
    {
        string digits = new([.. pixels.Replace("be", "", StringComparison.Ordinal).Replace("le", "", StringComparison.Ordinal)
            .Reverse().TakeWhile(char.IsAsciiDigit).Reverse()]);
        bool isSemiPlanar = pixels.StartsWith("p0", StringComparison.Ordinal) || pixels.StartsWith("p2", StringComparison.Ordinal)
            || pixels.StartsWith("p4", StringComparison.Ordinal);
        int bits = isSemiPlanar ? int.Parse(pixels.AsSpan(2, 2), CultureInfo.InvariantCulture)
            : digits is "9" or "10" or "12" or "14" or "16" && !pixels.StartsWith("nv", StringComparison.Ordinal)
                ? int.Parse(digits, CultureInfo.InvariantCulture) : rawBits is > 8 and <= 16 ? rawBits : 8;
        if (bits is 11 or 13 or 15) bits++;
        string depth = bits > 8 ? $"{bits}le" : "";
        if (pixels.StartsWith("gray", StringComparison.Ordinal)) return bits > 8 ? $"gray{depth}" : "gray";
        string kind = pixels.Contains("420", StringComparison.Ordinal) || pixels is "nv12" or "nv21"
            || pixels.StartsWith("p0", StringComparison.Ordinal) ? "420"
            : pixels.Contains("422", StringComparison.Ordinal) || pixels is "nv16"
            || pixels.StartsWith("p2", StringComparison.Ordinal) ? "422"
            : pixels.Contains("411", StringComparison.Ordinal) && bits == 8 ? "411" : "444";
        return $"yuv{kind}p{depth}";
    }

    private static bool IsPicture(JsonElement stream) =>
        stream.TryGetProperty("disposition", out JsonElement disposition)
        && disposition.TryGetProperty("attached_pic", out JsonElement value) && value.GetInt32() == 1;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value.ToString() : null;

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    private static (long, long) Fraction(string? text) => text?.Split('/') is [var above, var below]
        && long.TryParse(above, NumberStyles.None, CultureInfo.InvariantCulture, out long numerator)
        && long.TryParse(below, NumberStyles.None, CultureInfo.InvariantCulture, out long denominator) ? (numerator, denominator) : (0, 1);

    private static double Ratio(string? text) =>
        text?.Split('/') is [var above, var below] && Number(above) is { } a && Number(below) is { } b && b != 0 ? a / b : 0;
}
