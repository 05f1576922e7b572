using System.Numerics;

namespace Upstride.Samples.Scene;

/// <summary>Repeatable randomness from whole numbers, and smooth noise made of it.</summary>
internal static class Noise
{
    /// <summary>A number in [0, 1) that depends on nothing but the arguments.</summary>
    public static float Hash(int x, int y, int z = 0)
    {
        unchecked
        {
            uint h = (uint)x * 0x9E3779B1u ^ (uint)y * 0x85EBCA77u ^ (uint)z * 0xC2B2AE3Du;
            h = (h ^ h >> 15) * 0x2C1B3C6Du;
            h = (h ^ h >> 12) * 0x297A2D39u;
            return (h ^ h >> 15) * (1f / 4294967808f); // a little above 2^32, so that 1 is not reached in float
        }
    }

    /// <summary>Smooth noise in [0, 1), one bump a unit.</summary>
    public static float Smooth(float x, float y, int seed = 0)
    {
        int ix = (int)MathF.Floor(x), iy = (int)MathF.Floor(y);
        float fx = x - ix, fy = y - iy;
        fx *= fx * (3 - 2 * fx);
        fy *= fy * (3 - 2 * fy);
        float low = float.Lerp(Hash(ix, iy, seed), Hash(ix + 1, iy, seed), fx);
        return float.Lerp(low, float.Lerp(Hash(ix, iy + 1, seed), Hash(ix + 1, iy + 1, seed), fx), fy);
    }

    /// <summary>Octaves of <see cref="Smooth"/>, each twice as fine and half as strong; in [0, 1).</summary>
    public static float Fractal(float x, float y, int octaves, int seed = 0)
    {
        float sum = 0, weight = 0.5f, total = 0;
        for (int i = 0; i < octaves; i++, weight /= 2, x *= 2.03f, y *= 2.03f)
        {
            sum += weight * Smooth(x, y, seed + i);
            total += weight;
        }
        return sum / total;
    }

    /// <summary>Distances from a point to the nearest and second nearest of one random point a unit cell, and which cell.</summary>
    public static (float First, float Second, int Cell) Cells(float x, float y, int seed)
    {
        int ix = (int)MathF.Floor(x), iy = (int)MathF.Floor(y), cell = 0;
        float first = 9, second = 9;
        for (int j = iy - 1; j <= iy + 1; j++)
            for (int i = ix - 1; i <= ix + 1; i++)
            {
                float d = Vector2.Distance(new Vector2(x, y),
                    new Vector2(i + 0.15f + 0.7f * Hash(i, j, seed), j + 0.15f + 0.7f * Hash(i, j, seed + 1)));
                if (d < first) (first, second, cell) = (d, first, i * 7919 + j);
                else if (d < second) second = d;
            }
        return (first, second, cell);
    }
}
