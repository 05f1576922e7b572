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
        HyperParameters parameters, Framework framework, ImmutableArray<Framework> versus, ValueSource input, ValueSource weight,
            Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Texts texts = Texts.Of(language);
        Problem first = Problem.Create(parameters, framework, input, weight);
        var source = new SceneSource(Computation.Of(first), 0, null, language);
        double[] values = [.. source.Computation.Output];
        var panels = new List<Panel>();
        var lines = new List<string>();
        var pinned = new List<CellId>();
        panels.AddRange(Named(source, framework, values, Name(framework)));
        foreach (Framework other in versus.IsEmpty ? Enum.GetValues<Framework>() : [.. versus])
        {
            if (other == framework) continue;
            (Problem Problem, string Name) second;
            try
            {
                second = Read(parameters, first, other, input, weight);
            }
            catch (GeometryException refused)
            {
                lines.Add(texts["compare.refused", Name(other), refused.Error.Message]);
                continue;
            }
            if (!Sizes(second.Problem).SequenceEqual(Sizes(first)))
            {
                lines.Add(texts["compare.size", second.Name, string.Join('x', Sizes(second.Problem))]);
                continue;
            }
            double[] others = [.. Computation.Of(second.Problem).Output];
            int differing = Enumerable.Range(0, values.Length).Count(at => values[at] != others[at]);
            lines.Add(differing == 0 ? texts["compare.same", second.Name] : texts["compare.differ", second.Name, differing, values.Length]);
            Panel[] shown = [.. Named(source, other, others, second.Name)];
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

    // Where a framework has a name for the size, one writes the name there: SAME; and where it has none, the padding of the same size.
    private static (Problem Problem, string Name) Read(
        HyperParameters parameters, Problem first, Framework other, ValueSource input, ValueSource weight)
    {
        string name = Name(other);
        bool amounts = parameters.AutoPad == OnnxAutoPad.NotSet;
        if (amounts && other is (Framework.TensorFlow or Framework.Keras or Framework.Jax))
        {
            HyperParameters same = parameters with { Padding = default, PaddingAtEnd = default, OutputPadding = default, OutputShape =
                default, AutoPad = OnnxAutoPad.SameUpper };
            try
            {
                Problem problem = Problem.Create(same, other, input, weight);
                if (Sizes(problem).SequenceEqual(Sizes(first))) return (problem, $"{name} SAME");
            }
            catch (GeometryException)
            {
                // As it was given, then.
            }
        }
        if (!amounts && other == Framework.PyTorch)
        {
            ConvTransposeSettings?[] settings =
            [
                .. first.Geometry.Axes.Select(
                    static axis => InverseGeometry.Between(axis.Input, axis.Output, axis.Kernel, axis.Stride, axis.Dilation)
                    .Select(static found => (ConvTransposeSettings?)found).FirstOrDefault()),
            ];
            if (settings.All(static found => found is not null))
            {
                int[] padding = [.. settings.Select(static found => found!.Value.Padding)],
                    outputPadding = [.. settings.Select(static found => found!.Value.OutputPadding)];
                HyperParameters equal = parameters with { AutoPad = OnnxAutoPad.NotSet, Padding = padding, OutputPadding = outputPadding,
                    OutputShape = default };
                return (Problem.Create(equal, other, input, weight),
                    $"{name} p {string.Join('x', padding.Distinct())} op {string.Join('x', outputPadding.Distinct())}");
            }
        }
        return (Problem.Create(parameters, other, input, weight), name);
    }

    private static IEnumerable<int> Sizes(Problem problem) => problem.Geometry.Axes.Select(static axis => axis.Output);

    private static string Name(Framework framework) => framework.ToString().ToLowerInvariant();

    private static IEnumerable<Panel> Named(SceneSource source, Framework framework, double[] values, string title) =>
        source.OutputPanels(values).Select(panel =>
    {
        string part = $"{Parts.Output}.{Name(framework)}";
        return panel with
        {
            Key = Scene.Panel(new(part, panel.Cells[0].Id.Plane, 0, 0)),
            Title = title,
            Cells = [.. panel.Cells.Select(cell => cell with { Id = cell.Id with { Part = part } })],
        };
    });
}
