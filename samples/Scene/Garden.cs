using System.Numerics;

namespace Upstride.Samples.Scene;

/// <summary>A brick cottage in the evening sun, a tree behind a picket fence, a signpost and a basket of apples. Metres; x to the
/// right, y up, z away from the eye.</summary>
internal sealed class Garden
{
    private static readonly Vector3 sun = Vector3.Normalize(new Vector3(-0.62f, 0.58f, -0.52f));
    private static readonly Vector3 sunlight = new Vector3(1.0f, 0.82f, 0.60f) * 2.7f;
    private static readonly Vector3 skylight = new(0.34f, 0.46f, 0.68f);
    private static readonly Vector3 paint = new(0.84f, 0.82f, 0.76f);
    private readonly List<Shape> _shapes = [new Ground(GroundAt)];

    public Garden()
    {
        AddHouse();
        AddTree();
        AddFence();
        AddSign();
        AddBasket();
    }

    /// <summary>The light that comes from the direction of a ray.</summary>
    public Vector3 Light(Vector3 origin, Vector3 ray)
    {
        float nearest = float.PositiveInfinity;
        Vector3 normal = Vector3.UnitY;
        Shape? met = null;
        foreach (Shape shape in _shapes)
        {
            float t = shape.Meet(origin, ray, out Vector3 n);
            if (t < nearest) (nearest, normal, met) = (t, n, shape);
        }
        if (met is null) return Sky(ray);
        Vector3 point = origin + nearest * ray;
        Surface surface = met.At(point);
        Vector3 lit = surface.Color * Ambient(point, normal);
        float facing = Vector3.Dot(normal, sun);
        if (facing > 0 && !Shaded(point + 2e-3f * normal))
        {
            lit += surface.Color * sunlight * facing;
            float mirror = MathF.Max(0, Vector3.Dot(Vector3.Reflect(ray, normal), sun));
            lit += sunlight * surface.Gloss * MathF.Pow(mirror, 40);
        }
        float haze = 1 - MathF.Exp(-MathF.Max(0, nearest - 12) * 0.010f);
        return Vector3.Lerp(lit, new Vector3(0.72f, 0.68f, 0.62f), haze);
    }

    private bool Shaded(Vector3 point)
    {
        foreach (Shape shape in _shapes)
            if (shape is not Ground && shape.Meet(point, sun, out _) < float.PositiveInfinity) return true;
        return false;
    }

    // Sky from above, a warm glow from the sunlit ground below, less of both near the ground.
    private static Vector3 Ambient(Vector3 point, Vector3 normal)
    {
        float above = 0.5f + 0.5f * normal.Y;
        Vector3 ambient = Vector3.Lerp(new Vector3(0.22f, 0.18f, 0.10f), skylight, above);
        return ambient * (normal.Y > 0.9f ? 1 : 0.65f + 0.35f * Math.Clamp(point.Y / 0.5f, 0, 1));
    }

    private static Vector3 Sky(Vector3 ray)
    {
        float height = MathF.Max(0, ray.Y), azimuth = ray.X / ray.Z;
        float far = 0.045f + 0.055f * Noise.Fractal(azimuth * 3 + 9, 1, 4, 40), near = 0.012f + 0.05f * Noise.Fractal(azimuth * 6 + 4, 2, 5, 41);
        if (ray.Y < near) return Vector3.Lerp(new Vector3(0.24f, 0.31f, 0.22f), new Vector3(0.42f, 0.44f, 0.36f), Noise.Fractal(azimuth * 160, ray.Y * 240, 3, 42));
        if (ray.Y < far) return new Vector3(0.52f, 0.54f, 0.60f) + new Vector3(0.05f) * Noise.Fractal(azimuth * 60, ray.Y * 130, 3, 43);
        Vector3 sky = Vector3.Lerp(new Vector3(1.05f, 0.90f, 0.72f), new Vector3(0.13f, 0.34f, 0.86f), MathF.Pow(Math.Clamp(height * 2.7f, 0, 1), 0.60f));
        // Clouds lie in a layer: they flatten towards the horizon.
        float u = ray.X / (ray.Y + 0.12f), v = ray.Z / (ray.Y + 0.12f);
        float cloud = Math.Clamp((Noise.Fractal(u * 0.9f + 3, v * 0.75f, 6, 44) - 0.53f) * 5.5f, 0, 1);
        float lining = Noise.Fractal(u * 0.9f + 2.86f, v * 0.75f - 0.1f, 6, 44);
        Vector3 white = Vector3.Lerp(new Vector3(1.55f, 1.36f, 1.12f), new Vector3(0.80f, 0.76f, 0.80f), Math.Clamp((lining - 0.48f) * 3.2f, 0, 1));
        return Vector3.Lerp(sky, white, cloud * Math.Clamp(height * 9 - 0.5f, 0, 0.92f));
    }

    private static Surface GroundAt(Vector3 p)
    {
        // The path swings from the foreground to the door.
        float middle = -1.55f + 0.9f * MathF.Exp(-(p.Z + 6) * 0.16f) * (1 + 0.25f * MathF.Sin(p.Z * 0.8f));
        float side = MathF.Abs(p.X - middle) + 0.16f * (Noise.Fractal(p.X * 4, p.Z * 4, 3, 50) - 0.5f);
        return side < 0.52f && p.Z < 4 ? Textures.Flagstones(p.X, p.Z) : Textures.Grass(p.X, p.Z);
    }

    private void AddHouse()
    {
        const float left = -4.9f, right = -0.55f, front = 3.6f, back = 6.8f, eaves = 2.15f, ridge = 3.75f;
        float width = right - left, depth = back - front;
        _shapes.Add(new Panel(new Vector3(left, 0, front), Vector3.UnitX, Vector3.UnitY, (u, v) => u >= 0 && u <= width && v >= 0 && v <= eaves, FrontWall));
        _shapes.Add(new Panel(new Vector3(right, 0, front), Vector3.UnitZ, Vector3.UnitY,
            (u, v) => u >= 0 && u <= depth && v >= 0 && v <= eaves + (ridge - eaves) * (1 - MathF.Abs(2 * u / depth - 1)), Textures.Brick));
        Vector3 slope = Vector3.Normalize(new Vector3(0, ridge - eaves, depth / 2));
        float length = MathF.Sqrt((ridge - eaves) * (ridge - eaves) + depth * depth / 4), over = 0.32f;
        _shapes.Add(new Panel(new Vector3(left - over, eaves + 0.02f, front), Vector3.UnitX, slope, (u, v) => u >= 0 && u <= width + 2 * over && v >= -over && v <= length, Textures.Shingles));
        // Gutter and ridge.
        _shapes.Add(new Panel(new Vector3(left - over, eaves - 0.19f, front - 0.30f), Vector3.UnitX, Vector3.UnitY, (u, v) => u >= 0 && u <= width + 2 * over && v >= 0 && v <= 0.10f, (_, v) => new Surface(paint * (0.7f + 3 * v), 0.1f)));
        // Chimney.
        Vector3 chimney = new(-1.75f, 2.6f, 4.7f);
        foreach ((Vector3 corner, Vector3 across) in new[] { (chimney, Vector3.UnitX), (chimney + new Vector3(0.55f, 0, 0), Vector3.UnitZ) })
            _shapes.Add(new Panel(corner, across, Vector3.UnitY, (u, v) => u >= 0 && u <= 0.55f && v >= 0 && v <= 1.55f, (u, v) => v > 1.45f ? new Surface(new Vector3(0.40f, 0.37f, 0.34f)) : Textures.Brick(u, v)));
    }

    private static Surface FrontWall(float u, float v)
    {
        if (Window(u - 1.15f, v - 0.85f) is { } first) return first;
        // The door: planks in a painted frame, a step below.
        float x = u - 2.92f, frame = 0.09f, doorWidth = 0.86f, doorHeight = 1.78f;
        if (x > -frame && x < doorWidth + frame && v < doorHeight + frame)
        {
            if (x < 0 || x > doorWidth || v > doorHeight) return new Surface(paint * 0.95f);
            if (v < 0.07f) return new Surface(new Vector3(0.45f, 0.43f, 0.40f));
            if (Vector2.Distance(new Vector2(x, v), new Vector2(0.74f, 0.85f)) < 0.035f) return new Surface(new Vector3(0.85f, 0.65f, 0.22f), 0.8f);
            if (x > 0.2f && x < 0.66f && v > 1.22f && v < 1.62f)
                return MathF.Abs(x - 0.43f) < 0.014f || MathF.Abs(v - 1.42f) < 0.014f ? new Surface(paint * 0.9f) : Glass(x, v);
            bool gap = x / 0.143f - MathF.Floor(x / 0.143f) < 0.09f;
            return gap ? new Surface(new Vector3(0.02f, 0.05f, 0.05f)) : Textures.Wood(v, x, new Vector3(0.085f, 0.25f, 0.25f), 60 + (int)(x / 0.143f));
        }
        return Textures.Brick(u, v);
    }

    // Four by three panes between shutters; coordinates from the lower left corner of the glass.
    private static Surface? Window(float x, float y)
    {
        const float width = 1.0f, height = 0.85f, frame = 0.065f, shutter = 0.36f;
        if (y > -0.13f && y < -frame && x > -0.16f && x < width + 0.16f) return new Surface(new Vector3(0.55f, 0.52f, 0.47f));
        if (y < -frame || y > height + frame) return null;
        if (x > -frame && x < width + frame)
        {
            float u = x / (width / 4), v = y / (height / 3);
            bool bar = x < 0 || x > width || y < 0 || y > height || MathF.Abs(u - MathF.Round(u)) < 0.07f || MathF.Abs(v - MathF.Round(v)) < 0.06f;
            return bar ? new Surface(paint) : Glass(x, y);
        }
        float side = x < 0 ? -x - frame : x - width - frame;
        if (side > shutter) return null;
        bool edge = side < 0.04f || side > shutter - 0.04f || y < 0 || y > height;
        float slat = y / 0.052f - MathF.Floor(y / 0.052f);
        return new Surface(new Vector3(0.10f, 0.29f, 0.28f) * (edge ? 1 : 0.35f + 0.85f * slat), 0.02f);
    }

    private static Surface Glass(float x, float y)
    {
        float cloud = Noise.Fractal(x * 3, y * 3, 3, 61);
        return new Surface(Vector3.Lerp(new Vector3(0.035f, 0.05f, 0.07f), new Vector3(0.30f, 0.36f, 0.42f), Math.Clamp((x + y - 0.8f + cloud - 0.5f) * 1.3f, 0, 1)), 0.3f);
    }

    private void AddTree()
    {
        Vector3 foot = new(3.15f, 0, 4.9f);
        _shapes.Add(new Barrel(foot, 0.24f, -0.045f, 3.2f, Textures.Bark));
        for (int i = 0; i < 34; i++)
        {
            float angle = i * 2.399963f, height = (i + 0.5f) / 34; // golden angle: evenly round and up
            float spread = 1.42f * MathF.Sqrt(MathF.Max(0.05f, 1 - MathF.Pow(2 * height - 0.85f, 2)));
            Vector3 center = foot + new Vector3(MathF.Cos(angle) * spread * 0.85f, 1.6f + 2.2f * height, MathF.Sin(angle) * spread * 0.7f);
            _shapes.Add(new Leaves(center, 0.50f, 0.088f, 170, new Vector3(0.16f, 0.30f, 0.05f), 70 + i));
        }
        // A bush at the house's corner, and one by the sign.
        for (int i = 0; i < 6; i++)
            _shapes.Add(new Leaves(new Vector3(-0.45f + 0.30f * i, 0.30f + 0.09f * (i % 2), 3.35f - 0.05f * i), 0.34f, 0.07f, 110, i % 3 == 1 ? new Vector3(0.30f, 0.33f, 0.06f) : new Vector3(0.10f, 0.25f, 0.06f), 120 + i));
    }

    private void AddFence()
    {
        const float spacing = 0.235f, width = 0.15f, height = 0.86f;
        bool Inside(float u, float v)
        {
            if (u < 0 || u > 6 || v < 0.03f) return false;
            if (v is > 0.20f and < 0.30f or > 0.58f and < 0.68f) return true; // rails
            float x = u - MathF.Floor(u / spacing) * spacing - spacing / 2;
            return MathF.Abs(x) < width / 2 && v < height - MathF.Abs(x) * 1.1f;
        }
        Surface Boards(float u, float v)
        {
            float x = u - MathF.Floor(u / spacing) * spacing - spacing / 2;
            bool picket = MathF.Abs(x) < width / 2;
            float shade = picket ? MathF.Abs(x) > width / 2 - 0.012f ? 0.75f : 1 : 0.62f;
            bool nail = picket && (MathF.Abs(v - 0.25f) < 0.012f || MathF.Abs(v - 0.63f) < 0.012f) && MathF.Abs(MathF.Abs(x) - 0.035f) < 0.012f;
            return nail ? new Surface(new Vector3(0.25f, 0.22f, 0.2f)) : new Surface(Textures.Wood(picket ? v : u, picket ? u : v, paint, 90).Color * shade * 1.1f);
        }
        _shapes.Add(new Panel(new Vector3(0.75f, 0, 2.35f), Vector3.UnitX, Vector3.UnitY, Inside, Boards));
    }

    private void AddSign()
    {
        const float width = 2.05f, height = 0.86f;
        Vector3 corner = new(0.62f, 0.72f, 0.25f), across = Vector3.Normalize(new Vector3(1, 0, 0.10f));
        var title = new Lettering("UPSTRIDE", new Vector2(width / 2, 0.59f), 0.225f);
        var line = new Lettering("RIVER WALK 3 KM", new Vector2(0.88f, 0.205f), 0.10f);
        var arrow = new Lettering(">", new Vector2(1.78f, 0.205f), 0.12f);
        Surface Board(float u, float v)
        {
            bool rim = u < 0.035f || u > width - 0.035f || v < 0.035f || v > height - 0.035f;
            bool rule = MathF.Abs(v - 0.365f) < 0.008f && u > 0.12f && u < width - 0.12f;
            if (rim || rule || title.Covers(u, v) || line.Covers(u, v) || arrow.Covers(u, v)) return new Surface(new Vector3(0.90f, 0.85f, 0.70f), 0.05f);
            bool joint = MathF.Abs(v - 0.29f) < 0.006f || MathF.Abs(v - 0.575f) < 0.006f;
            return joint ? new Surface(new Vector3(0.03f, 0.05f, 0.09f)) : Textures.Wood(u, v, new Vector3(0.07f, 0.16f, 0.30f), 95 + (int)(v / 0.287f));
        }
        _shapes.Add(new Panel(corner, across, Vector3.UnitY, (u, v) => u >= 0 && u <= width && v >= 0 && v <= height, Board));
        foreach (float u in new[] { 0.22f, width - 0.22f })
        {
            Vector3 foot = corner + across * u;
            _shapes.Add(new Barrel(new Vector3(foot.X, 0, foot.Z + 0.08f), 0.062f, 0, 1.72f, (around, y) => Textures.Wood(y, around, new Vector3(0.42f, 0.28f, 0.15f), 99)));
            _shapes.Add(new Ball(new Vector3(foot.X, 1.75f, foot.Z + 0.08f), 0.085f, n => new Surface(new Vector3(0.45f, 0.30f, 0.16f), 0.1f)));
        }
    }

    private void AddBasket()
    {
        Vector3 foot = new(-0.70f, 0, -1.55f);
        _shapes.Add(new Barrel(foot, 0.30f, 0.22f, 0.37f, Textures.Weave));
        _shapes.Add(new Barrel(foot + new Vector3(0, 0.34f, 0), 0.392f, 0, 0.04f, (around, y) => new Surface(new Vector3(0.60f, 0.38f, 0.15f) * (0.6f + 0.5f * MathF.Abs(MathF.Sin(around * 60 + y * 50))), 0.05f)));
        (float X, float Y, float Z, float Radius, bool Green)[] apples =
        [
            (-0.21f, 0.38f, -0.10f, 0.115f, false), (0.03f, 0.39f, -0.21f, 0.118f, true), (0.23f, 0.38f, -0.05f, 0.112f, false),
            (-0.09f, 0.41f, 0.13f, 0.12f, false), (0.14f, 0.41f, 0.16f, 0.115f, true), (0.00f, 0.52f, -0.02f, 0.12f, false),
            (0.62f, 0.11f, -0.25f, 0.11f, false), (-0.55f, 0.10f, -0.30f, 0.105f, true),
        ];
        foreach ((float x, float y, float z, float radius, bool green) in apples)
        {
            Vector3 color = green ? new Vector3(0.38f, 0.46f, 0.07f) : new Vector3(0.56f, 0.045f, 0.03f);
            _shapes.Add(new Ball(foot + new Vector3(x, y, z), radius, n => Textures.Apple(n, color)));
            _shapes.Add(new Barrel(foot + new Vector3(x, y + radius - 0.012f, z), 0.008f, 0.1f, 0.055f, (_, _) => new Surface(new Vector3(0.16f, 0.10f, 0.05f))));
        }
    }
}
