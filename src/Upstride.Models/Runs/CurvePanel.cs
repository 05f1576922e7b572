using System.Globalization;
using System.Security;
using System.Text;

namespace Upstride.Models.Runs;

/// <summary>A panel of a picture of curves: one curve over the steps, with its axes.</summary>
/// <param name="Left">Where the axes meet, across.</param>
/// <param name="Right">Where the panel ends.</param>
/// <param name="Height">From the highest value to the lowest.</param>
/// <param name="Flat">A curve that varies by less gets an axis one unit high.</param>
internal readonly record struct CurvePanel(int Left, int Right, int Height, double Flat)
{
    /// <summary>Draws the panel.</summary>
    /// <param name="svg">Receives the elements.</param>
    /// <param name="top">Where the panel begins.</param>
    /// <param name="name">What stands above it.</param>
    /// <param name="colour">The curve's.</param>
    /// <param name="last">The step at the right end.</param>
    /// <param name="values">The curve; what is not finite is left out.</param>
    /// <param name="label">The text of a value.</param>
    public void Draw(StringBuilder svg, int top, string name, string colour, long last, (long Step, double Value)[] values,
        Func<double, string> label)
    {
        (int left, int right, int height, int bottom) = (Left, Right, Height, top + Height);
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{left}\" y=\"{top - 6}\" fill=\"{colour}\">{SecurityElement.Escape(name)}</text>\n"
            + $"<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#555\"/>\n");
        values = [.. values.Where(static point => double.IsFinite(point.Value))];
        if (values.Length == 0) return;

        // The start of a run lies far from the rest and would press it flat: its first tenth does not widen the axis.
        double[] later = [.. values.Skip(values.Length / 10).Select(static point => point.Value)];
        double least = later.Min(), most = later.Max();
        if (most - least < Flat) (least, most) = (least - 0.5, most + 0.5);
        double X(long step) => left + (right - left) * (double)step / last;
        double Y(double value) => bottom - height * (Math.Clamp(value, least, most) - least) / (most - least);
        for (int tick = 0; tick <= 4; tick++)
        {
            double value = least + (most - least) * tick / 4;
            svg.Append(CultureInfo.InvariantCulture,
                $"<path d=\"M{left} {Y(value):F1}H{right}\" stroke=\"#ddd\"/><text x=\"{left - 6}\" y=\"{Y(value) + 4:F1}\" "
                + $"text-anchor=\"end\">{label(value)}</text>\n"
                + $"<text x=\"{X(last * tick / 4):F1}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{last * tick / 4}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"");
        svg.AppendJoin(' ', values.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Step):F1},{Y(point.Value):F1}")));
        svg.Append("\"/>\n");
    }
}
