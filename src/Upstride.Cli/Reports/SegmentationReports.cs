using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using Upstride.Cli.Commands.Shards;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Reports;

/// <summary>A picture that was segmented.</summary>
/// <param name="File">The file that was written, as given.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Model">The network, in words.</param>
/// <param name="Seconds">From reading the picture to the finished file.</param>
/// <param name="Classes">The share of each class.</param>
internal sealed record SegmentReport(string File, int Width, int Height, string Model, double Seconds, ClassShareReport[] Classes);

/// <summary>Several segmented pictures.</summary>
/// <param name="Pictures">Those that were made, in their order.</param>
/// <param name="Failures">Those that could not be made.</param>
internal sealed record SegmentedPicturesReport(IReadOnlyList<SegmentReport> Pictures, IReadOnlyList<FailedPictureReport> Failures);

/// <summary>The part of a picture's pixels that a class has.</summary>
internal sealed record ClassShareReport(string Name, double Share);

/// <summary>How well a network finds classes.</summary>
/// <param name="Model">The weights' file, as given.</param>
/// <param name="Network">The network, in words.</param>
/// <param name="Parameters">Numbers that were trained.</param>
/// <param name="Pictures">How many it was judged by.</param>
/// <param name="SecondsPerPicture">To segment one.</param>
/// <param name="PixelAccuracy">The part of all pixels, 0 to 1.</param>
/// <param name="ClassAccuracy">The mean over the classes of the part of each class's pixels.</param>
/// <param name="MeanIou">The mean over the classes of intersection over union.</param>
/// <param name="Classes">Each class; null where it has no pixels.</param>
/// <param name="Failures">Of joined shards, pictures that do not count; null without.</param>
internal sealed record SegmentationEvaluationReport(
    string Model, string Network, long Parameters, int Pictures, double SecondsPerPicture, double PixelAccuracy, double ClassAccuracy,
    double MeanIou, ClassEvaluationReport[] Classes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FailedPictureReport[]? Failures = null);

/// <summary>How well a network finds one class.</summary>
internal sealed record ClassEvaluationReport(string Name, double? Accuracy, double? Iou);

/// <summary>Makes what the commands of segmentation print.</summary>
internal static class SegmentationReports
{
    public static SegmentationEvaluationReport Of(EvaluatedNetwork network, PictureConfusion[] pictures)
    {
        var matrix = new ConfusionMatrix(network.Classes.Length);
        foreach (PictureConfusion picture in pictures) matrix.Add(picture.Counts);
        return new(
            network.Model, network.Network, network.Parameters, pictures.Length, pictures.Average(static picture => picture.Seconds),
            matrix.PixelAccuracy, matrix.MeanClassAccuracy, matrix.MeanIou,
            [.. network.Classes.Select((name, i) =>
                new ClassEvaluationReport(name, OrNull(matrix.ClassAccuracies[i]), OrNull(matrix.Ious[i])))]);
    }

    public static void Answer(Report report, SegmentationEvaluationReport answer)
    {
        if (report.Json) report.Write(answer, JsonReports.Readable.SegmentationEvaluationReport);
        else report.Write(Table(answer));
    }

    private static Table Table(SegmentationEvaluationReport report)
    {
        Table table = Start("class", "accuracy", "IoU");
        foreach (ClassEvaluationReport one in report.Classes) table.AddRow(Markup.Escape(one.Name), Text(one.Accuracy), Text(one.Iou));
        table.AddRow("mean", Text(report.ClassAccuracy), Text(report.MeanIou));
        table.AddRow("pixels", Text(report.PixelAccuracy), "");
        return table;
    }

    public static Table Table(SegmentReport report)
    {
        Table table = Start("class", "share");
        foreach (ClassShareReport one in report.Classes.Where(static one => one.Share > 0)) table.AddRow(Markup.Escape(one.Name),
            Text(one.Share));
        return table;
    }

    private static Table Start(string first, params string[] others)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(first);
        foreach (string heading in others) table.AddColumn(new TableColumn(heading).RightAligned());
        return table;
    }

    private static double? OrNull(double value) => double.IsNaN(value) ? null : value;

    private static string Text(double? value) => value is { } number ? number.ToString("P1", CultureInfo.InvariantCulture) : "";
}
