namespace Upstride.Geometry;

/// <summary>The frameworks whose dialects are known.</summary>
public enum Framework
{
    /// <summary><c>torch.nn.ConvTranspose1d/2d/3d</c>.</summary>
    PyTorch,

    /// <summary><c>tf.nn.conv1d/2d/3d_transpose</c>.</summary>
    TensorFlow,

    /// <summary><c>keras.layers.Conv1D/2D/3DTranspose</c>.</summary>
    Keras,

    /// <summary>ONNX's operator <c>ConvTranspose</c>.</summary>
    Onnx,

    /// <summary><c>jax.lax.conv_transpose</c>.</summary>
    Jax,
}
