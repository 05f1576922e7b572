
using Upstride.Testing;

namespace Upstride.Imaging.Tests;

public class SampleSceneTests
{
    [Fact]
    public void The_small_scene_is_the_box_average_of_the_scene()
    {
        ImageBuffer scene = ImageFile.Read(Path.Combine(SharedData.Checkout, "samples", "scene.png"));
        ImageBuffer small = ImageFile.Read(Path.Combine(SharedData.Checkout, "samples", "scene-small.png"));
        Assert.Equal((480, 324, 3, SampleType.UInt8), (scene.Width, scene.Height, scene.Channels, scene.SampleType));
        Assert.Equal((160, 108, 3, SampleType.UInt8), (small.Width, small.Height, small.Channels, small.SampleType));
        for (int y = 0; y < small.Height; y++)
            for (int x = 0; x < small.Width; x++)
                for (int c = 0; c < 3; c++)
                {
                    double mean = Enumerable.Range(0, 9).Average(i => scene.Row(3 * y + i / 3)[(3 * x + i % 3) * 3 + c]);
                    Assert.Equal(Math.Round(mean), small.Row(y)[3 * x + c]); // ninths are never halves
                }
    }
}
