using System.Globalization;
using System.Text;
using Upstride.Files;
using Upstride.Models.Runs;

namespace Upstride.Models.Training;

/// <summary>
/// The training curves as an SVG picture: above the validation's PSNR, below the loss on a logarithmic scale, both over the steps.
/// </summary>
public static class CurvePicture
{
    private const int Width = 720, PanelHeight = 200, Left = 70, Right = 20, Top = 40, Between = 50, Bottom = 40;
    private static readonly CurvePanel _panel = new(Left, Width - Right, PanelHeight, Flat: 1e-6);

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
        _panel.Draw(svg, Top, "PSNR (dB)", "#0a7ea4", last, [.. points.Select(static point => (point.Step, point.Psnr))],
            static value => value.ToString("F3", CultureInfo.InvariantCulture));
        _panel.Draw(
            svg, Top + PanelHeight + Between, "loss", "#c2410c", last,
                [.. points.Where(static point => point.Loss > 0).Select(static point => (point.Step, Math.Log10(point.Loss)))],
            static value => Math.Pow(10, value).ToString("G4", CultureInfo.InvariantCulture));
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{height - 8}\" text-anchor=\"middle\">step</text>\n</svg>\n");
        return svg.ToString();
    }
}
