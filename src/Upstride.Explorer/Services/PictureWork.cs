namespace Upstride.Explorer.Services;

/// <summary>A picture made larger.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Canvas">Red, green, blue and alpha of each pixel.</param>
/// <param name="Psnr">How near it comes to the picture before it was made small, in decibels; null where there was none.</param>
public sealed record Enlarged(int Width, int Height, byte[] Canvas, double? Psnr);

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
public sealed class PictureWork : IPictureWork
{
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
        Picture made = await Enlarger.EnlargeAsync(method, small, scale, original, progress, cancellation);
        return new(made.Width, made.Height, made.ToCanvas(), original is null ? null : Enlarger.Psnr(made, original, scale));
    }
}
