using System.Runtime.InteropServices;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OneDnn;

/// <summary>
/// Version 2: memory and operation descriptors are structures that the caller owns and the library fills. Nothing here
/// looks into them, so they are blocks of memory larger than any 2.x release needs (about 0.7 and 5 KB).
/// </summary>
internal sealed unsafe class OneDnn2(nint handle, string version) : OneDnnLibrary(handle, version)
{
    private const int MemoryDescriptorBytes = 4 * 1024, OperationDescriptorBytes = 64 * 1024;

    /// <inheritdoc/>
    public override nint DescribeMemory(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides)
    {
        var descriptor = (nint)NativeMemory.AllocZeroed(MemoryDescriptorBytes);
        fixed (long* sizesAt = sizes, stridesAt = strides)
            if (strides.IsEmpty)
                Require(((delegate* unmanaged<nint, int, long*, int, int, int>)Export("dnnl_memory_desc_init_by_tag"))(
                    descriptor, sizes.Length, sizesAt, Float32, TagAny), "dnnl_memory_desc_init_by_tag");
            else
                Require(((delegate* unmanaged<nint, int, long*, int, long*, int>)Export("dnnl_memory_desc_init_by_strides"))(
                    descriptor, sizes.Length, sizesAt, Float32, stridesAt), "dnnl_memory_desc_init_by_strides");
        return descriptor;
    }

    /// <inheritdoc/>
    public override void DestroyMemoryDescriptor(nint descriptor) => NativeMemory.Free((void*)descriptor);

    /// <inheritdoc/>
    public override nint DescribePrimitive(Operation operation, nint source, nint weight, nint destination, OneDnnAxes axes)
    {
        var backward = operation is Operation.InputGradient or Operation.WeightGradient;
        var memory = (nint)NativeMemory.AllocZeroed(OperationDescriptorBytes);
        try
        {
            fixed (long* strides = axes.Strides, dilations = axes.Dilations, head = axes.PaddingHead, tail = axes.PaddingTail)
            {
                var (call, algorithm) = operation is Operation.Convolution
                    ? ("dnnl_dilated_convolution_forward_desc_init", ConvolutionAuto)
                    : ("dnnl_dilated_deconvolution_forward_desc_init", DeconvolutionDirect);
                Require(((delegate* unmanaged<nint, int, int, nint, nint, nint, nint, long*, long*, long*, long*, int>)Export(call))(
                    memory, backward ? ForwardTraining : ForwardInference, algorithm, source, weight, 0, destination,
                    strides, dilations, head, tail), call);
                var forward = Describe(memory, 0);
                if (!backward || forward == 0) return forward;

                if (operation is Operation.InputGradient)
                {
                    call = "dnnl_dilated_deconvolution_backward_data_desc_init";
                    Require(((delegate* unmanaged<nint, int, nint, nint, nint, long*, long*, long*, long*, int>)Export(call))(
                        memory, DeconvolutionDirect, source, weight, destination, strides, dilations, head, tail), call);
                }
                else
                {
                    call = "dnnl_dilated_deconvolution_backward_weights_desc_init";
                    Require(((delegate* unmanaged<nint, int, nint, nint, nint, nint, long*, long*, long*, long*, int>)Export(call))(
                        memory, DeconvolutionDirect, source, weight, 0, destination, strides, dilations, head, tail), call);
                }

                var descriptor = Describe(memory, forward);
                DestroyPrimitiveDescriptor(forward);
                return descriptor;
            }
        }
        finally
        {
            NativeMemory.Free((void*)memory);
        }
    }

    private nint Describe(nint operation, nint forward)
    {
        nint descriptor;
        var made = ((delegate* unmanaged<nint*, nint, nint, nint, nint, int>)Export("dnnl_primitive_desc_create"))(&descriptor, operation,
            0, Engine, forward);
        return Implemented(made, "dnnl_primitive_desc_create") ? descriptor : 0;
    }
}
