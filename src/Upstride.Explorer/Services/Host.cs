using Microsoft.JSInterop;

namespace Upstride.Explorer.Services;

/// <summary>What the browser does for the page: <c>host.js</c>, and what it tells.</summary>
public sealed class Host(IJSRuntime script) : IAsyncDisposable
{
    private IJSObjectReference? _module;
    private DotNetObjectReference<Host>? _self;

    /// <summary>The address was changed by hand or by the browser's buttons.</summary>
    public event Func<string, Task>? AddressChanged;

    /// <summary>The window has another width.</summary>
    public event Action<int>? WidthChanged;

    /// <summary>The pointer is over a cell, with its button held or not; null when over none.</summary>
    public event Func<string?, bool, Task>? Hover;

    /// <summary>A cell was pressed, then clicked.</summary>
    public event Func<string, Task>? Press, Click;

    /// <summary>A cell is held and pulled so many units to the right of where it was pressed.</summary>
    public event Func<string, int, Task>? Pull;

    /// <summary>A grid has the focus.</summary>
    public event Func<string, Task>? Focus;

    /// <summary>A key, with the grid that has the focus and whether Ctrl is held.</summary>
    public event Func<string?, string, bool, Task>? Key;

    /// <summary>A file was dropped, pasted or chosen: its name and size.</summary>
    public event Func<string, long, Task>? File;

    /// <summary>The page came into sight or left it.</summary>
    public event Action<bool>? Sight;

    /// <summary>Of a piece of work in the worker, by its number, so much is done.</summary>
    public event Func<int, double, Task>? Progress;

    /// <summary>Starts listening.</summary>
    /// <returns>Address, width, scheme, languages, and "still" where motion is unwanted.</returns>
    public async Task<string[]> StartAsync()
    {
        _module = await script.InvokeAsync<IJSObjectReference>("import", "./host.js");
        _self = DotNetObjectReference.Create(this);
        return await _module.InvokeAsync<string[]>("start", _self);
    }

    /// <summary>Calls a function of <c>host.js</c>; does nothing before it is loaded.</summary>
    public async Task DoAsync(string function, params object?[] arguments)
    {
        if (_module is not null) await _module.InvokeVoidAsync(function, arguments);
    }

    /// <summary>Calls a function of <c>host.js</c> that answers; the fallback before it is loaded.</summary>
    public async Task<T> AskAsync<T>(string function, T fallback, params object?[] arguments) =>
        _module is null ? fallback : await _module.InvokeAsync<T>(function, arguments);

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Addressed(string address) => AddressChanged?.Invoke(address) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public void Resized(int width) => WidthChanged?.Invoke(width);

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Hovered(string? cell, bool held) => Hover?.Invoke(cell, held) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Pressed(string cell) => Press?.Invoke(cell) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Pulled(string cell, int units) => Pull?.Invoke(cell, units) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Clicked(string cell) => Click?.Invoke(cell) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Focused(string grid) => Focus?.Invoke(grid) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Pushed(string? grid, string key, bool ctrl) => Key?.Invoke(grid, key, ctrl) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Progressed(int turn, double done) => Progress?.Invoke(turn, done) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public Task Given(string name, long size) => File?.Invoke(name, size) ?? Task.CompletedTask;

    /// <summary>Called by <c>host.js</c>.</summary>
    [JSInvokable]
    public void Seen(bool seen) => Sight?.Invoke(seen);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _self?.Dispose();
        if (_module is not null) await _module.DisposeAsync();
    }
}
