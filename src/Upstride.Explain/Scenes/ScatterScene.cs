using System.Collections.Immutable;
using System.Globalization;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>Overlap-add: every input stamps the kernel, scaled by its value, onto the full output.</summary>
internal static class ScatterScene
{
    public static Scene Create(SceneSource source)
    {
        var canvas = new Canvas(source);
        canvas.Fill();
        int count = source.InputChannels.Count() * source.Geometry.InputPlane;
        string description = source.Texts["scatter.description", count, Sizes(source, static axis => axis.Full),
            Sizes(source, static axis => axis.Output)];
        Scene scene = new Scene(
            View.Scatter, source.Texts["scatter.title"], description,
            [.. source.InputPanels(), .. source.KernelPanels(), .. canvas.Panels()], [], canvas.Output())
            .WithSteps(count, () => Steps(source));
        if (source.PinnedSum is not { } sum) return scene;
        int[] pin = source.Pin!;
        var place = new CellId(Parts.Output, pin[0], pin[1], pin[2]);
        return scene with
        {
            Pinned = [place, .. source.PinnedFactors()],
            PinnedText = source.Texts["scatter.pinned", sum.Terms.Length,
                SumText.Line(sum, source.Geometry.InputChannels > 1, !source.Symbols)],
            PinnedStep = FindLastIndex(scene.Steps, step => step.Changes.Any(change => change.Cell == place)),
        };
    }

    private static ImmutableArray<SceneStep> Steps(SceneSource source)
    {
        var canvas = new Canvas(source);
        var steps = ImmutableArray.CreateBuilder<SceneStep>();
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        foreach (int channel in source.InputChannels)
        {
            ImmutableArray<string> factors = axes[0].Kernel > 1 ? []
                : [.. Range2(axes[1].Kernel, axes[2].Kernel).Select(tap => source.WeightText(channel, 0, tap.Row, tap.Column))];
            for (int z = 0; z < axes[0].Input; z++)
            for (int y = 0; y < axes[1].Input; y++)
            for (int x = 0; x < axes[2].Input; x++)
                steps.Add(Step(source, canvas, factors, channel, z, y, x));
        }
        return steps.ToImmutable();
    }

    internal static string Sizes(SceneSource source, Func<ConvTransposeAxis, int> size) =>
        string.Join('x', source.Geometry.Axes.Select(size));

    private static int FindLastIndex(ImmutableArray<SceneStep> steps, Func<SceneStep, bool> wanted)
    {
        for (int i = steps.Length - 1; i >= 0; i--) if (wanted(steps[i])) return i;
        return -1;
    }

    private static SceneStep Step(
        SceneSource source, Canvas canvas, ImmutableArray<string> factors, int channel, int z, int y, int x)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        double value = source.InputValue(channel, z, y, x);
        var changes = ImmutableArray.CreateBuilder<Change>();
        int fresh = 0, added = 0, cropped = 0;
        for (int t0 = 0; t0 < axes[0].Kernel; t0++)
        for (int t1 = 0; t1 < axes[1].Kernel; t1++)
        for (int t2 = 0; t2 < axes[2].Kernel; t2++)
        {
            var id = new CellId(Parts.Output, axes[0].OutputOf(z, t0), axes[1].OutputOf(y, t1), axes[2].OutputOf(x, t2));
            bool first = canvas.Add(id, value * source.WeightValue(channel, t0, t1, t2), out Change change);
            changes.Add(change);
            if (!canvas.IsKept(id)) cropped++;
            else if (first) fresh++;
            else added++;
        }

        int row = axes[1].OutputOf(y, 0), column = axes[2].OutputOf(x, 0);
        string name = $"x{(source.Geometry.InputChannels > 1 ? $"[{channel}:" : "[")}{string.Join(',', source.Back(z, y, x))}]";
        string rows = Range(row, axes[1]), columns = Range(column, axes[2]);
        string where = source.Rank == 1
            ? source.Texts["scatter.columns", columns]
            : source.Texts["scatter.rows", rows, columns];
        if (source.Rank == 3) where = source.Texts["scatter.slices", Range(axes[0].OutputOf(z, 0), axes[0])] + where;
        string shown = source.Symbols ? name : $"{name} = {Numeral.Of(value)}";
        return new(
            source.Texts["scatter.step", shown, where, fresh, added, cropped],
            [source.InputId(channel, z, y, x)], changes.ToImmutable(),
            new(Scene.Panel(new(Parts.Output, axes[0].OutputOf(z, 0), 0, 0)), row, column, axes[1].Kernel, axes[2].Kernel,
                axes[1].Dilation, axes[2].Dilation)
            {
                Factors = factors,
            });
    }

    private static IEnumerable<(int Row, int Column)> Range2(int rows, int columns) =>
        from row in Enumerable.Range(0, rows) from column in Enumerable.Range(0, columns) select (row, column);

    // In coordinates of the output: what lies before 0 is cropped.
    private static string Range(int first, ConvTransposeAxis axis) => axis.Extent == 1 ? $"{first}" : $"{first}..{first + axis.Extent - 1}";

    /// <summary>The full output while it fills, in coordinates of the output: what is cropped lies before 0 and after the end.</summary>
    private sealed class Canvas
    {
        private readonly SceneSource _source;
        private readonly ImmutableArray<ConvTransposeAxis> _axes;
        private readonly (int First, int Count)[] _spans;
        private readonly double[] _values;
        private readonly int[] _counts;

        public Canvas(SceneSource source)
        {
            _source = source;
            _axes = source.Axes;
            _spans = [.. _axes.Select(Span)];
            _values = new double[_spans[0].Count * _spans[1].Count * _spans[2].Count];
            _counts = new int[_values.Length];
            if (source.Bias == 0) return;
            for (int z = 0; z < _axes[0].Output; z++)
            for (int y = 0; y < _axes[1].Output; y++)
            for (int x = 0; x < _axes[2].Output; x++)
                _values[At(z, y, x)] = source.Bias;
        }

        /// <summary>All stamps at once.</summary>
        public void Fill()
        {
            foreach (int channel in _source.InputChannels)
            for (int z = 0; z < _axes[0].Input; z++)
            for (int y = 0; y < _axes[1].Input; y++)
            for (int x = 0; x < _axes[2].Input; x++)
            {
                double value = _source.InputValue(channel, z, y, x);
                for (int t0 = 0; t0 < _axes[0].Kernel; t0++)
                for (int t1 = 0; t1 < _axes[1].Kernel; t1++)
                {
                    int row = At(_axes[0].OutputOf(z, t0), _axes[1].OutputOf(y, t1), 0);
                    for (int t2 = 0; t2 < _axes[2].Kernel; t2++)
                    {
                        int at = row + _axes[2].OutputOf(x, t2);
                        _values[at] += value * _source.WeightValue(channel, t0, t1, t2);
                        _counts[at]++;
                    }
                }
            }
        }

        public bool IsKept(CellId id) =>
            Inside(id.Plane, _axes[0]) && Inside(id.Row, _axes[1]) && Inside(id.Column, _axes[2]);

        public bool Add(CellId id, double product, out Change change)
        {
            int at = At(id.Plane, id.Row, id.Column);
            bool first = _counts[at]++ == 0;
            double before = _values[at], after = _values[at] = before + product;
            change = new(id, first && before == 0 ? null : before, product, after);
            return first;
        }

        public ImmutableArray<double> Output() =>
        [
            .. from z in Enumerable.Range(0, _axes[0].Output)
               from y in Enumerable.Range(0, _axes[1].Output)
               from x in Enumerable.Range(0, _axes[2].Output)
               select _values[At(z, y, x)],
        ];

        public IEnumerable<Panel> Panels()
        {
            (int z0, int zs) = _spans[0];
            (int y0, int ys) = _spans[1];
            (int x0, int xs) = _spans[2];
            for (int z = z0; z < z0 + zs; z++)
            {
                string title = _source.Titled(_source.Texts["scatter.output"], _source.Channel, _source.Geometry.OutputChannels, z,
                    zs > 1 ? 2 : 1);
                int slice = z;
                yield return Panel.Of(Scene.Panel(new(Parts.Output, z, 0, 0)), title, y0, x0, ys, xs,
                    (row, column) => Cell(new(Parts.Output, slice, y0 + row, x0 + column)));
            }
        }

        private Cell Cell(CellId id)
        {
            bool kept = IsKept(id);
            int at = At(id.Plane, id.Row, id.Column);
            double value = _values[at];
            string text = !kept
                ? _counts[at] > 0 && !_source.Symbols ? Numeral.Of(value) : ""
                : _source.OutputText(id.Plane, id.Row, id.Column, value);
            return new(id, text, value, kept ? CellRole.Output : CellRole.Cropped)
            {
                Corner = kept ? _counts[at].ToString(CultureInfo.InvariantCulture) : "",
            };
        }

        private int At(int z, int y, int x) =>
            ((z - _spans[0].First) * _spans[1].Count + y - _spans[1].First) * _spans[2].Count + x - _spans[2].First;

        private static bool Inside(int at, ConvTransposeAxis axis) => at >= 0 && at < axis.Output;

        // From the first element of the full output or of the output to the last of either.
        private static (int First, int Count) Span(ConvTransposeAxis axis)
        {
            int first = Math.Min(0, axis.OutputOf(0, 0));
            int last = Math.Max(axis.Output - 1, axis.OutputOf(axis.Input - 1, axis.Kernel - 1));
            return (first, last - first + 1);
        }
    }
}
