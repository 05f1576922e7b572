namespace Upstride.Imaging;

/// <summary>The bytes of one picture file, read forwards only (so that a pipe serves as well as a file), with the file's
/// name and limits at hand for the errors.</summary>
internal sealed class ImageInput(Stream stream, string name, ImageReadSettings? settings)
{
    private readonly byte[] buffer = new byte[1 << 16];
    private readonly long length = stream.CanSeek ? stream.Length - stream.Position : -1;
    private long fetched;
    private int start, end;

    public string Name { get; } = name;

    public ImageReadSettings Settings { get; } = settings ?? new ImageReadSettings();

    /// <summary>Bytes not yet read; null where the source does not know its length.</summary>
    public long? Remaining => length < 0 ? null : Math.Max(0, length - fetched + (end - start));

    public ImageFormatException Fault(string fault, Exception? inner = null) => new(Name, fault, inner);

    /// <summary>The next bytes without taking them; fewer than <paramref name="count"/> only at the end of the file.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (start + count > buffer.Length)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        while (end - start < count && Fetch(buffer.AsSpan(end)) is > 0 and int got) end += got;
        return buffer.AsSpan(start, Math.Min(count, end - start));
    }

    /// <summary>Some of the next bytes; 0 only at the end of the file.</summary>
    public int Read(Span<byte> destination)
    {
        if (start == end)
        {
            if (destination.Length >= buffer.Length) return Fetch(destination);
            (start, end) = (0, Fetch(buffer));
        }
        int count = Math.Min(destination.Length, end - start);
        buffer.AsSpan(start, count).CopyTo(destination);
        start += count;
        return count;
    }

    /// <summary>The next byte, or -1 at the end of the file.</summary>
    public int ReadByte()
    {
        if (start == end && ((start, end) = (0, Fetch(buffer))).end == 0) return -1;
        return buffer[start++];
    }

    public void ReadExactly(Span<byte> destination, string what)
    {
        int wanted = destination.Length;
        while (destination.Length > 0)
        {
            int got = Read(destination);
            if (got == 0) throw Truncated(what, wanted, wanted - destination.Length);
            destination = destination[got..];
        }
    }

    public void Skip(long count, string what)
    {
        for (long left = count; left > 0;)
        {
            if (start == end && ((start, end) = (0, Fetch(buffer))).end == 0) throw Truncated(what, count, count - left);
            int step = (int)Math.Min(left, end - start);
            start += step;
            left -= step;
        }
    }

    /// <summary>Refuses sizes that are empty, above the limit on pixels, or more than one array can hold.</summary>
    public void CheckSize(long width, long height, int channels, SampleType sampleType)
    {
        if (width is < 1 or > int.MaxValue || height is < 1 or > int.MaxValue)
            throw Fault($"its header gives a size of {width} x {height} pixels; both must be 1 to {int.MaxValue}");
        if (width * height > Settings.MaxPixels)
            throw Fault($"its header gives {width} x {height} = {width * height} pixels, above the limit of {Settings.MaxPixels} (MaxPixels)");
        long bytes = ImageBuffer.ByteCount((int)width, (int)height, channels, sampleType);
        if (bytes > Array.MaxLength)
            throw Fault($"its {width} x {height} pixels of {channels * sampleType.Bytes()} bytes take {bytes} bytes, more than one picture can hold ({Array.MaxLength})");
    }

    /// <summary>Refuses a header that promises more than the file holds, before memory is set aside for it.</summary>
    public void Require(long bytes, string what)
    {
        if (Remaining is { } left && left < bytes)
            throw Fault($"truncated: {what} take {bytes} bytes, and {left} are left in the file");
    }

    public ImageBuffer Allocate(int width, int height, int channels, SampleType sampleType)
    {
        try
        {
            return new ImageBuffer(width, height, channels, sampleType);
        }
        catch (OutOfMemoryException e)
        {
            throw Fault($"there is no memory for its {width} x {height} pixels", e);
        }
    }

    /// <summary>Hands all that is left to <paramref name="destination"/>.</summary>
    public void CopyTo(Stream destination, CancellationToken cancellationToken)
    {
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            destination.Write(buffer, start, end - start);
            (start, end) = (0, Fetch(buffer));
        }
        while (end > 0);
    }

    private int Fetch(Span<byte> destination)
    {
        int got = stream.Read(destination);
        fetched += got;
        return got;
    }

    private ImageFormatException Truncated(string what, long wanted, long got) =>
        Fault($"truncated: the file ends {got} bytes into {what} of {wanted} bytes");
}
