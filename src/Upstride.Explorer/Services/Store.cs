using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explorer.Services;

/// <summary>The one state that every page shows, its address, and what belongs to the window alone.</summary>
public sealed class Store(Host host)
{
    private bool _sliding;

    /// <summary>The state.</summary>
    public ExplorerState State { get; private set; } = ExplorerState.Worked;

    /// <summary>What the address said that was not understood.</summary>
    public ImmutableArray<string> Notices { get; private set; } = [];

    /// <summary>The texts of the state's language.</summary>
    public Texts Texts => Texts.Of(State.Language);

    /// <summary>The window's width in pixels.</summary>
    public int Width { get; private set; } = 1024;

    /// <summary>light, dark, or empty for the system's.</summary>
    public string Scheme { get; private set; } = "";

    /// <summary>Whether motion is unwanted.</summary>
    public bool IsStill { get; private set; }

    /// <summary>Whether the page that measures is shown; it has an address and no state.</summary>
    public bool IsBench { get; private set; }

    /// <summary>The state, the width or the scheme is another.</summary>
    public event Action? Changed;

    /// <summary>Reads the address and follows it.</summary>
    public async Task StartAsync()
    {
        string[] told = await host.StartAsync();
        if (told is [var address, var width, var scheme, var languages, var still])
        {
            if (int.TryParse(width, System.Globalization.CultureInfo.InvariantCulture, out int pixels)) Width = pixels;
            Scheme = scheme is "light" or "dark" ? scheme : "";
            IsStill = still.Length > 0;
            if (languages.StartsWith("zh", StringComparison.OrdinalIgnoreCase)) State = State with { Language = Language.Chinese };
            Read(address);
        }
        host.AddressChanged += async address =>
        {
            Read(address);
            await TellAsync();
        };
        host.WidthChanged += width =>
        {
            Width = width;
            Changed?.Invoke();
        };
        await TellAsync();
    }

    /// <summary>Shows another state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="sliding">Whether it is one of many while something slides, which makes no entry in the history.</param>
    public async Task SetAsync(ExplorerState state, bool sliding = false)
    {
        bool language = state.Language != State.Language;
        // The history gets one entry for all that slides until it is let go.
        bool adds = !sliding || !_sliding;
        _sliding = sliding;
        State = state;
        Notices = [];
        Changed?.Invoke();
        await host.DoAsync("address", Address.Write(state), adds);
        if (language) await TellLanguageAsync();
    }

    /// <summary>Whether something slides.</summary>
    public bool IsSliding => _sliding;

    /// <summary>What slid has been let go: the next slide is another entry of the history.</summary>
    public void LetGo() => _sliding = false;

    /// <summary>Chooses colours: light, dark, or the system's.</summary>
    public async Task SetSchemeAsync(string scheme)
    {
        Scheme = scheme;
        await host.DoAsync("scheme", scheme);
        Changed?.Invoke();
    }

    /// <summary>
    /// The legal state nearest to the one that is wanted on the way from a value to another, its value, and the reason why it is not the
    /// one wanted.
    /// </summary>
    /// <param name="wanted">The state of each value.</param>
    /// <param name="from">The value now.</param>
    /// <param name="to">The value that is wanted.</param>
    public (ExplorerState State, int Value, string? Reason) Hold(Func<int, ExplorerState> wanted, int from, int to)
    {
        string? reason = null;
        for (int value = to; ; value += Math.Sign(from - to))
        {
            ExplorerState state = wanted(value).FittedFrom(State) with { Step = null };
            if (Fault(state) is not { } fault) return (state, value, reason);
            reason ??= fault;
            if (value == from) return (State, from, reason);
        }
    }

    /// <summary>Why a state is not legal; null where it is.</summary>
    public string? Fault(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        try
        {
            Computation.Require(state.ToProblem());
            return null;
        }
        catch (GeometryException fault)
        {
            return Texts.Refusal(fault.Error);
        }
    }

    private void Read(string address)
    {
        IsBench = address is "#bench";
        if (IsBench) return;
        // An address without a language is shown in the reader's.
        ReadAddress read = Address.Read(address, State.Language);
        State = read.State;
        Notices = read.IsNewer ? [Texts["ui.newer"], .. read.Skipped] : read.Skipped;
    }

    private async Task TellAsync()
    {
        Changed?.Invoke();
        await TellLanguageAsync();
    }

    private Task TellLanguageAsync() =>
        host.DoAsync("language", State.Language == Language.Chinese ? "zh-Hans" : "en", Texts["ui.title"]);
}
