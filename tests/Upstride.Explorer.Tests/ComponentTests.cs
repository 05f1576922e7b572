using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Components;
using Upstride.Explorer.Pages;
using Upstride.Explorer.Services;
using Upstride.Geometry;

namespace Upstride.Explorer.Tests;

public sealed class ComponentTests : BunitContext
{
    private readonly Store _store;

    public ComponentTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddScoped<Host>();
        Services.AddScoped<Store>();
        _store = Services.GetRequiredService<Store>();
    }

    [Fact]
    public void A_slider_stops_at_the_nearest_legal_value_and_quotes_the_rule()
    {
        IRenderedComponent<SettingsPanel> panel = Render<SettingsPanel>();
        panel.Find("#padding").Input("11");
        Assert.Equal(new PaddingChoice(3), _store.State.Padding);
        Assert.Contains("output", panel.Find("#padding-why").TextContent, StringComparison.Ordinal);
        panel.Find("#padding").Input("1");
        Assert.Empty(panel.FindAll("#padding-why"));
    }

    [Fact]
    public void Axes_are_set_together_or_each_by_itself()
    {
        IRenderedComponent<SettingsPanel> panel = Render<SettingsPanel>();
        panel.Find("#input").Input("4");
        Assert.Equal([4, 4], _store.State.Input.Values);
        panel.Find("input[type=checkbox]").Change(true);
        panel.Find("#stride-1").Input("3");
        Assert.Equal([2, 3], _store.State.Stride.Values);
        panel.FindAll(".choice button")[0].Click();
        Assert.Equal([4], _store.State.Input.Values);
        Assert.True(_store.State.IsLegal);
    }

    [Fact]
    public void Numbers_given_one_by_one_keep_their_places_when_the_kernel_grows()
    {
        _store.SetAsync(_store.State with { W = Explain.Computing.ValueSource.Parse("1,2,3,4,5,6,7,8,9") });
        IRenderedComponent<SettingsPanel> panel = Render<SettingsPanel>();
        panel.Find("#kernel").Input("4");
        Assert.Equal("1,2,3,0,4,5,6,0,7,8,9,0,0,0,0,0", _store.State.W.Text);
        panel.Find("#kernel").Input("2");
        Assert.Equal("1,2,4,5", _store.State.W.Text);
    }

    [Fact]
    public void The_inverse_question_lists_legal_settings_and_takes_one()
    {
        _store.SetAsync(new() { Input = new[] { 3 }, Kernel = 4, Stride = 2 });
        IRenderedComponent<InversePanel> panel = Render<InversePanel>(parameters =>
            parameters.Add(one => one.Geometry, _store.State.ToProblem().Geometry));
        panel.Find("#wanted").Change("6");
        panel.Find("tbody button").Click();
        Assert.Equal(6, _store.State.ToProblem().Geometry.Axes[0].Output);
        panel.Find("#wanted").Change("256");
        Assert.Empty(panel.FindAll("tbody tr"));
    }

    [Fact]
    public void A_framework_that_refuses_says_why_and_cannot_be_chosen()
    {
        IRenderedComponent<DialectPanel> panel = Render<DialectPanel>(parameters =>
            parameters.Add(one => one.Geometry, _store.State.ToProblem().Geometry));
        Assert.True(panel.Find("#framework-keras").HasAttribute("disabled"));
        Assert.Contains("Keras has none but SAME and VALID", panel.Markup, StringComparison.Ordinal);
        panel.Find("#code-tensorflow").Click();
        Assert.Contains("tf.nn.conv2d_transpose", panel.Find("#code").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_text_of_the_page_follows_the_language()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        string before = page.Find(".side").TextContent + page.Find(".time").TextContent + page.Find("#sentence").TextContent;
        Assert.DoesNotContain(before, static letter => letter > 0x2fff);
        await page.InvokeAsync(() => _store.SetAsync(_store.State with { Language = Language.Chinese }));
        foreach (string part in (string[])["#settings-title", "#values-title", "#presets-title", ".time", "#sentence", "#dialects-title",
            "#answers-title"])
            Assert.Contains(page.Find(part).TextContent, static letter => letter > 0x2fff);
    }

    [Fact]
    public async Task Refusals_and_equations_follow_the_language()
    {
        await _store.SetAsync(_store.State with { Language = Language.Chinese, Padding = new(1) });
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        Assert.Contains("个相位", page.Find("#equation").TextContent, StringComparison.Ordinal);
        foreach (AngleSharp.Dom.IElement refused in page.FindAll(".refused"))
            Assert.Contains(refused.TextContent, static letter => letter > 0x2fff);
        await page.InvokeAsync(() => _store.SetAsync(_store.State with { Padding = new(9) }));
        Assert.Contains("应为正数", page.Find("#fault").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_slider_moves_the_figure_follows_and_the_tables_wait()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        string before = page.Find("#equation").TextContent;
        await page.InvokeAsync(() => _store.SetAsync(_store.State with { Kernel = 4 }, sliding: true));
        Assert.Equal(before, page.Find("#equation").TextContent);
        Assert.Contains("7x7", page.Find("#size").TextContent, StringComparison.Ordinal);
        await page.WaitForAssertionAsync(() => Assert.NotEqual(before, page.Find("#equation").TextContent), TimeSpan.FromSeconds(60));
        await page.InvokeAsync(() => _store.SetAsync(_store.State with { Kernel = 5 }));
        Assert.Contains("8]", page.Find("#equation").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_illegal_state_shows_the_rule_and_the_way_back()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(_store.State with { Padding = new(9) }));
        Assert.Contains("output", page.Find("#fault").TextContent, StringComparison.Ordinal);
        await page.Find("#nearest").ClickAsync(new());
        Assert.True(_store.State.IsLegal);
        Assert.Empty(page.FindAll("#fault"));
    }

    [Fact]
    public async Task A_step_shows_the_sums_so_far_and_the_stamp()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(_store.State with { Step = 4 }));
        Assert.Contains("x[1,1] = 5 stamps rows 1..3, columns 1..3: 4 new, 5 added, 0 cropped.", page.Find("#caption").TextContent,
            StringComparison.Ordinal);
        Assert.Equal(9, page.FindAll("svg.stamp rect").Count);
        Assert.Contains("35+5", page.FindAll("text.before").Select(static one => one.TextContent));
    }

    [Fact]
    public async Task What_a_canvas_shows_stands_in_a_table()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(Address.Read("#op/i32x32-k4-s2-p1").State));
        Explain.Scenes.Panel[] panels = [.. new Drawing(Views.Of(_store.State, null)[_store.State.View].Scene!, "x").Panels];
        int shown = Array.FindIndex(panels, static panel => panel.Count > 2000);
        await page.Find($"#v-{shown}-table").ClickAsync(new());
        string Row(int row) => string.Join(' ', page.Find($"#v-{shown}-cells tbody").Children[row].Children.Skip(1)
            .Select(static cell => cell.TextContent));
        string Expected(int row) => string.Join(' ', Enumerable.Range(0, panels[shown].Columns).Select(column =>
            panels[shown].At(row, column).Text));
        Assert.Equal(Expected(0), Row(0));
        int at = panels[shown].FirstRow + 40;
        await page.Find($"#v-{shown}-from").ChangeAsync(new() { Value = $"{at}" });
        Assert.Equal(Expected(40), Row(0));
        Assert.Equal($"{at}", page.Find($"#v-{shown}-cells tbody th").TextContent);
        await page.Find($"#v-{shown}-table").ClickAsync(new());
        Assert.Empty(page.FindAll($"#v-{shown}-cells"));
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(8192, true)]
    public async Task More_numbers_than_an_address_holds_are_offered_as_JSON(int count, bool offered)
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(new()
        {
            Input = new[] { 32, 32 }, InputChannels = count / 1024, Kernel = 1,
            X = Explain.Computing.ValueSource.Of(Enumerable.Range(0, count).Select(static value => value % 2.0)),
        }));
        Assert.Equal(offered, page.FindAll("#export-long").Count == 1);
        Assert.Equal(offered, !Address.Write(_store.State).Contains("x=", StringComparison.Ordinal));
        Assert.Single(page.FindAll("#export-json"));
    }

    [Fact]
    public async Task A_view_of_more_cells_than_are_shown_is_refused_with_the_limit()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(Address.Read("#op/i32x32-k4-s2/view=matrix").State));
        Assert.Contains($"more than the {Explain.Scenes.SceneSource.MaximalCells} that are shown", page.Find("#fault").TextContent,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_step_is_said_in_is_live_when_stepping_and_not_when_playing()
    {
        IRenderedComponent<TimeBar> bar = Render<TimeBar>(parameters => parameters.Add(one => one.Count, 4).Add(one => one.At, 1));
        Assert.Equal("polite", bar.Find("#caption").GetAttribute("aria-live"));
        bar.Render(parameters => parameters.Add(one => one.Count, 4).Add(one => one.At, 1).Add(one => one.Playing, 1));
        Assert.Equal("off", bar.Find("#caption").GetAttribute("aria-live"));
    }

    [Theory]
    [InlineData("#op/i8x8-k4-s2/view=gather")]
    [InlineData("#op/i32x32-k4-s2-p1")]
    public async Task Many_cells_are_drawn_on_a_canvas(string address)
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(Address.Read(address).State));
        int cells = new Drawing(Views.Of(_store.State, null)[_store.State.View].Scene!, "x").Panels.Count(static panel =>
            panel.Count > Drawing.MostTiles);
        Assert.Equal(cells, page.FindAll("canvas.cells").Count);
    }

    [Fact]
    public async Task Half_a_million_cells_are_drawn_in_pieces_and_told_in_a_sentence()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        BunitJSModuleInterop host = JSInterop.SetupModule("./host.js");
        host.Mode = JSRuntimeMode.Loose;
        host.Setup<string[]>("start", static _ => true).SetResult(["#op/i16x16-k3-s2-p1-o1/view=matrix", "1280", "", "en", ""]);
        await page.InvokeAsync(_store.StartAsync);
        await page.WaitForAssertionAsync(() => Assert.StartsWith(
            "1024 rows, 256 columns. 2209 of 262144 cells hold a number other than 0; the least is 1, the greatest 9.",
            page.Find("#v-1-summary").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        Assert.Equal("v-1-summary", page.Find("#v-1-canvas").GetAttribute("aria-describedby"));

        // Every cell once, in the order of the rows, some thousands at a time at most.
        JSRuntimeInvocation[] pieces = [.. host.Invocations["cells"].Where(static one => (string?)one.Arguments[0] == "v-1-canvas")];
        int row = 0;
        foreach (JSRuntimeInvocation piece in pieces)
        {
            Assert.Equal(row, (int)piece.Arguments[1]!);
            byte[] fills = (byte[])piece.Arguments[2]!;
            Assert.InRange(fills.Length, 256, 4096);
            row += fills.Length / 256;
        }
        Assert.Equal(1024, row);
        Assert.Equal(2209, pieces.Sum(static piece => ((byte[])piece.Arguments[2]!).Count(static fill => Drawing.Fills[fill] == "w")));

        // An output of many lights where it lies, in both matrices.
        var drawing = new Drawing(Views.Of(_store.State, null)[View.Matrix].Scene!, "v");
        Assert.Equal(["v-0-34916", "v-1-25634", "v-3-100"], drawing.IdsOf(
            new HashSet<CellId> { new(Parts.Product, 0, 100, 34), new(Parts.Output, 0, 3, 4) }).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_too_much_for_a_file_is_said_at_the_button()
    {
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        await page.InvokeAsync(() => _store.SetAsync(Address.Read("#op/i16x16-k3-s2-p1-o1/view=matrix").State));
        await page.WaitForAssertionAsync(() => page.Find("#export-svg"), TimeSpan.FromSeconds(60));
        await page.Find("#export-svg").ClickAsync(new());
        Assert.Contains("more than the 20000 that are drawn in a file", page.Find("#export-why").TextContent, StringComparison.Ordinal);
    }
}
