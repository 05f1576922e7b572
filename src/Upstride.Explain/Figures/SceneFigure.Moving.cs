using System.Collections.Immutable;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Figures;

// What lies over the panels: rings, edges, and the stamp that slides.
public static partial class SceneFigure
{
    private static Box? RingOf(CellId id, Panel[] panels, Dictionary<string, (double X, double Y)> places, double cell)
    {
        foreach (Panel panel in panels)
        {
            int at = panel.Cells.IndexOf(panel.Cells.FirstOrDefault(one => one.Id == id)!);
            if (at < 0) continue;
            (double x, double y) = places[panel.Key];
            return new(x + at % panel.Columns * cell, y + at / panel.Columns * cell, cell, cell, Token.None, Token.Highlight) { Cell = id };
        }
        return null;
    }

    private static IEnumerable<Shape> Edges(Scene scene, Dictionary<string, (double X, double Y)> places, double cell, Panel[] panels)
    {
        HashSet<CellId> pinned = [.. scene.Pinned];
        Dictionary<CellId, (double X, double Y)> cells = [];
        foreach (Panel panel in panels)
            for (int i = 0; i < panel.Cells.Length; i++)
                cells[panel.Cells[i].Id] = (places[panel.Key].X + (i % panel.Columns + 0.5) * cell, places[panel.Key]
                    .Y + i / panel.Columns * cell);
        foreach (Link link in scene.Links)
        {
            (double x1, double y1) = cells[link.From];
            (double x2, double y2) = cells[link.To];
            bool lit = pinned.Contains(link.To) && pinned.Contains(link.From);
            yield return new Line(x1, y1 + cell, x2, y2, lit ? Token.Highlight : Token.Inserted) { Width = lit ? 2 : 1 };
        }
    }

    private static IEnumerable<Shape> Moving(
        Scene scene, Panel[] panels, Dictionary<string, (double X, double Y)> places, double cell, int step)
    {
        for (int i = 0; i < scene.Steps.Length; i++)
        {
            SceneStep one = scene.Steps[i];
            Shape[] rings = [.. one.Lit.Select(id => RingOf(id, panels, places, cell)).OfType<Shape>()];
            if (rings.Length > 0) yield return new Group([.. rings], []) { From = i * step, To = (i + 1) * step };
        }
        foreach (IGrouping<string, (SceneStep Step, int Index)> over in scene.Steps.Select(static (one, i) => (Step: one, Index: i))
            .Where(static one => one.Step.Stamp is not null).GroupBy(static one => one.Step.Stamp!.Panel, StringComparer.Ordinal))
        {
            if (panels.FirstOrDefault(panel => string.Equals(panel.Key, over.Key, StringComparison.Ordinal)) is { } panel)
                foreach (Shape shape in StampShapes([.. over], panel, places[over.Key], cell, step)) yield return shape;
        }
    }

    // One group of rings that slides from step to step, over as many steps as it stays on its panel.
    private static IEnumerable<Shape> StampShapes(
        (SceneStep Step, int Index)[] steps, Panel panel, (double X, double Y) place, double cell, int step)
    {
        Stamp first = steps[0].Step.Stamp!;
        var parts = ImmutableArray.CreateBuilder<Shape>();
        for (int row = 0; row < first.Rows; row++)
        for (int column = 0; column < first.Columns; column++)
        {
            double x = place.X + column * first.ColumnStep * cell, y = place.Y + row * first.RowStep * cell;
            parts.Add(new Box(x + 1, y + 1, cell - 2, cell - 2, Token.None, Token.Weight));
            int at = row * first.Columns + column;
            if (at < first.Factors.Length && cell >= 32) parts.Add(
                new Label(x + cell * 0.2, y + 11, first.Factors[at], 9) { Color = Token.Weight });
        }
        int start = 0;
        for (int i = 1; i <= steps.Length; i++)
        {
            if (i < steps.Length && steps[i].Index == steps[i - 1].Index + 1) continue;
            yield return new Group(
                parts.ToImmutable(),
                [.. steps[start..i].Select(
                    one => new Move(one.Index * step, (one.Step.Stamp!.Column - panel.FirstColumn) * cell,
                        (one.Step.Stamp.Row - panel.FirstRow) * cell))])
            {
                From = steps[start].Index * step, To = (steps[i - 1].Index + 1) * step,
            };
            start = i;
        }
    }
}
