using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Upstride.Bench.Peers.Torch;

/// <summary>
/// PyTorch's libraries under TorchSharp, which bench/install-peers torch puts into the folder UPSTRIDE_PEERS. They are loaded by their
/// paths, after which TorchSharp finds them by their names.
/// </summary>
internal static class LibTorch
{
    private static readonly Lazy<string?> Missing = new(Load);

    /// <summary>What it calls itself.</summary>
    public static string Name => $"PyTorch {__version__} (TorchSharp {PackageVersion})";

    private static string PackageVersion => typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);

    /// <summary>Loads the libraries, once.</summary>
    /// <param name="missing">Why they are not there.</param>
    public static bool TryLoad(out string? missing) => (missing = Missing.Value) is null;

    private static string? Load()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string peers = Environment.GetEnvironmentVariable("UPSTRIDE_PEERS") is { Length: > 0 } chosen
            ? chosen : Path.Combine(cache, "upstride-peers");
        string folder = Path.Combine(peers, $"torchsharp-{PackageVersion}");
        if (!Directory.Exists(folder)) return $"there is no folder {folder} (bench/install-peers torch makes it, on Linux on x64)";
        foreach (string library in (ReadOnlySpan<string>)["libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so"])
        {
            try
            {
                NativeLibrary.Load(Path.Combine(folder, library));
            }
            catch (DllNotFoundException e)
            {
                return e.Message;
            }
        }
        return null;
    }
}
