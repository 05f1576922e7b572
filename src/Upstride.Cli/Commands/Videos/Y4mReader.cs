using System.Text;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Reads a YUV4MPEG2 stream frame by frame.</summary>
internal sealed class Y4mReader
{
    // A header is a hundred bytes; what goes on without a line end is something else.
    private const int MaxLine = 4096;

    private readonly Stream _stream;
    private readonly string _name;
    private long _frames;

    /// <param name="stream">Its position is at the first byte; stays open.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is no such stream.</exception>
    public Y4mReader(Stream stream, string name)
    {
        (_stream, _name) = (stream is FileStream ? stream : new BufferedStream(stream, 1 << 16), name);
        try
        {
            Header = Y4mHeader.Parse(ReadLine() ?? throw new InvalidDataException("it is empty"));
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidDataException($"{name}: {fault.Message}", fault);
        }
        Frame = new byte[checked((int)Header.FrameBytes)];
    }

    /// <summary>How many frames a file has, by its length.</summary>
    public static long CountFrames(string path)
    {
        using FileStream stream = File.OpenRead(path);
        var reader = new Y4mReader(stream, path);
        return (stream.Length - stream.Position) / (reader.Header.FrameBytes + "FRAME\n".Length);
    }

    public Y4mHeader Header { get; }

    /// <summary>The planes of the frame that was read last, one after another.</summary>
    public byte[] Frame { get; }

    /// <summary>Reads the next frame; false at the stream's end.</summary>
    /// <exception cref="InvalidDataException">The stream ends within a frame, or another thing is where one must begin.</exception>
    public bool Next()
    {
        if (ReadLine() is not { } line) return false;
        if (line != "FRAME" && !line.StartsWith("FRAME ", StringComparison.Ordinal))
            throw new InvalidDataException($"{_name}: frame {_frames} of the y4m video does not begin with FRAME");
        int got = _stream.ReadAtLeast(Frame, Frame.Length, throwOnEndOfStream: false);
        if (got < Frame.Length)
            throw new InvalidDataException($"{_name}: truncated: frame {_frames} has {got} of its {Frame.Length} bytes");
        _frames++;
        return true;
    }

    private string? ReadLine()
    {
        var line = new StringBuilder();
        for (int value; (value = _stream.ReadByte()) != '\n'; line.Append((char)value))
        {
            if (value < 0) return line.Length == 0 ? null : line.ToString();
            if (line.Length == MaxLine) throw new InvalidDataException($"{_name}: it is no y4m video: its first line does not end");
        }
        return line.ToString();
    }
}
