using Microsoft.Playwright;
using Upstride.Cli.Commands.Explore;

namespace Upstride.Explorer.Tests.Browsing;

/// <summary>By every key, by touch, in stillness, under any path, without a network, on any screen.</summary>
public class ReachTests(Site site)
{
    [Fact]
    public async Task Every_key_of_the_table_does_what_it_says()
    {
        await using Visit visit = await site.VisitAsync("#op/i3x3-k3-s2-p1-o1");
        await visit.Page.FocusAsync("#v-0");
        async Task SeesCursorAsync(string key, string cell)
        {
            await visit.Page.Keyboard.PressAsync(key);
            await visit.UntilAsync($"document.querySelector('#v-0').getAttribute('aria-activedescendant') === 'v-0-{cell}'");
        }
        foreach ((string key, string cell) in ((string, string)[])[("ArrowRight", "1"), ("End", "2"), ("Home", "0"), ("Control+End", "8"),
            ("ArrowLeft", "7"), ("ArrowUp", "4"), ("Control+Home", "0"), ("Control+ArrowRight", "2"), ("Control+ArrowDown", "8"),
            ("Control+ArrowLeft", "6"), ("Control+ArrowUp", "0"), ("ArrowDown", "3")])
            await SeesCursorAsync(key, cell);

        // Editing: Enter keeps, Escape leaves.
        await visit.Page.Keyboard.PressAsync("e");
        await visit.UntilAsync("document.activeElement.id === 'edit'");
        await visit.Page.Keyboard.PressAsync("Control+a");
        await visit.Page.Keyboard.TypeAsync("9");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.UntilAsync("location.hash.includes('x=1,2,3,9,5,6,7,8,9')");

        await visit.Page.FocusAsync("#v-0");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.UntilAsync("location.hash.includes('/in1,0')");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.UntilAsync("!location.hash.includes('/in1,0')");

        await visit.Page.Keyboard.PressAsync("]");
        await visit.UntilAsync("document.querySelector('#speed').value === '2'");
        for (int i = 0; i < 3; i++) await visit.Page.Keyboard.PressAsync("[");
        await visit.UntilAsync("document.querySelector('#speed').value === '0.25'");

        // A live region tells the steps that are taken by hand, and not those that play by.
        Assert.Equal("polite", await visit.Page.GetAttributeAsync("#caption", "aria-live"));
        await visit.Page.Keyboard.PressAsync(" ");
        await visit.UntilAsync("document.querySelector('#play').ariaLabel === 'Pause'");
        Assert.Equal("off", await visit.Page.GetAttributeAsync("#caption", "aria-live"));
        await visit.Page.Keyboard.PressAsync(" ");
        await visit.UntilAsync("document.querySelector('#play').ariaLabel === 'Play'");

        // Playing went from the first step; from where it was left the keys go on.
        await visit.Page.Keyboard.PressAsync("4");
        await visit.Page.Keyboard.PressAsync("1");
        await visit.UntilAsync("document.querySelector('#view-scatter').getAttribute('aria-selected') === 'true'");
        await visit.Page.FocusAsync("#v-0");
        await visit.Page.Keyboard.PressAsync(",");
        await visit.SeesAsync("#caption", "Step 9 of 9");
        await visit.Page.Keyboard.PressAsync(",");
        await visit.SeesAsync("#caption", "Step 8 of 9");
        await visit.Page.Keyboard.PressAsync(".");
        await visit.SeesAsync("#caption", "Step 9 of 9");
        string[] views = ["scatter", "gather", "matrix", "phases", "convolution"];
        for (int view = 5; view >= 1; view--)
        {
            await visit.Page.Keyboard.PressAsync($"{view}");
            await visit.UntilAsync($"document.querySelector('#view-{views[view - 1]}').getAttribute('aria-selected') === 'true'");
        }
        await visit.Page.Keyboard.PressAsync("c");
        string address = await visit.Page.EvaluateAsync<string>("location.href");
        for (int tried = 0; tried < 100 && await visit.Page.EvaluateAsync<string>("navigator.clipboard.readText()") != address; tried++)
            await visit.Page.WaitForTimeoutAsync(100);
        Assert.Equal(address, await visit.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
    }

    [Fact]
    public async Task A_number_is_pulled_a_unit_for_eight_pixels_in_one_entry_of_the_history()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2");
        int before = await visit.Page.EvaluateAsync<int>("history.length");
        LocatorBoundingBoxResult box = (await visit.Page.Locator("#v-0-3").BoundingBoxAsync())!;
        (float x, float y) = (box.X + box.Width / 2, box.Y + box.Height / 2);
        await visit.Page.Mouse.MoveAsync(x, y);
        await visit.Page.Mouse.DownAsync();
        await visit.Page.Mouse.MoveAsync(x + 40, y, new() { Steps = 5 });
        await visit.UntilAsync("location.hash.includes('x=1,2,3,9')");
        await visit.Page.Mouse.MoveAsync(x - 56, y, new() { Steps = 12 });
        await visit.UntilAsync("location.hash.includes('x=1,2,3,-3')");
        await visit.Page.Mouse.UpAsync();
        Assert.Equal("1 4 4 6 13 2 9 3 -12", await visit.CellsAsync("#v-2"));
        Assert.DoesNotContain("/in", await visit.Page.EvaluateAsync<string>("location.hash"), StringComparison.Ordinal);
        Assert.Equal(before + 1, await visit.Page.EvaluateAsync<int>("history.length"));
    }

    [Fact]
    public async Task A_tap_pins()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2", width: 400, height: 800, touch: true);
        await visit.Page.TapAsync("#v-2-4");
        await visit.UntilAsync("location.hash.includes('/at1,1')");
        await visit.SeesAsync("#sentence", "y[1,1] =");
    }

    [Fact]
    public async Task Where_motion_is_unwanted_steps_replace_each_other()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2/t=1");
        await visit.UntilAsync("document.querySelector('.stamp')");
        async Task<string[]> MotionAsync() => await visit.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('.stamp, .tiles .before, .tiles .after')].map(one => getComputedStyle(one))
              .filter(one => one.animationName !== 'none' || parseFloat(one.transitionDuration) > 0).map(one => one.animationName)
            """);
        Assert.NotEmpty(await MotionAsync());
        await visit.Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        Assert.Empty(await MotionAsync());
        await visit.Page.ClickAsync("#on");
        await visit.SeesAsync("#caption", "Step 3 of 4");
    }

    [Fact]
    public async Task An_address_of_a_newer_version_is_read_as_far_as_it_is_understood_and_says_so()
    {
        await using Visit visit = await site.VisitAsync("#9/op/i2x2-k2/hologram=1");
        await visit.SeesAsync("#size", "2x2 → 3x3");
        await visit.SeesAsync(".notice", "hologram");
        await visit.SeesAsync(".notice", Explain.Teaching.Texts.Of(Explain.Teaching.Language.English)["ui.newer"]);
    }

    [Fact]
    public async Task A_screen_of_4K_is_used_and_not_overrun()
    {
        await using Visit visit = await site.VisitAsync("#op/i3x3-k3-s2-p1-o1", width: 3840, height: 2160);
        await visit.UntilAsync("document.querySelector('#o1-2')");
        Assert.True(await visit.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 3840);
        Assert.True(await visit.Page.EvaluateAsync<int>("document.querySelector('.operator').getBoundingClientRect().width") > 1900);
        await visit.KeepAsync("wide-4k");
    }

    [Fact]
    public async Task It_works_under_any_path_and_once_loaded_without_a_network()
    {
        string root = Directory.CreateTempSubdirectory().FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(root, "index.html"), "elsewhere", TestContext.Current.CancellationToken);
            Directory.CreateDirectory(Path.Combine(root, "some"));
            Directory.CreateSymbolicLink(Path.Combine(root, "some", "where"), Site.Folder);
            using SiteServer server = SiteServer.Start(root);
            using var stop = new CancellationTokenSource();
            Task serving = server.RunAsync(stop.Token);
            await using Visit visit = await site.VisitAsync("#op/i2x2-k2", script: Registered, at: server.Address + "some/where/",
                keeps: true);
            await visit.SeesAsync("#size", "2x2 → 3x3");

            // What pictures and models need is fetched when the page can be used, by another than the page.
            await visit.UntilAsync("document.documentElement.dataset.kept === ''");
            Assert.True(await visit.Page.EvaluateAsync<bool>("registered > performance.getEntriesByName('interactive')[0].startTime"));
            string[] page = await visit.Page.EvaluateAsync<string[]>("performance.getEntriesByType('resource').map(one => one.name)");
            string[] kept = await visit.Page.EvaluateAsync<string[]>(
                """
                async () => (await Promise.all((await caches.keys()).map(async name => (await caches.open(name)).keys())))
                  .flat().map(one => one.url)
                """);
            foreach (string file in (string[])["sample.png", "decoder.onnx", "worker.js", "_framework/Upstride.Onnx.wasm",
                "_framework/Upstride.Imaging.wasm", "_framework/Upstride.Models.wasm", "_framework/Google.Protobuf.wasm"])
            {
                Assert.Contains(server.Address + "some/where/" + file, kept);
                Assert.DoesNotContain(server.Address + "some/where/" + file, page);
            }
            Assert.Equal(kept.Order(StringComparer.Ordinal), kept.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            Assert.Empty(page.Where(static file => !file.EndsWith("site-worker.js", StringComparison.Ordinal))
                .Except(kept, StringComparer.Ordinal));

            // Nobody serves it any more, and it is loaded anew.
            await stop.CancelAsync();
            await serving;
            await visit.Page.ReloadAsync();
            await visit.SeesAsync("#size", "2x2 → 3x3");
            await visit.Page.FillAsync("#stride-box", "2");
            await visit.Page.PressAsync("#stride-box", "Enter");
            await visit.SeesAsync("#size", "2x2 → 4x4");
            await visit.Page.ClickAsync("#page-check");
            await visit.SeesAsync("#verdict", "-6.3 dB");
            await visit.Page.ClickAsync("#page-model");
            await visit.SeesAsync("#model-about", "ONNX");
            await visit.Page.ClickAsync("#page-picture");
            await visit.SeesAsync("#picture-size", "64x48 → 192x144");
            await visit.UntilAsync("document.querySelector('#psnr-fsrcnn')?.textContent.length > 0");
            Assert.Equal(2, visit.Page.Workers.Count);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    // Notes when the page can be used, and when it asks for the worker that keeps the site.
    private const string Registered = LoadTests.Marks +
        """
        const register = navigator.serviceWorker.register.bind(navigator.serviceWorker);
        navigator.serviceWorker.register = (...all) => { window.registered = performance.now(); return register(...all); };
        """;
}
