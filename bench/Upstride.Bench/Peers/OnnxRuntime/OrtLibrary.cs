using System.Runtime.InteropServices;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>
/// ONNX Runtime's C interface: one table of function pointers whose order never changes (onnxruntime_c_api.h). The
/// indices below count from OrtApi's first member.
/// </summary>
internal sealed unsafe class OrtLibrary
{
    private const uint ApiVersion = 8; // the oldest that has the session configuration entries
    private const int Error = 3, Float = 1, ArenaAllocator = 1, DefaultMemory = 0, EnableAll = 99;
    private const int GetErrorMessage = 2, CreateEnv = 3, DisableTelemetryEvents = 6, CreateSessionFromArray = 8, RunSession = 9,
        CreateSessionOptions = 10, SetGraphOptimizationLevel = 23, SetIntraOpThreads = 24, SetInterOpThreads = 25,
        CreateTensorWithData = 49, GetTensorData = 51, GetElementType = 60, GetRank = 61, GetShape = 62, GetTypeAndShape = 65, CreateCpuMemoryInfo = 69, ReleaseStatus = 93, ReleaseSession = 95, ReleaseValue = 96,
        ReleaseTypeAndShape = 99, ReleaseSessionOptions = 100, AddSessionConfigEntry = 130;

    private readonly nint* api;
    private readonly nint environment, memoryInfo;

    private OrtLibrary(nint handle)
    {
        var entry = (nint*)((delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "OrtGetApiBase"))();
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)entry[1])())!;
        api = (nint*)((delegate* unmanaged<uint, nint>)entry[0])(ApiVersion);
        nint made;
        fixed (byte* name = "bench"u8)
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)api[CreateEnv])(Error, name, &made));
        environment = made;
        Check(((delegate* unmanaged<nint, nint>)api[DisableTelemetryEvents])(environment));
        Check(((delegate* unmanaged<int, int, nint*, nint>)api[CreateCpuMemoryInfo])(ArenaAllocator, DefaultMemory, &made));
        memoryInfo = made;
    }

    /// <summary>The library's version.</summary>
    public string Version { get; }

    /// <summary>
    /// Loads the file that UPSTRIDE_ORT names, else the one that bench/install-peers fetched, else the system's; null
    /// where there is none.
    /// </summary>
    public static OrtLibrary? TryLoad(out string? missing)
    {
        var named = Environment.GetEnvironmentVariable("UPSTRIDE_ORT");
        string[] names = string.IsNullOrEmpty(named) ? [.. Installed(), "libonnxruntime.so.1", "libonnxruntime.so"] : [named];
        missing = null;
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out var handle))
                return new OrtLibrary(handle);
        missing = "no library libonnxruntime.so (bench/install-peers installs one, UPSTRIDE_ORT names another)";
        return null;
    }

    /// <summary>A session over a model's bytes.</summary>
    public nint CreateSession(ReadOnlySpan<byte> model, int threads)
    {
        nint options, session;
        Check(((delegate* unmanaged<nint*, nint>)api[CreateSessionOptions])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)api[SetIntraOpThreads])(options, threads));
        Check(((delegate* unmanaged<nint, int, nint>)api[SetInterOpThreads])(options, 1));
        Check(((delegate* unmanaged<nint, int, nint>)api[SetGraphOptimizationLevel])(options, EnableAll));

        // Idle threads that spin after a run would take the cores of whoever runs next.
        fixed (byte* key = "session.force_spinning_stop"u8, value = "1"u8)
            Check(((delegate* unmanaged<nint, byte*, byte*, nint>)api[AddSessionConfigEntry])(options, key, value));
        try
        {
            fixed (byte* bytes = model)
                Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)api[CreateSessionFromArray])(
                    environment, bytes, (nuint)model.Length, options, &session));
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)api[ReleaseSessionOptions])(options);
        }

        return session;
    }

    /// <summary>A tensor over the caller's floats.</summary>
    public nint CreateTensor(float* data, long length, ReadOnlySpan<long> shape) => CreateTensor(data, length * sizeof(float), shape, Float);

    /// <summary>A tensor over the caller's bytes, of one of ONNX's element types.</summary>
    public nint CreateTensor(void* data, long bytes, ReadOnlySpan<long> shape, int elementType)
    {
        nint value;
        fixed (long* sizes = shape)
            Check(((delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)api[CreateTensorWithData])(
                memoryInfo, data, (nuint)bytes, sizes, (nuint)shape.Length, elementType, &value));
        return value;
    }

    /// <summary>What a tensor holds: ONNX's element type, the shape, and where the elements are.</summary>
    public (int ElementType, long[] Shape, nint Data) Describe(nint value)
    {
        nint info;
        Check(((delegate* unmanaged<nint, nint*, nint>)api[GetTypeAndShape])(value, &info));
        try
        {
            int elementType;
            nuint rank;
            nint data;
            Check(((delegate* unmanaged<nint, int*, nint>)api[GetElementType])(info, &elementType));
            Check(((delegate* unmanaged<nint, nuint*, nint>)api[GetRank])(info, &rank));
            var shape = new long[rank];
            fixed (long* sizes = shape)
                Check(((delegate* unmanaged<nint, long*, nuint, nint>)api[GetShape])(info, sizes, rank));
            Check(((delegate* unmanaged<nint, nint*, nint>)api[GetTensorData])(value, &data));
            return (elementType, shape, data);
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)api[ReleaseTypeAndShape])(info);
        }
    }

    /// <summary>Runs a session.</summary>
    /// <param name="session">From <see cref="CreateSession"/>.</param>
    /// <param name="inputNames">Text in UTF-8 that ends with a zero, for each input.</param>
    /// <param name="inputs">A tensor for each.</param>
    /// <param name="outputNames">The same for the outputs that are wanted.</param>
    /// <param name="outputs">Tensors made before, which are written; where one is zero the library makes it, and the caller frees it.</param>
    public void Run(nint session, ReadOnlySpan<nint> inputNames, ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputNames, Span<nint> outputs)
    {
        fixed (nint* names = inputNames, values = inputs, wanted = outputNames, results = outputs)
            Check(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)api[RunSession])(
                session, 0, names, values, (nuint)inputs.Length, wanted, (nuint)outputs.Length, results));
    }

    /// <summary>Frees a session.</summary>
    public void DestroySession(nint session) => ((delegate* unmanaged<nint, void>)api[ReleaseSession])(session);

    /// <summary>Frees a tensor, not its floats.</summary>
    public void DestroyTensor(nint value) => ((delegate* unmanaged<nint, void>)api[ReleaseValue])(value);

    private static IEnumerable<string> Installed()
    {
        var home = Environment.GetEnvironmentVariable("HOME") ?? "";
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".cache");
        var folder = Environment.GetEnvironmentVariable("UPSTRIDE_PEERS") is { Length: > 0 } peers ? peers : Path.Combine(cache, "upstride-peers");
        var bin = Path.Combine(folder, "node_modules", "onnxruntime-node", "bin");
        var machine = RuntimeInformation.OSArchitecture is Architecture.Arm64 ? "arm64" : "x64";
        return Directory.Exists(bin)
            ? Directory.EnumerateFiles(bin, "libonnxruntime.so*", SearchOption.AllDirectories)
                .Where(f => f.Contains($"/linux/{machine}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            : [];
    }

    private void Check(nint status)
    {
        if (status == 0) return;
        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)api[GetErrorMessage])(status));
        ((delegate* unmanaged<nint, void>)api[ReleaseStatus])(status);
        throw new InvalidOperationException($"ONNX Runtime: {message}");
    }
}
