using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OneDnn;

/// <summary>How oneDNN gets its data; a weight that is an operand is packed before the clock starts in each of them.</summary>
internal enum OneDnnLayout
{
    /// <summary>NCHW throughout, as the primitive can.</summary>
    Plain,

    /// <summary>The primitive's own layouts inside, NCHW outside: data are reordered in and out while the clock runs.</summary>
    Reordered,

    /// <summary>The primitive's own layouts inside and outside: nobody counts the reorders.</summary>
    Own,
}

/// <summary>oneDNN's deconvolution and convolution in one of three contracts; the first two are Upstride's.</summary>
internal sealed class OneDnnContender(OneDnnLibrary library, OneDnnLayout layout) : IContender
{
    /// <inheritdoc/>
    public string Name => layout switch
    {
        OneDnnLayout.Plain => "onednn-nchw",
        OneDnnLayout.Reordered => "onednn-reorder",
        _ => "onednn-any",
    };

    /// <inheritdoc/>
    public bool SameContract => layout is not OneDnnLayout.Own;

    /// <inheritdoc/>
    public IRunnable? TryCreate(Workload workload, out string? refusal)
    {
        var made = OneDnnRunnable.TryCreate(library, workload, layout);
        refusal = made is null ? $"oneDNN {library.Version} has no implementation for it" : null;
        if (made is null || !made.Algorithm.EndsWith("ref:any", StringComparison.Ordinal)) return made;

        // Seconds where the others need milliseconds: no user would take it.
        refusal = $"oneDNN {library.Version} has only its reference loops for it ({made.Algorithm})";
        made.Dispose();
        return null;
    }
}

/// <summary>A oneDNN primitive with its memory objects.</summary>
internal sealed unsafe class OneDnnRunnable : IRunnable
{
    private readonly OneDnnLibrary _library;
    private readonly nint _descriptor, _primitive, _unpack;
    private readonly Tensor[] _tensors;
    private readonly Argument[] _arguments;
    private readonly NativeBuffer _output;
    private readonly Tensor _result;
    private readonly List<(nint Reorder, Tensor Tensor)> _inward = [];
    private readonly bool _reorders;

    private OneDnnRunnable(OneDnnLibrary library, nint descriptor, Tensor[] tensors, long outputLength, bool reorders)
    {
        (this._library, this._descriptor, this._tensors) = (library, descriptor, tensors);
        WorkspaceBytes = library.MemoryConsumption(descriptor);
        Algorithm = library.Implementation(descriptor);
        _primitive = library.CreatePrimitive(descriptor);
        _output = new NativeBuffer(outputLength);
        foreach (var tensor in tensors)
        {
            tensor.Descriptor = library.MemoryDescriptor(descriptor, tensor.Query);
            tensor.Memory = library.CreateMemory(tensor.Descriptor, null);
            tensor.Plain = library.CreateMemory(tensor.PlainDescriptor, (tensor.Operand ?? _output).Pointer);
            if (tensor.Operand is not null) library.Reorder(tensor.PlainDescriptor, tensor.Plain, tensor.Descriptor, tensor.Memory);
        }

        _arguments = Array.ConvertAll(tensors, t => new Argument(t.Kind, t.Memory));
        _result = Array.Find(tensors, t => t.Operand is null)!;
        _unpack = library.CreateReorder(_result.Descriptor, _result.PlainDescriptor);
        if (!reorders) return;
        foreach (var tensor in tensors)
            if (tensor is { Packs: false, Operand: not null })
                _inward.Add((library.CreateReorder(tensor.PlainDescriptor, tensor.Descriptor), tensor));
        this._reorders = true;
    }

    /// <inheritdoc/>
    public long? WorkspaceBytes { get; }

    /// <inheritdoc/>
    public string Algorithm { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Output
    {
        get
        {
            if (!_reorders) _library.Reorder(_unpack, _result.Memory, _result.Plain);
            return _output.Span;
        }
    }

    /// <summary>Prepares a workload; null where oneDNN has no implementation.</summary>
    public static OneDnnRunnable? TryCreate(OneDnnLibrary library, Workload workload, OneDnnLayout layout)
    {
        var tensors = Describe(library, workload);
        var given = Array.ConvertAll(tensors, t => layout is not OneDnnLayout.Plain || (t.Packs && t.Operand is not null) ? library.DescribeMemory(t.Sizes, []) : t.PlainDescriptor);
        var descriptor = library.DescribePrimitive(workload.Operation, given[0], given[1], given[2], Axes(workload));
        for (var i = 0; i < 3; i++)
            if (given[i] != tensors[i].PlainDescriptor) library.DestroyMemoryDescriptor(given[i]);
        if (descriptor != 0) return new(library, descriptor, tensors, workload.OutputLength, layout is OneDnnLayout.Reordered);
        foreach (var tensor in tensors) library.DestroyMemoryDescriptor(tensor.PlainDescriptor);
        return null;
    }

    /// <inheritdoc/>
    public void Run()
    {
        foreach (var (reorder, tensor) in _inward) _library.Reorder(reorder, tensor.Plain, tensor.Memory);
        fixed (Argument* first = _arguments) _library.Execute(_primitive, first, _arguments.Length);
        if (_reorders) _library.Reorder(_unpack, _result.Memory, _result.Plain);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _library.DestroyPrimitive(_unpack);
        foreach (var (reorder, _) in _inward) _library.DestroyPrimitive(reorder);
        _library.DestroyPrimitive(_primitive);
        _library.DestroyPrimitiveDescriptor(_descriptor);
        foreach (var tensor in _tensors)
        {
            _library.DestroyMemory(tensor.Memory);
            _library.DestroyMemory(tensor.Plain);
            _library.DestroyMemoryDescriptor(tensor.PlainDescriptor);
        }

        _output.Dispose();
    }

    // Source, weight and destination of the forward operation, whichever of them is computed.
    private static Tensor[] Describe(OneDnnLibrary library, Workload workload)
    {
        var p = workload.Problem;
        var operation = workload.Operation;
        var convolution = operation is Operation.Convolution;
        long coarseGroup = p.CoarseChannels / p.Groups, fineGroup = p.FineChannels / p.Groups, taps = p.Geometry.KernelTaps;
        long[] Spatial(int[] sizes) => [.. sizes.Select(s => (long)s)];
        long[] coarse = [p.Batch, p.CoarseChannels, .. Spatial(p.Coarse)], fine = [p.Batch, p.FineChannels, .. Spatial(p.Fine)];

        // Logical order [groups, outputs, inputs, kernel]; in memory always [coarse channels, fine channels / groups, kernel].
        long[] weight = [p.Groups, convolution ? coarseGroup : fineGroup, convolution ? fineGroup : coarseGroup, .. Spatial(p.Kernel)];
        long coarseStride = fineGroup * taps, fineStride = taps;
        long[] weightStrides = [coarseGroup * coarseStride, convolution ? coarseStride : fineStride, convolution ? fineStride : coarseStride,
            .. Dense(Spatial(p.Kernel))];
        var skip = p.Groups == 1 ? 1 : 0;
        var gradient = operation is Operation.InputGradient or Operation.WeightGradient;
        Tensor Make(NativeBuffer? operand, long[] sizes, long[] strides, bool packs, MemoryQuery query, MemoryQuery gradientQuery,
            ArgumentKind kind, ArgumentKind gradientKind, bool isGradient) => new()
            {
                Operand = operand,
                Sizes = sizes,
                Packs = packs,
                Query = isGradient ? gradientQuery : query,
                Kind = isGradient ? gradientKind : kind,
                PlainDescriptor = library.DescribeMemory(sizes, strides),
            };
        var (source, destination) = convolution ? (fine, coarse) : (coarse, fine);
        return
        [
            Make(convolution ? workload.Fine : workload.Coarse, source, Dense(source), false, MemoryQuery.Source, MemoryQuery.SourceGradient,
                ArgumentKind.Source, ArgumentKind.SourceGradient, operation is Operation.InputGradient),
            Make(workload.Weight, weight[skip..], weightStrides[skip..], true, MemoryQuery.Weight, MemoryQuery.WeightGradient,
                ArgumentKind.Weight, ArgumentKind.WeightGradient, operation is Operation.WeightGradient),
            Make(convolution ? workload.Coarse : workload.Fine, destination, Dense(destination), false, MemoryQuery.Destination,
                MemoryQuery.DestinationGradient, ArgumentKind.Destination, ArgumentKind.DestinationGradient, gradient),
        ];
    }

    private static OneDnnAxes Axes(Workload workload)
    {
        var p = workload.Problem;

        // oneDNN's convolution rounds down by itself where elements at the end stay unread.
        var tail = p.PaddingTail.Select(v => (long)(workload.Operation is Operation.Convolution ? Math.Max(v, 0) : v));
        return new([.. p.Stride.Select(s => (long)s)], [.. p.Dilation.Select(d => (long)(d - 1))], [.. p.Padding.Select(v => (long)v)], [.. tail]);
    }

    private static long[] Dense(long[] sizes)
    {
        var strides = new long[sizes.Length];
        long stride = 1;
        for (var a = sizes.Length - 1; a >= 0; a--) (strides[a], stride) = (stride, stride * sizes[a]);
        return strides;
    }

    // Plain: over the operand or the output buffer; Memory: in the primitive's layout.
    private sealed class Tensor
    {
        public NativeBuffer? Operand { get; init; }
        public required long[] Sizes { get; init; }
        public required bool Packs { get; init; }
        public required MemoryQuery Query { get; init; }
        public required ArgumentKind Kind { get; init; }
        public required nint PlainDescriptor { get; init; }
        public nint Descriptor { get; set; }
        public nint Memory { get; set; }
        public nint Plain { get; set; }
    }
}
