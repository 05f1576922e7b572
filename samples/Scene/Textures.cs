using System.Numerics;

namespace Upstride.Samples.Scene;

/// <summary>Colours of materials; coordinates in metres.</summary>
internal static class Textures
{
    public static Surface Brick(float x, float y)
    {
        const float length = 0.30f, height = 0.105f, joint = 0.014f;
        int row = (int)MathF.Floor(y / height);
        float shifted = x + (row & 1) * length / 2;
        int column = (int)MathF.Floor(shifted / length);
        float u = shifted - column * length, v = y - row * height;
        float grain = Noise.Fractal(x * 40, y * 40, 3, 1);
        if (u < joint || v < joint) return new Surface(new Vector3(0.50f, 0.46f, 0.41f) * (0.75f + 0.4f * grain));
        float tone = Noise.Hash(row, column, 2), burnt = Noise.Hash(row, column, 3);
        Vector3 color = Vector3.Lerp(new Vector3(0.46f, 0.145f, 0.075f), new Vector3(0.62f, 0.27f, 0.145f), tone);
        if (burnt > 0.88f) color *= 0.55f;
        float edge = MathF.Min(MathF.Min(u - joint, length - u), MathF.Min(v - joint, height - v)); // worn edges
        return new Surface(color * (0.72f + 0.42f * grain) * (0.82f + 0.18f * MathF.Min(1, edge / 0.012f)));
    }

    public static Surface Shingles(float x, float y)
    {
        const float width = 0.20f, height = 0.17f;
        int row = (int)MathF.Floor(y / height);
        float shifted = x + (row & 1) * width / 2;
        int column = (int)MathF.Floor(shifted / width);
        float u = (shifted / width - column) * 2 - 1, v = y / height - row;
        // Rounded lower ends lie on the row below, and shade it.
        float lower = 0.30f * u * u;
        float shade = v < lower ? 0.38f : 0.62f + 0.5f * MathF.Min(1, (v - lower) * 1.6f);
        float tone = Noise.Hash(row, column, 5);
        Vector3 color = Vector3.Lerp(new Vector3(0.17f, 0.19f, 0.24f), new Vector3(0.33f, 0.31f, 0.34f), tone);
        return new Surface(color * shade * (0.85f + 0.3f * Noise.Smooth(x * 60, y * 60, 6)), 0.06f);
    }

    /// <summary>Sawn timber with the grain along <paramref name="along"/>.</summary>
    public static Surface Wood(float along, float across, Vector3 color, int seed)
    {
        float bend = Noise.Fractal(along * 1.3f, across * 3, 2, seed) * 1.1f;
        float rings = 0.5f + 0.5f * MathF.Sin((across * 9 + bend * 3.4f) * 9);
        float fiber = Noise.Smooth(along * 6, across * 160, seed + 3);
        return new Surface(color * (0.66f + 0.24f * rings + 0.22f * fiber), 0.03f);
    }

    /// <summary>Over and under: strands round the basket, between upright stakes.</summary>
    public static Surface Weave(float around, float y)
    {
        const float stake = 0.075f, strand = 0.036f;
        int row = (int)MathF.Floor(y / strand), column = (int)MathF.Floor(around / stake);
        float u = around / stake - column - 0.5f, v = y / strand - row - 0.5f;
        bool over = ((row + column) & 1) == 0;
        float roundStrand = 1 - 3.4f * v * v, roundStake = 1 - 9f * u * u;
        float light = over || MathF.Abs(u) > 0.33f ? roundStrand * (over ? 1 - 0.7f * u * u : 0.55f) : roundStake * 0.9f;
        Vector3 color = Vector3.Lerp(new Vector3(0.46f, 0.27f, 0.10f), new Vector3(0.74f, 0.52f, 0.24f), Noise.Hash(row, column / 3, 9));
        return new Surface(color * (0.22f + 0.85f * MathF.Max(0, light)), 0.05f);
    }

    public static Surface Bark(float around, float y)
    {
        float ridge = Noise.Fractal(around * 18 + 2 * Noise.Smooth(around * 6, y * 3, 12), y * 3.2f, 4, 11);
        return new Surface(Vector3.Lerp(new Vector3(0.07f, 0.05f, 0.035f), new Vector3(0.34f, 0.26f, 0.19f), ridge * ridge * 1.6f));
    }

    public static Surface Apple(Vector3 n, Vector3 red)
    {
        float stripe = Noise.Fractal(MathF.Atan2(n.X, n.Z) * 6, n.Y * 1.5f, 3, 14);
        float blush = Math.Clamp((n.Y + 0.15f) * 1.1f + (stripe - 0.5f), 0, 1);
        Vector3 color = Vector3.Lerp(red, new Vector3(0.72f, 0.55f, 0.12f), 0.75f * blush * blush);
        return new Surface(Noise.Smooth(n.X * 30, n.Y * 30 + n.Z * 17, 15) > 0.86f ? color * 1.25f : color, 0.55f);
    }

    public static Surface Grass(float x, float z)
    {
        // Blades: noise that is much longer than wide, leaning either way.
        float lean = Noise.Smooth(x * 1.7f, z * 1.7f, 20) - 0.5f;
        float blades = Noise.Smooth(x * 55 + lean * z * 9, z * 11, 21) * 0.6f + Noise.Smooth(x * 90 - lean * z * 14, z * 17, 22) * 0.4f;
        float patch = Noise.Fractal(x * 0.9f, z * 0.9f, 4, 23), fine = Noise.Fractal(x * 6, z * 5, 3, 24);
        Vector3 color =
            Vector3.Lerp(new Vector3(0.10f, 0.20f, 0.025f), new Vector3(0.34f, 0.42f, 0.07f), Math.Clamp(patch * 1.3f - 0.2f, 0, 1));
        color *= 0.30f + 0.75f * blades + 0.45f * fine;
        (float first, _, int cell) = Noise.Cells(x * 3.3f, z * 3.3f, 25);
        float kind = Noise.Hash(cell, 1, 26);
        if (first < 0.085f && kind > 0.55f)
            return new Surface(first < 0.035f
                ? new Vector3(0.85f, 0.62f, 0.05f) : kind > 0.8f ? new Vector3(0.92f, 0.90f, 0.86f) : new Vector3(0.80f, 0.42f, 0.55f));
        return new Surface(color);
    }

    public static Surface Flagstones(float x, float z)
    {
        (float first, float second, int cell) = Noise.Cells(x * 2.6f, z * 2.1f, 30);
        float grain = Noise.Fractal(x * 22, z * 22, 4, 31), edge = second - first;
        if (edge < 0.07f) return new Surface(new Vector3(0.17f, 0.15f, 0.09f) * (0.5f + grain));
        Vector3 color = Vector3.Lerp(new Vector3(0.44f, 0.41f, 0.37f), new Vector3(0.64f, 0.57f, 0.47f), Noise.Hash(cell, 2, 32));
        return new Surface(color * (0.62f + 0.55f * grain) * (0.8f + 0.2f * MathF.Min(1, (edge - 0.07f) / 0.08f)), 0.03f);
    }
}
