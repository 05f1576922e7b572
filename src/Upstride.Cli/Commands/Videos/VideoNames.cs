using Upstride.Cli.Commands.Upscale;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Which files are videos, by their names.</summary>
internal static class VideoNames
{
    private const string Y4m = ".y4m";

    /// <summary>What videos are called.</summary>
    public static string[] Extensions { get; } =
        [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", Y4m];

    public static bool IsVideo(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file, or a standard stream, is a y4m video.</summary>
    public static bool IsY4m(string path) =>
        path == PictureFiles.Standard || string.Equals(Path.GetExtension(path), Y4m, StringComparison.OrdinalIgnoreCase);
}
