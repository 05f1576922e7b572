using System.Numerics;
using Upstride.Imaging;

namespace Upstride.Samples.Scene;

/// <summary>Rays from the eye through a grid of points in each pixel, averaged as light, then toned to the screen.</summary>
internal static class Camera
{
    private const int Grid = 8; // 64 rays a pixel
    private static readonly Vector3 eye = new(0.35f, 1.55f, -6.2f);
    private static readonly Vector3 forward = Vector3.Normalize(new Vector3(-0.02f, -0.05f, 1));
    private const float HalfWidth = 0.47f; // tangent of half the horizontal angle of view

    public static ImageBuffer Render(Garden garden, int width, int height)
    {
        Vector3 right = Vector3.Normalize(Vector3.Cross(Vector3.UnitY, forward)), up = Vector3.Cross(forward, right);
        float[] planes = new float[3 * width * height];
        Parallel.For(0, height, y =>
        {
            for (int x = 0; x < width; x++)
            {
                Vector3 light = Vector3.Zero;
                for (int v = 0; v < Grid; v++)
                    for (int u = 0; u < Grid; u++)
                    {
                        float sx = (x + (u + 0.5f) / Grid) / width * 2 - 1,
                            sy = (1 - (y + (v + 0.5f) / Grid) / height * 2) * height / width;
                        // A single very bright ray must not outshine a pixel: each is limited to what the screen can show.
                        light += Vector3.Min(garden.Light(eye, Vector3.Normalize(forward + HalfWidth * (sx * right + sy * up))),
                            new Vector3(3));
                    }
                Vector3 screen = Tone(light / (Grid * Grid));
                for (int c = 0; c < 3; c++) planes[(c * height + y) * width + x] = screen[c];
            }
        });
        return ImageBuffer.FromPlanes(planes, width, height, 3);
    }

    // A film-like shoulder for the highlights, then the screen's gamma.
    private static Vector3 Tone(Vector3 light)
    {
        Vector3 toned = light * (Vector3.One + light / 9f) / (Vector3.One + light * 0.72f);
        return new Vector3(Gamma(toned.X), Gamma(toned.Y), Gamma(toned.Z));
    }

    private static float Gamma(float value) => MathF.Pow(Math.Clamp(value, 0, 1), 1 / 2.2f);
}
