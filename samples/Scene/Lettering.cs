using System.Globalization;
using System.Numerics;

namespace Upstride.Samples.Scene;

/// <summary>Letters drawn as strokes on a grid of 4 x 6, as a sign writer with a round brush draws them.</summary>
internal sealed class Lettering
{
    // Polylines of x,y points, parted by |.
    private static readonly Dictionary<char, string> glyphs = new()
    {
        ['A'] = "0,0 2,6 4,0|0.7,2 3.3,2",
        ['D'] = "0,0 0,6 2.3,6 3.5,5.3 4,4 4,2 3.5,0.7 2.3,0 0,0",
        ['E'] = "4,0 0,0 0,6 4,6|0,3.1 3.2,3.1",
        ['I'] = "2,0 2,6",
        ['K'] = "0,0 0,6|4,6 0,2.3|1.4,3.6 4,0",
        ['L'] = "0,6 0,0 3.8,0",
        ['M'] = "0,0 0,6 2,2.4 4,6 4,0",
        ['P'] = "0,0 0,6 2.8,6 3.7,5.5 4,4.5 3.7,3.4 2.8,2.9 0,2.9",
        ['R'] = "0,0 0,6 2.8,6 3.7,5.5 4,4.5 3.7,3.4 2.8,2.9 0,2.9|2,2.9 4,0",
        ['S'] = "4,5 3.3,5.8 2,6 0.7,5.8 0,4.7 0.4,3.7 2,3.1 3.6,2.4 4,1.4 3.3,0.3 2,0 0.7,0.2 0,1",
        ['T'] = "0,6 4,6|2,6 2,0",
        ['U'] = "0,6 0,1.7 0.6,0.5 2,0 3.4,0.5 4,1.7 4,6",
        ['V'] = "0,6 2,0 4,6",
        ['W'] = "0,6 0.9,0 2,4.4 3.1,0 4,6",
        ['3'] = "0.1,5 0.8,5.8 2,6 3.3,5.7 3.8,4.6 3.3,3.5 1.8,3.1|3.3,3.3 4,2.1 3.8,0.9 3,0.2 2,0 0.7,0.2 0,1",
        ['>'] = "0,3 6,3|4,5 6,3 4,1",
        [' '] = "",
    };

    private readonly List<(Vector2 From, Vector2 To)> _strokes = [];
    private readonly float _brush;

    /// <param name="text">Of the letters known.</param>
    /// <param name="middle">Of the line of text.</param>
    /// <param name="height">Of the letters.</param>
    public Lettering(string text, Vector2 middle, float height)
    {
        float unit = height / 6, advance = 5.9f * unit;
        _brush = 0.48f * unit;
        Vector2 start = middle - new Vector2((text.Length * advance - 1.9f * unit) / 2, height / 2);
        for (int i = 0; i < text.Length; i++)
            foreach (string line in glyphs[text[i]].Split('|', StringSplitOptions.RemoveEmptyEntries))
            {
                Vector2[] points = [.. line.Split(' ').Select(point => start + new Vector2(i * advance, 0) + unit * Parse(point))];
                for (int k = 1; k < points.Length; k++) _strokes.Add((points[k - 1], points[k]));
            }
    }

    /// <summary>Whether there is paint at a point.</summary>
    public bool Covers(float x, float y)
    {
        var p = new Vector2(x, y);
        foreach ((Vector2 from, Vector2 to) in _strokes)
        {
            Vector2 stroke = to - from;
            float along = Math.Clamp(Vector2.Dot(p - from, stroke) / stroke.LengthSquared(), 0, 1);
            if (Vector2.DistanceSquared(p, from + along * stroke) < _brush * _brush) return true;
        }
        return false;
    }

    private static Vector2 Parse(string point)
    {
        string[] parts = point.Split(',');
        return new Vector2(float.Parse(parts[0], CultureInfo.InvariantCulture), float.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
