using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Figures;

/// <summary>Lays a view out as a figure: panels in lines, texts that change with the steps, rings, and the stamp that slides.</summary>
public static partial class SceneFigure
{
    private const double Margin = 16;
    private const double TitleLine = 28;
    private const double PanelTitle = 20;
    private const double Between = 28;
    private const double GraphHeight = 110;
    private const double WidestLine = 920;
    private const double TextLine = 20;
    private const double CharacterWidth = 7.6;

    // A step may flash at most three times a second: long views are quicker, and still below that.
    private const int StepTime = 700;
    private const int QuickStepTime = 400;
    private const int ManySteps = 16;
    private const int Added = 500;
    private const int Rest = 2000;

    /// <summary>The most cells that are drawn.</summary>
    public const int MaximalCells = 20_000;

    private static readonly double[] CellSizes = [40, 32, 24, 16];

    /// <summary>The figure of a view.</summary>
    /// <param name="scene">The view.</param>
    /// <param name="moving">Whether the steps are shown one after the other; else their end alone.</param>
    /// <exception cref="Geometry.GeometryException">More than <see cref="MaximalCells"/> cells.</exception>
    public static Figure Create(Scene scene, bool moving = false)
    {
        ArgumentNullException.ThrowIfNull(scene);
        if (scene.CellCount > MaximalCells)
            throw Computing.ValueSource.Fault("input",
                $"the figure has {scene.CellCount} cells, more than the {MaximalCells} that are drawn in a file: use a smaller input");
        Panel[] panels = [.. scene.Panels.Where(static panel => panel.Count > 0)];
        bool graph = scene.View == View.Convolution && !scene.Links.IsEmpty;
        if (graph) panels = [.. Flattened(panels)];
        double cell = CellSizes.FirstOrDefault(size => panels.All(panel => panel.Columns * size <= WidestLine), CellSizes[^1]);
        Dictionary<string, (double X, double Y)> places = Place(panels, cell, graph, out double width, out double height);
        string[] lines = [.. scene.View is View.Convolution ? [] : scene.Lines, .. scene.PinnedText.Length > 0 ? [scene.PinnedText]
            : Array.Empty<string>()];
        string[] captions = moving ? [.. scene.Steps.Select(static step => step.Caption)]
            : scene.View is View.Scatter or View.Gather or View.Matrix ? [] : [.. scene.Steps.Select(static step => step.Caption)];
        width = Math.Max(width, Math.Max(560, Rendering.TextRenderer.Columns(scene.Title) * 8.6 + 2 * Margin));
        int perLine = (int)((width - 2 * Margin) / CharacterWidth);
        var shapes = ImmutableArray.CreateBuilder<Shape>();
        shapes.Add(new Label(Margin, Margin + 10, scene.Title, 16) { Centered = false });

        int step = scene.Steps.Length > ManySteps ? QuickStepTime : StepTime;
        int end = moving ? scene.Steps.Length * step : 0;
        if (graph) shapes.AddRange(Edges(scene, places, cell, panels));
        foreach (Panel panel in panels) shapes.AddRange(PanelShapes(panel, places[panel.Key], cell, end));
        shapes.AddRange(Texts(scene, panels, places, cell, moving ? step : 0, end));
        foreach (CellId id in scene.Pinned) if (RingOf(id, panels, places, cell) is { } ring) shapes.Add(ring);
        if (moving) shapes.AddRange(Moving(scene, panels, places, cell, step));

        double y = height + 6;
        if (moving)
        {
            int most = captions.Append("").Max(caption => Wrap(caption, perLine).Length);
            for (int i = 0; i < captions.Length; i++)
                shapes.AddRange(
                    TextLines(Wrap(captions[i], perLine), y, i * step, i == captions.Length - 1 ? int.MaxValue : (i + 1) * step));
            y += most * TextLine;
        }
        else
        {
            foreach (string caption in captions)
            {
                string[] wrapped = Wrap(caption, perLine);
                shapes.AddRange(TextLines(wrapped, y, 0, int.MaxValue));
                y += wrapped.Length * TextLine;
            }
        }
        foreach (string line in lines)
        {
            string[] wrapped = Wrap(line, perLine);
            shapes.AddRange(TextLines(wrapped, y, 0, int.MaxValue));
            y += wrapped.Length * TextLine;
        }
        ImmutableArray<Frame> frames = moving
            ? [.. captions.Select((caption, i) => new Frame(i * step, step, caption)), new(end, Rest, scene.Description)]
            : [new(0, 1, scene.Description)];
        return new(width, y + Margin, scene.Title, scene.Description, shapes.ToImmutable(), frames);
    }

    internal static string[] Wrap(string text, int perLine)
    {
        var lines = new List<string>();
        while (Rendering.TextRenderer.Columns(text) > perLine)
        {
            int cut = text.Length - 1, columns = 0;
            for (int i = 0, space = -1; i < text.Length; i++)
            {
                columns += text[i] >= 0x1100 ? 2 : 1;
                if (columns > perLine)
                {
                    cut = space > 0 ? space : Math.Max(1, i);
                    break;
                }
                if (text[i] == ' ') space = i;
            }
            lines.Add(text[..cut].TrimEnd());
            text = text[cut..].TrimStart();
        }
        lines.Add(text);
        return [.. lines];
    }

    private static IEnumerable<Shape> TextLines(string[] lines, double y, int from, int to) =>
        lines.Select((line, i) => new Label(Margin, y + 14 + i * TextLine, line, 14) { Centered = false, From = from, To = to });

    // The graph needs inputs and outputs as rows, one above the other.
    private static IEnumerable<Panel> Flattened(Panel[] panels)
    {
        foreach (IGrouping<string, Panel> part in panels.GroupBy(static panel => panel.Cells[0].Id.Part, StringComparer.Ordinal))
        {
            Panel first = part.First();
            if (part.Key is Parts.Input or Parts.Output)
            {
                ImmutableArray<Cell> cells = [.. part.SelectMany(static panel => panel.Cells)];
                yield return first with { Key = part.Key, FirstRow = 0, FirstColumn = 0, Rows = 1, Columns = cells.Length, Cells = cells,
                    StartsLine = true };
                continue;
            }
            foreach (Panel panel in part) yield return panel with { StartsLine = panel == first && part.Key is Parts.Back };
        }
    }

    private static Dictionary<string,
        (double X, double Y)> Place(Panel[] panels, double cell, bool graph, out double width, out double height)
    {
        var places = new Dictionary<string, (double X, double Y)>(StringComparer.Ordinal);
        if (graph) panels =
            [.. panels.OrderBy(static panel =>
                panel.Cells[0].Id.Part switch { Parts.Input => 0, Parts.Output => 1, Parts.Kernel => 3, _ => 2 })];
        double x = Margin, y = Margin + TitleLine, line = 0;
        width = 0;
        foreach (Panel panel in panels)
        {
            double wide = Math.Max(panel.Columns * cell, Rendering.TextRenderer.Columns(panel.Title) * 6.2);
            if (x > Margin && (panel.StartsLine || x + wide > WidestLine + Margin))
            {
                x = Margin;
                y += line + Between;
                line = 0;
            }
            if (graph && panel.Key is Parts.Output) y += GraphHeight - Between - PanelTitle;
            places[panel.Key] = (x, y + PanelTitle);
            width = Math.Max(width, x + wide + Margin);
            line = Math.Max(line, PanelTitle + panel.Rows * cell);
            x += wide + Between;
        }
        height = y + line + 10;
        if (graph)
        {
            double widest = panels.Where(static panel => panel.Key is Parts.Input or Parts.Output)
                .Max(static panel => panel.Columns) * cell;
            foreach (Panel panel in panels.Where(static panel => panel.Key is Parts.Input or Parts.Output))
                places[panel.Key] = (Margin + (widest - panel.Columns * cell) / 2, places[panel.Key].Y);
        }
        return places;
    }

    private static IEnumerable<Shape> PanelShapes(Panel panel, (double X, double Y) place, double cell, int end)
    {
        yield return new Label(place.X, place.Y - 6, panel.Title, 12) { Centered = false, Color = Token.Muted };
        if (panel.Sign.Length > 0) yield return new Label(
            place.X - Between / 2, place.Y + Math.Min(panel.Rows, 9) * cell / 2 + 5, panel.Sign, 16);
        int most = panel.Cells.Max(static one => int.TryParse(one.Corner, out int count) ? count : 0);
        for (int i = 0; i < panel.Cells.Length; i++)
        {
            Cell one = panel.Cells[i];
            if (one.Role == CellRole.Empty && cell < 24) continue;
            bool negative = one.Value < 0 && one.Role is (CellRole.Input or CellRole.Output or CellRole.Weight);
            var box = new Box(
                place.X + i % panel.Columns * cell, place.Y + i / panel.Columns * cell, cell, cell,
                negative && one.Phase < 0 ? Token.Negative : Fill(one.Role), LineOf(one.Role)) { Phase = one.Phase, Notch = negative,
                    Cell = one.Id };
            yield return box;
            if (most > 0 && int.TryParse(one.Corner, out int count) && count > 0) yield return box with { Shade = 0.4 * count / most,
                From = end };
        }
    }

    private static Token Fill(CellRole role) => role switch
    {
        CellRole.Input => Token.Input,
        CellRole.Output => Token.Output,
        CellRole.Weight => Token.Weight,
        CellRole.Inserted => Token.Inserted,
        CellRole.Padding => Token.Padding,
        _ => Token.None,
    };

    private static Token LineOf(CellRole role) => role switch
    {
        CellRole.Input => Token.Input,
        CellRole.Output => Token.Output,
        CellRole.Weight => Token.Weight,
        CellRole.Cropped => Token.Cropped,
        CellRole.Empty => Token.None,
        _ => Token.Inserted,
    };

    private static IEnumerable<Shape> Texts(
        Scene scene, Panel[] panels, Dictionary<string, (double X, double Y)> places, double cell, int step, int end)
    {
        ILookup<CellId, (int Step, Change Change)> changes = scene.Steps.Take(step == 0 ? 0 : int.MaxValue)
            .SelectMany(static (one, i) => one.Changes.Select(change => (Step: i, Change: change))).ToLookup(static one => one.Change.Cell);
        double size = cell switch { >= 40 => 14, >= 32 => 12, >= 24 => 10, _ => 8 };
        foreach (Panel panel in panels)
        {
            (double x0, double y0) = places[panel.Key];
            for (int i = 0; i < panel.Cells.Length; i++)
            {
                Cell one = panel.Cells[i];
                double x = x0 + (i % panel.Columns + 0.5) * cell, y = y0 + (i / panel.Columns + 0.5) * cell + size * 0.36;
                foreach ((string text, int from, int to) in Timed(scene, one, [.. changes[one.Id]], step))
                {
                    if (text.Length == 0 || (one.Role == CellRole.Empty && text is "0" && cell < 24)) continue;
                    yield return new Label(x, y, text, Fit(text, size, cell))
                    {
                        Cell = one.Id, From = from, To = to, OnPhase = one.Phase >= 0,
                        Color = one.Role is CellRole.Cropped or CellRole.Empty or CellRole.Inserted or CellRole.Padding ? Token.Muted
                            : Token.Page,
                    };
                }
                if (one.Corner.Length > 0 && cell >= 32)
                    yield return new Label(x + cell * 0.34, y0 + (i / panel.Columns + 1) * cell - 4, one.Corner, 10) { From = end, Color =
                        Token.Page };
            }
        }
    }

    private static double Fit(string text, double size, double cell) =>
        Math.Min(size, Math.Max(7, (cell - 4) / (0.58 * Math.Max(1, text.Length))));

    private static IEnumerable<(string Text, int From, int To)> Timed(Scene scene, Cell cell, (int Step, Change Change)[] changes, int step)
    {
        if (changes.Length == 0)
        {
            yield return (cell.Text, 0, int.MaxValue);
            yield break;
        }
        int settle = scene.View == View.Scatter ? Math.Min(Added, step * 5 / 7) : Figure.Slide;
        string now = changes[0].Change.Before is { } start ? Numeral.Of(start) : "";
        int since = 0;
        for (int i = 0; i < changes.Length; i++)
        {
            (int at, Change change) = changes[i];
            int begin = at * step + Figure.Slide, settled = at * step + settle;
            yield return (now, since, begin);
            bool symbolic = cell.Text.Length > 0 && char.IsAsciiLetter(cell.Text[0]);
            if (scene.View == View.Scatter && change.Before is { } before && !symbolic)
                yield return ($"{Numeral.Of(before)} + {Numeral.Factor(change.Added)}", begin, settled);
            else settled = begin;
            now = i == changes.Length - 1 || symbolic ? cell.Text : Numeral.Of(change.After);
            since = settled;
        }
        yield return (now, since, int.MaxValue);
    }
}
