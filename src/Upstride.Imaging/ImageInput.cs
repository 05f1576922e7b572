namespace Upstride.Imaging;

/// <summary>The bytes of one picture file, read forwards (so that a pipe serves as well as a file), with the file's
/// name and limits at hand for the errors.</summary>
internal sealed class ImageInput(Stream stream, string name, ImageReadSettings? settings)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly long _origin = stream.CanSeek ? stream.Position : -1;
    private readonly long _length = stream.CanSeek ? stream.Length - stream.Position : -1;
    private long _fetched;
    private int _start;
    private int _end;

    public string Name { get; } = name;

    public ImageReadSettings Settings { get; } = settings ?? new ImageReadSettings();

    public bool CanSeek => _length >= 0;

    /// <summary>Bytes of the whole file; null where the source does not know.</summary>
    public long? Length => _length < 0 ? null : _length;

    /// <summary>Bytes taken so far.</summary>
    public long Position => _fetched - (_end - _start);

    /// <summary>Bytes not yet read; null where the source does not know its length.</summary>
    public long? Remaining => _length < 0 ? null : Math.Max(0, _length - Position);

    public ImageFormatException Fault(string fault, Exception? inner = null) => new(Name, fault, inner);

    /// <summary>The stream itself, at the picture's first byte: for another decoder. It must be able to seek.</summary>
    public Stream Rewind()
    {
        stream.Position = _origin;
        (_fetched, _start, _end) = (0, 0, 0);
        return stream;
    }

    /// <summary>Goes to a byte, counted from the picture's first. The source must be able to seek.</summary>
    public void Seek(long position)
    {
        // Within what has been fetched nothing is read again: PNG files may have a chunk every few kilobytes.
        if (position <= _fetched && position >= _fetched - _end)
        {
            _start = (int)(position - (_fetched - _end));
            return;
        }
        stream.Position = _origin + position;
        (_fetched, _start, _end) = (position, 0, 0);
    }

    /// <summary>The next bytes without taking them; fewer than <paramref name="count"/> only at the end of the file.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_start + count > _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        while (_end - _start < count && Fetch(_buffer.AsSpan(_end)) is > 0 and int got) _end += got;
        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>Some of the next bytes; 0 only at the end of the file.</summary>
    public int Read(Span<byte> destination)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
            if (destination.Length >= _buffer.Length) return Fetch(destination);
            _end = Fetch(_buffer);
        }
        int count = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }

    /// <summary>The next byte, or -1 at the end of the file.</summary>
    public int ReadByte()
    {
        if (_start == _end && Refill() == 0) return -1;
        return _buffer[_start++];
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
            if (_start == _end && Refill() == 0) throw Truncated(what, count, count - left);
            int step = (int)Math.Min(left, _end - _start);
            _start += step;
            left -= step;
        }
    }

    /// <summary>Takes bytes up to and with the next one of a value; false where there is none before the end of the file.</summary>
    public bool SkipTo(byte value)
    {
        while (true)
        {
            int at = _buffer.AsSpan(_start, _end - _start).IndexOf(value);
            if (at >= 0)
            {
                _start += at + 1;
                return true;
            }
            (_start, _end) = (0, Fetch(_buffer));
            if (_end == 0) return false;
        }
    }

    /// <summary>Refuses sizes that are empty, above the limit on pixels, or more than one array can hold.</summary>
    public void CheckSize(long width, long height, int channels, SampleType sampleType)
    {
        if (width is < 1 or > int.MaxValue || height is < 1 or > int.MaxValue)
            throw Fault($"its header gives a size of {width} x {height} pixels; both must be 1 to {int.MaxValue}");
        if (width * height > Settings.MaxPixels)
            throw Fault($"its header gives {width} x {height} = {width * height} pixels, above the limit of {Settings.MaxPixels} "
                + "(MaxPixels)");
        long bytes = new PictureFormat((int)width, (int)height, channels, sampleType).ByteCount;
        if (bytes > Array.MaxLength)
            throw Fault($"its {width} x {height} pixels of {channels * sampleType.Bytes()} bytes take {bytes} bytes, more than one "
                + $"picture can hold ({Array.MaxLength})");
    }

    /// <summary>Refuses an animation whose frames together are above the limit on pixels.</summary>
    public void CheckFrames(int width, int height, long frames)
    {
        if ((Int128)width * height * frames > Settings.MaxPixels)
            throw Fault($"its {frames} frames of {width} x {height} pixels are {(Int128)width * height * frames} pixels, above the limit "
                + $"of {Settings.MaxPixels} (MaxPixels)");
    }

    /// <summary>Refuses a header that promises more than the file holds, before memory is set aside for it.</summary>
    public void Require(long bytes, string what)
    {
        if (Remaining is { } left && left < bytes)
            throw Fault($"truncated: {what} take {bytes} bytes, and {left} are left in the file");
    }

    public ImageBuffer Allocate(PictureFormat format)
    {
        try
        {
            return new ImageBuffer(format);
        }
        catch (OutOfMemoryException e)
        {
            throw Fault($"there is no memory for its {format.Width} x {format.Height} pixels", e);
        }
    }

    /// <summary>Hands all that is left to <paramref name="destination"/>.</summary>
    public void CopyTo(Stream destination, CancellationToken cancellationToken)
    {
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            destination.Write(_buffer, _start, _end - _start);
            (_start, _end) = (0, Fetch(_buffer));
        }
        while (_end > 0);
    }

    private int Refill()
    {
        (_start, _end) = (0, Fetch(_buffer));
        return _end;
    }

    private int Fetch(Span<byte> destination)
    {
        int got = stream.Read(destination);
        _fetched += got;
        return got;
    }

    private ImageFormatException Truncated(string what, long wanted, long got) =>
        Fault($"truncated: the file ends {got} bytes into {what} of {wanted} bytes");
}
