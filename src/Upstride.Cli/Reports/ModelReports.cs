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
    string Quality, int Scale, string For, string Network, int Weights, string TrainedOn, double Psnr, double PsnrOfBicubic);

/// <summary>Makes what the list of networks prints.</summary>
internal static class ModelReports
{
    private const string Clean = "clean", Jpeg = "jpeg";

    /// <summary>The networks of a scale, or of all.</summary>
    public static ModelsReport Of(int? scale) => new(
    [
        .. from one in UpscalingWeights.All
           let shipped = one.Shipped
           where scale is null || shipped.Scale == scale
           select new ShippedNetworkReport(
               UpscaleQualities.NameOf(shipped.Quality), shipped.Scale, shipped.IsCompressed ? Jpeg : Clean, one.Network.Name,
               one.Network.Weights, shipped.TrainedOn, shipped.Psnr, shipped.PsnrOfBicubic),
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

    private static string Text(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
