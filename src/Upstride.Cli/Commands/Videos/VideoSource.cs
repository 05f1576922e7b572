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
    private readonly VideoIndex? _index;
    private readonly SeekPoint _from;
    private (long Numerator, long Denominator) _timeBase;
    private long _next;
    private long _lastTime;

    private VideoSource(Stream stream, string name, FrameRange range)
    {
        (_stream, _name, _reader, _range) = (stream, name, new(stream, name), range);
        (int numerator, int denominator) = _reader.Header.Rate;
        _timeBase = (denominator, numerator);
    }

    private VideoSource(string path, VideoProbe probe, FfmpegVersion version, VideoPart part, FrameRange range, VideoIndex? index,
        CancellationToken cancellation)
    {
        (_name, _range, _index, _from) = (path, range, index, index?.Before(range.First) ?? default);
        _next = _from.Frame;

        // Every frame once, upright, and its time told on the error stream before it comes; a range is taken after that.
        _decoder = new(
            "ffmpeg",
            [
                "-hide_banner", "-nostats", "-loglevel", "level+info", "-nostdin", .. _from == default ? part.Arguments : _from.Arguments,
                "-i", $"file:{path}", "-map", "0:V:0", "-vf", $"showinfo{range.Filter(_from.Frame)}", .. range.Arguments,
                .. version.Passthrough, "-sws_flags", "bicubic+accurate_rnd+full_chroma_int",
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

    /// <summary>A range of a video's frames.</summary>
    /// <param name="path">The video.</param>
    /// <param name="probe">What ffprobe tells of it.</param>
    /// <param name="version">Of ffmpeg.</param>
    /// <param name="part">The part of it that is asked for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="range">Which frames of the part; without it all.</param>
    /// <param name="index">Of the whole video: decoding begins with the key frame before the range, and every frame is held to its time.
    /// Without it decoding begins with the part.</param>
    public static VideoSource ByFfmpeg(string path, VideoProbe probe, FfmpegVersion version, VideoPart part, CancellationToken cancellation,
        FrameRange range = default, VideoIndex? index = null) => new(path, probe, version, part, range, index, cancellation);

    /// <summary>Goes to the next frame; false after the last.</summary>
    public bool Next(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!SkipToRange(cancellation)) return false;
        if (_next - _range.First >= (_range.Count ?? long.MaxValue)) return false;
        if (!_reader.Next())
        {
            _decoder?.Finish(_name, cancellation);
            return false;
        }
        long time = Time(cancellation);
        Microseconds = (long)Math.Round((decimal)(time + _from.Ticks) * _timeBase.Numerator * 1_000_000 / _timeBase.Denominator);
        return true;
    }

    // ffmpeg leaves frames out and tells their times all the same.
    private bool SkipToRange(CancellationToken cancellation)
    {
        for (; _next < _range.First; _next++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_decoder is null ? _reader.Next() : TryTakeTime(out _, cancellation)) continue;
            _decoder?.Finish(_name, cancellation);
            return false;
        }
        return true;
    }

    private long Time(CancellationToken cancellation)
    {
        long time = _next;
        if (_decoder is not null && !TryTakeTime(out time, cancellation))
            throw new IOException($"{_name}: ffmpeg does not tell when frame {_next} is shown: {_decoder.Complaint}");
        _next++;
        return time;
    }

    private bool TryTakeTime(out long time, CancellationToken cancellation)
    {
        if (!_times.TryTake(out time, Timeout.Infinite, cancellation)) return false;

        // A frame is known by its time: where one cannot be decoded, all that follow come a number earlier.
        return _index is null || (_next < _index.Times.Count && time + _from.Ticks == _index.Times[(int)_next]) ? true
            : throw new InvalidDataException(
                $"{_name}: frame {_next} is not shown when the container tells, so that shards cannot know it: the video is damaged at or "
                + "before it; mend it (ffmpeg -i DAMAGED -c:v ffv1 -c:a copy MENDED.mkv), or make it in one process, without --shard");
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
