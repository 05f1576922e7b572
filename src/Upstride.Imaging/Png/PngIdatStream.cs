namespace Upstride.Imaging.Png;

/// <summary>The data of consecutive IDAT chunks as one stream, for the decompressor; of APNG's fdAT chunks likewise, without the number
/// that each begins with. At its end the chunk reader is in the chunk that follows.</summary>
internal sealed class PngIdatStream(PngChunkReader chunks, string type = "IDAT") : Stream
{
    private bool _isInside;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length == 0) return 0;
        while (string.Equals(chunks.Type, type, StringComparison.Ordinal))
        {
            if (!_isInside && type is "fdAT") SkipNumber();
            _isInside = true;
            int got = chunks.Read(buffer);
            if (got > 0) return got;
            chunks.End();
            chunks.Next();
            _isInside = false;
        }
        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void SkipNumber()
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        int done = 0;
        while (done < number.Length && chunks.Read(number[done..]) is > 0 and int got) done += got;
        if (done < number.Length)
            throw chunks.Input.Fault($"chunk fdAT is {chunks.Length} bytes long; its sequence number alone takes {number.Length}");
    }
}
