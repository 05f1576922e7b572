using System.Globalization;
using System.Security;
using System.Text;
using Upstride.Files;

namespace Upstride.Models.Runs;

/// <summary>A run's curves as an SVG picture: a panel for each, over the steps.</summary>
public static class RunChart
{
    private const int Width = 720, PanelHeight = 120, Left = 70, Right = 20, Top = 40, Between = 44, Bottom = 24;
    private static readonly string[] _colours = ["#c2410c", "#0a7ea4", "#6d28d9", "#15803d", "#a16207", "#475569"];

    /// <summary>Writes the picture, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">What stands above.</param>
    /// <param name="curves">A panel each.</param>
    /// <param name="points">In the order of their steps; none gives empty panels.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, string title, IReadOnlyList<RunCurve> curves, IReadOnlyList<RunPoint> points)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(curves);
        ArgumentNullException.ThrowIfNull(points);
        string text = Draw(title, curves, points);
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static string Draw(string title, IReadOnlyList<RunCurve> curves, IReadOnlyList<RunPoint> points)
    {
        int height = Top + curves.Count * (PanelHeight + Between) + Bottom;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" "
            + $"font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{Width}\" height=\"{height}\" fill=\"white\"/>\n"
            + $"<text x=\"{Left}\" y=\"18\" font-size=\"14\">{SecurityElement.Escape(title)}</text>\n");
        for (int curve = 0; curve < curves.Count; curve++)
        {
            int place = curve;
            Panel(svg, Top + curve * (PanelHeight + Between), curves[curve], _colours[curve % _colours.Length],
                points.Count == 0 ? 1 : points[^1].Step, [.. points.Select(point => (point.Step, point.Values[place]))]);
        }
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">step</text>\n</svg>\n");
        return svg.ToString();
    }

    private static void Panel(StringBuilder svg, int top, RunCurve curve, string colour, long last, (long Step, double Value)[] values)
    {
        int right = Width - Right, bottom = top + PanelHeight;
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"{top - 6}\" fill=\"{colour}\">{SecurityElement.Escape(curve.Name.Replace('_', ' '))}</text>\n"
            + $"<path d=\"M{Left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#555\"/>\n");
        values = [.. values.Where(static point => double.IsFinite(point.Value))];
        if (values.Length == 0) return;

        // The start of a run lies far from the rest and would press it flat: its first tenth does not widen the axis.
        double[] later = [.. values.Skip(values.Length / 10).Select(static point => point.Value)];
        double least = later.Min(), most = later.Max();
        if (most - least < 1e-9) (least, most) = (least - 0.5, most + 0.5);
        double X(long step) => Left + (right - Left) * (double)step / last;
        double Y(double value) => bottom - PanelHeight * (Math.Clamp(value, least, most) - least) / (most - least);
        for (int tick = 0; tick <= 4; tick++)
        {
            double value = least + (most - least) * tick / 4;
            svg.Append(CultureInfo.InvariantCulture,
                $"<path d=\"M{Left} {Y(value):F1}H{right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(value) + 4:F1}\" "
                + $"text-anchor=\"end\">{value.ToString(curve.Format, CultureInfo.InvariantCulture)}</text>\n"
                + $"<text x=\"{X(last * tick / 4):F1}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{last * tick / 4}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"");
        svg.AppendJoin(' ', values.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Step):F1},{Y(point.Value):F1}")));
        svg.Append("\"/>\n");
    }
}
