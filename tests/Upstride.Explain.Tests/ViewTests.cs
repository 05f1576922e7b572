using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Tests;

public class ViewTests
{
    [Fact]
    public void Every_views_numbers_are_the_operators_on_random_problems()
    {
        var met = new HashSet<(Framework, int)>();
        foreach (Problem problem in RandomProblems.All(400, seed: 1))
        {
            met.Add((problem.Framework, problem.Geometry.Axes.Length));
            double[] expected = Operator(problem);
            var computation = Computation.Of(problem);
            Assert.Equal(expected, computation.Output);
            Assert.Equal(expected, ConvolutionScene.Equivalent(computation));
            int plane = problem.Geometry.OutputPlane;
            for (int channel = 0; channel < problem.Geometry.OutputChannels; channel++)
            {
                foreach (View view in Enum.GetValues<View>())
                {
                    Scene scene = new SceneSource(computation, channel).Show(view);
                    Assert.Equal(expected.AsSpan(channel * plane, plane).ToArray(), scene.Output);
                    AssertStepsEndInTheCells(scene, $"{view} of {problem.Geometry}");
                }
            }
        }
        Assert.Equal(15, met.Count);
    }

    [Fact]
    public void The_sum_of_every_element_is_the_element()
    {
        foreach (Problem problem in RandomProblems.All(150, seed: 2))
        {
            var computation = Computation.Of(problem);
            for (int channel = 0; channel < problem.Geometry.OutputChannels; channel++)
            {
                int at = channel * problem.Geometry.OutputPlane;
                foreach (OutputSum sum in computation.SumsOf(channel)) Assert.Equal(computation.Output[at++], sum.Sum);
            }
        }
    }

    [Fact]
    public void The_kernel_that_jax_stores_is_used_as_jax_uses_it()
    {
        var parameters = new HyperParameters { Input = new[] { 3, 2 }, Kernel = new[] { 3, 2 }, Stride = 2 };
        Problem problem = Problem.Create(parameters, Framework.Jax, ValueSource.Index, ValueSource.Index);
        Tensor<double> expected = ConvTranspose.Jax<double>(
            Tensor.Create(problem.Input.ToArray(), [1, 3, 2, 1]),
            Tensor.Create(Enumerable.Range(1, 6).Select(static value => (double)value).ToArray(), [3, 2, 1, 1]), 2, Padding.Valid);
        var elements = new double[(int)expected.FlattenedLength];
        expected.FlattenTo(elements);
        Assert.Equal(elements, Computation.Of(problem).Output);
    }

    [Fact]
    public void The_worked_example_has_the_numbers_of_the_definition_in_every_view()
    {
        double[] expected =
        [
            5, 14, 10, 24, 15, 18,
            16, 40, 26, 60, 36, 45,
            20, 44, 25, 54, 30, 36,
            46, 100, 56, 120, 66, 81,
            35, 74, 40, 84, 45, 54,
            56, 119, 64, 135, 72, 81,
        ];
        SceneSource source = Worked.Source([2, 3]);
        foreach (View view in Enum.GetValues<View>())
        {
            Scene scene = source.Show(view);
            Assert.Equal(expected, scene.Output);
            Assert.Contains("54", scene.PinnedText, StringComparison.Ordinal);
            Assert.InRange(scene.PinnedStep, 0, scene.Steps.Length - 1);
        }
        Assert.Equal("y[2,3] = x[1,1]*w[1,2] + x[1,2]*w[1,0] = 5*6 + 6*4 = 54", SumText.Line(source.PinnedSum!));
    }

    [Fact]
    public void Scatter_counts_what_each_stamp_adds_and_what_is_cropped()
    {
        Scene scene = Worked.Source(null).Show(View.Scatter);
        int[] cropped = [5, 3, 3, 3, 0, 0, 3, 0, 0], added = [0, 2, 2, 2, 5, 5, 2, 5, 5];
        Assert.Equal(9, scene.Steps.Length);
        for (int step = 0; step < 9; step++)
            Assert.Contains($": 4 new, {added[step]} added, {cropped[step]} cropped.", scene.Steps[step].Caption, StringComparison.Ordinal);
        Assert.Equal("x[1,1] = 5 stamps rows 1..3, columns 1..3: 4 new, 5 added, 0 cropped.", scene.Steps[4].Caption);
    }

    [Fact]
    public void Gather_and_matrix_count_the_products_without_a_zero()
    {
        SceneSource source = Worked.Source([2, 3]);
        Scene gather = source.Show(View.Gather);
        Assert.Equal(["64 of 324 products are without a zero."], gather.Lines);
        Assert.Equal("[2,3]: rows 2..4, columns 3..5; 2 of 9 products are without a zero: 5*6 + 6*4 = 54", gather.PinnedText);
        Scene matrix = source.Show(View.Matrix);
        Assert.Equal(["64 of 324 entries are weights."], matrix.Lines);
        Assert.Equal("Row 15 = 2*6 + 3: 0 0 0 0 6 4 0 0 0 times x is 54", matrix.PinnedText);
    }

    [Fact]
    public void Phases_name_their_taps_and_their_outputs()
    {
        Scene phases = Worked.Source([2, 3]).Show(View.Phases);
        Assert.Equal(
            [
                "Phase 0 0: taps 1 3 7 9 make rows 1 3 5, columns 1 3 5.",
                "Phase 0 1: taps 2 8 make rows 1 3 5, columns 0 2 4.",
                "Phase 1 0: taps 4 6 make rows 0 2 4, columns 1 3 5.",
                "Phase 1 1: taps 5 make rows 0 2 4, columns 0 2 4.",
                "Interleave the phases: every output has come home.",
            ],
            phases.Steps.Select(static step => step.Caption));
        Panel first = phases.Panels.First(static panel => panel.Key == "phase0");
        Assert.Equal([40.0, 60, 45, 100, 120, 81, 119, 135, 81], first.Cells.Select(static cell => cell.Value));
    }

    [Fact]
    public void The_convolution_is_derived_line_by_line_and_brings_the_size_back()
    {
        Scene scene = Worked.Source(null).Show(View.Convolution);
        Assert.Equal(
            [
                "i' = i + (i - 1)*(s - 1) = 3 + 2*1 = 5: the input with zeros between",
                "k' = k = 3, turned by half a turn",
                "s' = 1",
                "p' = (k - 1)*d - head = 3 - 1 - 1 = 1 in front",
                "p' = (k - 1)*d - tail = 3 - 1 - 0 = 2 behind",
                "out = i' + p' + p' - ((k - 1)*d + 1) + 1 = 5 + 1 + 2 - 3 + 1 = 6",
                "The graph: 9 inputs, 36 outputs, 64 edges, each a product; read backwards it is the convolution.",
                "Back by that convolution: floor((6 + 1 + 0 - 3)/2) + 1 = 3. The size returns, the values do not: 597 1278 1392 1784 3125 "
                    + "2946 2530 4132 3630",
            ],
            scene.Lines);
        Assert.Equal(64, scene.Links.Length);
    }

    [Fact]
    public void Symbols_name_the_elements()
    {
        SceneSource source = Worked.Source([2, 3], ValueSource.Symbols);
        Assert.Equal("x11", source.Show(View.Scatter).Panels[0].At(1, 1).Text);
        Assert.Equal("[2,3]: rows 2..4, columns 3..5; 2 of 9 products are without a zero: x11*w12 + x12*w10 = y23",
            source.Show(View.Gather).PinnedText);
        Assert.Equal("Row 15 = 2*6 + 3: 0 0 0 0 w12 w10 0 0 0 times x is y23", source.Show(View.Matrix).PinnedText);
    }

    [Fact]
    public void Every_text_is_in_both_languages_with_the_same_values()
    {
        Texts english = Texts.Of(Language.English), chinese = Texts.Of(Language.Chinese);
        Assert.Equal(english.Keys.Order(StringComparer.Ordinal), chinese.Keys.Order(StringComparer.Ordinal));
        foreach (string key in english.Keys)
            for (int value = 0; value < 9; value++)
                Assert.True(english[key].Contains($"{{{value}}}", StringComparison.Ordinal) == chinese[key]
                    .Contains($"{{{value}}}", StringComparison.Ordinal), $"{key}: {{{value}}}");
    }

    [Theory]
    [InlineData("#op/i32x32-k4-s2-p1-c2x2/ch=1,1")]
    [InlineData("#op/i32x32-k3-s3-d2-p2")]
    [InlineData("#op/i9x9-k4-s2-p1")]
    public void A_view_of_many_makes_each_cell_as_it_makes_all(string address)
    {
        SceneSource source = Source(address);
        foreach (View view in Enum.GetValues<View>())
        {
            if (view == View.Matrix != address.Contains("i9x9", StringComparison.Ordinal)) continue;
            Scene one = source.Show(view), all = source.Show(view);
            Assert.Contains(one.Panels, static panel => panel.Count > 1000);
            for (int p = 0; p < one.Panels.Length; p++)
            {
                Panel panel = one.Panels[p];
                ImmutableArray<Cell> cells = all.Panels[p].Cells;
                Assert.Equal(cells.Length, panel.Count);
                for (int i = 0; i < cells.Length; i += 7)
                {
                    Cell cell = panel.At(i / panel.Columns, i % panel.Columns);
                    Assert.Equal(cells[i], cell);
                    Assert.Equal(i, panel.IndexOf(cell.Id));
                    // A panel shows an element once; small ones are looked through.
                    if (panel.Count > 1000) Assert.True(panel.PlaceOf(cell.Element) == i, $"{view} {panel.Key}: {cell.Element}");
                }
                Assert.Equal(-1, panel.PlaceOf(new("elsewhere", 0, 0, 0)));
            }
            for (int step = 0; step < one.StepCount; step += Math.Max(1, one.StepCount / 5))
            {
                SceneStep shown = one.StepAt(step);
                Assert.Equal(all.Steps[step].Caption, shown.Caption);
                Assert.Equal(all.Steps[step].Changes, shown.Changes);
                Assert.Equal(all.Steps[step].Lit, shown.Lit);
            }
        }
    }

    [Fact]
    public void A_matrix_of_half_a_million_entries_is_shown_and_steps_change_its_output_alone()
    {
        SceneSource source = Source("#op/i16x16-k3-s2-p1-o1");
        Scene scene = source.Show(View.Matrix);
        Assert.Equal(2 * 256 * 1024 + 256 + 1024, scene.CellCount);
        Assert.Equal(source.Computation.Output, scene.Output);
        Assert.Contains("2209 of 262144 entries", scene.Description, StringComparison.Ordinal);
        Assert.Equal("Row 100 = 3*32 + 4: [18] 8 [34] 2 times x is " + Numeral.Of(scene.Output[100]), scene.StepAt(100).Caption);
        Scene at = scene.At(100);
        Assert.Same(scene.Panels[0], at.Panels[0]);
        Assert.Same(scene.Panels[1], at.Panels[1]);
        Assert.Equal(scene.Output[100], at.Panels[3].At(100, 0).Value);
        Assert.Equal("", at.Panels[3].At(101, 0).Text);
    }

    [Theory]
    [InlineData(View.Scatter, "out", 2, 3, "row 2, column 3: 54, products: 2")]
    [InlineData(View.Gather, "out", 2, 3, "row 2, column 3: 54; window rows 2..4, columns 3..5, 2 of 9 not zero")]
    [InlineData(View.Matrix, "transposed", 15, 4, "row 15, column 4: 6; row 15, 6 in column 4, 4 in column 5")]
    [InlineData(View.Matrix, "y", 15, 0, "row 15, column 0: 54; row 15, 6 in column 4, 4 in column 5")]
    [InlineData(View.Phases, "out", 2, 3, "row 2, column 3: 54; phase 1 0, taps 4 6")]
    [InlineData(View.Convolution, "out", 2, 3, "row 2, column 3: 54")]
    public void A_screen_reader_hears_what_a_cell_is_in_its_view(View view, string key, int row, int column, string heard)
    {
        SceneSource source = Source("#op/i3x3-k3-s2-p1-o1");
        Scene scene = source.Show(view);
        Panel panel = scene.Panels.First(one => one.Key == key);
        Cell cell = panel.Cells.First(one => one.Id.Row == row && one.Id.Column == column);
        Assert.Equal($"{panel.Title}, {heard}", Lighting.Label(source, scene, panel, cell));
        string chinese = Lighting.Label(source with { Language = Language.Chinese }, scene, panel, cell);
        Assert.DoesNotMatch("[a-z]{3,} [a-z]{3,}", chinese[panel.Title.Length..]);
    }

    [Fact]
    public void More_cells_than_a_file_holds_are_not_drawn_in_one()
    {
        Scene scene = Source("#op/i16x16-k3-s2-p1-o1").Show(View.Matrix);
        Assert.Equal($"the figure has {scene.CellCount} cells, more than the 20000 that are drawn in a file: use a smaller input",
            Assert.Throws<GeometryException>(() => Figures.SceneFigure.Create(scene)).Error.Message);
    }

    private static SceneSource Source(string address)
    {
        ExplorerState state = Address.Read(address).State;
        return new(Computation.Of(state.ToProblem()), state.ShownOutput);
    }

    [Fact]
    public void What_is_too_large_is_refused_with_the_limit()
    {
        Problem wide = Problem.Create(new() { Input = new[] { 32, 32 }, Kernel = 3, Stride = 2 }, Framework.PyTorch, ValueSource.Ones,
            ValueSource.Ones);
        var source = new SceneSource(Computation.Of(wide));
        Assert.Equal(
            "the matrix view has 8652800 cells, more than the 1000000 that are shown: use a smaller input, or another view",
            Assert.Throws<GeometryException>(() => source.Show(View.Matrix)).Error.Message);
        Assert.Equal(4225, source.Show(View.Scatter).Output.Length);
        Assert.Equal(
            "at = 65 on axis 1, and there are 0 .. 64",
            Assert.Throws<GeometryException>(() => (source with { At = [0, 65] }).Show(View.Scatter)).Error.Message);
        Assert.Equal(
            "the sums may reach 1E+18, beyond 2^53, up to which integers are exact: use smaller numbers",
            Assert.Throws<GeometryException>(() => Problem.Create(
                new() { Input = 1, Kernel = 1 }, Framework.PyTorch, ValueSource.Parse("1e9"), ValueSource.Parse("1e9"))).Error.Message);
    }

    // What is left in the cells after the last step is the final text's number.
    private static void AssertStepsEndInTheCells(Scene scene, string what)
    {
        var now = new Dictionary<CellId, double>();
        foreach (Change change in scene.Steps.SelectMany(static step => step.Changes))
        {
            if (now.TryGetValue(change.Cell, out double before) && change.Before is { } said) Assert.True(before == said, what);
            now[change.Cell] = change.After;
        }
        var cells = scene.Panels.SelectMany(static panel => panel.Cells).ToDictionary(static cell => cell.Id);
        foreach ((CellId id, double value) in now) Assert.True(
            cells[id].Value == value, $"{what}: {id} is {value}, and its cell {cells[id].Value}");
    }

    private static double[] Operator(Problem problem)
    {
        var output = new double[problem.Geometry.OutputLength];
        ConvTranspose.Forward(problem.Geometry, problem.Input.AsSpan(), problem.Weight.AsSpan(), problem.Bias.AsSpan(), output.AsSpan());
        return output;
    }
}
