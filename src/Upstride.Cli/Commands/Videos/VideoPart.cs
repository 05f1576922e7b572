using System.Globalization;
using System.Text.Json.Serialization;

namespace Upstride.Cli.Commands.Videos;

/// <summary>The part of a video that is asked for.</summary>
/// <param name="Start">Seconds before it.</param>
/// <param name="Duration">How long it is; null to the end.</param>
internal sealed record VideoPart(double Start, double? Duration)
{
    /// <summary>Whether nothing is left out.</summary>
    [JsonIgnore]
    public bool IsWhole => Start == 0 && Duration is null;

    /// <summary>Options of ffmpeg before the input.</summary>
    [JsonIgnore]
    public IEnumerable<string> Arguments =>
    [
        .. Start > 0 ? (string[])["-ss", Text(Start)] : [], .. Duration is { } duration ? (string[])["-t", Text(duration)] : [],
    ];

    /// <summary>Whether a frame is in it that is shown at a time; where none is told, it is.</summary>
    public bool Has(double? seconds) => seconds is not { } time || (time >= Start && !(time >= Start + Duration));

    /// <summary>Reads a time: seconds, or minutes and hours before them with colons.</summary>
    public static double Parse(string option, string text)
    {
        double seconds = 0;
        string[] parts = text.Split(':');
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts.Length > 3
                || !double.TryParse(parts[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double part)
                || (i > 0 && part >= 60))
                throw CommandException.BadInput(
                    Failure.ParameterOf(option),
                    $"{option}: '{text}' is no time: seconds, as 12.5, or hours, minutes and seconds, as 1:02:03");
            seconds = seconds * 60 + part;
        }
        return seconds;
    }

    private static string Text(double seconds) => seconds.ToString("0.######", CultureInfo.InvariantCulture);
}
