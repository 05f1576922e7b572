using Microsoft.AspNetCore.Components;
using Upstride.Explorer.Services;

namespace Upstride.Explorer.Components;

/// <summary>A component that shows the state and nothing else that its parent gives it, so that it has to look at the state
/// itself.</summary>
public abstract class StoreComponent : ComponentBase, IDisposable
{
    /// <summary>The state.</summary>
    [Inject] public Store Store { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized() => Store.Changed += Again;

    /// <inheritdoc/>
    public void Dispose()
    {
        Store.Changed -= Again;
        OnEnded();
        GC.SuppressFinalize(this);
    }

    /// <summary>The state is another; what is kept of it is made anew here.</summary>
    protected virtual void OnChanged()
    {
    }

    /// <summary>The component is no longer shown.</summary>
    protected virtual void OnEnded()
    {
    }

    private void Again()
    {
        OnChanged();
        _ = InvokeAsync(StateHasChanged);
    }
}
