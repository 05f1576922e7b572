namespace Upstride.Geometry;

/// <summary>Where the channels of an activation tensor stand.</summary>
public enum Layout
{
    /// <summary>[batch, channels, space...]: NCL, NCHW, NCDHW; PyTorch's and ONNX's.</summary>
    ChannelsFirst,

    /// <summary>[batch, space..., channels]: NLC, NHWC, NDHWC; TensorFlow's, Keras' and JAX's usual one.</summary>
    ChannelsLast,
}
