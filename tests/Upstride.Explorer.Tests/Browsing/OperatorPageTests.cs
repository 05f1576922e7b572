using Upstride.Explain.Teaching;

namespace Upstride.Explorer.Tests.Browsing;

public class OperatorPageTests(Site site)
{
    private const string WorkedOutput =
        "5 14 10 24 15 18 16 40 26 60 36 45 20 44 25 54 30 36 46 100 56 120 66 81 35 74 40 84 45 54 56 119 64 135 72 81";

    [Fact]
    public async Task The_first_page_is_the_worked_example_and_hovering_lights_one_element_in_all_views()
    {
        await using Visit visit = await site.VisitAsync();
        await visit.SeesAsync("#size", "3x3 → 6x6");
        await visit.Page.WaitForSelectorAsync("#o1-2");
        Assert.Equal(WorkedOutput, await visit.CellsAsync("#o1-2"));
        await visit.KeepAsync("operator", whole: true);

        // [2,3] lies in row 3 and column 4 of the full output.
        await visit.Page.HoverAsync("#v-2-25");
        await visit.SeesAsync("#sentence", "y[2,3] = x[1,1]*w[1,2] + x[1,2]*w[1,0] = 5*6 + 6*4 = 54");
        await visit.UntilAsync("document.querySelectorAll('.lit').length > 10");
        string[] lit = await visit.Page.Locator("#v .lit").EvaluateAllAsync<string[]>("all => all.map(one => one.id)");
        Assert.Equal(["v-0-4", "v-0-5", "v-1-3", "v-1-5", "v-2-25"], lit.Order(StringComparer.Ordinal));
        foreach (string view in (string[])["#o1", "#o2", "#o3", "#o4"])
            Assert.True(await visit.Page.Locator($"{view} .lit").CountAsync() >= 3, view);

        await visit.Page.ClickAsync("#v-2-25");
        await visit.UntilAsync("location.hash.includes('at2,3')");
        await visit.KeepAsync("operator-pinned");
    }

    [Fact]
    public async Task A_slider_is_held_to_legal_values_and_says_why()
    {
        await using Visit visit = await site.VisitAsync("#op/i3x3-k3-s2-p1-o1");
        await visit.Page.FillAsync("#output-padding-box", "2");
        await visit.Page.PressAsync("#output-padding-box", "Enter");
        await visit.SeesAsync("#output-padding-why", "outputPadding = 2");
        Assert.Equal("1", await visit.Page.InputValueAsync("#output-padding"));

        await visit.Page.FocusAsync("#kernel");
        await visit.Page.Keyboard.PressAsync("ArrowRight");
        await visit.SeesAsync("#size", "3x3 → 7x7");
        await visit.UntilAsync("location.hash === '#op/i3x3-k4-s2-p1-o1'");
        await visit.Page.GoBackAsync();
        await visit.SeesAsync("#size", "3x3 → 6x6");
    }

    [Fact]
    public async Task Playing_goes_through_all_steps_in_order()
    {
        await using Visit visit = await site.VisitAsync("#op/i3x3-k3-s2-p1-o1");
        await visit.RecordAsync("#caption");
        await visit.Page.SelectOptionAsync("#speed", "2");
        string end = await visit.TextAsync("#caption");
        await visit.Page.ClickAsync("#play");
        await visit.UntilAsync($"recorded.length > 9 && document.querySelector('#play').ariaLabel === 'Play'");
        string[] seen = await visit.RecordedAsync();
        Assert.Equal([.. Enumerable.Range(1, 9).Select(static step => $"Step {step} of 9"), end],
            seen.Select(static caption => caption.Split(':')[0]));
    }

    [Fact]
    public async Task Pointing_pauses()
    {
        // Steps enough that playing has not ended before the pointer is there, however slow the machine.
        await using Visit visit = await site.VisitAsync("#op/i12x12-k3-s2-p1-o1");
        await visit.RecordAsync("#caption");
        await visit.Page.SelectOptionAsync("#speed", "2");
        await visit.Page.ClickAsync("#play");
        await visit.UntilAsync("recorded.length > 1");
        await visit.Page.HoverAsync("#v-0-0");
        await visit.UntilAsync("document.querySelector('#play').ariaLabel === 'Play'");
        string[] seen = await visit.RecordedAsync();
        Assert.Contains(" of 144", seen[^1], StringComparison.Ordinal);
        // More than two steps' time.
        await visit.Page.WaitForTimeoutAsync(800);
        Assert.Equal(seen, await visit.RecordedAsync());
        await visit.KeepAsync("operator-step");
    }

    [Fact]
    public async Task An_address_is_reopened_as_it_was()
    {
        string address = "#op/i3x3-k3-s2-p1-o1/at2,3/view=gather/t=15";
        await using Visit visit = await site.VisitAsync(address);
        await visit.SeesAsync("#caption", "[2,3]: rows 2..4, columns 3..5; 2 of 9 products are without a zero: 5*6 + 6*4 = 54");
        Assert.Equal(address, await visit.Page.EvaluateAsync<string>("location.hash"));
        await visit.KeepAsync("operator-gather");
    }

    [Fact]
    public async Task A_number_is_edited_and_stands_in_the_address()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2");
        await visit.Page.ClickAsync("#v-0-3");
        await visit.Page.FillAsync("#edit", "-7");
        await visit.Page.PressAsync("#edit", "Enter");
        await visit.UntilAsync("location.hash.includes('x=1,2,3,-7')");
        Assert.Equal("1 4 4 6 9 -6 9 -9 -28", await visit.CellsAsync("#v-2"));
    }

    [Fact]
    public async Task The_keyboard_alone_suffices()
    {
        await using Visit visit = await site.VisitAsync("#op/i3x3-k3-s2-p1-o1");
        for (int i = 0; i < 80 && await visit.Page.EvaluateAsync<string>("document.activeElement.id") != "v-2"; i++)
            await visit.Page.Keyboard.PressAsync("Tab");
        foreach (string key in (string[])["ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight",
            "Enter"])
            await visit.Page.Keyboard.PressAsync(key);
        await visit.SeesAsync("#sentence", "y[2,3] =");
        await visit.UntilAsync("location.hash.includes('at2,3')");
        Assert.Contains("row 2, column 3: 54", await visit.Page.GetAttributeAsync("#v-2-25", "aria-label"), StringComparison.Ordinal);
        Assert.Equal("v-2-25", await visit.Page.GetAttributeAsync("#v-2", "aria-activedescendant"));
        await visit.Page.Keyboard.PressAsync("3");
        await visit.UntilAsync("location.hash.includes('view=matrix')");
        await visit.Page.Keyboard.PressAsync(",");
        await visit.SeesAsync("#caption", "Step 36 of 36");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.UntilAsync("!location.hash.includes('at2,3')");
    }

    [Fact]
    public async Task Playing_backwards_goes_through_all_steps_in_order()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2");
        await visit.RecordAsync("#caption");
        await visit.Page.SelectOptionAsync("#speed", "2");
        await visit.Page.ClickAsync("#reverse");
        await visit.UntilAsync("recorded.length > 3 && document.querySelector('#reverse').getAttribute('aria-pressed') === 'false'");
        Assert.Equal([.. Enumerable.Range(1, 4).Reverse().Select(static step => $"Step {step} of 4")],
            (await visit.RecordedAsync()).Select(static caption => caption.Split(':')[0]));
    }

    [Fact]
    public async Task Numbers_are_drawn_with_the_pointer()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2");
        await visit.Page.CheckAsync("#draw");
        await visit.Page.FillAsync("input.short", "5");
        await visit.Page.PressAsync("input.short", "Enter");
        await visit.Page.HoverAsync("#v-0-0");
        await visit.Page.Mouse.DownAsync();
        await visit.Page.HoverAsync("#v-0-1");
        await visit.Page.Mouse.UpAsync();
        await visit.UntilAsync("location.hash.includes('x=5,5,3,4')");
        Assert.Equal("5 15 10 18 45 28 9 24 16", await visit.CellsAsync("#v-2"));
    }

    [Fact]
    public async Task The_inverse_question_is_answered_by_settings_to_choose()
    {
        await using Visit visit = await site.VisitAsync("#op/i3-k4-s2");
        await visit.Page.FillAsync("#wanted", "6");
        await visit.Page.PressAsync("#wanted", "Enter");
        await visit.Page.ClickAsync(".inverse tbody button");
        await visit.SeesAsync("#size", "3 → 6");
    }

    [Fact]
    public async Task A_matrix_of_half_a_million_cells_is_drawn_while_the_page_answers()
    {
        await using Visit visit = await site.VisitAsync("#op/i16x16-k3-s2-p1-o1/view=matrix", width: 1700);
        await visit.UntilAsync("document.querySelector('#v-1-canvas')");
        // Long before the last of them is there the page is asked for something else, and does it.
        Assert.Equal("", await visit.TextAsync("#v-1-summary"));
        await visit.Page.ClickAsync("#view-scatter");
        await visit.UntilAsync("document.querySelectorAll('#v-0 .c').length === 256");
        await visit.Page.ClickAsync("#view-matrix");
        await visit.SeesAsync("#v-1-summary", "2209 of 262144 cells hold a number other than 0; the least is 1, the greatest 9.");
        await visit.SeesAsync("#v-0-summary", "2209 of 262144 cells");

        // Entry [100, 18] is a weight, its neighbour a zero.
        byte[] pixels = await visit.Page.EvaluateAsync<byte[]>(
            """
            () => {
              const canvas = document.querySelector('#v-1-canvas'), g = canvas.getContext('2d'), scale = canvas.width / 512;
              const row = g.getImageData(0, 201 * scale, canvas.width, 1).data;
              return [18, 20].map(column => row[4 * (2 * column + 1) * scale + 3]);
            }
            """);
        Assert.Equal([255, 0], pixels);
        await visit.Page.HoverAsync("#v-1-canvas", new() { Position = new() { X = 37, Y = 201 } });
        await visit.SeesAsync("#sentence", "one product of y[3,4]");
        await visit.Page.FocusAsync("#v-1");
        await visit.Page.Keyboard.PressAsync("Control+Home");
        await visit.UntilAsync(
            "document.querySelector('#v-1-spot').getAttribute('aria-label')?.includes('row 0, column 0: 5; row 0, 5 in column 0')");
        Assert.Equal("v-1-spot", await visit.Page.GetAttributeAsync("#v-1", "aria-activedescendant"));
        await visit.KeepAsync("canvas-matrix", whole: true);
    }
}
