using System.Collections.Immutable;
using System.Globalization;
using Microsoft.AspNetCore.Components;
using Upstride.Explain.Computing;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Services;

namespace Upstride.Explorer.Pages;

/// <summary>The operator in five views that move together.</summary>
public partial class OperatorPage
{
    // The design's pace: a step is seen for so long at normal speed, and at double speed flashes less than three times a second.
    private const int StepMilliseconds = 700;

    // The other views are drawn when sliding has paused.
    private const int OthersAfter = 180;
    private const int MostOtherCells = 2500;

    private Views? _views;
    private Drawing? _main;
    private Scene? _plain;
    private Stamp? _stamp;
    private ImmutableArray<(View View, Drawing? Drawing, string? Fault)> _others = [];
    private (Views Views, View View)? _othersFor;
    private string? _fault;
    private CellId? _hover;
    private string? _cursor;
    private CellId? _editable;
    private (CellId Element, double From)? _pulled;
    private string _editName = "", _editValue = "";
    private OutputSum? _sum;
    private string _sentence = "", _caption = "";
    private int _steps, _playing, _turn;
    private double _speed = 1, _brush = 1;
    private bool _drawing, _relight, _whole;
    private int _waiting;

    private ExplorerState State => Store.State;

    private Texts T => Store.Texts;

    private int FigureWidth => Store.Width switch
    {
        < 1024 => Store.Width - 64,
        < 1600 => Store.Width - 440,
        _ => Store.Width - 360 - Math.Max(420, Store.Width * 3 / 10) - 90,
    };

    private int OtherWidth => Store.Width < 1600 ? FigureWidth : Math.Max(420, Store.Width * 3 / 10) - 60;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Store.Changed += Show;
        Host.Hover += HoverAsync;
        Host.Press += PressAsync;
        Host.Pull += PullAsync;
        Host.Click += ClickAsync;
        Host.Focus += FocusAsync;
        Host.Key += KeyAsync;
        Host.Sight += PauseUnseen;
        Compute();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // What can be used at once is seen at once; what lies beneath it follows.
        if (firstRender)
        {
            await Host.AskAsync<object?>("frame", null);
            _whole = true;
            StateHasChanged();
        }
        if (_relight)
        {
            _relight = false;
            await LightAsync();
        }
        await DrawOthersAsync();
    }

    private void Show()
    {
        if (State.Page != Page.Operator) return;
        Compute();
        _ = InvokeAsync(StateHasChanged);
    }

    // Everything that the page shows comes of the state and of the element under the cursor.
    private void Compute()
    {
        _views = Views.Of(State, _views);
        (_plain, _fault) = _views[State.View];
        _relight = true;
        if (_plain is null)
        {
            _main = null;
            return;
        }
        _steps = _plain.StepCount;
        int? step = State.Step is { } wanted && wanted < _steps ? wanted : null;
        if (step is { } at)
        {
            SceneStep shown = _plain.StepAt(at);
            _main = new Drawing(_plain.At(at), "v", State.View == View.Scatter ? shown.Changes : []);
            _stamp = shown.Stamp;
            _caption = shown.Caption;
        }
        else
        {
            if (_main?.Scene != _plain) _main = new Drawing(_plain, "v");
            _stamp = null;
            _caption = _plain.Description;
        }
        Say();
    }

    private CellId? Pinned => State.Pin is { } pin && _views?.Source is { } source
        ? Lighting.Find(source, PartOf(pin.Kind), pin.Kind == PinKind.Output ? source.Channel : State.ShownInput, pin.Position)
        : null;

    private CellId? Stepped => State.Step is { } step && _plain is not null && step < _steps && _plain.StepAt(step).Lit is [var first, ..]
        ? ElementOf(first) : null;

    private CellId ElementOf(CellId id) =>
        _plain!.CellOf(id)?.Element ?? id;

    // What is said of the element: the one under the cursor, else the pinned one, else the one of the step.
    private void Say()
    {
        _sum = null;
        _sentence = "";
        _editable = null;
        if (_views?.Source is not { } source || (_hover ?? Pinned ?? Stepped) is not { } element) return;
        Lighting lighting = Lighting.Of(source, element);
        _sentence = lighting.Sentence;
        if (element.Part == Parts.Output && Lighting.Locate(source, element) is { } output)
            _sum = source.Computation.SumAt(source.Channel, output.Position.AsSpan());
        if ((Pinned ?? element) is { Part: Parts.Input or Parts.Kernel } edited && Lighting.Locate(source, edited) is { } place
            && !source.Computation.Problem.Symbols)
        {
            _editable = edited;
            _editName = (edited.Part == Parts.Input ? "x" : "w") + Numeral.Position(place.Position);
            _editValue = ValueOf(edited).ToString("R", CultureInfo.InvariantCulture);
        }
    }

    private double ValueOf(CellId element) =>
        _views![View.Scatter].Scene?.CellOf(element)?.Value ?? 0;

    private async Task LightAsync()
    {
        if (_views?.Source is not { } source || _main is null) return;
        HashSet<CellId> lit = [];
        foreach (CellId? one in (CellId?[])[_hover ?? Stepped ?? Pinned, Pinned])
            if (one is { } element) lit.UnionWith(Lighting.Of(source, element).Elements);

        // A step may be about cells that are no element: a phase, a row of a matrix.
        IEnumerable<string> ids = _main.IdsOf(lit);
        if (_hover is null && State.Step is { } step && step < _steps) ids = ids.Concat(_main.IdsOf(_plain!.StepAt(step).Lit.ToHashSet()));
        foreach ((_, Drawing? drawing, _) in _others) if (drawing is not null) ids = ids.Concat(drawing.IdsOf(lit));
        string label = _cursor is { } id && FindCell(id) is { } found
            ? Lighting.Label(source, found.Drawing.Scene, found.Panel, found.Cell) : "";
        await Host.DoAsync("light", ids.Distinct(StringComparer.Ordinal).ToArray(), label.Length > 0 ? _cursor : null, label);
    }

    private (Panel Panel, Cell Cell, Drawing Drawing, int Index)? FindCell(string id)
    {
        foreach (Drawing? drawing in _others.Select(static one => one.Drawing).Prepend(_main))
            if (drawing?.Find(id) is { } place)
                return (drawing.Panels[place.Panel], drawing.CellAt(place.Panel, place.Cell), drawing, place.Panel);
        return null;
    }

    private CellId? ElementAt(string id) =>
        _others.Select(static one => one.Drawing).Prepend(_main).Select(drawing => drawing?.CellOf(id)).FirstOrDefault(static cell =>
            cell is not null)?.Element;

    private async Task HoverAsync(string? id, bool held)
    {
        CellId? element = id is null ? null : ElementAt(id);
        if (held && _drawing && element is { } drawn && await DrawAsync(drawn)) return;
        if (element == _hover) return;
        _hover = element;
        if (id is not null) _cursor = id;
        if (_playing != 0 && id is not null) _playing = 0;
        Say();
        await LightAsync();
        StateHasChanged();
    }

    private async Task PressAsync(string id)
    {
        _pulled = null;
        Store.LetGo();
        if (_drawing && ElementAt(id) is { } element) await DrawAsync(element);
    }

    // Pulled to the right a number grows, as a slider's would.
    private async Task PullAsync(string id, int units)
    {
        if (_drawing || _views?.Source is not { Computation.Problem.Symbols: false }) return;
        if (_pulled is null && ElementAt(id) is { Part: Parts.Input or Parts.Kernel } element) _pulled = (element, ValueOf(element));
        if (_pulled is { } pulled) await WriteAsync(pulled.Element, pulled.From + units, sliding: true);
    }

    private async Task<bool> DrawAsync(CellId element) => element.Part is Parts.Input or Parts.Kernel && await WriteAsync(element, _brush);

    private async Task<bool> WriteAsync(CellId element, double value, bool sliding = false)
    {
        if (_views?.Source is not { } source || Lighting.Locate(source, element) is not { } place) return false;
        ExplorerState next = element.Part == Parts.Input
            ? State.WithInput(place.Channel, place.Position, value)
            : State.WithWeight(place.Channel, place.Position, value);
        if (Store.Fault(next) is not null) return false;
        await Store.SetAsync(next, sliding);
        return true;
    }

    private Task ClickAsync(string id)
    {
        _cursor = id;
        return _drawing || ElementAt(id) is not { } element ? Task.CompletedTask : TogglePinAsync(element);
    }

    private Task TogglePinAsync(CellId element)
    {
        if (_views?.Source is not { } source) return Task.CompletedTask;
        if (element.Part == Parts.Product)
            element = Lighting.Of(source, element).Elements.FirstOrDefault(static one => one.Part == Parts.Output, element);
        if (Lighting.Locate(source, element) is not { } place) return Task.CompletedTask;
        PinKind kind = element.Part switch { Parts.Input => PinKind.Input, Parts.Kernel => PinKind.Tap, _ => PinKind.Output };
        var pin = new Pin(kind, place.Position);
        ExplorerState next = State.Pin == pin ? State with { Pin = null }
            : State with { Pin = pin, ShownInput = kind == PinKind.Output ? State.ShownInput : place.Channel };
        return Store.SetAsync(next);
    }

    private async Task FocusAsync(string grid)
    {
        if (_cursor is { } at && at.StartsWith(grid + "-", StringComparison.Ordinal) && FindCell(at) is not null) await MoveAsync(at);
        else await MoveAsync(grid + "-0");
    }

    private async Task MoveAsync(string id)
    {
        if (FindCell(id) is not { } found) return;
        _cursor = id;
        _hover = found.Cell.Element;
        Say();
        await LightAsync();
        StateHasChanged();
    }

    private async Task KeyAsync(string? grid, string key, bool ctrl)
    {
        switch (key)
        {
            case "Escape":
                _playing = 0;
                _hover = null;
                if (State.Pin is not null) await Store.SetAsync(State with { Pin = null });
                else await LightAsync();
                break;
            case " ":
                await PlayAsync(_playing == 0 ? 1 : 0);
                break;
            case ",":
                await StepAsync(Math.Max(0, (State.Step ?? _steps) - 1), false);
                break;
            case ".":
                await StepAsync(Math.Min(_steps, (State.Step ?? _steps) + 1), false);
                break;
            case "[" or "]":
                int speed = Components.TimeBar.Speeds.IndexOf(_speed) + (key == "[" ? -1 : 1);
                _speed = Components.TimeBar.Speeds[Math.Clamp(speed, 0, Components.TimeBar.Speeds.Length - 1)];
                StateHasChanged();
                break;
            case "c":
                await Host.AskAsync("copy", false, await Host.AskAsync("full", ""));
                break;
            case [>= '1' and <= '5']:
                await ShowAsync((View)(key[0] - '1'));
                break;
            case "Enter" when _cursor is { } pinned && ElementAt(pinned) is { } element:
                await TogglePinAsync(element);
                break;
            case "e" when _cursor is { } edited && ElementAt(edited) is { Part: Parts.Input or Parts.Kernel }:
                await Host.DoAsync("focus", "edit");
                break;
            default:
                if (grid is not null) await ArrowAsync(grid, key, ctrl);
                break;
        }
    }

    private Task ArrowAsync(string grid, string key, bool ctrl)
    {
        string from = _cursor is { } cursor && cursor.StartsWith(grid + "-", StringComparison.Ordinal) ? cursor : grid + "-0";
        if (FindCell(from) is not { } found) return Task.CompletedTask;
        Panel panel = found.Panel;
        int at = int.Parse(from.AsSpan(from.LastIndexOf('-') + 1), CultureInfo.InvariantCulture), row = at / panel.Columns, column =
            at % panel.Columns;
        (row, column) = key switch
        {
            "ArrowLeft" => (row, ctrl ? 0 : column - 1),
            "ArrowRight" => (row, ctrl ? panel.Columns - 1 : column + 1),
            "ArrowUp" => (ctrl ? 0 : row - 1, column),
            "ArrowDown" => (ctrl ? panel.Rows - 1 : row + 1, column),
            "Home" => (ctrl ? 0 : row, 0),
            "End" => (ctrl ? panel.Rows - 1 : row, panel.Columns - 1),
            _ => (row, column),
        };
        row = Math.Clamp(row, 0, panel.Rows - 1);
        column = Math.Clamp(column, 0, panel.Columns - 1);
        return MoveAsync(found.Drawing.Id(found.Index, row * panel.Columns + column));
    }

    private Task ShowAsync(View view)
    {
        _playing = 0;
        _hover = null;
        return Store.SetAsync(State with { View = view, Step = null });
    }

    private Task StepAsync(int step, bool sliding)
    {
        _playing = 0;
        return GoAsync(step, sliding);
    }

    private Task GoAsync(int step, bool sliding)
    {
        _hover = null;
        return Store.SetAsync(State with { Step = step >= _steps ? null : step }, sliding);
    }

    private async Task PlayAsync(int direction)
    {
        _playing = direction;
        int turn = ++_turn;
        if (direction == 0)
        {
            StateHasChanged();
            return;
        }
        int step = State.Step ?? _steps;
        if (direction > 0 && step >= _steps) step = -1;
        while (turn == _turn && _playing != 0)
        {
            step += direction;
            await GoAsync(Math.Clamp(step, 0, _steps), sliding: true);
            if (step <= 0 && direction < 0 || step >= _steps) break;
            await Task.Delay((int)(StepMilliseconds / _speed));
        }
        if (turn != _turn) return;
        _playing = 0;
        StateHasChanged();
    }

    private void PauseUnseen(bool seen)
    {
        if (!seen) _playing = 0;
    }

    private async Task DrawOthersAsync()
    {
        if (_views is not { Source: not null } views || (_othersFor is { } drawn && drawn.Views == views
            && drawn.View == State.View)) return;
        int turn = ++_waiting;
        await Task.Delay(OthersAfter);
        if (turn != _waiting || _views != views) return;
        _othersFor = (views, State.View);
        var others = ImmutableArray.CreateBuilder<(View, Drawing?, string?)>();
        foreach (View view in Enum.GetValues<View>())
        {
            if (view == State.View) continue;
            (Scene? scene, string? fault) = views[view];
            if (scene?.CellCount > MostOtherCells)
            {
                fault = T["ui.others.large", scene.CellCount];
                scene = null;
            }
            others.Add((view, scene is null ? null : new Drawing(scene, $"o{(int)view}"), fault));
        }
        _others = others.ToImmutable();
        _relight = true;
        StateHasChanged();
    }

    private string SizeText()
    {
        var geometry = _views!.Source!.Computation.Geometry;
        return string.Join('x', geometry.Axes.Select(static axis => axis.Input)) + " \u2192 "
            + string.Join('x', geometry.Axes.Select(static axis => axis.Output));
    }

    private string Json() => JsonRenderer.Render(_views!.Source!.Computation, Word(State.Framework), State.ShownOutput,
        State.Pin is { Kind: PinKind.Output } pin ? pin.Position : null);

    private async Task EditAsync(ChangeEventArgs change)
    {
        if (_editable is { } element && double.TryParse(change.Value as string, NumberStyles.Float, CultureInfo.InvariantCulture,
            out double value)
            && double.IsFinite(value))
            await WriteAsync(element, value);
    }

    private static string PartOf(PinKind kind) => kind switch { PinKind.Input => Parts.Input, PinKind.Tap => Parts.Kernel, _ =>
        Parts.Output };

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public void Dispose()
    {
        _playing = 0;
        Store.Changed -= Show;
        Host.Hover -= HoverAsync;
        Host.Press -= PressAsync;
        Host.Pull -= PullAsync;
        Host.Click -= ClickAsync;
        Host.Focus -= FocusAsync;
        Host.Key -= KeyAsync;
        Host.Sight -= PauseUnseen;
    }
}
