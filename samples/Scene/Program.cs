using Upstride.Imaging;
using Upstride.Samples.Scene;

// Renders samples/scene.png, the ground truth for upscaling by three, and samples/scene-small.png, where upscaling starts.
// dotnet run -c Release --project samples/Scene -- samples
const int Width = 480, Height = 324, Scale = 3;
string folder = args.Length > 0 ? args[0] : ".";

ImageBuffer scene = Camera.Render(new Garden(), Width, Height);
ImageFile.Write(Path.Combine(folder, "scene.png"), scene);
ImageFile.Write(Path.Combine(folder, "scene-small.png"), BoxAverage(scene, Scale));
Console.WriteLine(
    $"{Path.Combine(folder, "scene.png")} {Width} x {Height}, {Path.Combine(folder, "scene-small.png")} {Width / Scale} x {Height / Scale}");

// Each small pixel is the mean of scale * scale large ones, rounded to nearest.
static ImageBuffer BoxAverage(ImageBuffer large, int scale)
{
    var small = new ImageBuffer(large.Width / scale, large.Height / scale, large.Channels);
    int area = scale * scale;
    for (int y = 0; y < small.Height; y++)
        for (int i = 0; i < small.RowBytes; i++)
        {
            int x = i / large.Channels, c = i % large.Channels, sum = 0;
            for (int v = 0; v < scale; v++)
                for (int u = 0; u < scale; u++) sum += large.Row(y * scale + v)[(x * scale + u) * large.Channels + c];
            small.Row(y)[i] = (byte)((2 * sum + area) / (2 * area));
        }
    return small;
}
