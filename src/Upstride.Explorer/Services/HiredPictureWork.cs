namespace Upstride.Explorer.Services;

/// <summary>Pictures on a thread of their own.</summary>
public sealed class HiredPictureWork(HiredWorker worker) : IPictureWork
{
    /// <inheritdoc/>
    public Task OpenAsync(byte[] canvas, int scale, bool shrinks) =>
        worker.DoAsync(nameof(WorkerExports.Open), scale, shrinks, canvas);

    // The worker keeps the picture, and is asked to stop between two bands.
    /// <inheritdoc/>
    public async Task<Enlarged> EnlargeAsync(string method, Func<double, Task> progress, CancellationToken cancellation) =>
        Read(await worker.MakeAsync(nameof(WorkerExports.Enlarge), progress, ends: false, cancellation, method));

    /// <summary>For the way between threads: width, height, the ratio (NaN for none), the part (no column where it is the whole), and the
    /// pixels.</summary>
    public static byte[] Write(Enlarged made)
    {
        ArgumentNullException.ThrowIfNull(made);
        byte[] bytes = new byte[Head + made.Canvas.Length];
        BitConverter.TryWriteBytes(bytes, made.Width);
        BitConverter.TryWriteBytes(bytes.AsSpan(sizeof(int)), made.Height);
        BitConverter.TryWriteBytes(bytes.AsSpan(2 * sizeof(int)), made.Psnr ?? double.NaN);
        PicturePart part = made.Part ?? default;
        System.Runtime.InteropServices.MemoryMarshal.Write(bytes.AsSpan(PartAt), in part);
        made.Canvas.CopyTo(bytes, Head);
        return bytes;
    }

    /// <summary>As <see cref="Write"/> wrote it.</summary>
    public static Enlarged Read(byte[] bytes)
    {
        double psnr = BitConverter.ToDouble(bytes, 2 * sizeof(int));
        var part = System.Runtime.InteropServices.MemoryMarshal.Read<PicturePart>(bytes.AsSpan(PartAt));
        return new(BitConverter.ToInt32(bytes), BitConverter.ToInt32(bytes, sizeof(int)), bytes[Head..], double.IsNaN(psnr) ? null : psnr,
            part.Width > 0 ? part : null);
    }

    private const int PartAt = 2 * sizeof(int) + sizeof(double), Head = PartAt + 4 * sizeof(int);
}
