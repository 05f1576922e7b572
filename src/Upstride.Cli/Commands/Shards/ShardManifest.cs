using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Models.Evaluation;

namespace Upstride.Cli.Commands.Shards;

/// <summary>A file as it was when a shard was made.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of its bytes.</param>
internal sealed record FileMark(long Bytes, string Sha256)
{
    /// <summary>The mark of a file.</summary>
    public static FileMark Of(string path, CancellationToken cancellation) =>
        new(new FileInfo(path).Length, Checksum.OfFile(path, cancellation));

    /// <summary>Whether a file is there and has this mark.</summary>
    public bool Fits(string path, CancellationToken cancellation) =>
        new FileInfo(path) is { Exists: true } file && file.Length == Bytes && Checksum.OfFile(path, cancellation) == Sha256;
}

/// <summary>A picture that a shard has made something of: a file, or figures.</summary>
/// <param name="Name">Its name within the output's folder; of one that is judged, within its own.</param>
/// <param name="Pixels">Of the source.</param>
/// <param name="Source">The file it was made of.</param>
/// <param name="Target">The file that was made; null for figures.</param>
/// <param name="Quality">How near a method came to it; null for others.</param>
/// <param name="Confusion">How its classes were found; null for others.</param>
internal sealed record MadePicture(
    string Name, long Pixels, FileMark Source, FileMark? Target, Quality? Quality = null, PictureConfusion? Confusion = null);

/// <summary>A picture's pixels by what they are and what they were taken for.</summary>
/// <param name="Truth">The file of its classes.</param>
/// <param name="Counts">[classes, classes], what they are first.</param>
/// <param name="Seconds">That finding the classes took.</param>
internal sealed record PictureConfusion(FileMark Truth, long[] Counts, double Seconds);

/// <summary>A band of one picture's rows.</summary>
/// <param name="SourceFile">The picture, as it was named.</param>
/// <param name="Source">Its mark.</param>
/// <param name="Width">Columns of the result.</param>
/// <param name="Height">Rows of the whole result.</param>
/// <param name="Channels">1 to 4.</param>
/// <param name="SampleType">How samples are stored, in the byte order of <paramref name="IsLittleEndian"/>.</param>
/// <param name="IsLittleEndian">The byte order.</param>
/// <param name="First">The band's first row of the result.</param>
/// <param name="Count">How many rows it has.</param>
/// <param name="Rows">The file of its rows.</param>
/// <param name="Writing">How the whole is to be written.</param>
internal sealed record MadeBand(string SourceFile, FileMark Source, int Width, int Height, int Channels, string SampleType,
    bool IsLittleEndian, int First, int Count, FileMark Rows, BandWriting Writing);

/// <summary>Choices of the format of a picture that is joined.</summary>
internal sealed record BandWriting(int Quality, string Subsampling, bool Lossless, bool Strip);

/// <summary>What a shard has done, and how: a file of JSON beside the results.</summary>
/// <param name="Identity">What decides on the bits.</param>
/// <param name="Shard">From 1 to <paramref name="Of"/>.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Plan">Shards of one plan have it in common.</param>
/// <param name="Done">Whether nothing is left to do.</param>
/// <param name="Pictures">Those that were made, by name; none where one picture is made in bands.</param>
/// <param name="Failures">Pictures that cannot be made.</param>
/// <param name="Band">The band of one picture; null for pictures of folders.</param>
/// <param name="Evaluation">What the pictures are judged by; null where files are made.</param>
/// <param name="Video">The range of a video's frames; null for pictures.</param>
internal sealed record ShardManifest(ShardIdentity Identity, int Shard, int Of, string Plan, bool Done, IReadOnlyList<MadePicture> Pictures,
    IReadOnlyList<FailedPictureReport> Failures, MadeBand? Band = null, ShardEvaluation? Evaluation = null,
    MadeVideo? Video = null)
{
    private const string Extension = ".json", RowsExtension = ".rows", SegmentExtension = ".nut";

    /// <summary>The folder of the manifests of pictures in a folder.</summary>
    public static string FolderIn(string output) => Path.Combine(output, ".shards");

    /// <summary>The folder of the bands and manifests of one picture.</summary>
    public static string FolderBeside(string output) => output + ".shards";

    /// <summary>A manifest's file.</summary>
    public static string FileOf(string folder, int number, int count) => Path.Combine(folder, Stem(number, count) + Extension);

    /// <summary>The file of a band's rows.</summary>
    public static string RowsOf(string folder, int number, int count) => Path.Combine(folder, Stem(number, count) + RowsExtension);

    /// <summary>The name of a segment of a video.</summary>
    /// <param name="number">The shard's.</param>
    /// <param name="count">How many shards.</param>
    /// <param name="segment">From 0 on, in the shard.</param>
    /// <param name="mark">The checksum, of which some goes into the name; empty while it is not known.</param>
    public static string SegmentOf(int number, int count, int segment, string mark) => string.Create(
        CultureInfo.InvariantCulture, $"{Stem(number, count)}-{segment:00000}-{mark[..Math.Min(12, mark.Length)]}{SegmentExtension}");

    /// <summary>The manifest in a file; null where there is none that can be read as one, which is then made anew.</summary>
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    public static ShardManifest? Find(string path)
    {
        try
        {
            return File.Exists(path) ? Read(path) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The manifest in a file.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static ShardManifest Read(string path)
    {
        try
        {
            ShardManifest? manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), ShardJson.Default.ShardManifest);
            return manifest is { Identity: not null, Pictures: not null, Failures: not null, Plan: not null } ? manifest
                : throw new InvalidDataException($"{path}: it is no manifest of a shard: remove it, and make the shard again");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path}: it is no manifest of a shard: remove it, and make the shard again", fault);
        }
    }

    /// <summary>Writes the manifest to its file, whole or not at all.</summary>
    public void Write(string folder) => WholeFile.Write(FileOf(folder, Shard, Of), stream =>
        JsonSerializer.Serialize(stream, this, ShardJson.Default.ShardManifest));

    /// <summary>Every manifest in a folder, by number.</summary>
    /// <exception cref="InvalidDataException">One is none, or is called what it is not.</exception>
    public static ShardManifest[] All(string folder)
    {
        ShardManifest[] manifests =
        [
            .. Directory.GetFiles(folder, "*" + Extension).Where(static file => !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal).Select(static file => Read(file) is { } manifest
                    && Path.GetFileName(file) == Stem(manifest.Shard, manifest.Of) + Extension
                    ? manifest : throw new InvalidDataException($"{file}: it is not the manifest of the shard that its name tells")),
        ];
        return [.. manifests.OrderBy(static manifest => manifest.Shard)];
    }

    private static string Stem(int number, int count) => string.Create(CultureInfo.InvariantCulture, $"{number:00000}-of-{count:00000}");
}

/// <summary>Manifests as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ShardManifest))]
internal sealed partial class ShardJson : JsonSerializerContext;
