using System.Globalization;
using System.Security;
using System.Text;
using Upstride.Explain.Figures;

namespace Upstride.Explain.Rendering;

/// <summary>
/// Writes a figure as SVG without script: light and dark by the reader's scheme, moving by CSS keyframes where it has time, still at its
/// end
/// where reduced motion is preferred, with title and description for screen readers.
/// </summary>
public static class SvgRenderer
{
    /// <summary>The figure as a document of its own.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="prefix">Begins every identifier and class of an animation, so that several figures may stand on one page.</param>
    public static string Render(Figure figure, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(figure);
        ArgumentNullException.ThrowIfNull(prefix);
        var timing = new Timing(figure, prefix);
        var body = new StringBuilder();
        foreach (Shape shape in figure.Shapes) Write(body, shape, timing, prefix);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Number(figure.Width)} {Number(figure.Height)}\" "
                + $"width=\"{Number(figure.Width)}\" height=\"{Number(figure.Height)}\" role=\"img\" aria-labelledby=\"{prefix}t "
                + $"{prefix}d\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<title id=\"{prefix}t\">{Escape(figure.Title)}</title>\n<desc id=\"{prefix}d\">{Escape(figure.Description)}</desc>\n");
        svg.Append("<style>\n").Append(SvgStyle.Sheet()).Append(timing.Rules()).Append("</style>\n");
        svg.Append(Patterns(prefix));
        return svg.Append(body).Append("</svg>\n").ToString();
    }

    /// <summary>The colour of a phase, as rrggbb; ink 1b1f24 is on it in the light and in the dark.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative phase.</exception>
    public static string PhaseColor(int phase)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(phase);
        return SvgStyle.Phases[phase % SvgStyle.Phases.Length];
    }

    internal static string Escape(string text) => SecurityElement.Escape(text);

    internal static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Patterns(string prefix) =>
        $"<defs><pattern id=\"{prefix}hz\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path class=\"lz\" d=\"M0 6L6 0\" "
            + $"opacity=\".5\"/></pattern>" +
        $"<pattern id=\"{prefix}hp\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path class=\"lp\" d=\"M0 0L6 6\" "
            + $"opacity=\".5\"/></pattern></defs>\n";

    private static void Write(StringBuilder svg, Shape shape, Timing timing, string prefix)
    {
        string time = timing.ClassOf(shape);
        switch (shape)
        {
            case Box box:
                WriteBox(svg, box, time, prefix);
                break;
            case Label label:
                string names = Names(label.Centered ? "t" : "", label.OnPhase ? "q" : label.Color == Token.Page ? ""
                    : "c" + SvgStyle.Name(label.Color), time);
                svg.Append(CultureInfo.InvariantCulture,
                    $"<text{names} x=\"{Number(label.X)}\" y=\"{Number(label.Y)}\" "
                        + $"font-size=\"{Number(label.Size)}\">{Escape(label.Text)}</text>\n");
                break;
            case Line line:
                svg.Append(CultureInfo.InvariantCulture,
                    $"<line{Names("l" + SvgStyle.Name(line.Color), time)} x1=\"{Number(line.X1)}\" y1=\"{Number(line.Y1)}\" "
                        + $"x2=\"{Number(line.X2)}\" y2=\"{Number(line.Y2)}\""
                        + $"{(line.Width == 1 ? "" : $" stroke-width=\"{Number(line.Width)}\"")}/>\n");
                if (line.IsArrow) WriteHead(svg, line, time);
                break;
            case Group group:
                WriteGroup(svg, group, time, timing, prefix);
                break;
        }
    }

    private static void WriteBox(StringBuilder svg, Box box, string time, string prefix)
    {
        string place = $"x=\"{Number(box.X)}\" y=\"{Number(box.Y)}\" width=\"{Number(box.Width)}\" height=\"{Number(box.Height)}\"";
        string line = box.Line == Token.None ? "" : "l" + SvgStyle.Name(box.Line);
        string fill = box.Phase >= 0 ? "" : box.Fill == Token.None ? "x" : "f" + SvgStyle.Name(box.Fill);
        string color = box.Phase >= 0 ? $" fill=\"#{SvgStyle.Phases[box.Phase % SvgStyle.Phases.Length]}\"" : "";
        svg.Append(CultureInfo.InvariantCulture, $"<rect{Names(fill, line, time)}{color} {place}/>\n");
        if (box.Shade > 0) svg.Append(
            CultureInfo.InvariantCulture,
            $"<rect{Names("c" + SvgStyle.Name(box.Line), time)} fill-opacity=\"{Number(box.Shade)}\" {place}/>\n");
        if (box.Fill is Token.Inserted or Token.Padding)
            svg.Append(CultureInfo.InvariantCulture, $"<rect{Names(time)} fill=\"url(#{prefix}h{SvgStyle.Name(box.Fill)})\" {place}/>\n");

        // From the seventeenth phase on the colours repeat, with a dot.
        if (box.Phase >= SvgStyle.Phases.Length)
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle{Names("q", time)} cx=\"{Number(box.X + box.Width - 6)}\" cy=\"{Number(box.Y + 6)}\" r=\"2\"/>\n");
        if (box.Notch)
            svg.Append(CultureInfo.InvariantCulture,
                $"<path{Names("cn", time)} d=\"M{Number(box.X)} {Number(box.Y)}h{Number(box.Width / 5)}l{Number(-box.Width / 5)} "
                    + $"{Number(box.Width / 5)}z\"/>\n");
    }

    private static void WriteHead(StringBuilder svg, Line line, string time)
    {
        double angle = Math.Atan2(line.Y2 - line.Y1, line.X2 - line.X1);
        (double X, double Y) Point(double turn) => (line.X2 + 8 * Math.Cos(angle + turn), line.Y2 + 8 * Math.Sin(angle + turn));
        (double ax, double ay) = Point(2.7);
        (double bx, double by) = Point(-2.7);
        svg.Append(CultureInfo.InvariantCulture,
            $"<path{Names("c" + SvgStyle.Name(line.Color), time)} d=\"M{Number(line.X2)} {Number(line.Y2)}L{Number(ax)} "
                + $"{Number(ay)}L{Number(bx)} {Number(by)}z\"/>\n");
    }

    private static void WriteGroup(StringBuilder svg, Group group, string time, Timing timing, string prefix)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<g{Names(time)}>");
        string move = timing.MoveOf(group, out string at);
        if (group.Moves.Length > 0) svg.Append(CultureInfo.InvariantCulture, $"<g{Names(move)}{at}>");
        svg.Append('\n');
        foreach (Shape part in group.Shapes) Write(svg, part, timing, prefix);
        svg.Append(group.Moves.Length > 0 ? "</g></g>\n" : "</g>\n");
    }

    private static string Names(params ReadOnlySpan<string> names)
    {
        string joined = string.Join(' ', names.ToArray().Where(static name => name.Length > 0));
        return joined.Length == 0 ? "" : $" class=\"{joined}\"";
    }

    /// <summary>The animations of a figure: one rule for each span of time and for each path of moves.</summary>
    private sealed class Timing(Figure figure, string prefix)
    {
        private readonly Dictionary<(int From, int To), string> _spans = [];
        private readonly Dictionary<string, string> _moves = new(StringComparer.Ordinal);
        private readonly bool _moving = figure.Frames.Length > 1;

        public string ClassOf(Shape shape)
        {
            if (!_moving || (shape.From == 0 && shape.To == int.MaxValue)) return "";
            if (_spans.TryGetValue((shape.From, shape.To), out string? name)) return name;
            return _spans[(shape.From, shape.To)] = $"{prefix}v{_spans.Count}";
        }

        public string MoveOf(Group group, out string at)
        {
            at = "";
            if (group.Moves.Length == 0) return "";
            Move last = group.Moves[^1];
            at = $" transform=\"translate({Number(last.X)} {Number(last.Y)})\"";
            if (!_moving || group.Moves.Length == 1) return "";
            string frames = Frames(group.Moves);
            if (_moves.TryGetValue(frames, out string? name)) return name;
            return _moves[frames] = $"{prefix}m{_moves.Count}";
        }

        public string Rules()
        {
            if (_spans.Count == 0 && _moves.Count == 0) return "";
            var css = new StringBuilder();
            string all = $"{Number(figure.Duration / 1000.0)}s";
            foreach (((int from, int to), string name) in _spans)
            {
                // At rest, and where motion is unwanted, the end is seen.
                if (to != int.MaxValue) css.Append(CultureInfo.InvariantCulture, $".{name}{{opacity:0}}");
                css.Append(CultureInfo.InvariantCulture,
                    $".{name}{{animation:{name} {all} step-end infinite}}@keyframes {name}{{0%{{opacity:{(from == 0 ? 1 : 0)}}}");
                if (from > 0) css.Append(CultureInfo.InvariantCulture, $"{Percent(from)}{{opacity:1}}");
                if (to != int.MaxValue) css.Append(CultureInfo.InvariantCulture, $"{Percent(to)}{{opacity:0}}");
                css.Append("}\n");
            }
            foreach ((string frames, string name) in _moves)
                css.Append(CultureInfo.InvariantCulture,
                    $".{name}{{animation:{name} {all} ease-in-out infinite}}@keyframes {name}{{{frames}}}\n");
            string[] names = [.. _spans.Values.Concat(_moves.Values).Select(static name => "." + name)];
            return css.Append(CultureInfo.InvariantCulture,
                $"@media(prefers-reduced-motion:reduce){{{string.Join(',', names)}{{animation:none}}}}\n").ToString();
        }

        // Each move slides for a moment from where the group lay, then holds.
        private string Frames(IReadOnlyList<Move> moves)
        {
            var css = new StringBuilder();
            css.Append(CultureInfo.InvariantCulture, $"0%{{transform:{Place(moves[0])}}}");
            for (int i = 1; i < moves.Count; i++)
            {
                css.Append(CultureInfo.InvariantCulture, $"{Percent(moves[i].At)}{{transform:{Place(moves[i - 1])}}}");
                css.Append(CultureInfo.InvariantCulture, $"{Percent(moves[i].At + Figure.Slide)}{{transform:{Place(moves[i])}}}");
            }
            return css.Append(CultureInfo.InvariantCulture, $"to{{transform:{Place(moves[^1])}}}").ToString();
        }

        private static string Place(Move move) => $"translate({Number(move.X)}px,{Number(move.Y)}px)";

        private string Percent(int time) => (100.0 * time / figure.Duration).ToString("0.####", CultureInfo.InvariantCulture) + "%";
    }
}
