using System.Globalization;
using System.Text;
using Upstride.Files;

namespace Upstride.Models.Training;

/// <summary>
/// The training curves as an SVG picture: above the validation's PSNR, below the loss on a logarithmic scale, both over the steps.
/// </summary>
public static class CurvePicture
{
    private const int Width = 720, PanelHeight = 200, Left = 70, Right = 20, Top = 40, Between = 50, Bottom = 40;

    /// <summary>Writes the picture, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">What stands above.</param>
    /// <param name="points">In the order of their steps; none gives empty panels.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, string title, IReadOnlyList<TrainingPoint> points)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(points);
        string text = Draw(title, points);
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The picture's text.</summary>
    internal static string Draw(string title, IReadOnlyList<TrainingPoint> points)
    {
        int height = Top + 2 * PanelHeight + Between + Bottom;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" "
            + $"font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect width=\"{Width}\" height=\"{height}\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"24\" "
            + $"font-size=\"14\">{System.Security.SecurityElement.Escape(title)}</text>\n");
        long last = points.Count == 0 ? 1 : points[^1].Step;
        Panel(svg, Top, "PSNR (dB)", "#0a7ea4", last, [.. points.Select(static point => (point.Step, point.Psnr))],
            static value => value.ToString("F2", CultureInfo.InvariantCulture));
        Panel(
            svg, Top + PanelHeight + Between, "loss", "#c2410c", last,
                [.. points.Where(static point => point.Loss > 0).Select(static point => (point.Step, Math.Log10(point.Loss)))],
            static value => Math.Pow(10, value).ToString("E1", CultureInfo.InvariantCulture));
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">step</text>\n</svg>\n");
        return svg.ToString();
    }

    private static void Panel(StringBuilder svg, int top, string name, string colour, long last, (long Step, double Value)[] curve,
        Func<double, string> label)
    {
        int right = Width - Right, bottom = top + PanelHeight;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{top - 6}\" fill=\"{colour}\">{name}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#555\"/>\n");
        curve = [.. curve.Where(static point => double.IsFinite(point.Value))];
        if (curve.Length == 0) return;

        // The start of a run lies far from the rest and would press it flat: its first tenth does not widen the axis.
        double[] later = [.. curve.Skip(curve.Length / 10).Select(static point => point.Value)];
        double least = later.Min(), most = later.Max();
        if (most - least < 1e-6) (least, most) = (least - 0.5, most + 0.5);
        double X(long step) => Left + (right - Left) * (double)step / last;
        double Y(double value) => bottom - PanelHeight * (Math.Clamp(value, least, most) - least) / (most - least);
        for (int tick = 0; tick <= 4; tick++)
        {
            double value = least + (most - least) * tick / 4;
            svg.Append(CultureInfo.InvariantCulture,
                $"<path d=\"M{Left} {Y(value):F1}H{right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(value) + 4:F1}\" "
                + $"text-anchor=\"end\">{label(value)}</text>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(last * tick / 4):F1}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{last * tick / 4}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"");
        svg.AppendJoin(' ', curve.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Step):F1},{Y(point.Value):F1}")));
        svg.Append("\"/>\n");
    }
}
