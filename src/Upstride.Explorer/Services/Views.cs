using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explorer.Services;

/// <summary>The computation of a state and its five views, each made when it is first asked for.</summary>
public sealed class Views
{
    private readonly ExplorerState _key;
    private readonly Dictionary<View, (Scene? Scene, string? Fault)> _scenes = [];

    private Views(ExplorerState key)
    {
        _key = key;
        try
        {
            Source = new SceneSource(Computation.Of(key.ToProblem()), key.ShownOutput, null, key.Language);
        }
        catch (GeometryException fault)
        {
            Fault = Texts.Of(key.Language).Refusal(fault.Error);
        }
    }

    /// <summary>What the views are made from; null where the state is not legal.</summary>
    public SceneSource? Source { get; }

    /// <summary>Why there is none.</summary>
    public string? Fault { get; }

    /// <summary>The views of a state: those from before where nothing that they show has changed.</summary>
    public static Views Of(ExplorerState state, Views? before)
    {
        ArgumentNullException.ThrowIfNull(state);
        ExplorerState key = state with { Page = default, Step = null, Pin = null, View = default, Versus = null, Cure = null, ShownInput =
            0,
            Method = "", Scale = 2 };
        return before is not null && before._key == key ? before : new(key);
    }

    /// <summary>One view, or the reason why it is not shown.</summary>
    public (Scene? Scene, string? Fault) this[View view]
    {
        get
        {
            if (Source is null) return (null, Fault);
            if (_scenes.TryGetValue(view, out var made)) return made;
            try
            {
                made = (Source.Show(view), null);
            }
            catch (GeometryException fault)
            {
                made = (null, Texts.Of(_key.Language).Refusal(fault.Error));
            }
            return _scenes[view] = made;
        }
    }
}
