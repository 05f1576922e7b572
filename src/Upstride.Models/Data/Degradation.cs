using Upstride.Imaging;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Data;

/// <summary>What small pictures went through before a network is given them: noise, and compression as JPEG files.</summary>
/// <param name="MinJpeg">The lowest quality, 1 to 100; null for no compression.</param>
/// <param name="MaxJpeg">The highest quality.</param>
/// <param name="Noise">The standard deviation of the noise in levels of 8 bits.</param>
public sealed record Degradation(int? MinJpeg = null, int MaxJpeg = 100, double Noise = 0)
{
    // Keeps these draws apart from a run's others under the same seed.
    private const long Stream = 5;

    /// <summary>The lowest quality, 1 to 100; null for no compression.</summary>
    public int? MinJpeg { get; } = MinJpeg is null or (>= 1 and <= 100)
        ? MinJpeg : throw new ArgumentOutOfRangeException(nameof(MinJpeg), MinJpeg, $"1 <= minJpeg <= 100 must hold: {MinJpeg}");

    /// <summary>The highest quality.</summary>
    public int MaxJpeg { get; } = MaxJpeg <= 100 && MaxJpeg >= (MinJpeg ?? 1)
        ? MaxJpeg
        : throw new ArgumentOutOfRangeException(
            nameof(MaxJpeg), MaxJpeg, $"minJpeg <= maxJpeg <= 100 must hold: {MinJpeg}, {MaxJpeg}");

    /// <summary>The standard deviation of the noise in levels of 8 bits.</summary>
    public double Noise { get; } = Noise is >= 0 and < 256
        ? Noise : throw new ArgumentOutOfRangeException(nameof(Noise), Noise, $"0 <= noise < 256 must hold: {Noise}");

    /// <summary>A plane after the degradation; what is compressed is rounded to whole levels before.</summary>
    /// <param name="plane">The small plane.</param>
    /// <param name="seed">Of the run.</param>
    /// <param name="picture">Which picture it is: each has its own quality and noise.</param>
    public LumaPlane Apply(LumaPlane plane, long seed, long picture)
    {
        ArgumentNullException.ThrowIfNull(plane);
        var random = RandomSource.For(seed, Stream, picture);
        if (Noise > 0)
        {
            var noise = new float[plane.Levels.Length];
            random.FillNormal(0, Noise, noise.AsSpan());
            System.Numerics.Tensors.TensorPrimitives.Add(plane.Levels, noise, noise);
            plane = new(plane.Width, plane.Height, noise);
        }
        if (MinJpeg is not { } least) return plane;
        int quality = least + random.NextInt(MaxJpeg - least + 1);
        return Compress(plane, quality);
    }

    /// <summary>A plane as a grey JPEG file gives it back.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="quality">Of the file, 1 to 100.</param>
    public static LumaPlane Compress(LumaPlane plane, int quality)
    {
        ArgumentNullException.ThrowIfNull(plane);
        byte[] file = ImageFile.Encode(plane.ToImage(), ImageFileFormat.Jpeg, new() { Quality = quality });
        return LumaPlane.FromImage(ImageFile.Decode(file));
    }
}
