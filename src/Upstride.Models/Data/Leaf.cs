using Upstride.Learning.Randomness;

namespace Upstride.Models.Data;

/// <summary>One leaf: where it lies, its outline, and what is on it.</summary>
internal sealed class Leaf
{
    // Half planes that bound it: (normal x, normal y, distance from the centre). None where it is round.
    private readonly (double X, double Y, double Distance)[] _sides;
    private readonly double _cosine, _sine, _across, _along, _softness;

    private Leaf(double x, double y, double radius, LeafPaint paint, double softness, (double X, double Y, double Distance)[] sides,
        double angle, double across, double along)
    {
        _softness = softness;
        X = x;
        Y = y;
        Radius = radius;
        Paint = paint;
        _sides = sides;
        (_sine, _cosine) = Math.SinCos(angle);
        _across = across;
        _along = along;
    }

    /// <summary>Column of the centre.</summary>
    public double X { get; }

    /// <summary>Row of the centre.</summary>
    public double Y { get; }

    /// <summary>No point of its outline is farther from the centre.</summary>
    public double Radius { get; }

    /// <summary>No point of its soft edge is farther from the centre.</summary>
    public double Reach => Radius + _softness;

    /// <summary>What is on it.</summary>
    public LeafPaint Paint { get; }

    /// <summary>The area of the outline, in pixels.</summary>
    public double Area => _sides.Length == 0 ? Math.PI * _across * _along : PolygonArea();

    /// <summary>
    /// Draws a leaf's outline and paint: a third are discs and ellipses, a third rectangles, a third polygons of 3 to 7 sides.
    /// </summary>
    public static Leaf Draw(RandomSource random, double x, double y, double radius)
    {
        int kind = random.NextInt(3);
        double angle = random.NextUniform(0, 2 * Math.PI), slimness = random.NextUniform(0.25, 1);
        LeafPaint paint = LeafPaint.Draw(random, radius);

        // A pixel's width is what anti-aliasing makes of an edge; every fifth or so is wider by more than one, up to three, as if out of
        // focus.
        double softness = 1 + Math.Pow(random.NextUniform(), 5) * 3;
        switch (kind)
        {
            case 0:
                // Half of the round ones are discs.
                return new(x, y, radius, paint, softness, [], angle, radius, random.NextInt(2) == 0 ? radius : radius * slimness);
            case 1:
                // Corners lie at the radius: sides at its sine and cosine.
                (double along, double across) = Math.SinCos(Math.Atan(slimness));
                return Polygon([(angle, across * radius), (angle + Math.PI / 2, along * radius), (angle + Math.PI, across * radius),
                    (angle - Math.PI / 2, along * radius)]);
            default:
                // The corners lie at the radius, unevenly turned, and never further apart than two thirds of a half turn: the centre is
                // within.
                int corners = 3 + random.NextInt(5);
                double step = 2 * Math.PI / corners;
                double[] turns = [.. Enumerable.Range(0, corners).Select(i => angle + step * (i + random.NextUniform(-0.2, 0.2)))];
                return Polygon([.. turns.Select((turn, i) => Side(turn, i + 1 < corners ? turns[i + 1] : turns[0] + 2 * Math.PI))]);
        }

        (double Turn, double Distance) Side(double from, double to) => ((from + to) / 2, radius * Math.Cos((to - from) / 2));

        Leaf Polygon((double Turn, double Distance)[] sides) =>
            new(x, y, radius, paint, softness, [.. sides.Select(static side => (Math.Cos(side.Turn), Math.Sin(side.Turn), side.Distance))],
            angle, radius, radius);
    }

    /// <summary>
    /// How much of the pixel at (<paramref name="x"/>, <paramref name="y"/>) from the centre it covers, 0 to 1: by the distance from the
    /// outline, over the edge's width.
    /// </summary>
    public double Cover(double x, double y)
    {
        double outside = _sides.Length == 0 ? OutsideOfEllipse(x, y) : double.NegativeInfinity;
        foreach ((double nx, double ny, double distance) in _sides) outside = Math.Max(outside, nx * x + ny * y - distance);
        return Math.Clamp(0.5 - outside / _softness, 0, 1);
    }

    // The first-order distance: the implicit function over the length of its gradient.
    private double OutsideOfEllipse(double x, double y)
    {
        double u = (x * _cosine + y * _sine) / _across, v = (y * _cosine - x * _sine) / _along;
        double norm = Math.Sqrt(u * u + v * v);
        return norm < 1e-9 ? -_along : (norm - 1) * norm / Math.Sqrt(u * u / (_across * _across) + v * v / (_along * _along));
    }

    // Triangles from the centre to each side; a side's ends are where it meets the circle of the corners.
    private double PolygonArea()
    {
        double area = 0;
        foreach ((_, _, double distance) in _sides) area += distance * Math.Sqrt(Math.Max(0, Radius * Radius - distance * distance));
        return area;
    }
}
