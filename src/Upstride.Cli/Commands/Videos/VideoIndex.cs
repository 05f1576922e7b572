using System.Globalization;
using System.Numerics;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Where a frame can be sought.</summary>
/// <param name="Frame">The first that is shown at or after the time, from 0 on.</param>
/// <param name="Ticks">The time, in units of the frames' times, from the video's start.</param>
/// <param name="Microseconds">The same time, without a rest: what ffmpeg is told.</param>
internal readonly record struct SeekPoint(long Frame, long Ticks, long Microseconds)
{
    /// <summary>Options of ffmpeg before the input.</summary>
    public IEnumerable<string> Arguments => ["-ss", (Microseconds / 1_000_000m).ToString("0.000000", CultureInfo.InvariantCulture)];
}

/// <summary>
/// When each frame of a video is shown, by what its container tells of each packet, without decoding: the same on every machine. Only of
/// containers that find a key frame by its time, codecs that make one frame of each packet and know nothing of what went before a key
/// frame, and videos that say nothing odd; so that a frame is known by its time, and decoding may begin with the key frame before it.
/// </summary>
internal sealed class VideoIndex
{
    private const long Second = 1_000_000;

    private static readonly string[] s_containers = ["mp4", "matroska"];
    private static readonly string[] s_codecs = ["h264", "hevc", "av1", "vp9", "ffv1", "prores", "dnxhd", "mjpeg", "huffyv", "ffvhuff"];

    private readonly (long Numerator, long Denominator) _timeBase;
    private readonly long[] _times;

    private VideoIndex((long, long) timeBase, long[] times) => (_timeBase, _times) = (timeBase, times);

    /// <summary>When each frame is shown, in ascending order, as ffmpeg tells it of the whole video.</summary>
    public IReadOnlyList<long> Times => _times;

    /// <summary>The index of a video; null where a frame cannot be known by its time.</summary>
    /// <param name="probe">What ffprobe tells of it.</param>
    /// <param name="packets">What it tells of each packet.</param>
    public static VideoIndex? Of(VideoProbe probe, IReadOnlyList<VideoPacket> packets)
    {
        (long numerator, long denominator) = probe.TimeBase;
        if (!probe.IsProgressive || numerator <= 0 || denominator <= 0 || packets is not [{ IsKey: true } first, ..]
            || !s_codecs.Contains(probe.Codec, StringComparer.Ordinal)
            || !probe.Container.Split(',').Any(static name => s_containers.Contains(name, StringComparer.Ordinal))) return null;

        // ffmpeg takes the file's start, which it knows in microseconds, from every time.
        long begin = (long)Math.Round(
            Math.Round((decimal)probe.Start * Second) * denominator / (numerator * (decimal)Second), MidpointRounding.AwayFromZero);
        var times = new long[packets.Count];
        for (int i = 0; i < times.Length; i++)
        {
            if (packets[i] is not { Time: { } time, IsOdd: false } || time < first.Time) return null;
            times[i] = time - begin;
        }
        Array.Sort(times);
        for (int i = 1; i < times.Length; i++)
            if (times[i] == times[i - 1]) return null;
        return times[0] < 0 ? null : new(probe.TimeBase, times);
    }

    /// <summary>The last time at or before a frame that is a whole number of microseconds; null where that is the beginning.</summary>
    public SeekPoint? Before(long frame)
    {
        if (frame >= _times.Length) return null;
        long perSecond = checked(_timeBase.Numerator * Second);
        long step = _timeBase.Denominator / (long)BigInteger.GreatestCommonDivisor(perSecond, _timeBase.Denominator);
        long ticks = _times[frame] / step * step;
        int first = Array.BinarySearch(_times, ticks);
        return ticks == 0 ? null
            : new(first < 0 ? ~first : first, ticks, (long)((decimal)ticks * perSecond / _timeBase.Denominator));
    }
}
