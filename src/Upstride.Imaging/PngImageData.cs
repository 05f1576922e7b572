namespace Upstride.Imaging;

/// <summary>The data of consecutive IDAT chunks as one stream, for the decompressor. At its end the chunk reader stands
/// in the chunk that follows.</summary>
internal sealed class PngImageData(PngChunkReader chunks) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length == 0) return 0;
        while (chunks.Type is "IDAT")
        {
            int got = chunks.Read(buffer);
            if (got > 0) return got;
            chunks.End();
            chunks.Next();
        }
        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
