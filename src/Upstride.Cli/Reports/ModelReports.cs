using System.Globalization;
using Spectre.Console;
using Upstride.Cli.Commands.Upscale;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Reports;

/// <summary>The networks that the tool brings along.</summary>
/// <param name="Networks">Each.</param>
internal sealed record ModelsReport(ShippedNetworkReport[] Networks);

/// <summary>A network that the tool brings along.</summary>
/// <param name="Quality">The word after --quality.</param>
/// <param name="Scale">How much larger it makes pictures.</param>
/// <param name="For">clean pictures, or those from JPEG files.</param>
/// <param name="Network">The architecture with its sizes.</param>
/// <param name="Weights">How many, without biases and slopes.</param>
/// <param name="TrainedOn">The pictures.</param>
/// <param name="Psnr">Over Set5, in dB, as the papers measure it; of networks for JPEG files from such of quality 75.</param>
/// <param name="PsnrOfBicubic">The same of bicubic interpolation.</param>
internal sealed record ShippedNetworkReport(
    string Quality, int Scale, string For, string Network, int Weights, string TrainedOn, double? Psnr, double? PsnrOfBicubic);

/// <summary>Makes what the list of networks prints.</summary>
internal static class ModelReports
{
    private const string Clean = "clean", Jpeg = "jpeg";

    // As docs/models.md measures them: evaluate --method fast|balanced, with --jpeg 75 for those of compressed pictures.
    private static readonly (UpscalingQuality Quality, int Scale, bool IsCompressed, double Psnr, double Bicubic)[] s_measured =
    [
        (UpscalingQuality.Fast, 2, false, 37.18, 33.66), (UpscalingQuality.Fast, 3, false, 33.18, 30.39),
        (UpscalingQuality.Fast, 4, false, 30.89, 28.42), (UpscalingQuality.Balanced, 2, false, 37.35, 33.66),
        (UpscalingQuality.Balanced, 2, true, 32.92, 31.64),
    ];

    /// <summary>The networks of a scale, or of all.</summary>
    public static ModelsReport Of(int? scale) => new(
    [
        .. from one in UpscalingWeights.All
           where scale is null || one.Scale == scale
           let network = UpscalingWeights.Find(one.Quality, one.Scale, one.IsCompressed)!
           let measured = s_measured.Where(entry => (entry.Quality, entry.Scale, entry.IsCompressed) == one).ToArray()
           select new ShippedNetworkReport(
               UpscaleQualities.NameOf(one.Quality), one.Scale, one.IsCompressed ? Jpeg : Clean, network.Name, network.Weights,
               one.Quality == UpscalingQuality.Fast ? "91 pictures of Yang et al." : "91 pictures of Yang et al., 400 of BSDS500",
               measured is [var found] ? found.Psnr : null, measured is [var same] ? same.Bicubic : null),
    ]);

    public static Table Table(ModelsReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string heading in (string[])["quality", "scale", "for", "network", "weights", "PSNR (dB)", "bicubic", "trained on"])
            table.AddColumn(heading);
        foreach (ShippedNetworkReport one in report.Networks)
            table.AddRow(
                one.Quality, Text(one.Scale), one.For, Markup.Escape(one.Network), Text(one.Weights), Text(one.Psnr),
                Text(one.PsnrOfBicubic), Markup.Escape(one.TrainedOn));
        return table;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double? value) => value?.ToString("F2", CultureInfo.InvariantCulture) ?? "";
}
