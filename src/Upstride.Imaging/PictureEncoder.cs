namespace Upstride.Imaging;

/// <summary>Takes the rows of one picture file's frames.</summary>
internal abstract class PictureEncoder : IDisposable
{
    /// <summary>Begins a frame of an animation.</summary>
    public virtual void StartFrame(TimeSpan delay)
    {
    }

    /// <summary>The next row of the frame, [width, channels].</summary>
    public abstract void WriteRow(ReadOnlySpan<byte> samples);

    /// <summary>All rows of the frame have been given.</summary>
    /// <param name="isLast">Whether the file is complete with it.</param>
    public virtual void EndFrame(bool isLast)
    {
    }

    public virtual void Dispose()
    {
    }
}

/// <summary>PNG and APNG.</summary>
internal sealed class PngEncoder(PngWriter writer) : PictureEncoder
{
    public override void StartFrame(TimeSpan delay) => writer.StartFrame(delay);

    public override void WriteRow(ReadOnlySpan<byte> samples) => writer.WriteRow(samples);

    public override void Dispose() => writer.Dispose();
}
