using System.Globalization;
using System.Net;
using System.Text;
using Upstride.Explain.Figures;

namespace Upstride.Explorer.Services;

/// <summary>A still figure as SVG that takes its colours from the page.</summary>
public static class FigureMarkup
{
    /// <summary>The figure's shapes.</summary>
    public static string Of(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        var svg = new StringBuilder();
        foreach (Shape shape in figure.Still(figure.Frames.Length - 1).Shapes) Write(svg, shape);
        return svg.ToString();
    }

    private static void Write(StringBuilder svg, Shape shape)
    {
        switch (shape)
        {
            case Box box:
                svg.Append(CultureInfo.InvariantCulture,
                    $"<rect class=\"f{Letter(box.Fill)}\" x=\"{box.X:0.#}\" y=\"{box.Y:0.#}\" width=\"{box.Width:0.#}\" height=\"{box.Height:0.#}\"/>");
                break;
            case Label label:
                svg.Append(CultureInfo.InvariantCulture,
                    $"<text class=\"c{(label.Color == Token.Page ? 'k' : Letter(label.Color))}{(label.Centered ? " mid" : "")}\" x=\"{label.X:0.#}\" y=\"{label.Y:0.#}\" font-size=\"{label.Size:0.#}\">{WebUtility.HtmlEncode(label.Text)}</text>");
                break;
            case Line line:
                svg.Append(CultureInfo.InvariantCulture,
                    $"<line class=\"f{Letter(line.Color)}\" x1=\"{line.X1:0.#}\" y1=\"{line.Y1:0.#}\" x2=\"{line.X2:0.#}\" y2=\"{line.Y2:0.#}\" stroke-width=\"{line.Width:0.#}\"/>");
                break;
            case Group group:
                foreach (Shape part in group.Shapes) Write(svg, part);
                break;
        }
    }

    /// <summary>The letter of a token in the classes of the style sheet.</summary>
    public static char Letter(Token token) => token switch
    {
        Token.Muted => 'm',
        Token.Input => 'i',
        Token.Output => 'o',
        Token.Weight => 'w',
        Token.Inserted => 'z',
        Token.Padding => 'p',
        Token.Cropped => 'c',
        Token.Highlight => 'h',
        Token.Negative => 'n',
        _ => 'k',
    };
}
