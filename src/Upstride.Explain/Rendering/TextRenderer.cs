using System.Text;
using Upstride.Explain.Scenes;
using Upstride.Geometry;

namespace Upstride.Explain.Rendering;

/// <summary>
/// Writes a view as plain text: panels side by side, <c>.</c> for inserted zeros, <c>:</c> for padding, <c>(5)</c> for what is cropped,
/// <c>[54]</c> for
/// what is pinned; with colours, the roles in the terminal's 256 colours too.
/// </summary>
public static class TextRenderer
{
    private const int Gap = 3;
    private const int MaxCaptions = 12;

    /// <summary>The most cells that are printed.</summary>
    public const int MaximalCells = 4096;

    /// <summary>The text of a view.</summary>
    /// <param name="scene">The view.</param>
    /// <param name="width">Columns of the terminal: panels that do not fit beside each other stand below each other.</param>
    /// <param name="color">Whether escape sequences for colours are written.</param>
    /// <exception cref="Geometry.GeometryException">More than <see cref="MaximalCells"/> cells.</exception>
    public static string Render(Scene scene, int width = 80, bool color = false)
    {
        ArgumentNullException.ThrowIfNull(scene);
        if (scene.CellCount > MaximalCells)
            throw Computing.ValueSource.Fault(
                "input", $"the {scene.View?.ToString().ToLowerInvariant() ?? "other"} view has {scene.CellCount} cells, more than the "
                    + $"{MaximalCells} that are printed: use a smaller input, or write it with --svg or --json");
        var text = new StringBuilder();
        text.Append(scene.Title).Append('\n');
        foreach (Block[] line in Lines(scene, width, color)) Write(text, line);
        if (scene.Lines.IsEmpty || scene.View == View.Convolution || scene.Steps.Length <= MaxCaptions)
            foreach (string line in Captions(scene)) text.Append(line).Append('\n');
        if (scene.View != View.Convolution)
            foreach (string line in scene.Lines) text.Append(line).Append('\n');
        if (scene.PinnedText.Length > 0) text.Append(scene.PinnedText).Append('\n');
        return text.ToString();
    }

    /// <summary>One panel's grid as lines.</summary>
    internal static string[] GridOf(Panel panel, IReadOnlySet<CellId> pinned, bool color)
    {
        string[] texts = [.. panel.Cells.Select(cell => Marked(cell, pinned.Contains(cell.Id)))];
        int cell = Math.Max(1, texts.Length == 0 ? 1 : texts.Max(static one => one.Length));
        var lines = new string[panel.Rows];
        for (int row = 0; row < panel.Rows; row++)
        {
            lines[row] = string.Join(' ', Enumerable.Range(0, panel.Columns).Select(column =>
            {
                int at = row * panel.Columns + column;
                string padded = texts[at].PadLeft(cell);
                return color ? Colored(padded, panel.Cells[at], pinned.Contains(panel.Cells[at].Id)) : padded;
            })).TrimEnd();
        }
        return lines;
    }

    private static IEnumerable<string> Captions(Scene scene)
    {
        foreach (SceneStep step in scene.Steps.Take(
            scene.View == View.Convolution ? int.MaxValue : MaxCaptions)) yield return step.Caption;
        if (scene.View != View.Convolution && scene.Steps.Length > MaxCaptions) yield return $"... ({scene.Steps.Length - MaxCaptions})";
    }

    private static string Marked(Cell cell, bool pinned)
    {
        string text = cell.Role switch
        {
            CellRole.Inserted => ".",
            CellRole.Padding => ":",
            CellRole.Cropped => $"({cell.Text})",
            CellRole.Empty when cell.Text is "0" => ".",
            _ => cell.Text,
        };
        return pinned ? $"[{text}]" : text;
    }

    private static string Colored(string text, Cell cell, bool pinned)
    {
        int code = pinned ? 163 : cell.Role switch
        {
            CellRole.Input => 32,
            CellRole.Output => 37,
            CellRole.Weight => 136,
            _ => 245,
        };
        return $"\e[38;5;{code}m{text}\e[0m";
    }

    private static IEnumerable<Block[]> Lines(Scene scene, int width, bool color)
    {
        HashSet<CellId> pinned = [.. scene.Pinned];
        var line = new List<Block>();
        foreach (Panel panel in scene.Panels)
        {
            if (panel.Cells.IsEmpty) continue;
            var block = new Block(panel.Title, GridOf(panel, pinned, color), panel.Sign);
            int used = line.Sum(static one => one.Width + Gap);
            if (line.Count > 0 && (panel.StartsLine || used + block.Width > width))
            {
                yield return [.. line];
                line.Clear();
            }
            line.Add(block);
        }
        if (line.Count > 0) yield return [.. line];
    }

    private static void Write(StringBuilder text, Block[] line)
    {
        text.Append(string.Join("", line.Select(static block => Pad(block.Title, block.Width + Gap))).TrimEnd()).Append('\n');
        int height = line.Max(static block => block.Grid.Length);
        for (int row = 0; row < height; row++)
            text.Append(string.Join("", line.Select(block => Pad(block.Row(row), block.Width + Gap))).TrimEnd()).Append('\n');
    }

    // Chinese characters take two columns, escape sequences none.
    private static string Pad(string text, int width) => text + new string(' ', Math.Max(0, width - Columns(text)));

    internal static int Columns(string text)
    {
        int columns = 0;
        bool escape = false;
        foreach (char one in text)
        {
            if (one == '\e') escape = true;
            if (!escape) columns += one >= 0x1100 ? 2 : 1;
            if (escape && one == 'm') escape = false;
        }
        return columns;
    }

    private sealed record Block(string Title, string[] Grid, string Sign)
    {
        private string Lead { get; } = Sign.Length == 0 ? "" : Sign + " ";

        public int Width { get; } = Math.Max(Columns(Title), (Sign.Length == 0 ? 0 : Sign.Length + 1) + Grid.Max(Columns));

        public string Row(int row) => row >= Grid.Length ? "" : (row == Grid.Length / 2 ? Lead : new string(' ', Lead.Length)) + Grid[row];
    }
}
