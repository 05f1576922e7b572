using System.Globalization;
using System.Text.RegularExpressions;

namespace Upstride.Cli.Commands.Videos;

/// <summary>The first line of a YUV4MPEG2 stream: a video whose frames are planes of samples as they are.</summary>
/// <param name="Width">Columns of luma.</param>
/// <param name="Height">Rows of luma.</param>
/// <param name="Chroma">The word for the planes: 420jpeg, 422, 444p10, mono and the like.</param>
/// <param name="Rate">Frames a second, numerator and denominator.</param>
/// <param name="Others">Words that are kept as they are: interlacing, aspect ratio, range.</param>
internal sealed partial record Y4mHeader(int Width, int Height, string Chroma, (int Numerator, int Denominator) Rate, string[] Others)
{
    /// <summary>What a stream begins with.</summary>
    public const string Signature = "YUV4MPEG2";

    /// <summary>Bits of a sample; beyond 8 each takes two bytes, the lower first.</summary>
    public int Bits { get; } = HighDepth().Match(Chroma) is { Success: true } match
        ? int.Parse(match.Groups["bits"].ValueSpan, CultureInfo.InvariantCulture) : 8;

    /// <summary>Columns and rows of luma to a sample of a colour difference; null where there are none.</summary>
    public (int Across, int Down)? Step { get; } = Chroma switch
    {
        _ when Chroma.StartsWith("mono", StringComparison.Ordinal) => null,
        _ when Chroma.StartsWith("420", StringComparison.Ordinal) => (2, 2),
        _ when Chroma.StartsWith("422", StringComparison.Ordinal) => (2, 1),
        _ when Chroma.StartsWith("411", StringComparison.Ordinal) => (4, 1),
        _ => (1, 1),
    };

    /// <summary>The aspect ratio of a pixel; null where it is not told.</summary>
    public string? Aspect => Others.FirstOrDefault(static word => word[0] == 'A') is { } word && word is not ("A0:0" or "A1:1")
        ? word[1..] : null;

    /// <summary>Whether a frame is two of half the rows.</summary>
    public bool IsInterlaced => Others.Any(static word => word is "It" or "Ib" or "Im");

    /// <summary>Columns and rows of each plane.</summary>
    public IReadOnlyList<(int Width, int Height)> Planes => Step is not { } step ? [(Width, Height)]
        : [(Width, Height), .. Enumerable.Repeat(((Width - 1) / step.Across + 1, (Height - 1) / step.Down + 1), 2)];

    /// <summary>Bytes of a frame's planes.</summary>
    public long FrameBytes => Planes.Sum(plane => (long)plane.Width * plane.Height) * (Bits > 8 ? 2 : 1);

    /// <summary>ffmpeg's name of the planes.</summary>
    public string PixelFormat => Step switch
    {
        null => Bits > 8 ? $"gray{Bits}le" : "gray",
        var (across, down) => $"yuv4{(across, down) switch { (2, 2) => "20", (2, 1) => "22", (4, 1) => "11", _ => "44" }}p"
            + (Bits > 8 ? $"{Bits}le" : ""),
    };

    /// <summary>Reads a header line, without its line end.</summary>
    /// <exception cref="InvalidDataException">It is none, or of a kind that is not known.</exception>
    public static Y4mHeader Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [Signature, ..]) throw new InvalidDataException($"it is no y4m video: it does not begin with {Signature}");
        string? Word(char letter) => words.Skip(1).LastOrDefault(word => word[0] == letter)?[1..];
        int width = Number(Word('W'), "width"), height = Number(Word('H'), "height");
        string chroma = Word('C') ?? "420jpeg";
        if (!KnownChroma().IsMatch(chroma))
            throw new InvalidDataException(
                $"its planes are of the kind C{chroma}, and 420, 422, 444, 411 and mono are known, of 8 to 16 bits");
        string[] rate = (Word('F') ?? "25:1").Split(':');
        return new(width, height, chroma, (Number(rate[0], "rate"), Number(rate.ElementAtOrDefault(1), "rate")),
            [.. words.Skip(1).Where(static word => !"WHCF".Contains(word[0], StringComparison.Ordinal))]);
    }

    public override string ToString() =>
        string.Join(' ', [Signature, $"W{Width}", $"H{Height}", $"F{Rate.Numerator}:{Rate.Denominator}", .. Others, $"C{Chroma}"]);

    private static int Number(string? text, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
        : throw new InvalidDataException($"its y4m header gives a {what} of '{text}'; a whole number from 1 on is needed");

    [GeneratedRegex("^(4(20|22|44)p|mono)(?<bits>9|1[0-6])$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HighDepth();

    [GeneratedRegex("^(420(jpeg|mpeg2|paldv)?|422|444|411|mono|(420p|422p|444p|mono)(9|1[0-6]))$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KnownChroma();
}
