namespace Upstride.Geometry;

/// <summary>How a framework stores the weights of a transposed convolution; "output" counts the output channels of one group.</summary>
public enum WeightLayout
{
    /// <summary>[input, output, kernel...]: PyTorch's and ONNX's, and <see cref="ConvTransposeGeometry.WeightShape"/>.</summary>
    InputOutputKernel,

    /// <summary>[kernel..., output, input]: TensorFlow's, Keras', and JAX's with <c>transpose_kernel</c>.</summary>
    KernelOutputInput,

    /// <summary>
    /// [kernel..., input, output] with every kernel axis reversed: JAX's without <c>transpose_kernel</c>, which correlates the stretched
    /// input with the weights as they are. Tap t is stored at kernel - 1 - t.
    /// </summary>
    KernelInputOutputFlipped,
}
