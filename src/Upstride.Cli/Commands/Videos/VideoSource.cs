using System.Collections.Concurrent;
using System.Globalization;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Frames and when they are shown, from a y4m stream or by ffmpeg from any other video.</summary>
internal sealed class VideoSource : IDisposable
{
    private const string TimeBaseMark = "config in time_base: ", FrameMark = "] n:", TimeMark = " pts:";

    private readonly Stream? _stream;
    private readonly FfmpegProcess? _decoder;
    private readonly Y4mReader _reader;
    private readonly string _name;
    private readonly BlockingCollection<long> _times = [];
    private readonly FrameRange _range;
    private (long Numerator, long Denominator) _timeBase;
    private long _next;
    private long _lastTime;

    private VideoSource(Stream stream, string name, FrameRange range)
    {
        (_stream, _name, _reader, _range) = (stream, name, new(stream, name), range);
        (int numerator, int denominator) = _reader.Header.Rate;
        _timeBase = (denominator, numerator);
    }

    private VideoSource(string path, VideoProbe probe, VideoPart part, FrameRange range, CancellationToken cancellation)
    {
        (_name, _range) = (path, range);

        // Every frame once, upright, and its time told on the error stream before it comes; a range is taken after that, for a seek might
        // end a frame off.
        _decoder = new(
            "ffmpeg",
            [
                "-hide_banner", "-nostats", "-loglevel", "level+info", "-nostdin", .. part.Arguments, "-i", $"file:{path}", "-map", "0:V:0",
                "-vf", $"showinfo{range.Filter}", .. range.Arguments, .. FfmpegVersion.Passthrough(cancellation),
                "-sws_flags", "bicubic+accurate_rnd+full_chroma_int",
                "-pix_fmt", probe.PixelFormat, "-strict", "-1", "-f", "yuv4mpegpipe", "pipe:1",
            ],
            Hear, cancellation);
        try
        {
            _decoder.Input.Close();
            _reader = new(_decoder.Output, path);
        }
        catch (InvalidDataException)
        {
            _decoder.Finish(path, cancellation);
            _decoder.Dispose();
            throw;
        }
    }

    public Y4mHeader Header => _reader.Header;

    /// <summary>The unit in which the source tells times, as a fraction of a second.</summary>
    public (long Numerator, long Denominator) TimeBase => _timeBase;

    /// <summary>The planes of the current frame.</summary>
    public byte[] Frame => _reader.Frame;

    /// <summary>When the current frame is shown.</summary>
    public long Microseconds { get; private set; }

    public static VideoSource OfY4m(Stream stream, string name, FrameRange range = default) => new(stream, name, range);

    public static VideoSource ByFfmpeg(string path, VideoProbe probe, VideoPart part, CancellationToken cancellation,
        FrameRange range = default) => new(path, probe, part, range, cancellation);

    /// <summary>Goes to the next frame; false after the last.</summary>
    public bool Next(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_next == 0 && !SkipToRange(cancellation)) return false;
        if (_next - _range.First >= (_range.Count ?? long.MaxValue)) return false;
        if (!_reader.Next())
        {
            _decoder?.Finish(_name, cancellation);
            return false;
        }
        long time = Time(cancellation);
        Microseconds = (long)Math.Round((decimal)time * _timeBase.Numerator * 1_000_000 / _timeBase.Denominator);
        return true;
    }

    // ffmpeg leaves frames out and tells their times all the same.
    private bool SkipToRange(CancellationToken cancellation)
    {
        for (; _next < _range.First; _next++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_decoder is null ? _reader.Next() : _times.TryTake(out _, Timeout.Infinite, cancellation)) continue;
            _decoder?.Finish(_name, cancellation);
            return false;
        }
        return true;
    }

    private long Time(CancellationToken cancellation)
    {
        long time = _next++;
        if (_decoder is null) return time;
        try
        {
            return _times.Take(cancellation);
        }
        catch (InvalidOperationException fault)
        {
            throw new IOException($"{_name}: ffmpeg does not tell when frame {_next - 1} is shown: {_decoder.Complaint}", fault);
        }
    }

    public void Dispose()
    {
        _decoder?.Dispose();
        _stream?.Dispose();
        _times.Dispose();
    }

    // Lines of the filter showinfo, of information, and of trouble.
    private bool Hear(string? line)
    {
        if (line is null)
        {
            _times.CompleteAdding();
            return true;
        }
        if (line.Contains("[Parsed_showinfo", StringComparison.Ordinal))
        {
            if (line.IndexOf(TimeBaseMark, StringComparison.Ordinal) is >= 0 and var mark)
            {
                string[] parts = line[(mark + TimeBaseMark.Length)..].Split(',')[0].Split('/');
                _timeBase = (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
            }
            else if (line.Contains(FrameMark, StringComparison.Ordinal)
                && line.IndexOf(TimeMark, StringComparison.Ordinal) is >= 0 and var at)
            {
                string text = line[(at + TimeMark.Length)..].TrimStart().Split(' ')[0];

                // A frame without a time follows the one before at the usual rate.
                long last = _lastTime;
                bool isTold = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long time);
                _lastTime = isTold ? time : last + 1;
                _times.Add(_lastTime);
            }
            return true;
        }
        return !(line.Contains("[error]", StringComparison.Ordinal) || line.Contains("[fatal]", StringComparison.Ordinal));
    }

}
