namespace Upstride.Onnx;

/// <summary>How large a model's output is.</summary>
/// <param name="Factor">How many rows and columns of the output one more of the input makes.</param>
/// <param name="Crop">How many rows and columns the output is shorter than so many times the input; even, where both ends lose as much.
/// </param>
/// <param name="Channels">Channels of the output.</param>
public readonly record struct OnnxPictureScale(int Factor, int Crop, int Channels);
