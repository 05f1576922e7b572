namespace Upstride.Onnx;

/// <summary>Gives a row of a picture; asked for each once, from the top to the bottom.</summary>
/// <param name="row">Which row, from 0.</param>
/// <param name="planes">[channels, width], in the units that the model takes.</param>
public delegate void OnnxRowReader(int row, Span<float> planes);

/// <summary>Takes a row of a picture; given each once, from the top to the bottom.</summary>
/// <param name="row">Which row, from 0.</param>
/// <param name="planes">[channels, width], in the units that the model makes.</param>
public delegate void OnnxRowWriter(int row, ReadOnlySpan<float> planes);
