using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;

namespace Upstride.Explorer.Services;

/// <summary>
/// A scene as markup: every panel a grid of tiles, every tile with an identifier. Nothing else of the page knows a coordinate, and the
/// coordinates here are those of tiles.
/// </summary>
public sealed class Drawing
{
    /// <summary>Up to so many cells a panel is drawn as SVG; beyond, on a canvas.</summary>
    public const int MostTiles = 1000;

    /// <summary>Up to so many edges a graph is drawn.</summary>
    public const int MostLinks = 1500;

    private const string Nothing = "-", Negative = "n";
    private const int Tile = 40;
    private const int GraphGap = 90;

    private readonly Change[] _running;
    private Dictionary<CellId, List<string>>? _ids;

    /// <summary>Draws a scene.</summary>
    /// <param name="scene">The scene as it is shown.</param>
    /// <param name="prefix">Begins all identifiers.</param>
    /// <param name="running">The changes of the step that is shown, whose sums are seen for a moment; none at rest.</param>
    public Drawing(Scene scene, string prefix, IEnumerable<Change>? running = null)
    {
        ArgumentNullException.ThrowIfNull(scene);
        Scene = scene;
        Prefix = prefix;
        _running = [.. running ?? []];
        Panels = [.. scene.Panels.Where(static panel => panel.Count > 0)];
    }

    /// <summary>The scene.</summary>
    public Scene Scene { get; }

    /// <summary>Begins all identifiers.</summary>
    public string Prefix { get; }

    /// <summary>The panels that have cells.</summary>
    public ImmutableArray<Panel> Panels { get; }

    /// <summary>Whether there is a graph of products that is small enough to be drawn.</summary>
    public bool HasGraph => Scene.Links.Length is > 0 and <= MostLinks;

    /// <summary>The identifier of a panel's grid.</summary>
    public string Id(int panel) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{panel}");

    /// <summary>The identifier of a cell.</summary>
    public string Id(int panel, int cell) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{panel}-{cell}");

    /// <summary>The panel and the cell of an identifier; null for another's.</summary>
    public (int Panel, int Cell)? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        string[] parts = id.Split('-');
        if (parts.Length < 2 || parts[0] != Prefix || !TryInt(parts[1], out int panel)) return null;
        int cell = 0;
        if (parts.Length > 2 && !TryInt(parts[2], out cell)) return null;
        return panel >= 0 && panel < Panels.Length && cell >= 0 && cell < Panels[panel].Count ? (panel, cell) : null;
    }

    /// <summary>A cell of a panel.</summary>
    public Cell CellAt(int panel, int cell) => Panels[panel].At(cell / Panels[panel].Columns, cell % Panels[panel].Columns);

    /// <summary>Whether a panel is drawn on a canvas.</summary>
    public static bool IsCanvas(Panel panel)
    {
        ArgumentNullException.ThrowIfNull(panel);
        return panel.Count > MostTiles;
    }

    /// <summary>The cell of an identifier, in a panel or in the graph; null for another's.</summary>
    public Cell? CellOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (Find(id) is { } place) return CellAt(place.Panel, place.Cell);
        string[] parts = id.Split('-');
        return parts is [var prefix, ("g0" or "g1") and var side, var cell] && prefix == Prefix && HasGraph && TryInt(cell, out int at)
            && Side(side[1] - '0') is var cells && at < cells.Length ? cells[at] : null;
    }

    /// <summary>The identifiers of everything that shows one of these elements.</summary>
    public IEnumerable<string> IdsOf(IReadOnlySet<CellId> elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        if (elements.Count == 0) yield break;
        _ids ??= Register();
        foreach (CellId element in elements)
            if (_ids.TryGetValue(element, out List<string>? ids))
                foreach (string id in ids) yield return id;
        // Of many cells there is no list: each panel knows where it shows an element.
        for (int p = 0; p < Panels.Length; p++)
        {
            if (!IsCanvas(Panels[p])) continue;
            foreach (CellId element in elements)
                if (Panels[p].PlaceOf(element) is >= 0 and var at) yield return Id(p, at);
        }
        if (!HasGraph) yield break;
        for (int i = 0; i < Scene.Links.Length; i++)
            if (elements.Contains(Scene.Links[i].From) && elements.Contains(Scene.Links[i].To))
                yield return string.Create(CultureInfo.InvariantCulture, $"{Prefix}-l{i}");
    }

    /// <summary>The size of a tile at which every panel fits, else the smallest.</summary>
    public int TileFor(int width) =>
        Array.Find([40, 32, 24, 16], size => Panels.All(panel => panel.Columns * size <= width)) is var found and > 0 ? found : 16;

    /// <summary>The tiles of a panel, rows of grid cells.</summary>
    public string Tiles(int index)
    {
        Panel panel = Panels[index];
        int most = panel.Cells.Max(Count);
        Dictionary<CellId, Change> running = [];
        foreach (Change change in _running) running[change.Cell] = change;
        var svg = new StringBuilder(panel.Cells.Length * 120);
        for (int row = 0; row < panel.Rows; row++)
        {
            svg.Append("<g role=\"row\">");
            for (int column = 0; column < panel.Columns; column++)
            {
                Cell cell = panel.At(row, column);
                bool fresh = running.TryGetValue(cell.Id, out Change change);
                Write(svg, cell, Id(index, row * panel.Columns + column), column * Tile, row * Tile, most, fresh ? change : null);
            }
            svg.Append("</g>");
        }
        return svg.ToString();
    }

    /// <summary>The view box of a panel.</summary>
    public static string Box(Panel panel)
    {
        ArgumentNullException.ThrowIfNull(panel);
        return string.Create(CultureInfo.InvariantCulture, $"0 0 {panel.Columns * Tile} {panel.Rows * Tile}");
    }

    /// <summary>Where a stamp lies on a panel and what it shows; null where it lies on another.</summary>
    public static (int X, int Y, string Markup)? StampOn(Panel panel, Stamp? stamp)
    {
        ArgumentNullException.ThrowIfNull(panel);
        if (stamp is null || stamp.Panel != panel.Key) return null;
        var svg = new StringBuilder();
        for (int row = 0; row < stamp.Rows; row++)
        for (int column = 0; column < stamp.Columns; column++)
        {
            int x = column * stamp.ColumnStep * Tile, y = row * stamp.RowStep * Tile, at = row * stamp.Columns + column;
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x + 2}\" y=\"{y + 2}\" width=\"36\" height=\"36\" rx=\"4\"/>");
            if (at < stamp.Factors.Length) svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{x + 5}\" y=\"{y + 13}\">{WebUtility.HtmlEncode(stamp.Factors[at])}</text>");
        }
        return ((stamp.Column - panel.FirstColumn) * Tile, (stamp.Row - panel.FirstRow) * Tile, svg.ToString());
    }

    /// <summary>The graph: inputs above, outputs below, an edge for every product.</summary>
    /// <param name="box">Its view box.</param>
    public string Graph(out string box)
    {
        Cell[] inputs = Side(0), outputs = Side(1);
        int width = Math.Max(inputs.Length, outputs.Length) * Tile, below = Tile + GraphGap;
        int Start(Cell[] cells) => (width - cells.Length * Tile) / 2;
        var places = new Dictionary<CellId, int>();
        for (int i = 0; i < inputs.Length; i++) places[inputs[i].Id] = Start(inputs) + i * Tile + Tile / 2;
        for (int i = 0; i < outputs.Length; i++) places[outputs[i].Id] = Start(outputs) + i * Tile + Tile / 2;
        var svg = new StringBuilder();
        for (int i = 0; i < Scene.Links.Length; i++)
            svg.Append(CultureInfo.InvariantCulture,
                $"<line id=\"{Prefix}-l{i}\" x1=\"{places[Scene.Links[i].From]}\" y1=\"{Tile}\" x2=\"{places[Scene.Links[i].To]}\" y2=\"{below}\"/>");
        for (int side = 0; side < 2; side++)
        {
            Cell[] cells = Side(side);
            svg.Append("<g role=\"row\">");
            for (int i = 0; i < cells.Length; i++)
                Write(svg, cells[i], GraphId(side, i), Start(cells) + i * Tile, side == 0 ? 0 : below, 0, null);
            svg.Append("</g>");
        }
        box = string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {below + Tile}");
        return svg.ToString();
    }

    /// <summary>What the cells of a canvas are filled with: nothing, the letter of a token, or a colour.</summary>
    public static ImmutableArray<string> Fills { get; } =
        [Nothing, "i", "o", "w", "z", "p", "c", Negative, .. Enumerable.Range(0, PhaseColors.Count).Select(PhaseColors.Of)];

    /// <summary>Some rows of a panel that is drawn on a canvas.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="row">The first of the rows.</param>
    /// <param name="rows">How many.</param>
    /// <param name="written">Whether the texts are wanted.</param>
    /// <returns>Of each cell its place in <see cref="Fills"/>, its text, and what is told of all.</returns>
    public static (byte[] Fills, string[] Texts, CanvasSummary Summary) OnCanvas(Panel panel, int row, int rows, bool written)
    {
        ArgumentNullException.ThrowIfNull(panel);
        var fills = new byte[rows * panel.Columns];
        string[] texts = written ? new string[fills.Length] : [];
        var summary = CanvasSummary.None;
        for (int i = 0; i < fills.Length; i++)
        {
            Cell cell = panel.At(row + i / panel.Columns, i % panel.Columns);
            bool empty = cell.Role == CellRole.Empty;
            fills[i] = cell.Phase >= 0 ? (byte)(Fills.Length - PhaseColors.Count + cell.Phase % PhaseColors.Count)
                : (byte)Math.Max(0, Fills.IndexOf(empty ? Nothing : IsNegative(cell) ? Negative : Letter(cell.Role)));
            if (written) texts[i] = empty ? "" : cell.Text;
            if (cell.Value != 0) summary = summary.With(cell.Value);
        }
        return (fills, texts, summary);
    }

    private static void Write(StringBuilder svg, Cell cell, string id, int x, int y, int most, Change? change)
    {
        bool negative = IsNegative(cell);
        string letter = negative && cell.Phase < 0 ? "n" : Letter(cell.Role);
        svg.Append("<g class=\"c c").Append(letter);
        if (cell.Phase >= 0) svg.Append(" ph");
        svg.Append("\" id=\"").Append(id).Append("\" role=\"gridcell\"><rect class=\"f").Append(letter);
        if (cell.Phase >= 0) svg.Append(" p").Append(cell.Phase % 16);
        svg.Append("\" x=\"").Append(x + 2).Append("\" y=\"").Append(y + 2).Append("\" width=\"36\" height=\"36\" rx=\"4\"/>");
        int count = Count(cell);
        double shade = cell.Shade > 0 ? cell.Shade : most > 0 ? (double)count / most : 0;
        if (shade > 0)
            svg.Append("<rect class=\"sh c").Append(letter).Append("\" fill-opacity=\"").Append((0.4 * shade).ToString("0.##",
                CultureInfo.InvariantCulture))
                .Append("\" x=\"").Append(x + 2).Append("\" y=\"").Append(y + 2).Append("\" width=\"36\" height=\"36\" rx=\"4\"/>");
        if (negative)
            svg.Append("<path class=\"cn\" d=\"M").Append(x + 2).Append(' ').Append(y + 2).Append("h8l-8 8z\"/>");
        if (cell.Phase >= 16) svg.Append("<circle cx=\"").Append(x + 33).Append("\" cy=\"").Append(y + 7).Append("\" r=\"2\"/>");
        int lift = cell.Corner.Length > 0 ? 3 : 0;
        bool sums = change is { Before: not null } && cell.Text.Length > 0 && !char.IsAsciiLetter(cell.Text[0]);
        if (sums) Text(svg, x, y - lift, $"{Numeral.Of(change!.Value.Before!.Value)}+{Numeral.Factor(change.Value.Added)}",
            " class=\"before\"");
        if (cell.Text.Length > 0) Text(svg, x, y - lift, cell.Text, sums ? " class=\"after\"" : change is not null ? " class=\"new\"" : "");
        if (cell.Corner.Length > 0)
            svg.Append("<text class=\"n\" x=\"").Append(x + 35).Append("\" y=\"").Append(y
                + 35).Append("\">").Append(cell.Corner).Append("</text>");
        svg.Append("</g>");
    }

    private static void Text(StringBuilder svg, int x, int y, string text, string attributes)
    {
        double size = Math.Min(14, Math.Max(6.5, 34 / (0.58 * text.Length)));
        svg.Append("<text").Append(attributes).Append(" x=\"").Append(x + 20).Append("\" y=\"")
            .Append((y + 20 + size * 0.36).ToString("0.#", CultureInfo.InvariantCulture)).Append('"');
        if (size < 14) svg.Append(" font-size=\"").Append(size.ToString("0.#", CultureInfo.InvariantCulture)).Append('"');
        svg.Append('>').Append(text).Append("</text>");
    }

    private Cell[] Side(int side) =>
    [
        .. Panels.Where(panel => panel.At(0, 0).Id.Part == (side == 0 ? Parts.Input : Parts.Output)).SelectMany(static panel =>
            panel.Cells),
    ];

    private string GraphId(int side, int cell) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-g{side}-{cell}");

    // Which tiles show an element; asked for when something is lit, and not while a slider moves.
    private Dictionary<CellId, List<string>> Register()
    {
        Dictionary<CellId, List<string>> all = [];
        void Add(CellId element, string id)
        {
            if (!all.TryGetValue(element, out List<string>? ids)) all[element] = ids = [];
            ids.Add(id);
        }
        for (int p = 0; p < Panels.Length; p++)
            for (int c = 0; c < Panels[p].Count && !IsCanvas(Panels[p]); c++) Add(Panels[p].Cells[c].Element, Id(p, c));
        if (!HasGraph) return all;
        for (int side = 0; side < 2; side++)
        {
            Cell[] cells = Side(side);
            for (int c = 0; c < cells.Length; c++) Add(cells[c].Element, GraphId(side, c));
        }
        return all;
    }

    private static int Count(Cell cell) => cell.Corner.Length > 0 && TryInt(cell.Corner, out int count) ? count : 0;

    private static bool TryInt(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool IsNegative(Cell cell) => cell.Value < 0 && cell.Role is CellRole.Input or CellRole.Output or CellRole.Weight
        && cell.Value < 0;

    private static string Letter(CellRole role) => role switch
    {
        CellRole.Input => "i",
        CellRole.Output => "o",
        CellRole.Weight => "w",
        CellRole.Inserted => "z",
        CellRole.Padding => "p",
        CellRole.Cropped => "c",
        _ => "e",
    };
}

/// <summary>What is told of many cells in place of each.</summary>
/// <param name="Count">How many hold a number other than 0.</param>
/// <param name="Least">The least of those.</param>
/// <param name="Greatest">The greatest.</param>
public readonly record struct CanvasSummary(int Count, double Least, double Greatest)
{
    /// <summary>Of none.</summary>
    public static CanvasSummary None => new(0, double.PositiveInfinity, double.NegativeInfinity);

    /// <summary>With one more number.</summary>
    public CanvasSummary With(double value) => With(new CanvasSummary(1, value, value));

    /// <summary>With those of another part.</summary>
    public CanvasSummary With(CanvasSummary other) =>
        new(Count + other.Count, Math.Min(Least, other.Least), Math.Max(Greatest, other.Greatest));
}
