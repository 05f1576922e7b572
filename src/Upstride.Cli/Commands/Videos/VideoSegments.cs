using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Upstride.Cli.Commands.Videos;

/// <summary>A segment that is whole.</summary>
/// <param name="File">Where it is.</param>
/// <param name="Frames">How many it has.</param>
/// <param name="Start">When its first frame is shown, in microseconds.</param>
internal sealed record VideoSegment(string File, long Frames, long Start);

/// <summary>The folder beside a video that is being made, which holds its segments, each whole or not there. What is in it goes on only
/// with the same source and the same settings.</summary>
internal sealed class VideoSegments : ISegmentFiles
{
    private const string Extension = ".nut";

    private readonly string _folder;
    private readonly string _list;
    private readonly List<VideoSegment> _segments = [];

    /// <param name="output">The video.</param>
    /// <param name="identity">What decides on the segments' content.</param>
    /// <param name="resumes">Whether whole segments are kept; without, what is there is removed.</param>
    public VideoSegments(string output, string identity, bool resumes)
    {
        (_folder, _list) = (FolderOf(output), Path.Combine(FolderOf(output), "segments.txt"));
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        if (resumes && File.Exists(_list))
        {
            // What follows the last line's end was not written to its end.
            string[] lines = File.ReadAllText(_list).Split('\n')[..^1];
            if (lines is not [var first, ..] || first != mark)
                throw CommandException.BadInput(
                    "resume", $"{_folder}: what is there was made of another video, or with other settings or another version: leave out "
                    + "--resume to begin anew");
            Read(mark, lines.AsSpan(1));
        }
        else
        {
            Remove();
            Directory.CreateDirectory(_folder);
            File.WriteAllText(_list, mark + "\n");
        }

        // What a killed run left of the next segment.
        foreach (string file in Directory.GetFiles(_folder, "*" + Extension))
            if (!_segments.Exists(segment => segment.File == file)) File.Delete(file);
    }

    /// <summary>The folder of a video that is being made.</summary>
    public static string FolderOf(string output) => output + ".segments";

    public IReadOnlyList<VideoSegment> Whole => _segments;

    public long Frames => _segments.Sum(static segment => segment.Frames);

    /// <summary>Where the next segment is written.</summary>
    public string Next => Path.Combine(_folder, $"next{Extension}");

    public string BeginNext() => Next;

    public void Keep(long frames, long start, long end)
    {
        string file = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_segments.Count:00000}{Extension}"));
        File.Move(Next, file, overwrite: true);
        File.AppendAllText(_list, string.Create(CultureInfo.InvariantCulture, $"{frames} {start}\n"));
        _segments.Add(new(file, frames, start));
    }

    /// <summary>Removes the folder.</summary>
    public void Remove()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    // A line whose file is gone, and those after it, do not count.
    private void Read(string mark, ReadOnlySpan<string> lines)
    {
        foreach (string line in lines)
        {
            string file = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_segments.Count:00000}{Extension}"));
            if (line.Split(' ') is not [var frames, var start] || !File.Exists(file)
                || !long.TryParse(frames, NumberStyles.None, CultureInfo.InvariantCulture, out long count)
                || !long.TryParse(start, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long time)) break;
            _segments.Add(new(file, count, time));
        }
        File.WriteAllLines(_list, [mark, .. _segments.Select(static segment =>
            string.Create(CultureInfo.InvariantCulture, $"{segment.Frames} {segment.Start}"))]);
    }
}
