using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explain.Tests;

public class TeachingTests
{
    [Fact]
    public void An_address_is_written_and_read_back()
    {
        ExplorerState worked = ExplorerState.Worked with { Pin = new(PinKind.Output, [2, 3]), View = View.Gather };
        Assert.Equal("#op/i3x3-k3-s2-p1-o1/at2,3/view=gather", Address.Write(worked));
        Assert.Equal(worked, Address.Read("#op/i3x3-k3-s2-p1-o1/at2,3/view=gather").State);
        Assert.Equal(ExplorerState.Worked, Address.Read("").State);
        Assert.Equal("#op", Address.Write(new ExplorerState()));

        var random = new Random(3);
        for (int trial = 0; trial < 500; trial++)
        {
            ExplorerState state = Random(random);
            ReadAddress read = Address.Read(Address.Write(state));
            Assert.Empty(read.Skipped);
            Assert.Equal(state, read.State);
        }
    }

    [Fact]
    public void What_is_not_understood_is_named_and_skipped()
    {
        ReadAddress read = Address.Read("#3/op/i3-k99-s2/colour=red/at1/f=caffe/x=1,2,3/zz");
        Assert.True(read.IsNewer);
        Assert.Equal(
            [
                "i3-k99-s2: 99 lies outside 1 .. 11",
                "colour=red: 'colour' is not known, or has no such value",
                "f=caffe: 'caffe' must be one of pytorch, tensorflow, keras, onnx, jax",
                "zz: 'zz' is not known",
            ],
            read.Skipped);
        Assert.Equal("1,2,3", read.State.X.Text);
        Assert.Equal(new Pin(PinKind.Output, [1]), read.State.Pin);
    }

    [Fact]
    public void The_nearest_legal_state_is_legal()
    {
        ExplorerState state = Address.Read("#op/i3x3-k3-s2-p3-o2").State;
        Assert.False(state.IsLegal);
        ExplorerState legal = state.NearestLegal()!;
        Assert.True(legal.IsLegal);
        Assert.Equal("#op/i3x3-k3-s2-p3-o1", Address.Write(legal));
    }

    [Fact]
    public void Every_preset_is_legal_and_its_point_has_its_numbers()
    {
        string Row(string address, int row)
        {
            ExplorerState state = Address.Read(address).State;
            Computation computation = Computation.Of(state.ToProblem());
            int columns = computation.Geometry.Axes[^1].Output;
            return string.Join(' ', computation.Output.Skip(row * columns).Take(columns).Select(Numeral.Of));
        }
        foreach (Preset preset in Preset.All)
        {
            Assert.Empty(Address.Read(preset.Address).Skipped);
            Assert.True(preset.State.IsLegal, preset.Key);
            Assert.Equal(preset.Address, Address.Write(preset.State));
            foreach (Language language in Enum.GetValues<Language>()) Assert.NotEmpty(preset.Name(language) + preset.Point(language));
        }
        string Point(string key) => Preset.All.First(preset => preset.Key == key).Point(Language.English);
        Assert.StartsWith($"{Row("#op/i2x2-k2", 0)} / {Row("#op/i2x2-k2", 1)} / {Row("#op/i2x2-k2", 2)}:", Point("stamps"),
            StringComparison.Ordinal);
        string ones = Preset.All.First(static preset => preset.Key == "ones").Address;
        Assert.StartsWith($"{Row(ones, 0)} / {Row(ones, 1)} / {Row(ones, 2)} / {Row(ones, 3)}:", Point("ones"), StringComparison.Ordinal);
        Assert.Equal("2 5 4 9 6 9", Row("#op/i3-k3-s2-p1-o1", 0));
        Assert.Equal("36", Row("#op/i2x2-k3-s2", 2).Split(' ')[2]);
        foreach ((string key, int size) in new[] { ("growth", 4), ("stride", 5), ("4n", 20), ("4n-again", 20), ("dcgan", 4),
            ("case-1", 5), ("case-2", 3), ("case-3", 5), ("toeplitz", 5), ("4x16", 4) })
            Assert.Equal(size, Preset.All.First(preset => preset.Key == key).State.ToProblem().Geometry.Axes[^1].Output);
        LayerDiagnosis Check(string address)
        {
            ExplorerState state = Address.Read(address).State;
            Problem problem = state.ToProblem();
            return LayerDiagnosis.Of(UpsamplingLayer.Create(
                "w", [.. problem.Geometry.WeightShape.Select(static size => (int)size)], problem.Weight.AsSpan(), state.Stride,
                state.Dilation));
        }
        Assert.Contains(Numeral.Decibels(Check("#check/i8x8-k3-s2-p1-o1/w=ones").PatternDb!.Value), Point("checkerboard"),
            StringComparison.Ordinal);
        Assert.Contains(Numeral.Decibels(Check("#check/i8x8-k4-s2-p1").PatternDb!.Value), Point("even-and-yet"), StringComparison.Ordinal);
        Assert.StartsWith(
            string.Join(' ', OverlapMap.Of(Address.Read("#check/i4-k3-s2-d2").State.ToProblem().Geometry).ToArray()), Point("gaps"),
                StringComparison.Ordinal);
        Assert.Equal(12, Answer.All.Length);
        Assert.All(Answer.All, static answer => Assert.NotEmpty(answer.Question(Language.Chinese) + answer.Text(Language.English)));
    }

    [Fact]
    public void The_frameworks_crop_differently_and_it_is_shown()
    {
        Scene scene = ComparisonScene.Create(
            new() { Input = new[] { 3, 3 }, Kernel = 3, Stride = 2, Padding = 1, OutputPadding = 1 }, Framework.PyTorch, [Framework.Onnx],
                ValueSource.Index, ValueSource.Index);
        Assert.Equal(["onnx: the same size and the same values"], scene.Lines);
        Scene flow = ComparisonScene.Create(Worked.Parameters, Framework.PyTorch, [Framework.TensorFlow], ValueSource.Index,
            ValueSource.Index);
        Assert.Equal(["tensorflow SAME: the same size, and 34 of 36 values differ [in brackets]"], flow.Lines);
        Assert.Equal([1.0, 2, 5, 4, 9, 6], flow.Panels[1].Cells.Take(6).Select(static cell => cell.Value));
        Scene back = ComparisonScene.Create(
            Worked.Parameters with { Padding = default, OutputPadding = default, AutoPad = OnnxAutoPad.SameUpper }, Framework.TensorFlow,
                [Framework.PyTorch], ValueSource.Index, ValueSource.Index);
        Assert.Equal(["pytorch p 1 op 1: the same size, and 34 of 36 values differ [in brackets]"], back.Lines);
        Scene same = ComparisonScene.Create(
            new() { Input = new[] { 3, 3 }, Kernel = 3, Stride = 2, AutoPad = OnnxAutoPad.SameUpper }, Framework.TensorFlow,
                [Framework.Onnx, Framework.Jax], ValueSource.Index, ValueSource.Index);
        Assert.Equal("onnx: the same size and the same values", same.Lines[0]);
        Assert.StartsWith("jax: the same size, and ", same.Lines[1], StringComparison.Ordinal);
        Assert.NotEmpty(same.Pinned);
    }

    [Fact]
    public void A_line_of_code_says_the_same_geometry()
    {
        ConvTransposeGeometry worked = Worked.Parameters.Lower(Framework.PyTorch);
        Assert.Equal("y = torch.nn.functional.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1)",
            CodeLine.Of("pytorch", worked));
        Assert.Equal("Tensor<float> y = ConvTranspose.Forward(x, w, stride: 2, padding: 1, outputPadding: 1);",
            CodeLine.Of("upstride", worked));
        Assert.Equal("onnx.helper.make_node(\"ConvTranspose\", [\"x\", \"w\"], [\"y\"], strides=[2, 2], pads=[1, 1, 0, 0])",
            CodeLine.Of("onnx", worked));
        Assert.Equal("y = tf.nn.conv2d_transpose(x, w, output_shape=[1, 6, 6, 1], strides=2, padding=[[0, 0], [1, 0], [1, 0], [0, 0]])",
            CodeLine.Of("tensorflow", worked));
        Assert.Equal(
            "y = jax.lax.conv_transpose(x, w, (2, 2), [(1, 2), (1, 2)], dimension_numbers=(\"NHWC\", \"HWIO\", \"NHWC\"), "
                + "transpose_kernel=True)", CodeLine.Of("jax", worked));
        Assert.Equal("y = keras.layers.Conv2DTranspose(1, 3, strides=2, padding=\"valid\", use_bias=False)(x)[:, 1:7, 1:7, :]",
            CodeLine.Of("keras", worked));
        ConvTransposeGeometry same = new HyperParameters { Input = 4, Kernel = 3, Stride = 2, AutoPad = OnnxAutoPad.SameUpper }.Lower(
            Framework.TensorFlow);
        Assert.Equal("y = tf.nn.conv1d_transpose(x, w, output_shape=[1, 8, 1], strides=2, padding=\"SAME\")",
            CodeLine.Of("tensorflow", same));
        Assert.Equal("y = torch.nn.functional.pad(torch.nn.functional.conv_transpose1d(x, w, stride=2), (0, -1))",
            CodeLine.Of("pytorch", same));
    }

    [Theory]
    [InlineData(Upsampling.Nearest, 0)]
    [InlineData(Upsampling.BedOfNails, 0)]
    [InlineData(Upsampling.ResizeConvolution, 0)]
    [InlineData(Upsampling.Bilinear, 1)]
    [InlineData(Upsampling.Bicubic, 2)]
    public void Another_upsampler_equals_a_transposed_convolution_away_from_the_border(Upsampling method, int border)
    {
        double[] input = [.. Enumerable.Range(1, 64).Select(static value => (double)(value * value % 17))];
        Scene scene = Upsampler.Show(method, input, [8, 8], 2, [1, 2, 1, 2, 4, 2, 1, 2, 1], [3, 4]);
        Panel twin = scene.Panels.First(static panel => panel.Key == "twin");
        for (int y = 2 * border; y < 16 - 2 * border; y++)
            for (int x = 2 * border; x < 16 - 2 * border; x++)
                Assert.Equal(scene.Output[y * 16 + x], twin.At(y, x).Value, 1e-9);
        Assert.Contains(Numeral.Of(scene.Output[3 * 16 + 4]), scene.PinnedText, StringComparison.Ordinal);
        Assert.Contains(border == 0 ? "All values agree." : "all at the border", scene.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Max_unpooling_puts_the_maxima_back()
    {
        Scene scene = Upsampler.Show(Upsampling.MaxUnpool, [1, 2, 3, 4, 8, 6, 7, 5, 9, 1, 2, 3, 4, 5, 6, 7], [4, 4], 2, default, [1, 0]);
        Assert.Equal([0.0, 0, 0, 0, 8, 0, 7, 0, 9, 0, 0, 0, 0, 0, 0, 7], scene.Output);
        Assert.Equal("y[1,0] = x[0,0] = 8", scene.PinnedText);
    }

    [Fact]
    public void A_run_of_learning_step_by_step_is_the_run_at_once()
    {
        var run = new LearningRun(steps: 3);
        Assert.Equal(0, run.Done);
        Assert.True(run.Step());
        Assert.Equal(1 / 3.0, run.Done);
        Assert.Equal("1 of 3 steps are done", Assert.Throws<InvalidOperationException>(run.Finish).Message);
        while (run.Step())
        {
        }
        Assert.Equal(1, run.Done);
        Assert.False(run.Step());
        LearningScene whole = LearningScene.Create(steps: 3), parts = run.Finish();
        Assert.Equal(whole.Errors.AsEnumerable(), parts.Errors);
        Assert.Equal(4, parts.Errors.Length);
        Assert.Equal(whole.Scene.Steps.SelectMany(static step => step.Changes), parts.Scene.Steps.SelectMany(static step => step.Changes));
    }

    [Fact]
    public void The_kernel_learns_bilinear_upsampling()
    {
        LearningScene learning = LearningScene.Create();
        Assert.True(learning.Errors[^1] < learning.Errors[0] / 1000);
        double[] tent = [.. learning.Scene.Panels[2].Cells.Select(static cell => cell.Value)];
        for (int tap = 0; tap < 16; tap++) Assert.Equal(tent[tap], learning.Scene.Output[tap], 0.03);
        string svg = SvgRenderer.Render(LearningFigure.Create(learning));
        if (Environment.GetEnvironmentVariable("UPSTRIDE_LOOK") is { } folder) File.WriteAllText(Path.Combine(folder, "Learning.svg"), svg);
        Assert.Contains("animation", svg, StringComparison.Ordinal);
    }

    private static ExplorerState Random(Random random)
    {
        PerAxis Axes(int low, int high) => random.Next(2) == 0 ? random.Next(low, high)
            : new[] { random.Next(low, high), random.Next(low, high) };
        return new()
        {
            Page = (Page)random.Next(4), Input = Axes(1, 33), Kernel = Axes(1, 12), Stride = Axes(1, 9), Dilation = Axes(1, 9),
            Padding = random.Next(4) switch { 0 => null, 1 => new(default, default, OnnxAutoPad.SameUpper), 2 => new(2), _ =>
                new(new[] { 1, 2 }, new[] { 2, 1 }) },
            OutputPadding = random.Next(2) == 0 ? default(PerAxis) : 1, OutputShape = random.Next(2) == 0 ? default(PerAxis)
                : new[] { 7, 8 },
            InputChannels = random.Next(1, 3), OutputChannels = random.Next(1, 9), Groups = random.Next(1, 3), ShownOutput = random.Next(2),
            Framework = (Framework)random.Next(5), Versus = random.Next(2) == 0 ? null : Framework.Onnx,
            X = ValueSource.Parse(random.Next(2) == 0 ? "random:7" : "1,-2,3"), W = ValueSource.Of([0.5, 1.25]),
                Bias = random.Next(2) == 0 ? null : ValueSource.Ones,
            View = (View)random.Next(5), Pin = random.Next(2) == 0 ? null : new((PinKind)random.Next(3), [1, 2]),
                Step = random.Next(2) == 0 ? null : 4,
            Cure = random.Next(2) == 0 ? null : "zoh", Method = "nails", Scale = 2,
        };
    }
}
