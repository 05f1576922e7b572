using Microsoft.AspNetCore.Components.WebAssembly.Services;

namespace Upstride.Explorer.Services;

/// <summary>What the first page does not need: the assemblies for pictures, networks and model files, loaded when something asks for
/// them.</summary>
public sealed class LaterAssemblies(LazyAssemblyLoader loader)
{
    private static readonly string[] Names =
    [
        "Upstride.Learning.wasm", "Upstride.Onnx.wasm", "Upstride.Imaging.wasm", "Upstride.Models.wasm", "Google.Protobuf.wasm",
        "System.IO.Hashing.wasm",
    ];

    private Task? _loading;

    /// <summary>Whether they are here.</summary>
    public bool IsLoaded => !OperatingSystem.IsBrowser() || _loading is { IsCompletedSuccessfully: true };

    /// <summary>Loads them, once.</summary>
    public Task LoadAsync()
    {
        if (IsLoaded) return Task.CompletedTask;
        // What failed, as a network does, is tried again.
        if (_loading is null or { IsFaulted: true }) _loading = loader.LoadAssembliesAsync(Names);
        return _loading;
    }
}
