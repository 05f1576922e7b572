using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Tests;

public partial class FigureTests
{
    public static TheoryData<View> Views => [.. Enum.GetValues<View>()];

    [Theory]
    [MemberData(nameof(Views))]
    public void A_moving_svg_is_well_formed_and_its_numbers_at_every_step_are_the_views(View view)
    {
        Scene scene = Worked.Source(null).Show(view);
        Figure figure = SceneFigure.Create(scene, moving: true);
        string text = SvgRenderer.Render(figure);
        if (Environment.GetEnvironmentVariable("UPSTRIDE_LOOK") is { } folder) File.WriteAllText(Path.Combine(folder, $"{view}.svg"), text);
        var svg = XDocument.Parse(text);
        Assert.Equal(scene.Title, svg.Root!.Elements().First(static one => one.Name.LocalName == "title").Value);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.DoesNotContain("style=\"", text, StringComparison.Ordinal);
        var spans = Spans(text, figure);
        var now = new Dictionary<CellId, double>();
        for (int step = 0; step < scene.Steps.Length; step++)
        {
            foreach (Change change in scene.Steps[step].Changes) now[change.Cell] = change.After;
            string[] expected = [.. figure.Shapes.OfType<Label>()
                .Where(label => label.Cell is not null && label.IsSeenAt(figure.EndOf(step))).Select(static label => label.Text)
                .Order(StringComparer.Ordinal)];
            string[] seen = [.. Seen(svg, spans, figure.EndOf(step)).Order(StringComparer.Ordinal)];
            Assert.All(expected, label => Assert.Contains(label, seen));
            foreach ((CellId id, double value) in now)
                Assert.Contains(figure.Shapes.OfType<Label>(), label => label.Cell == id && label.IsSeenAt(figure.EndOf(step))
                    && double.Parse(label.Text, CultureInfo.InvariantCulture) == value);
        }
    }

    [Fact]
    public void All_animations_last_equally_long_and_end_at_rest()
    {
        Figure figure = SceneFigure.Create(Worked.Source(null).Show(View.Scatter), moving: true);
        string svg = SvgRenderer.Render(figure);
        Assert.Equal(9 * 700 + 2000, figure.Duration);
        Assert.Equal(["8.3s"], Durations().Matches(svg).Select(static match => match.Groups[1].Value).Distinct());
        Assert.Contains("@media(prefers-reduced-motion:reduce)", svg, StringComparison.Ordinal);
        Assert.Contains("@media(prefers-color-scheme:dark)", svg, StringComparison.Ordinal);
        Assert.Contains(figure.Shapes.OfType<Label>(), static label => label.Text == "35 + 5" && label.To - label.From == 300);
        for (int step = 1; step < figure.Frames.Length; step++) Assert.True(figure.Frames[step].At - figure.Frames[step - 1].At >= 350);
    }

    [Fact]
    public void A_still_figure_has_no_animation_and_rings_what_is_pinned()
    {
        string svg = SvgRenderer.Render(SceneFigure.Create(Worked.Source([2, 3]).Show(View.Scatter)));
        Assert.DoesNotContain("animation", svg, StringComparison.Ordinal);
        Assert.Equal(5, Regex.Count(svg, "<rect class=\"x lh\"", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Contains("products land here", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_show_the_cells_in_their_colours()
    {
        Figure figure = SceneFigure.Create(Worked.Source([2, 3]).Show(View.Scatter));
        Raster raster = Raster.Draw(figure, 0);
        Box input = figure.Shapes.OfType<Box>().First(static box => box.Cell == new CellId("in", 0, 0, 0));
        int at = (((int)input.Y + 3) * raster.Width + (int)input.X + 3) * 3;
        Assert.Equal([0xd3, 0xe6, 0xfa], raster.Pixels.Slice(at, 3).ToArray());
        Assert.Equal(raster.Width * raster.Height * 3, raster.Pixels.Length);
    }

    [Fact]
    public void The_text_marks_zeros_padding_crops_and_the_pinned()
    {
        string gather = TextRenderer.Render(Worked.Source([2, 3]).Show(View.Gather));
        Assert.Contains(": 1 . 2 . 3 : :", Regex.Replace(gather, " +", " ", RegexOptions.None, TimeSpan.FromSeconds(5)),
            StringComparison.Ordinal);
        string scatter = TextRenderer.Render(Worked.Source([2, 3]).Show(View.Scatter));
        Assert.Contains("[54]", scatter, StringComparison.Ordinal);
        Assert.Contains("(1)", scatter, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", scatter, StringComparison.Ordinal);
        Assert.Contains("\e[38;5;163m", TextRenderer.Render(Worked.Source([2, 3]).Show(View.Scatter), color: true),
            StringComparison.Ordinal);
    }

    [GeneratedRegex(@"animation:\S+ (\S+) ", RegexOptions.None, 5000)]
    private static partial Regex Durations();

    [GeneratedRegex(@"@keyframes (v\d+)\{0%\{opacity:([01])\}(?:([\d.]+)%\{opacity:([01])\})?(?:([\d.]+)%\{opacity:0\})?\}",
        RegexOptions.None, 5000)]
    private static partial Regex Spanning();

    private static Dictionary<string, (double From, double To)> Spans(string svg, Figure figure) => Spanning().Matches(svg).ToDictionary(
        static match => match.Groups[1].Value,
        match =>
        {
            double At(int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) * figure.Duration / 100;
            double from = match.Groups[2].Value == "1" ? 0 : At(3);
            double to = match.Groups[2].Value == "1" ? (match.Groups[3].Success ? At(3) : double.MaxValue) : match.Groups[5].Success
                ? At(5) : double.MaxValue;
            return (from, to);
        });

    private static IEnumerable<string> Seen(XDocument svg, Dictionary<string, (double From, double To)> spans, int time) =>
        svg.Descendants().Where(static one => one.Name.LocalName == "text").Where(one => one.AncestorsAndSelf().All(part =>
            ((string?)part.Attribute("class") ?? "").Split(' ')
                .All(name => !spans.TryGetValue(name, out (double From, double To) span) || (span.From <= time + 0.5 && time < span.To))))
                .Select(static one => one.Value);
}
