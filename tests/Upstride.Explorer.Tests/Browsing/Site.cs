using System.Collections.Concurrent;
using Microsoft.Playwright;
using Upstride.Cli.Commands.Explore;
using Upstride.Explorer.Tests.Browsing;

[assembly: AssemblyFixture(typeof(Site))]

namespace Upstride.Explorer.Tests.Browsing;

/// <summary>
/// The published site, served as <c>upstride explore</c> serves it, and a browser. Without Chromium the tests are skipped and say how to
/// install it; where UPSTRIDE_BROWSER_REQUIRED is set (continuous integration), that is a failure. UPSTRIDE_SITE is the address of another
/// copy to be walked through.
/// </summary>
public sealed class Site : IAsyncLifetime
{
    /// <summary>Seconds of patience with a machine that has other work too; nothing waits for them where all is well.</summary>
    public const int Patience = 300;

    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly CancellationTokenSource _stop = new();
    private SiteServer? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The folder of the published site.</summary>
    public static string Folder { get; } = Path.Combine(SharedData.Checkout, "artifacts", "site", "wwwroot");

    /// <summary>Where screenshots are kept.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(SharedData.Checkout, "artifacts",
        "screenshots")).FullName;

    /// <summary>The address of the site, with a slash at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>A page of its own context, which notes errors and requests that leave the site.</summary>
    /// <param name="address">The fragment.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="dark">Whether the system is dark.</param>
    /// <param name="touch">Whether there is a touch screen.</param>
    /// <param name="language">The reader's.</param>
    /// <param name="measured">Whether <see cref="Visit.MetricAsync"/> is asked.</param>
    /// <param name="script">Runs before the page's own.</param>
    /// <param name="at">Where the site lies; where it is served where empty.</param>
    /// <param name="keeps">Whether the site is kept for the time without a network.</param>
    public async Task<Visit> VisitAsync(string address = "", int width = 1280, int height = 900, bool dark = false, bool touch = false,
        string language = "en-US", bool measured = false, string script = "", string at = "", bool keeps = false)
    {
        IBrowser browser = await BrowserAsync();
        IBrowserContext context = await browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = touch,
            Locale = language,
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(1000 * Patience);
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var visit = new Visit(at.Length > 0 ? at : Address, context, await context.NewPageAsync());
        if (!keeps) await visit.Page.AddInitScriptAsync(
            "Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined });");
        if (script.Length > 0) await visit.Page.AddInitScriptAsync(script);
        if (measured) await visit.MeasureAsync();
        await visit.OpenAsync(address);
        return visit;
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
        await _stop.CancelAsync();
        _server?.Dispose();
        _stop.Dispose();
    }

    private readonly SemaphoreSlim _once = new(1, 1);

    private async Task<IBrowser> BrowserAsync()
    {
        await _once.WaitAsync();
        try
        {
            if (_browser is not null) return _browser;
            string? program = Array.Find(Browsers, File.Exists);
            if (program is null)
            {
                const string Reason = "needs Chromium, which is not there: apt-get install chromium";
                if (Environment.GetEnvironmentVariable("UPSTRIDE_BROWSER_REQUIRED") is { Length: > 0 }) Assert.Fail(Reason);
                Assert.Skip(Reason);
            }
            if (Environment.GetEnvironmentVariable("UPSTRIDE_SITE") is { Length: > 0 } other) Address = other;
            else
            {
                _server = SiteServer.Start(Folder);
                _ = _server.RunAsync(_stop.Token);
                Address = _server.Address;
            }
            _playwright = await Playwright.CreateAsync();
            return _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = program,
                Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update", "--disable-sync"],
            });
        }
        finally
        {
            _once.Release();
        }
    }
}

/// <summary>One visitor's page.</summary>
public sealed class Visit(string site, IBrowserContext context, IPage page) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _faults = [];
    private bool _listens;
    private ICDPSession? _session;

    /// <summary>The page.</summary>
    public IPage Page => page;

    /// <summary>Errors of the console and of scripts, and requests to elsewhere.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Opens an address of the site and waits until the page can be used.</summary>
    public async Task OpenAsync(string address)
    {
        if (!_listens)
        {
            _listens = true;
            page.Console += (_, message) =>
            {
                if (message.Type is "error" or "warning") _faults.Enqueue($"console: {message.Text}");
            };
            page.PageError += (_, fault) => _faults.Enqueue($"script: {fault}");
            page.Request += (_, request) =>
            {
                if (!request.Url.StartsWith(site, StringComparison.Ordinal)
                    && !request.Url.StartsWith("blob:", StringComparison.Ordinal)
                    && !request.Url.StartsWith("data:", StringComparison.Ordinal)) _faults.Enqueue($"request: {request.Url}");
            };
            page.RequestFailed += (_, request) => _faults.Enqueue($"failed: {request.Url}");
        }
        if (page.Url.StartsWith(site, StringComparison.Ordinal))
            await page.EvaluateAsync("address => { location.hash = address; }", address);
        else
            await page.GotoAsync(site + address);
        // Asked now and then: a selector that is waited for is looked for in every frame, which makes the browser draw frames.
        await UntilAsync("document.querySelector('main h1')");
    }

    /// <summary>Begins to count what the page takes of the processor.</summary>
    public async Task MeasureAsync()
    {
        _session = await context.NewCDPSessionAsync(page);
        await _session.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" });
    }

    /// <summary>A figure of Chromium's (Performance.getMetrics), times in seconds of the processor.</summary>
    public async Task<double> MetricAsync(string name)
    {
        System.Text.Json.JsonElement? told = await _session!.SendAsync("Performance.getMetrics");
        return told!.Value.GetProperty("metrics").EnumerateArray()
            .First(one => one.GetProperty("name").GetString() == name).GetProperty("value").GetDouble();
    }

    /// <summary>The text of an element.</summary>
    public async Task<string> TextAsync(string selector) => (await page.InnerTextAsync(selector)).Trim();

    /// <summary>Waits until an element's text is this.</summary>
    public Task SeesAsync(string selector, string text, int seconds = Site.Patience) => Assertions.Expect(page.Locator(selector).First)
        .ToContainTextAsync(text, new() { UseInnerText = true, Timeout = 1000 * seconds });

    /// <summary>Waits until an expression is true; the site's policy lets no page evaluate text, so it is asked from here.</summary>
    public async Task UntilAsync(string expression)
    {
        for (int tried = 0; tried < 10 * Site.Patience; tried++)
        {
            if (await page.EvaluateAsync<bool>($"() => !!({expression})")) return;
            await Task.Delay(100);
        }
        Assert.Fail($"never became true: {expression}, at {page.Url}");
    }

    /// <summary>Begins to record every text that an element shows, also those that pass too fast to be asked for.</summary>
    public Task RecordAsync(string selector) => page.EvaluateAsync(
        """
        selector => {
          const element = document.querySelector(selector), texts = window.recorded = [];
          new MutationObserver(() => {
            const text = element.textContent.trim();
            if (texts.at(-1) !== text) texts.push(text);
          }).observe(element, { childList: true, characterData: true, subtree: true });
        }
        """, selector);

    /// <summary>The texts recorded so far.</summary>
    public Task<string[]> RecordedAsync() => page.EvaluateAsync<string[]>("() => window.recorded");

    /// <summary>The texts of a panel's cells, row by row, without the small counts.</summary>
    public async Task<string> CellsAsync(string grid) => string.Join(' ',
        await page.Locator($"{grid} [role=row]").EvaluateAllAsync<string[]>(
        "rows => rows.map(row => [...row.querySelectorAll('.c')].map(c => c.querySelector('text:not(.n):not(.before)')?.textContent ?? '').join(' '))"));

    /// <summary>Keeps a picture of what is seen.</summary>
    public Task KeepAsync(string name, bool whole = false) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Site.Screenshots, name + ".png"), FullPage = whole });

    /// <summary>Ends the visit; what went wrong in it fails the test.</summary>
    public async ValueTask DisposeAsync()
    {
        await context.CloseAsync();
        Assert.Empty(_faults);
    }
}
