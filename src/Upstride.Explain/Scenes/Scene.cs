using System.Collections.Immutable;

namespace Upstride.Explain.Scenes;

/// <summary>The five views of one computation.</summary>
public enum View
{
    /// <summary>What each input adds where.</summary>
    Scatter,

    /// <summary>The stretched input under the turned kernel.</summary>
    Gather,

    /// <summary>The transposed matrix of the convolution.</summary>
    Matrix,

    /// <summary>The phases, each a small convolution.</summary>
    Phases,

    /// <summary>The ordinary convolution that equals it, and the one it belongs to.</summary>
    Convolution,
}

/// <summary>What one step does to one cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Before">Its number before; null where it was empty.</param>
/// <param name="Added">What is added.</param>
/// <param name="After">Its number after.</param>
public readonly record struct Change(CellId Cell, double? Before, double Added, double After);

/// <summary>A window or a stamp that lies over a panel: a grid of cells, its neighbours some cells apart.</summary>
/// <param name="Panel">The key of the panel beneath.</param>
/// <param name="Row">The row of its first cell.</param>
/// <param name="Column">The column of its first cell.</param>
/// <param name="Rows">Rows of its grid.</param>
/// <param name="Columns">Columns of its grid.</param>
/// <param name="RowStep">Rows from one of its cells to the next.</param>
/// <param name="ColumnStep">Columns from one of its cells to the next.</param>
public sealed record Stamp(string Panel, int Row, int Column, int Rows, int Columns, int RowStep, int ColumnStep)
{
    /// <summary>The factors that its cells carry, row by row.</summary>
    public ImmutableArray<string> Factors { get; init; } = [];
}

/// <summary>One step of a view.</summary>
/// <param name="Caption">What it does, as a sentence.</param>
/// <param name="Lit">The cells that it is about.</param>
/// <param name="Changes">The cells that it changes.</param>
/// <param name="Stamp">What lies over a panel; null for nothing.</param>
public sealed record SceneStep(string Caption, ImmutableArray<CellId> Lit, ImmutableArray<Change> Changes, Stamp? Stamp = null);

/// <summary>A line between two cells: an edge of the graph.</summary>
public readonly record struct Link(CellId From, CellId To);

/// <summary>A view of a computation as data: panels of cells, steps that fill them, lines of text.</summary>
/// <param name="View">Which of the five; null for another figure.</param>
/// <param name="Title">What it shows, in a few words.</param>
/// <param name="Description">The same for who cannot see it, in a sentence or two.</param>
/// <param name="Panels">The panels, first to last.</param>
/// <param name="Steps">The steps, first to last.</param>
/// <param name="Output">The output of the shown channel as this view computes it, row by row.</param>
public sealed record Scene(
    View? View, string Title, string Description, ImmutableArray<Panel> Panels, ImmutableArray<SceneStep> Steps,
        ImmutableArray<double> Output)
{
    private readonly Lazy<ImmutableArray<SceneStep>>? _late;
    private readonly Func<int, SceneStep>? _make;
    private readonly Func<int, Change>? _fill;

    /// <summary>The steps, first to last; a view of many makes them when they are first asked for.</summary>
    public ImmutableArray<SceneStep> Steps
    {
        get => _late?.Value ?? field;
        init => (field, _late, _make, _fill, StepCount) = (value, null, null, null, value.Length);
    } = Steps;

    /// <summary>How many steps there are; asking makes none.</summary>
    public int StepCount { get; private init; } = Steps.Length;

    /// <summary>The same scene, whose steps are made when they are first asked for.</summary>
    internal Scene WithSteps(int count, Func<ImmutableArray<SceneStep>> make) => new(this, count, new(make), null, null);

    /// <summary>The same scene, each of whose steps is made alone and fills one cell of its own.</summary>
    internal Scene WithSteps(int count, Func<int, SceneStep> make, Func<int, Change> fill) =>
        new(this, count, new(() => [.. Enumerable.Range(0, count).Select(make)]), make, fill);

    private Scene(Scene scene, int count, Lazy<ImmutableArray<SceneStep>> late, Func<int, SceneStep>? make, Func<int, Change>? fill)
        : this(scene) => (StepCount, _late, _make, _fill) = (count, late, make, fill);

    /// <summary>One step; a view whose steps stand by themselves makes no other.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public SceneStep StepAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, StepCount);
        return _make is not null && _late is { IsValueCreated: false } ? _make(step) : Steps[step];
    }

    private ReadOnlySpan<Change> ChangesOf(int step) => _fill is not null ? new[] { _fill(step) } : Steps[step].Changes.AsSpan();

    /// <summary>Lines of text beneath the panels.</summary>
    public ImmutableArray<string> Lines { get; init; } = [];

    /// <summary>The edges of a graph between two panels; none where there is no graph.</summary>
    public ImmutableArray<Link> Links { get; init; } = [];

    /// <summary>The cells that belong to the pinned element.</summary>
    public ImmutableArray<CellId> Pinned { get; init; } = [];

    /// <summary>The pinned element's sum in this view's words; empty where nothing is pinned.</summary>
    public string PinnedText { get; init; } = "";

    /// <summary>The step that makes the pinned element; -1 where nothing is pinned.</summary>
    public int PinnedStep { get; init; } = -1;

    /// <summary>All cells of all panels.</summary>
    public int CellCount => Panels.Sum(static panel => panel.Count);

    /// <summary>
    /// The scene as it is after a step: cells that only later steps fill are empty, those between hold what they have by then, and the
    /// step's cells are pinned.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public Scene At(int step)
    {
        SceneStep shown = StepAt(step);
        Dictionary<CellId, (double? Value, int Done)> now = [];
        HashSet<CellId> unfinished = [];
        for (int i = 0; i < StepCount; i++)
        {
            foreach (Change change in ChangesOf(i))
            {
                if (i <= step) now[change.Cell] = (change.After, now.TryGetValue(change.Cell, out var before) ? before.Done + 1 : 1);
                else if (unfinished.Add(change.Cell)) now.TryAdd(change.Cell, (change.Before, 0));
            }
        }
        HashSet<string> changed = [.. unfinished.Select(static id => (id.Part, id.Plane)).Distinct()
            .Select(static one => Panel(new(one.Part, one.Plane, 0, 0)))];
        return this with
        {
            Panels =
            [
                .. Panels.Select(panel => changed.Contains(panel.Key)
                    ? panel.Map(cell => unfinished.Contains(cell.Id) ? Unfinished(cell, now[cell.Id]) : cell) : panel),
            ],
            Pinned = shown.Lit,
            PinnedText = "",
            PinnedStep = -1,
        };
    }

    private static Cell Unfinished(Cell cell, (double? Value, int Done) now) => cell with
    {
        Text = now.Value is { } value && !(cell.Text.Length > 0 && char.IsAsciiLetter(cell.Text[0])) ? Computing.Numeral.Of(value) : "",
        Value = now.Value ?? 0,
        Corner = cell.Corner.Length == 0 || now.Done == 0 ? "" : System.FormattableString.Invariant($"{now.Done}"),
    };

    /// <summary>The panel of a cell.</summary>
    public Panel? PanelOf(CellId id) => Panels.FirstOrDefault(panel => string.Equals(panel.Key, Panel(id), StringComparison.Ordinal));

    /// <summary>The cell of a place; null where no panel has it.</summary>
    public Cell? CellOf(CellId id) =>
        PanelOf(id) is { } panel && panel.IndexOf(id) is >= 0 and var at ? panel.At(at / panel.Columns, at % panel.Columns) : null;

    /// <summary>The key of a cell's panel.</summary>
    public static string Panel(CellId id) => id.Plane == 0 ? id.Part : $"{id.Part}.{id.Plane}";
}
