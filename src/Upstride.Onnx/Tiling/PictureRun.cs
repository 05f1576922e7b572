namespace Upstride.Onnx.Tiling;

/// <summary>A picture's way through a model, made ready.</summary>
internal abstract class PictureRun : IDisposable
{
    /// <summary>The whole output.</summary>
    public abstract OutputSize Output { get; }

    /// <summary>Bytes that it takes at once.</summary>
    public abstract long Bytes { get; }

    public abstract void Run(OnnxRowReader reader, OnnxRowWriter writer, IProgress<double>? progress, CancellationToken cancellationToken);

    public abstract void Dispose();
}

/// <summary>Rows, columns and channels of an output.</summary>
internal readonly record struct OutputSize(int Rows, int Columns, int Channels);
