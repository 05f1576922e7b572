using Bunit;
using Microsoft.AspNetCore.Components.WebAssembly.Services;
using Microsoft.Extensions.DependencyInjection;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Components;
using Upstride.Explorer.Pages;
using Upstride.Explorer.Services;

namespace Upstride.Explorer.Tests;

public sealed class PicturePageTests : BunitContext
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly BunitJSModuleInterop _browser;

    public PicturePageTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        _browser = JSInterop.SetupModule("./host.js");
        _browser.Mode = JSRuntimeMode.Loose;
        _browser.Setup<bool>("fetched", static _ => true).SetResult(true);

        // So large that no processor enlarges it by a network before it has to ask for a frame.
        _browser.Setup<byte[]>("decode", static _ => true).SetResult(EnlargerTests.Canvas(800, 600, new Random(1)));
        _browser.Setup<object?>("frame", static _ => true).SetResult(null);
        Services.AddScoped<Host>();
        Services.AddScoped<Store>();
        Services.AddScoped<LazyAssemblyLoader>();
        Services.AddScoped<LaterAssemblies>();
        Services.AddScoped<PictureWorks>();
    }

    [Fact]
    public async Task A_method_that_is_chosen_later_is_told_while_it_works()
    {
        await Services.GetRequiredService<Host>().StartAsync();
        Store store = Services.GetRequiredService<Store>();
        await store.SetAsync(store.State with { Page = Page.Picture, Method = "nearest" });
        IRenderedComponent<PicturePage> page = Render<PicturePage>();
        await page.WaitForAssertionAsync(() => Assert.False(page.Find("#save-picture").HasAttribute("disabled")), Patience);

        // From here on a piece of work waits for a frame that does not come.
        JSRuntimeInvocationHandler<object?> frame = _browser.Setup<object?>("frame", static _ => true);
        await page.InvokeAsync(() => store.SetAsync(store.State with { Method = "fsrcnn" }));
        await page.WaitForAssertionAsync(() => Assert.NotNull(page.FindComponent<WorkStatus>().Instance.Work), Patience);
        page.FindComponent<WorkStatus>().Instance.Work!.Cancel();
        frame.SetResult(null);
        await page.WaitForAssertionAsync(() => Assert.Null(page.FindComponent<WorkStatus>().Instance.Work), Patience);
        Assert.True(page.Find("#save-picture").HasAttribute("disabled"));
    }
}
