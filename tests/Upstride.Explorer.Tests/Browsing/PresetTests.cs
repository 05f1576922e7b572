using Upstride.Explain.Teaching;

namespace Upstride.Explorer.Tests.Browsing;

public class PresetTests(PresetTests.Shared shared) : IClassFixture<PresetTests.Shared>
{
    public static TheoryData<string> PresetKeys => [.. Preset.All.Where(static one =>
        one.State.Page == Page.Operator).Select(static one => one.Key)];

    public static TheoryData<string> CheckKeys => [.. Preset.All.Where(static one =>
        one.State.Page == Page.Checkerboard).Select(static one => one.Key)];

    [Theory]
    [MemberData(nameof(CheckKeys))]
    public async Task A_preset_of_the_checkerboard_shows_its_point(string key)
    {
        Visit visit = await shared.VisitAsync();
        await visit.OpenAsync("#op/i4-k2");
        await visit.Page.ClickAsync($"#preset-{key}");
        (string says, string grid, string cells) = key switch
        {
            "checkerboard" => ("1 to 4 products on an output. A flat input gets a pattern of -6.3 dB", "#g-0", "4 2 2 1"),
            "even-and-yet" => ("-12.3 dB", "#g-1", "24 28 40 44"),
            "gaps" => ("", "#p-0", "1 0 2 0 3 0 3 0 2 0 1"),
            _ => throw new InvalidOperationException($"the preset {key} has no test"),
        };
        await visit.SeesAsync("#verdict", says);
        Assert.Equal(cells, await visit.CellsAsync(grid));
        if (key == "even-and-yet") await visit.SeesAsync("#verdict", "4 products");
    }

    // What each caption says stands on the page, one click away.
    [Theory]
    [MemberData(nameof(PresetKeys))]
    public async Task A_preset_shows_its_point(string key)
    {
        Visit visit = await shared.VisitAsync();
        await visit.OpenAsync("#op/i4-k2");
        await visit.Page.ClickAsync($"#preset-{key}");
        await visit.UntilAsync($"document.getElementById('preset-{key}').getAttribute('aria-current') === 'true'");
        (string size, string cells) = key switch
        {
            "stamps" => ("2x2 → 3x3", "1 4 4 6 20 16 9 24 16"),
            "growth" => ("2x2 → 4x4", ""),
            "stride" => ("2x2 → 5x5", "36"),
            "4n" or "4n-again" => ("5 → 20", ""),
            "ones" => ("2x2 → 4x4", "9 18 18 9 18 36 36 18 18 36 36 18 9 18 18 9"),
            "output-padding" => ("3 → 6", "2 5 4 9 6 9"),
            "same" => ("3 → 6", "2 5 4 9 6 9"),
            "toeplitz" => ("3 → 5", ""),
            "4x16" => ("2x2 → 4x4", ""),
            "case-1" => ("3 → 5", ""),
            "case-2" => ("3 → 3", ""),
            "case-3" => ("3 → 5", ""),
            "dcgan" => ("1x1 → 4x4", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"),
            "nearest" or "bilinear" or "nails" or "learn" => ("3x3 → 5x5", ""),
            "unpool" => ("4x4 → 6x6", ""),
            _ => throw new InvalidOperationException($"the preset {key} has no test"),
        };
        await visit.SeesAsync("#size", size);
        if (cells.Length > 0) Assert.Contains(cells, await visit.CellsAsync("#v-2"), StringComparison.Ordinal);
        // The sizes that the point speaks of: of the matrix and its transpose, of the input with what is put around it and between.
        string[] sizes = key switch
        {
            "toeplitz" => ["3x5", "5x3"],
            "4x16" => ["4x16", "16x4"],
            "case-1" => ["1x3", "1x7"],
            "case-2" => ["1x3", "1x5"],
            "case-3" => ["1x5", "1x7"],
            _ => [],
        };
        if (sizes.Length > 0)
        {
            string[] grids = await visit.Page.Locator("#v [role=grid]").EvaluateAllAsync<string[]>(
                "all => all.map(one => one.getAttribute('aria-rowcount') + 'x' + one.getAttribute('aria-colcount'))");
            Assert.Empty(sizes.Except(grids, StringComparer.Ordinal));
        }
        if (key == "4n-again")
        {
            // 20 of each stand in the full output of 25, one element apart.
            Assert.Equal(await KeptAsync(visit, "#op/i5-k9-s4-p3-o1", 1, 20), await KeptAsync(visit, "#op/i5-k9-s4-p4-o3", 0, 19));
            Assert.NotEqual(await KeptAsync(visit, "#op/i5-k9-s4-p3-o1", 0, 20), await KeptAsync(visit, "#op/i5-k9-s4-p4-o3", 0, 20));
        }
        string other = key switch
        {
            "nearest" => "All values agree.",
            "bilinear" => "all at the border",
            "nails" => "kernel 1, stride 2",
            "unpool" => "No transposed convolution equals it",
            "learn" => "After 24 steps of gradient descent",
            _ => "",
        };
        if (other.Length > 0) await visit.SeesAsync("#other-scene", other);
        if (key == "unpool") Assert.Equal("6 8 14 16", await visit.CellsAsync("#m-1"));
        if (key == "same")
        {
            await visit.SeesAsync("#compared", "6 of 6 values differ");
            Assert.Equal("1 2 5 4 9 6", await visit.CellsAsync("#vs-1"));
        }
    }

    // Some of the output's elements, without those that are cropped.
    private static async Task<string> KeptAsync(Visit visit, string address, int from, int to)
    {
        await visit.OpenAsync(address);
        await visit.UntilAsync($"location.hash === '{address}' && document.querySelector('#size').textContent.includes('20')");
        await visit.UntilAsync("document.querySelectorAll('#v-2 .c:not(.cc)').length === 20");
        string[] kept = await visit.Page.Locator("#v-2 .c:not(.cc)").EvaluateAllAsync<string[]>(
            "all => all.map(one => one.querySelector('text:not(.n):not(.before)').textContent)");
        return string.Join(' ', kept[from..to]);
    }

    /// <summary>One visit for all presets.</summary>
    public sealed class Shared(Site site) : IAsyncDisposable
    {
        private Visit? _visit;

        /// <summary>The visit.</summary>
        public async Task<Visit> VisitAsync() => _visit ??= await site.VisitAsync();

        /// <summary>Ends it.</summary>
        public ValueTask DisposeAsync() => _visit?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
