using System.Globalization;
using System.Security;
using System.Text;
using Upstride.Files;

namespace Upstride.Models.Runs;

/// <summary>A run's curves as an SVG picture: a panel for each, over the steps.</summary>
public static class RunChart
{
    private const int Width = 720, PanelHeight = 120, Left = 70, Right = 20, Top = 40, Between = 44, Bottom = 24;
    private static readonly CurvePanel _panel = new(Left, Width - Right, PanelHeight, Flat: 1e-9);
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
            _panel.Draw(
                svg, Top + curve * (PanelHeight + Between), curves[curve].Name.Replace('_', ' '), _colours[curve % _colours.Length],
                points.Count == 0 ? 1 : points[^1].Step, [.. points.Select(point => (point.Step, point.Values[place]))],
                value => value.ToString(curves[place].Format, CultureInfo.InvariantCulture));
        }
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">step</text>\n</svg>\n");
        return svg.ToString();
    }
}
