using System.Runtime.InteropServices;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OneDnn;

/// <summary>
/// oneDNN's C interface as far as versions 2 and 3 share it. In both a memory descriptor is passed by address: of a
/// structure that the caller owns in version 2, of an object of the library in version 3; here both are a nint.
/// </summary>
internal abstract unsafe class OneDnnLibrary
{
    // Values of dnnl_types.h, the same in both versions.
    protected const int Float32 = 3, TagAny = 1;
    protected const int ForwardTraining = 64, ForwardInference = 96;
    protected const int ConvolutionAuto = 3, DeconvolutionDirect = 0xa;
    private const int Cpu = 1, InOrder = 1, Unimplemented = 3;
    private const int QueryMemoryConsumption = 6, QueryImplementation = 8;

    private readonly nint _handle;
    private readonly delegate* unmanaged<nint*, nint, int> _primitiveCreate;
    private readonly delegate* unmanaged<nint, nint, int, Argument*, int> _primitiveExecute;
    private readonly delegate* unmanaged<nint, int> _primitiveDestroy, _primitiveDescriptorDestroy, _memoryDestroy, _streamWait;
    private readonly delegate* unmanaged<nint, int, int, nint> _queryMemoryDescriptor;
    private readonly delegate* unmanaged<nint, int, int, void*, int> _query;
    private readonly delegate* unmanaged<nint*, nint, nint, void*, int> _memoryCreate;
    private readonly delegate* unmanaged<nint*, nint, nint, nint, nint, nint, int> _reorderCreate;
    private readonly nint _stream;

    /// <summary>Binds what the versions share, and makes the engine and the stream.</summary>
    protected OneDnnLibrary(nint handle, string version)
    {
        this._handle = handle;
        Version = version;
        _primitiveCreate = (delegate* unmanaged<nint*, nint, int>)Export("dnnl_primitive_create");
        _primitiveExecute = (delegate* unmanaged<nint, nint, int, Argument*, int>)Export("dnnl_primitive_execute");
        _primitiveDestroy = (delegate* unmanaged<nint, int>)Export("dnnl_primitive_destroy");
        _primitiveDescriptorDestroy = (delegate* unmanaged<nint, int>)Export("dnnl_primitive_desc_destroy");
        _memoryDestroy = (delegate* unmanaged<nint, int>)Export("dnnl_memory_destroy");
        _streamWait = (delegate* unmanaged<nint, int>)Export("dnnl_stream_wait");
        _queryMemoryDescriptor = (delegate* unmanaged<nint, int, int, nint>)Export("dnnl_primitive_desc_query_md");
        _query = (delegate* unmanaged<nint, int, int, void*, int>)Export("dnnl_primitive_desc_query");
        _memoryCreate = (delegate* unmanaged<nint*, nint, nint, void*, int>)Export("dnnl_memory_create");
        _reorderCreate = (delegate* unmanaged<nint*, nint, nint, nint, nint, nint, int>)Export("dnnl_reorder_primitive_desc_create");
        nint engine, made;
        Require(((delegate* unmanaged<nint*, int, nuint, int>)Export("dnnl_engine_create"))(&engine, Cpu, 0), "dnnl_engine_create");
        Require(((delegate* unmanaged<nint*, nint, int, int>)Export("dnnl_stream_create"))(&made, engine, InOrder), "dnnl_stream_create");
        (Engine, _stream) = (engine, made);
    }

    /// <summary>The library's version.</summary>
    public string Version { get; }

    /// <summary>The CPU engine.</summary>
    protected nint Engine { get; }

    /// <summary>Loads the file that UPSTRIDE_ONEDNN names, else libdnnl.so.3, else libdnnl.so.2; null where there is none.</summary>
    public static OneDnnLibrary? TryLoad(out string? missing)
    {
        var named = Environment.GetEnvironmentVariable("UPSTRIDE_ONEDNN");
        string[] names = string.IsNullOrEmpty(named) ? ["libdnnl.so.3", "libdnnl.so.2"] : [named];
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                var version = (int*)((delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "dnnl_version"))();
                var text = $"{version[0]}.{version[1]}.{version[2]}";
                missing = version[0] is 2 or 3 ? null : $"{name} is version {text}; versions 2 and 3 are known here";
                return version[0] switch { 2 => new OneDnn2(handle, text), 3 => new OneDnn3(handle, text), _ => null };
            }

        missing = $"no library {string.Join(" or ", names)} (bench/install-peers installs one, UPSTRIDE_ONEDNN names another)";
        return null;
    }

    /// <summary>A descriptor of a dense tensor with these strides, or of whatever layout the primitive wants where null.</summary>
    public abstract nint DescribeMemory(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides);

    /// <summary>Frees what <see cref="DescribeMemory"/> made.</summary>
    public abstract void DestroyMemoryDescriptor(nint descriptor);

    /// <summary>
    /// Describes the primitive of an operation. Source, weight and destination are those of the forward operation
    /// whichever of them is computed.
    /// </summary>
    /// <returns>The primitive descriptor, or 0 where the library has no implementation for it.</returns>
    public abstract nint DescribePrimitive(Operation operation, nint source, nint weight, nint destination, OneDnnAxes axes);

    /// <summary>The descriptor that the primitive expects for an argument; it belongs to the primitive descriptor.</summary>
    public nint MemoryDescriptor(nint primitiveDescriptor, MemoryQuery what) => _queryMemoryDescriptor(primitiveDescriptor, (int)what, 0);

    /// <summary>Scratch memory in bytes.</summary>
    public long MemoryConsumption(nint primitiveDescriptor)
    {
        long bytes;
        Require(_query(primitiveDescriptor, QueryMemoryConsumption, 0, &bytes), "dnnl_primitive_desc_query");
        return bytes;
    }

    /// <summary>The name of the implementation.</summary>
    public string Implementation(nint primitiveDescriptor)
    {
        byte* name;
        Require(_query(primitiveDescriptor, QueryImplementation, 0, &name), "dnnl_primitive_desc_query");
        return Marshal.PtrToStringUTF8((nint)name)!;
    }

    /// <summary>Compiles the primitive.</summary>
    public nint CreatePrimitive(nint descriptor)
    {
        nint primitive;
        Require(_primitiveCreate(&primitive, descriptor), "dnnl_primitive_create");
        return primitive;
    }

    /// <summary>A memory object over the caller's floats, or over the library's own where null.</summary>
    public nint CreateMemory(nint descriptor, float* data)
    {
        nint memory;
        Require(_memoryCreate(&memory, descriptor, Engine, data == null ? (void*)-1 : data), "dnnl_memory_create");
        return memory;
    }

    /// <summary>Executes and waits.</summary>
    public void Execute(nint primitive, Argument* arguments, int count)
    {
        Require(_primitiveExecute(primitive, _stream, count, arguments), "dnnl_primitive_execute");
        Require(_streamWait(_stream), "dnnl_stream_wait");
    }

    /// <summary>Copies one memory into another of another layout.</summary>
    public void Reorder(nint fromDescriptor, nint from, nint toDescriptor, nint to)
    {
        var primitive = CreateReorder(fromDescriptor, toDescriptor);
        Reorder(primitive, from, to);
        DestroyPrimitive(primitive);
    }

    /// <summary>The same with a primitive made before.</summary>
    public void Reorder(nint primitive, nint from, nint to)
    {
        var arguments = stackalloc Argument[] { new(ArgumentKind.Source, from), new(ArgumentKind.Destination, to) };
        Execute(primitive, arguments, 2);
    }

    /// <summary>Compiles a copy from one layout into another.</summary>
    public nint CreateReorder(nint fromDescriptor, nint toDescriptor)
    {
        nint descriptor;
        Require(_reorderCreate(&descriptor, fromDescriptor, Engine, toDescriptor, Engine, 0), "dnnl_reorder_primitive_desc_create");
        var primitive = CreatePrimitive(descriptor);
        DestroyPrimitiveDescriptor(descriptor);
        return primitive;
    }

    /// <summary>Frees a primitive.</summary>
    public void DestroyPrimitive(nint primitive) => _primitiveDestroy(primitive);

    /// <summary>Frees a primitive descriptor.</summary>
    public void DestroyPrimitiveDescriptor(nint descriptor) => _primitiveDescriptorDestroy(descriptor);

    /// <summary>Frees a memory object.</summary>
    public void DestroyMemory(nint memory) => _memoryDestroy(memory);

    /// <summary>The address of an exported function.</summary>
    protected nint Export(string name) => NativeLibrary.GetExport(_handle, name);

    /// <summary>Throws unless a call succeeded.</summary>
    protected static void Require(int status, string call)
    {
        if (status != 0) throw new InvalidOperationException($"oneDNN: {call} answered status {status}");
    }

    /// <summary>Whether a descriptor was made; false where nothing is implemented for it.</summary>
    protected static bool Implemented(int status, string call)
    {
        if (status != Unimplemented) Require(status, call);
        return status == 0;
    }
}

/// <summary>Strides, dilations and padding as oneDNN wants them: dilation counts the elements left out between taps.</summary>
internal sealed record OneDnnAxes(long[] Strides, long[] Dilations, long[] PaddingHead, long[] PaddingTail);

/// <summary>Which argument's memory descriptor is asked for (dnnl_query_t).</summary>
internal enum MemoryQuery
{
    Source = 129,
    SourceGradient = 130,
    Weight = 131,
    WeightGradient = 132,
    Destination = 133,
    DestinationGradient = 134,
}

/// <summary>Arguments of an execution (DNNL_ARG_...).</summary>
internal enum ArgumentKind
{
    Source = 1,
    Destination = 17,
    Weight = 33,
    SourceGradient = 129,
    DestinationGradient = 145,
    WeightGradient = 161,
}

/// <summary>dnnl_exec_arg_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Argument(ArgumentKind kind, nint memory)
{
    public readonly ArgumentKind Kind = kind;
    public readonly nint Memory = memory;
}
