using Upstride.Explain.Teaching;

namespace Upstride.Explorer.Services;

/// <summary>Reads model files: in a worker, which is ended where its work is cancelled, or on the page's own thread where there is
/// none.</summary>
public sealed class ModelWorks(Host host, LaterAssemblies later)
{
    /// <summary>The most bytes of a model, and of an array alone.</summary>
    public const long MostBytes = 64 << 20, MostArrayBytes = 4 << 20;

    private readonly HiredWorker _worker = new(host, "models");

    /// <summary>Why a file is not read, whatever it holds; null where it is.</summary>
    /// <param name="name">Its name, whose end tells an array.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="texts">In whose language it is told.</param>
    public static string? Refusal(string name, long size, Texts texts)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(texts);
        long most = name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? MostArrayBytes : MostBytes;
        return size > most ? texts["ui.picture.bytes", name, size, most] : null;
    }

    /// <summary>As <see cref="ModelFile.ReadAsync"/>.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or not supported; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ModelFile> ReadAsync(
        string name, byte[] bytes, int stride, int? size, Language language, Func<double, Task> progress, CancellationToken cancellation)
    {
        if (await _worker.HireAsync())
        {
            byte[] made = await _worker.MakeAsync(nameof(WorkerExports.ReadModel), progress, ends: true, cancellation, name, stride,
                size ?? 0, language == Language.Chinese, bytes);
            return ModelBytes.Read(made);
        }
        await later.LoadAsync();
        return await ModelFile.ReadAsync(name, bytes, stride, size, Texts.Of(language), progress, cancellation);
    }
}
