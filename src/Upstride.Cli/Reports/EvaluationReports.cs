using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using Upstride.Models.Evaluation;

namespace Upstride.Cli.Reports;

/// <summary>How near a method comes to the originals.</summary>
/// <param name="Scale">How much larger.</param>
/// <param name="Method">The method's name or the model's file, as given.</param>
/// <param name="Mean">The mean over the pictures.</param>
/// <param name="Images">Each picture.</param>
/// <param name="Failures">Of joined shards, pictures that do not count; null without.</param>
internal sealed record EvaluationReport(int Scale, string Method, QualityReport Mean, ImageQualityReport[] Images,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FailedPictureReport[]? Failures = null);

/// <summary>PSNR in dB without and with the border, and structural similarity.</summary>
internal sealed record QualityReport(double Psnr, double PsnrUncropped, double Ssim);

/// <summary>The same for one picture.</summary>
internal sealed record ImageQualityReport(string File, double Psnr, double PsnrUncropped, double Ssim);

/// <summary>Makes what the evaluation prints.</summary>
internal static class EvaluationReports
{
    public static EvaluationReport Of(int scale, string method, ImageQuality[] qualities)
    {
        Quality mean = UpscalingEvaluation.Mean(qualities);
        return new(
            scale, method, new(mean.Psnr, mean.PsnrUncropped, mean.Ssim),
            [.. qualities.Select(
                static one => new ImageQualityReport(one.File, one.Quality.Psnr, one.Quality.PsnrUncropped, one.Quality.Ssim))]);
    }

    public static void Answer(Report report, EvaluationReport answer)
    {
        if (report.Json) report.Write(answer, JsonReports.Readable.EvaluationReport);
        else report.Write(Table(answer));
    }

    private static Table Table(EvaluationReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("picture");
        foreach (string heading in (string[])["PSNR (dB)", "uncropped", "SSIM"]) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (ImageQualityReport image in report.Images) Row(Markup.Escape(image.File), image.Psnr, image.PsnrUncropped, image.Ssim);
        Row("mean", report.Mean.Psnr, report.Mean.PsnrUncropped, report.Mean.Ssim);
        return table;

        void Row(string name, double psnr, double uncropped, double ssim) =>
            table.AddRow(name, Text(psnr, "F2"), Text(uncropped, "F2"), Text(ssim, "F4"));
    }

    private static string Text(double value, string format) =>
        double.IsPositiveInfinity(value) ? "equal" : value.ToString(format, CultureInfo.InvariantCulture);
}
