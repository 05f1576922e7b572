using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Upstride.Bench.Peers.Torch;

/// <summary>A Python process with PyTorch in it, which answers one line of JSON to each.</summary>
internal sealed class TorchProcess : IDisposable
{
    private readonly Process process;

    private TorchProcess(Process process, string version) => (this.process, Version) = (process, version);

    /// <summary>PyTorch's version.</summary>
    public string Version { get; }

    /// <summary>
    /// Starts UPSTRIDE_PYTHON where it is set, else Debian's interpreter, else the first on the path; null where none
    /// of them has PyTorch.
    /// </summary>
    /// <param name="missing">Why there is none.</param>
    /// <param name="script">What it runs, a file beside the program.</param>
    public static TorchProcess? TryStart(out string? missing, string script = "torch_peer.py")
    {
        var named = Environment.GetEnvironmentVariable("UPSTRIDE_PYTHON");
        missing = "no python3 was found";
        foreach (var python in string.IsNullOrEmpty(named) ? ["/usr/bin/python3", "python3"] : new[] { named })
        {
            try
            {
                var process = Process.Start(new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, script)])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                })!;
                var hello = process.StandardOutput.ReadLine();
                if (hello is not null && JsonNode.Parse(hello)!["version"] is { } version) return new(process, version.GetValue<string>());
                missing = hello is null ? $"{python} ended without an answer" : $"{python}: {JsonNode.Parse(hello)!["missing"]}";
                process.WaitForExit();
                process.Dispose();
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No such interpreter: the next one is tried.
            }
        }

        missing += " (bench/install-peers torch installs it, UPSTRIDE_PYTHON names another interpreter)";
        return null;
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="InvalidOperationException">PyTorch refused, with its message; or the process ended.</exception>
    public JsonNode Ask(JsonObject request)
    {
        process.StandardInput.WriteLine(request.ToJsonString());
        process.StandardInput.Flush();
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the Python process ended");
        var answer = JsonNode.Parse(line)!;
        return answer["error"] is { } error ? throw new InvalidOperationException(error.GetValue<string>().Split('\n')[0]) : answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
