using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>The same numbers in another framework: where its values differ though its size agrees.</summary>
public static class ComparisonScene
{
    /// <summary>Every other framework of the same size, side by side; cells that differ are pinned.</summary>
    /// <param name="parameters">The hyper-parameters, read by each framework's rules.</param>
    /// <param name="framework">The first.</param>
    /// <param name="versus">The others; every one where empty.</param>
    /// <param name="input">Of the input.</param>
    /// <param name="weight">Of the weights, as each framework stores them.</param>
    /// <param name="language">Of the texts.</param>
    /// <exception cref="GeometryException">The first framework refuses the settings.</exception>
    public static Scene Create(
        HyperParameters parameters, Framework framework, ImmutableArray<Framework> versus, ValueSource input, ValueSource weight, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Texts texts = Texts.Of(language);
        Problem first = Problem.Create(parameters, framework, input, weight);
        var source = new SceneSource(Computation.Of(first), 0, null, language);
        double[] values = [.. source.Computation.Output];
        var panels = new List<Panel>();
        var lines = new List<string>();
        var pinned = new List<CellId>();
        panels.AddRange(Named(source, framework, values));
        foreach (Framework other in versus.IsEmpty ? Enum.GetValues<Framework>() : [.. versus])
        {
            if (other == framework) continue;
            Problem second;
            try
            {
                second = Problem.Create(parameters, other, input, weight);
            }
            catch (GeometryException refused)
            {
                lines.Add(texts["compare.refused", Name(other), refused.Error.Message]);
                continue;
            }
            if (!second.Geometry.Axes.Select(static axis => axis.Output).SequenceEqual(first.Geometry.Axes.Select(static axis => axis.Output)))
            {
                lines.Add(texts["compare.size", Name(other), string.Join('x', second.Geometry.Axes.Select(static axis => axis.Output))]);
                continue;
            }
            double[] others = [.. Computation.Of(second).Output];
            int differing = Enumerable.Range(0, values.Length).Count(at => values[at] != others[at]);
            lines.Add(differing == 0 ? texts["compare.same", Name(other)] : texts["compare.differ", Name(other), differing, values.Length]);
            Panel[] shown = [.. Named(source, other, others)];
            panels.AddRange(shown);
            int flat = 0;
            foreach (Panel panel in shown)
                foreach (Cell cell in panel.Cells)
                {
                    if (values[flat] != others[flat]) pinned.Add(cell.Id);
                    flat++;
                }
        }
        string title = texts["compare.title", Name(framework)];
        return new(null, title, string.Join(' ', lines), [.. panels], [], [.. values]) { Lines = [.. lines], Pinned = [.. pinned] };
    }

    private static string Name(Framework framework) => framework.ToString().ToLowerInvariant();

    private static IEnumerable<Panel> Named(SceneSource source, Framework framework, double[] values) => source.OutputPanels(values).Select(panel =>
    {
        string part = $"{Parts.Output}.{Name(framework)}";
        return panel with
        {
            Key = Scene.Panel(new(part, panel.Cells[0].Id.Plane, 0, 0)),
            Title = Name(framework),
            Cells = [.. panel.Cells.Select(cell => cell with { Id = cell.Id with { Part = part } })],
        };
    });
}
