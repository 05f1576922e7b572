namespace Upstride.Explorer.Services;

/// <summary>A picture made larger.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Canvas">Red, green, blue and alpha of each pixel.</param>
/// <param name="Psnr">How near it comes to the picture before it was made small, in decibels; null where there was none.</param>
/// <param name="Part">What was made of it, where the whole would take too long; the rest is transparent. The ratio is that part's.</param>
public sealed record Enlarged(int Width, int Height, byte[] Canvas, double? Psnr, PicturePart? Part = null);

/// <summary>Opens a picture and makes it larger by every method: on the page's own thread, or on another.</summary>
public interface IPictureWork
{
    /// <summary>The name of the method that gives the picture before it was made small.</summary>
    const string Original = "original";

    /// <summary>Takes a picture, in place of the last one.</summary>
    /// <param name="canvas">As <see cref="Picture.FromCanvas"/> reads it.</param>
    /// <param name="scale">The factor, 2 to 4.</param>
    /// <param name="shrinks">Whether it is made small first, by that factor.</param>
    Task OpenAsync(byte[] canvas, int scale, bool shrinks);

    /// <summary>The picture a factor larger.</summary>
    /// <param name="method"><see cref="Original"/> or one of <see cref="Enlarger.Methods"/>.</param>
    /// <param name="progress">Is told how much is done, and waited for.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Enlarged> EnlargeAsync(string method, Func<double, Task> progress, CancellationToken cancellation);
}

/// <summary>On the thread that asks, in pieces.</summary>
/// <param name="seconds">How long the network may take for a picture, as it is measured at its first; of a larger one it makes the
/// middle.</param>
public sealed class PictureWork(double seconds = PictureWork.MostSeconds) : IPictureWork
{
    /// <summary>As many seconds as anybody waits.</summary>
    public const double MostSeconds = 10;

    // What is measured, twice, since the first time plans; a picture of a few times as many pixels takes no longer than that.
    private const int ProbeWidth = 128, ProbeHeight = 48, Few = 4 * ProbeWidth * ProbeHeight;

    private readonly Dictionary<int, double> _pixels = [];
    private Picture? _original, _small;
    private int _scale;

    /// <inheritdoc/>
    public Task OpenAsync(byte[] canvas, int scale, bool shrinks)
    {
        Open(canvas, scale, shrinks);
        return Task.CompletedTask;
    }

    /// <summary>As <see cref="OpenAsync"/>.</summary>
    public void Open(byte[] canvas, int scale, bool shrinks)
    {
        Picture opened = Picture.FromCanvas(canvas);
        _scale = scale;
        _original = shrinks ? opened.Crop(opened.Width / scale * scale, opened.Height / scale * scale) : null;
        _small = _original is null ? opened : Enlarger.Shrink(_original, scale);
    }

    /// <inheritdoc/>
    public async Task<Enlarged> EnlargeAsync(string method, Func<double, Task> progress, CancellationToken cancellation)
    {
        Picture small = _small ?? throw new InvalidOperationException("no picture is open");
        (Picture? original, int scale) = (_original, _scale);
        if (method == IPictureWork.Original)
            return original is null ? throw new InvalidOperationException("the picture was not made small")
                : new(original.Width, original.Height, original.ToCanvas(), null);
        PicturePart? part = method == "fsrcnn" && small.Width * small.Height > Few
            ? small.Middle(await PixelsAsync(scale, progress, cancellation)) : null;
        if (part is not { } middle)
        {
            Picture made = await Enlarger.EnlargeAsync(method, small, scale, original, progress, cancellation);
            return new(made.Width, made.Height, made.ToCanvas(), original is null ? null : Enlarger.Psnr(made, original, scale));
        }
        Picture some = await Enlarger.EnlargeAsync(method, small.Crop(middle), scale, null, progress, cancellation);
        PicturePart large = middle.Times(scale);
        (int width, int height) = (small.Width * scale, small.Height * scale);
        byte[] canvas = new byte[4 * width * height], drawn = some.ToCanvas();
        for (int row = 0; row < large.Height; row++)
            Array.Copy(drawn, 4 * row * large.Width, canvas, 4 * ((large.Top + row) * width + large.Left), 4 * large.Width);
        return new(width, height, canvas, original is null ? null : Enlarger.Psnr(some, original.Crop(large), scale), large);
    }

    // How many pixels the network makes larger in the seconds that it has.
    private async Task<double> PixelsAsync(int scale, Func<double, Task> progress, CancellationToken cancellation)
    {
        if (_pixels.TryGetValue(scale, out double known)) return known;
        var probe = new Picture(ProbeWidth, ProbeHeight, new float[3 * ProbeWidth * ProbeHeight]);
        Task Run() => Enlarger.EnlargeAsync("fsrcnn", probe, scale, null, _ => progress(0), cancellation);
        await Run();
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        await Run();
        double took = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        return _pixels[scale] = seconds / took * ProbeWidth * ProbeHeight;
    }
}
