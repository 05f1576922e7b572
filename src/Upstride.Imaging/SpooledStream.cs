namespace Upstride.Imaging;

/// <summary>Bytes that can be read in any order after they were written: in memory as long as they are few, then in a file that is gone
/// with it.</summary>
internal sealed class SpooledStream : Stream
{
    private const int MaxMemory = 8 << 20;

    private Stream _inner = new MemoryStream();

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _inner.Length;

    public override long Position { get => _inner.Position; set => _inner.Position = value; }

    /// <summary>The bytes of a stream up to its end.</summary>
    /// <param name="source">Read from its position on.</param>
    /// <param name="input">The limits, and the name for the fault of being longer than any picture within them.</param>
    /// <param name="cancellationToken">Asked between blocks.</param>
    public static SpooledStream Copy(Stream source, ImageInput input, CancellationToken cancellationToken)
    {
        var spool = new SpooledStream();
        try
        {
            var buffer = new byte[1 << 16];
            for (int got; (got = source.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                spool.Append(buffer.AsSpan(0, got), input);
            }
            spool.Position = 0;
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Copy"/>
    public static async Task<SpooledStream> CopyAsync(Stream source, ImageInput input, CancellationToken cancellationToken)
    {
        var spool = new SpooledStream();
        try
        {
            var buffer = new byte[1 << 16];
            for (int got; (got = await source.ReadAsync(buffer, cancellationToken)) > 0;) spool.Append(buffer.AsSpan(0, got), input);
            spool.Position = 0;
            return spool;
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_inner is MemoryStream memory && memory.Position + buffer.Length > MaxMemory)
        {
            var file = new FileStream(
                Path.Combine(Path.GetTempPath(), $"upstride-{Path.GetRandomFileName()}"), FileMode.CreateNew, FileAccess.ReadWrite,
                    FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            long position = memory.Position;
            memory.Position = 0;
            memory.CopyTo(file);
            memory.Dispose();
            file.Position = position;
            _inner = file;
        }
        _inner.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override int Read(Span<byte> buffer) => _inner.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => _inner.Read(buffer, offset, count);

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
        _inner.CopyToAsync(destination, bufferSize, cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => _inner.Seek(offset, origin);

    public override void SetLength(long value) => _inner.SetLength(value);

    public override void Flush() => _inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> bytes, ImageInput input)
    {
        ImageReadSettings limits = input.Settings;
        if (Length + bytes.Length > limits.MaxFileBytes)
            throw input.Fault($"it is longer than {limits.MaxFileBytes} bytes, which no picture within the limit of {limits.MaxPixels} "
                + "pixels (MaxPixels) needs");
        Write(bytes);
    }
}
