using System.Globalization;
using Upstride.Explain.Figures;

namespace Upstride.Explain.Rendering;

/// <summary>A figure at one moment as pixels, in the light colours; texts that the small face has no glyphs for (Chinese) are left
/// out.</summary>
public sealed class Raster
{
    private readonly byte[] _pixels;

    private Raster(int width, int height)
    {
        Width = width;
        Height = height;
        _pixels = new byte[checked(width * height * 3)];
        _pixels.AsSpan().Fill(255);
    }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>[height, width, 3], red, green, blue.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Draws a figure at the end of a frame.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="frame">Which of its frames.</param>
    /// <param name="scale">Pixels for each of the figure's own, 1 to 8.</param>
    public static Raster Draw(Figure figure, int frame, int scale = 1)
    {
        ArgumentNullException.ThrowIfNull(figure);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, 8);
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, figure.Frames.Length);
        var raster = new Raster((int)Math.Ceiling(figure.Width) * scale, (int)Math.Ceiling(figure.Height) * scale);
        foreach (Shape shape in figure.Shapes) raster.Draw(shape, figure.EndOf(frame), 0, 0, scale);
        return raster;
    }

    private void Draw(Shape shape, int time, double dx, double dy, int scale)
    {
        if (!shape.IsSeenAt(time)) return;
        switch (shape)
        {
            case Box box:
                DrawBox(box, (int)Math.Round((box.X + dx) * scale), (int)Math.Round((box.Y + dy) * scale),
                    (int)Math.Round(box.Width * scale), (int)Math.Round(box.Height * scale), scale);
                break;
            case Label label:
                DrawLabel(label, (label.X + dx) * scale, (label.Y + dy) * scale, scale);
                break;
            case Line line:
                DrawLine((line.X1 + dx) * scale, (line.Y1 + dy) * scale, (line.X2 + dx) * scale, (line.Y2 + dy) * scale,
                    Rgb(SvgStyle.Light(line.Color).Line), (int)Math.Ceiling(line.Width * scale));
                break;
            case Group group:
                Move last = group.Moves.LastOrDefault(move => move.At <= time);
                foreach (Shape part in group.Shapes) Draw(part, time, dx + last.X, dy + last.Y, scale);
                break;
        }
    }

    private void DrawBox(Box box, int x, int y, int width, int height, int scale)
    {
        string? fill = box.Phase >= 0 ? SvgStyle.Phases[box.Phase % SvgStyle.Phases.Length] : box.Fill == Token.None ? null
            : SvgStyle.Light(box.Fill).Fill;
        (byte R, byte G, byte B) edge = box.Line == Token.None ? default : Rgb(SvgStyle.Light(box.Line).Line);
        if (fill is not null)
        {
            (byte r, byte g, byte b) = Rgb(fill);
            Fill(x, y, width, height, (Mix(r, edge.R, box.Shade), Mix(g, edge.G, box.Shade), Mix(b, edge.B, box.Shade)));
        }
        if (box.Fill is Token.Inserted or Token.Padding) Hatch(x, y, width, height, edge, box.Fill == Token.Padding, scale);
        if (box.Line == Token.None) return;
        int thick = (box.Line == Token.Highlight ? 3 : 1) * scale, dash = box.Line == Token.Cropped ? 3 * scale : 0;
        Edge(x, y, width, height, thick, dash, edge);
        if (box.Notch) for (int i = 0; i < width / 5; i++) Fill(x, y + i, width / 5 - i, 1, Rgb(SvgStyle.Light(Token.Negative).Line));
    }

    private void Edge(int x, int y, int width, int height, int thick, int dash, (byte, byte, byte) color)
    {
        for (int i = 0; i <= width; i++)
        {
            if (dash > 0 && i / dash % 2 == 1) continue;
            Fill(x + i - thick / 2, y - thick / 2, 1, thick, color);
            Fill(x + i - thick / 2, y + height - thick / 2, 1, thick, color);
        }
        for (int i = 0; i <= height; i++)
        {
            if (dash > 0 && i / dash % 2 == 1) continue;
            Fill(x - thick / 2, y + i - thick / 2, thick, 1, color);
            Fill(x + width - thick / 2, y + i - thick / 2, thick, 1, color);
        }
    }

    private void Hatch(int x, int y, int width, int height, (byte R, byte G, byte B) color, bool back, int scale)
    {
        for (int row = 0; row < height; row++)
            for (int column = 0; column < width; column++)
                if ((back ? column - row + height * 6 * scale : column + row) % (6 * scale) == 0)
                    Fill(x + column, y + row, 1, 1, (Mix(255, color.R, 0.5), Mix(255, color.G, 0.5), Mix(255, color.B, 0.5)));
    }

    private void DrawLabel(Label label, double x, double baseline, int scale)
    {
        if (Glyphs.Width(label.Text) is not { } columns) return;
        int dot = Math.Max(1, (int)Math.Round(label.Size * scale / 7));
        int left = (int)Math.Round(label.Centered ? x - columns * dot / 2.0 : x), top = (int)Math.Round(baseline - Glyphs.Height * dot);
        (byte, byte, byte) color = label.OnPhase ? Rgb("1b1f24") : Rgb(SvgStyle.Light(label.Color).Line);
        foreach (char one in label.Text)
        {
            string[] rows = Glyphs.Of(one)!;
            for (int row = 0; row < rows.Length; row++)
                for (int column = 0; column < rows[row].Length; column++)
                    if (rows[row][column] == '#') Fill(left + column * dot, top + row * dot, dot, dot, color);
            left += (rows[0].Length + 1) * dot;
        }
    }

    private void DrawLine(double x1, double y1, double x2, double y2, (byte, byte, byte) color, int thick)
    {
        int steps = (int)Math.Ceiling(Math.Max(Math.Abs(x2 - x1), Math.Abs(y2 - y1)));
        for (int i = 0; i <= steps; i++)
        {
            double part = steps == 0 ? 0 : (double)i / steps;
            Fill((int)Math.Round(x1 + (x2 - x1) * part), (int)Math.Round(y1 + (y2 - y1) * part), thick, thick, color);
        }
    }

    private void Fill(int x, int y, int width, int height, (byte R, byte G, byte B) color)
    {
        for (int row = Math.Max(0, y); row < Math.Min(Height, y + height); row++)
        {
            for (int column = Math.Max(0, x); column < Math.Min(Width, x + width); column++)
            {
                int at = (row * Width + column) * 3;
                _pixels[at] = color.R;
                _pixels[at + 1] = color.G;
                _pixels[at + 2] = color.B;
            }
        }
    }

    private static byte Mix(byte from, byte to, double part) => (byte)Math.Round(from + (to - from) * part);

    private static (byte, byte, byte) Rgb(string hex) => (
        byte.Parse(hex.AsSpan(0, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        byte.Parse(hex.AsSpan(2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        byte.Parse(hex.AsSpan(4, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}
