using Microsoft.AspNetCore.Components;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Services;

namespace Upstride.Explorer.Components;

/// <summary>A component that shows settings and numbers, and is not drawn anew when only a step, a pin or the pointer moves.</summary>
public abstract class KeyedComponent : ComponentBase
{
    private (ExplorerState State, int Width)? _key;
    private bool _isGiven, _isOther;

    /// <summary>The state.</summary>
    [Inject] public Store Store { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        (ExplorerState State, int Width) key = (Store.State with { Step = null, Pin = null, ShownInput = 0 }, Store.Width);
        _isOther = _key != key;
        _key = key;
        _isGiven = true;
    }

    /// <inheritdoc/>
    protected override bool ShouldRender()
    {
        // What the component does by itself is always shown.
        if (!_isGiven) return true;
        _isGiven = false;
        return _isOther;
    }
}
