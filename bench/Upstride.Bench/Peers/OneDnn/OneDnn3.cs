using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OneDnn;

/// <summary>Version 3: memory descriptors are the library's objects, one call makes a primitive descriptor.</summary>
internal sealed unsafe class OneDnn3(nint handle, string version) : OneDnnLibrary(handle, version)
{
    /// <inheritdoc/>
    public override nint DescribeMemory(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides)
    {
        nint descriptor;
        fixed (long* sizesAt = sizes, stridesAt = strides)
            if (strides.IsEmpty)
                Require(((delegate* unmanaged<nint*, int, long*, int, int, int>)Export("dnnl_memory_desc_create_with_tag"))(
                    &descriptor, sizes.Length, sizesAt, Float32, TagAny), "dnnl_memory_desc_create_with_tag");
            else
                Require(((delegate* unmanaged<nint*, int, long*, int, long*, int>)Export("dnnl_memory_desc_create_with_strides"))(
                    &descriptor, sizes.Length, sizesAt, Float32, stridesAt), "dnnl_memory_desc_create_with_strides");
        return descriptor;
    }

    /// <inheritdoc/>
    public override void DestroyMemoryDescriptor(nint descriptor) =>
        ((delegate* unmanaged<nint, int>)Export("dnnl_memory_desc_destroy"))(descriptor);

    /// <inheritdoc/>
    public override nint DescribePrimitive(Operation operation, nint source, nint weight, nint destination, OneDnnAxes axes)
    {
        var backward = operation is Operation.InputGradient or Operation.WeightGradient;
        nint forward = 0, descriptor;
        fixed (long* strides = axes.Strides, dilations = axes.Dilations, head = axes.PaddingHead, tail = axes.PaddingTail)
        {
            var (call, algorithm) = operation is Operation.Convolution
                ? ("dnnl_convolution_forward_primitive_desc_create", ConvolutionAuto)
                : ("dnnl_deconvolution_forward_primitive_desc_create", DeconvolutionDirect);
            var made = ((delegate* unmanaged<nint*, nint, int, int, nint, nint, nint, nint, long*, long*, long*, long*, nint, int>)Export(
                call))(
                &forward, Engine, backward ? ForwardTraining : ForwardInference, algorithm, source, weight, 0, destination,
                strides, dilations, head, tail, 0);
            if (!Implemented(made, call)) return 0;
            if (!backward) return forward;

            if (operation is Operation.InputGradient)
            {
                call = "dnnl_deconvolution_backward_data_primitive_desc_create";
                made = ((delegate* unmanaged<nint*, nint, int, nint, nint, nint, long*, long*, long*, long*, nint, nint, int>)Export(call))(
                    &descriptor, Engine, DeconvolutionDirect, source, weight, destination, strides, dilations, head, tail, forward, 0);
            }
            else
            {
                call = "dnnl_deconvolution_backward_weights_primitive_desc_create";
                made = ((delegate* unmanaged<nint*, nint, int, nint, nint, nint, nint, long*, long*, long*, long*, nint, nint, int>)Export(
                    call))(
                    &descriptor, Engine, DeconvolutionDirect, source, weight, 0, destination, strides, dilations, head, tail, forward, 0);
            }

            DestroyPrimitiveDescriptor(forward);
            return Implemented(made, call) ? descriptor : 0;
        }
    }
}
