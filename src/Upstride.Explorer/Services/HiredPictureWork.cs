using Microsoft.JSInterop;

namespace Upstride.Explorer.Services;

/// <summary>On a thread of its own: a web worker with a runtime of its own (<c>worker.js</c>), which computes what is asked here.</summary>
public sealed class HiredPictureWork(Host host) : IPictureWork
{
    private int _turn;

    /// <inheritdoc/>
    public async Task OpenAsync(byte[] canvas, int scale, bool shrinks) =>
        await host.AskAsync<byte[]>("work", [], ++_turn, nameof(WorkerExports.Open), scale, shrinks, canvas);

    /// <inheritdoc/>
    public async Task<Enlarged> EnlargeAsync(string method, Func<double, Task> progress, CancellationToken cancellation)
    {
        int turn = ++_turn;
        Task Told(int of, double done) => of == turn ? progress(done) : Task.CompletedTask;
        host.Progress += Told;
        await using CancellationTokenRegistration stop = cancellation.Register(() => _ = host.DoAsync("dismiss", turn));
        try
        {
            await progress(0);
            cancellation.ThrowIfCancellationRequested();
            byte[] answer = await host.AskAsync<byte[]>("work", [], turn, nameof(WorkerExports.Enlarge), turn, method);
            cancellation.ThrowIfCancellationRequested();
            return Read(answer);
        }
        catch (JSException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            host.Progress -= Told;
        }
    }

    /// <summary>For the way between threads: width, height, the ratio (NaN for none), and the pixels.</summary>
    public static byte[] Write(Enlarged made)
    {
        ArgumentNullException.ThrowIfNull(made);
        byte[] bytes = new byte[Head + made.Canvas.Length];
        BitConverter.TryWriteBytes(bytes, made.Width);
        BitConverter.TryWriteBytes(bytes.AsSpan(sizeof(int)), made.Height);
        BitConverter.TryWriteBytes(bytes.AsSpan(2 * sizeof(int)), made.Psnr ?? double.NaN);
        made.Canvas.CopyTo(bytes, Head);
        return bytes;
    }

    /// <summary>As <see cref="Write"/> wrote it.</summary>
    public static Enlarged Read(byte[] bytes)
    {
        double psnr = BitConverter.ToDouble(bytes, 2 * sizeof(int));
        return new(BitConverter.ToInt32(bytes), BitConverter.ToInt32(bytes, sizeof(int)), bytes[Head..], double.IsNaN(psnr) ? null : psnr);
    }

    private const int Head = 2 * sizeof(int) + sizeof(double);
}
