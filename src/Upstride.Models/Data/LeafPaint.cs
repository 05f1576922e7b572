using Upstride.Learning.Randomness;

namespace Upstride.Models.Data;

/// <summary>What is on a leaf: a level, a shading that rises across it, and a texture.</summary>
/// <param name="Level">The level at the centre.</param>
/// <param name="ShadeX">Levels per column.</param>
/// <param name="ShadeY">Levels per row.</param>
/// <param name="Texture">Which texture.</param>
/// <param name="Amplitude">The texture's levels to each side.</param>
/// <param name="WaveX">The texture's waves per column.</param>
/// <param name="WaveY">The texture's waves per row.</param>
/// <param name="Hash">Tells the grain of one leaf from another's.</param>
internal readonly record struct LeafPaint(double Level, double ShadeX, double ShadeY, LeafTexture Texture, double Amplitude, double WaveX,
    double WaveY, uint Hash)
{
    /// <summary>Draws the paint of a leaf.</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="radius">The leaf's: the shading spans it.</param>
    public static LeafPaint Draw(RandomSource random, double radius)
    {
        // Middle levels are more frequent than black and white, as in photographs.
        double level = 16 + 219 * (random.NextUniform() + random.NextUniform()) / 2, shade = random.NextUniform(0, 40) / radius;
        (double shadeY, double shadeX) = Math.SinCos(random.NextUniform(0, 2 * Math.PI));

        // Waves from 3 pixels on, which a pixel grid still holds, by equal parts of each octave up to 48.
        double waves = 1 / (3 * Math.Pow(2, random.NextUniform(0, 4)));
        (double waveY, double waveX) = Math.SinCos(random.NextUniform(0, 2 * Math.PI));
        var texture = (LeafTexture)random.NextInt(4);
        double amplitude = random.NextUniform();
        return new(level, shade * shadeX, shade * shadeY, texture, 40 * amplitude * amplitude, waves * waveX, waves * waveY,
            (uint)random.NextBits());
    }

    /// <summary>The level at (<paramref name="x"/>, <paramref name="y"/>) from the leaf's centre; it may leave 0 to 255.</summary>
    public double At(double x, double y)
    {
        double u = WaveX * x + WaveY * y, v = WaveX * y - WaveY * x;
        double texture = Texture switch
        {
            LeafTexture.Plain => 0,
            LeafTexture.Stripes => Wave(u),
            LeafTexture.Checks => Wave(u) * Wave(v),
            _ => Grain(u, v) + 0.5 * Grain(2 * u, 2 * v),
        };
        return Level + ShadeX * x + ShadeY * y + Amplitude * texture;
    }

    private static double Wave(double turns) => Math.Sin(2 * Math.PI * turns);

    // Value noise: random values on a lattice of half a wave, between them the smooth cubic 3t^2 - 2t^3.
    private double Grain(double u, double v)
    {
        (double left, double top) = (Math.Floor(2 * u), Math.Floor(2 * v));
        (double s, double t) = (Smooth(2 * u - left), Smooth(2 * v - top));
        (int i, int j) = ((int)left, (int)top);
        double above = Value(i, j) + s * (Value(i + 1, j) - Value(i, j));
        double below = Value(i, j + 1) + s * (Value(i + 1, j + 1) - Value(i, j + 1));
        return above + t * (below - above);
    }

    private static double Smooth(double t) => t * t * (3 - 2 * t);

    // The finalizer of MurmurHash3 mixes the place with the leaf's number; -1 to 1.
    private double Value(int i, int j)
    {
        uint mixed = Hash ^ (uint)i * 0x9E3779B1u ^ (uint)j * 0x85EBCA77u;
        mixed = (mixed ^ mixed >> 16) * 0x85EBCA6Bu;
        mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35u;
        return (mixed ^ mixed >> 16) * (2.0 / uint.MaxValue) - 1;
    }
}
