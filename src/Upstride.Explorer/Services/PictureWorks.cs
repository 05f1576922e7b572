namespace Upstride.Explorer.Services;

/// <summary>Who makes pictures larger: a worker, or the page's own thread where there is none.</summary>
public sealed class PictureWorks(Host host, LaterAssemblies later)
{
    private readonly HiredWorker _worker = new(host, "pictures");
    private Task<IPictureWork>? _found;

    /// <summary>Whoever it is, ready to work.</summary>
    public Task<IPictureWork> FindAsync() => _found is null or { IsFaulted: true } ? _found = AskAsync() : _found;

    private async Task<IPictureWork> AskAsync()
    {
        if (await _worker.HireAsync()) return new HiredPictureWork(_worker);
        await later.LoadAsync();
        return new PictureWork();
    }
}
