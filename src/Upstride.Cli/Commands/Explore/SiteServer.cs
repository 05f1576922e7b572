using System.Collections.Frozen;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;

namespace Upstride.Cli.Commands.Explore;

/// <summary>
/// Serves the files of one folder on 127.0.0.1: those that were there at the start and nothing else, to who asks for this host by its own
/// name, with a content security policy that allows nothing from elsewhere. A file may be there as Brotli alone, under its name and
/// <c>.br</c>: who does not take that gets it unpacked.
/// </summary>
internal sealed class SiteServer : IDisposable
{
    /// <summary>What pages may load and do: as the site's own tag says, and no frame of another page may hold it.</summary>
    public const string Policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
        + "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    private const int Tries = 20;
    private const string Packed = ".br";

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json",
        [".wasm"] = "application/wasm",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, string> _files;
    private readonly HttpListener _listener;

    private SiteServer(FrozenDictionary<string, string> files, HttpListener listener, int port)
    {
        _files = files;
        _listener = listener;
        Port = port;
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The address of the first page.</summary>
    public string Address => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/");

    /// <summary>Starts listening.</summary>
    /// <param name="folder">Whose files are served.</param>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <exception cref="CommandException">The folder holds no site, or the port is taken.</exception>
    public static SiteServer Start(string folder, int port = 0)
    {
        if (!File.Exists(Path.Combine(folder, "index.html")) && !File.Exists(Path.Combine(folder, "index.html" + Packed)))
            throw CommandException.BadInput("site",
                $"there is no site at {folder}: publish src/Upstride.Explorer there, or install the tool's package, which holds it");
        FrozenDictionary<string, string> files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToFrozenDictionary(file => "/" + Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'),
                StringComparer.Ordinal);
        for (int tried = 1; ; tried++)
        {
            int chosen = port == 0 ? FreePort() : port;
            var listener = new HttpListener { IgnoreWriteExceptions = true };
            listener.Prefixes.Add($"http://127.0.0.1:{chosen}/");
            listener.Prefixes.Add($"http://localhost:{chosen}/");
            try
            {
                listener.Start();
                return new(files, listener, chosen);
            }
            catch (HttpListenerException fault)
            {
                ((IDisposable)listener).Dispose();
                if (port != 0 || tried == Tries)
                    throw CommandException.BadInput("port",
                        $"port {chosen} of 127.0.0.1 cannot be used: {fault.Message}; give another --port, or none");
            }
        }
    }

    /// <summary>Answers until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await using CancellationTokenRegistration stop = cancellation.Register(Stop);
        while (!cancellation.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                if (cancellation.IsCancellationRequested) return;
                continue;
            }
            _ = AnswerAsync(context);
        }
    }

    private void Stop()
    {
        if (_listener.IsListening) _listener.Stop();
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => ((IDisposable)_listener).Dispose();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        HttpListenerResponse response = context.Response;
        try
        {
            response.StatusCode = Respond(context.Request, response, out string? file, out bool unpack);
            if (file is null || response.StatusCode == (int)HttpStatusCode.NotModified) return;
            await using Stream content = unpack ? await UnpackAsync(file).ConfigureAwait(false) : File.OpenRead(file);
            response.ContentLength64 = content.Length;
            if (context.Request.HttpMethod is "GET") await content.CopyToAsync(response.OutputStream).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or HttpListenerException or ObjectDisposedException
            or UnauthorizedAccessException
            or InvalidOperationException)
        {
            // Who asked has gone, or the file has: there is nobody to tell.
        }
        finally
        {
            Close(response);
        }
    }

    private static async Task<MemoryStream> UnpackAsync(string file)
    {
        var whole = new MemoryStream();
        await using var packed = new BrotliStream(File.OpenRead(file), CompressionMode.Decompress);
        await packed.CopyToAsync(whole).ConfigureAwait(false);
        whole.Position = 0;
        return whole;
    }

    private static void Close(HttpListenerResponse response)
    {
        try
        {
            response.Close();
        }
        catch (Exception fault) when (fault is IOException or HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // As above.
        }
    }

    // The status, the file whose content is the answer, and whether it has to be unpacked for who asked.
    private int Respond(HttpListenerRequest request, HttpListenerResponse response, out string? file, out bool unpack)
    {
        file = null;
        unpack = false;
        response.AddHeader("Content-Security-Policy", Policy);
        response.AddHeader("X-Content-Type-Options", "nosniff");
        response.AddHeader("Referrer-Policy", "no-referrer");
        response.AddHeader("Cross-Origin-Resource-Policy", "same-origin");
        response.AddHeader("Cache-Control", "no-cache");
        if (request.UserHostName is not { } host || (host != $"127.0.0.1:{Port}"
            && host != $"localhost:{Port}")) return (int)HttpStatusCode.MisdirectedRequest;
        if (request.HttpMethod is not ("GET" or "HEAD"))
        {
            response.AddHeader("Allow", "GET, HEAD");
            return (int)HttpStatusCode.MethodNotAllowed;
        }
        string path = Uri.UnescapeDataString(request.Url?.AbsolutePath ?? "/");
        if (path.EndsWith('/')) path += "index.html";
        _files.TryGetValue(path, out string? plain);
        _files.TryGetValue(path + Packed, out string? small);
        if ((plain ?? small) is null) return (int)HttpStatusCode.NotFound;
        response.ContentType = Types.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");
        bool taken = small is not null && TakesBrotli(request);
        if (taken) response.AddHeader("Content-Encoding", "br");
        response.AddHeader("Vary", "Accept-Encoding");
        file = taken ? small : plain ?? small;
        unpack = !taken && plain is null;
        // Who has the file asks whether it is still the same: a reload and the page's worker take it from the browser's cache.
        string tag = TagOf(file!, unpack);
        response.AddHeader("ETag", tag);
        return (int)(request.Headers["If-None-Match"] == tag ? HttpStatusCode.NotModified : HttpStatusCode.OK);
    }

    // A file and its Brotli are two, and so is what is unpacked from it.
    private static string TagOf(string file, bool unpacked)
    {
        var info = new FileInfo(file);
        string kind = Path.GetExtension(file).TrimStart('.') + (unpacked ? "-unpacked" : "");
        return info.Exists ? string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"\"{info.Length:x}-{info.LastWriteTimeUtc.Ticks:x}-{kind}\"") : "\"none\"";
    }

    // As in "gzip, br;q=0.9"; a weight of 0 is a refusal.
    private static bool TakesBrotli(HttpListenerRequest request) =>
        (request.Headers["Accept-Encoding"] ?? "").Split(',').Select(static one => one.Split(';', StringSplitOptions.TrimEntries)).Any(
            static one => one[0] is "br" or "*" && !(one.Length > 1 && one[1].TrimStart('q', '=').Trim('0', '.').Length == 0));
}
