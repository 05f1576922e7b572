using Upstride.Models.Data;

namespace Upstride.Models.Tests;

/// <summary>Planes for tests.</summary>
internal static class Pictures
{
    public static LumaPlane Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        return new(width, height, [.. Enumerable.Range(0, width * height).Select(_ => (float)random.Next(256))]);
    }
}
