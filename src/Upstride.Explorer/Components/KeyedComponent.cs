using Microsoft.AspNetCore.Components;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Services;

namespace Upstride.Explorer.Components;

/// <summary>
/// A component that shows settings and numbers beside the figure: it is not drawn anew when only a step, a pin or the pointer moves, and
/// while a slider moves it waits until that has paused, so that the figure follows the hand.
/// </summary>
public abstract class KeyedComponent : ComponentBase
{
    private const int After = 150;

    private (ExplorerState State, int Width)? _key;
    private bool _isGiven, _isDue;
    private int _turn;

    /// <summary>The state.</summary>
    [Inject] public Store Store { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        (ExplorerState State, int Width) key = (Store.State with { Step = null, Pin = null, ShownInput = 0 }, Store.Width);
        bool first = _key is null, other = _key != key;
        _key = key;
        _isGiven = true;
        _isDue = other && (first || !Store.IsSliding);
        if (!other) return;
        int turn = ++_turn;
        if (_isDue) Prepare();
        else _ = DrawLaterAsync(turn);
    }

    /// <summary>What is shown is computed here.</summary>
    protected virtual void Prepare()
    {
    }

    /// <inheritdoc/>
    protected override bool ShouldRender()
    {
        // What the component does by itself is always shown.
        if (!_isGiven) return true;
        _isGiven = false;
        return _isDue;
    }

    private async Task DrawLaterAsync(int turn)
    {
        await Task.Delay(After);
        if (turn != _turn) return;
        Prepare();
        StateHasChanged();
    }
}
