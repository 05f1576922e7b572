using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using Upstride.Explain.Teaching;

namespace Upstride.Explorer.Services;

/// <summary>What <c>worker.js</c> calls, in a runtime of the worker's own. One picture is open there, in the worker of pictures.</summary>
[SupportedOSPlatform("browser")]
internal static partial class WorkerExports
{
    private static readonly PictureWork s_work = new();
    private static readonly Dictionary<int, CancellationTokenSource> s_running = [];
    private static readonly Dictionary<int, byte[]> s_made = [];

    /// <summary>As <see cref="PictureWork.Open"/>.</summary>
    [JSExport]
    public static void Open(int scale, bool shrinks, byte[] canvas) => s_work.Open(canvas, scale, shrinks);

    /// <summary>Makes the picture larger; <see cref="Take"/> gives the result.</summary>
    [JSExport]
    public static async Task Enlarge(int turn, string method)
    {
        using var stop = new CancellationTokenSource();
        s_running[turn] = stop;
        try
        {
            s_made[turn] = HiredPictureWork.Write(await s_work.EnlargeAsync(method, done => ProgressAsync(turn, done), stop.Token));
        }
        finally
        {
            s_running.Remove(turn);
        }
    }

    /// <summary>Reads a model; <see cref="Take"/> gives it, or why it was not read.</summary>
    [JSExport]
    public static async Task ReadModel(int turn, string name, int stride, int size, bool chinese, byte[] bytes)
    {
        try
        {
            s_made[turn] = ModelBytes.Write(await ModelFile.ReadAsync(name, bytes, stride, size == 0 ? null : size,
                Texts.Of(chinese ? Language.Chinese : Language.English), done => ProgressAsync(turn, done), default));
        }
        catch (InvalidDataException fault)
        {
            s_made[turn] = ModelBytes.Fault(fault.Message);
        }
    }

    /// <summary>What was made, once.</summary>
    [JSExport]
    public static byte[] Take(int turn) => s_made.Remove(turn, out byte[]? made) ? made : [];

    /// <summary>Ends a piece of work.</summary>
    [JSExport]
    public static void Cancel(int turn)
    {
        if (s_running.TryGetValue(turn, out CancellationTokenSource? stop)) stop.Cancel();
    }

    // Comes back when the worker has heard what was sent to it meanwhile.
    [JSImport("progress", "worker.js")]
    private static partial Task ProgressAsync(int turn, double done);
}
