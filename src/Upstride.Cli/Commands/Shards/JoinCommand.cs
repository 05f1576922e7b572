using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Shards;

/// <summary><c>upstride join</c>: checks that all shards are there and belong together, and makes the whole of a picture's bands.</summary>
internal sealed class JoinCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Argument<string> _output = new("output") { Description = "What the shards were given as --output." };
    private readonly Option<string?> _source = CommandOptions.File(
        "--source", "Where the picture or the video is of which the shards were made, if not where they found it: the whole has its metadata, and sound.");

    public JoinCommand(Report report) : base(
        "join",
        "Checks the shards of 'upstride upscale', 'segment', 'run' or 'evaluate' with --shard: all are there, made by one version with one "
            + "method, its weights and settings and on processors with vectors of one width, and every file is as it was written. Of one "
            + "picture's bands and of a video's ranges of frames it makes the whole, with the pixels that one process makes; of figures the "
            + "report of one process.",
        new Example("join larger.png", "The picture of the bands in larger.png.shards, which may then be removed."),
        new Example("join larger.png --json", "The same, and the answer as JSON."))
    {
        _report = report;
        Add(_output);
        Add(_source);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string output = parsed.GetValue(_output)!;
        string folder = ShardManifest.FolderIn(output), beside = ShardManifest.FolderBeside(Path.TrimEndingDirectorySeparator(output));
        bool isFolder = Directory.Exists(folder);
        if (!isFolder && !Directory.Exists(beside))
            throw new CommandException(
                ExitCode.File, "output", $"{output}: there is neither {folder} nor {beside}: no shard has been made");
        ShardManifest[] shards = CommandException.OnFile("output", () => ShardManifest.All(isFolder ? folder : beside));
        CheckTogether(shards, isFolder ? folder : beside);
        if (shards[0].Evaluation is { } evaluation) return Evaluate(shards, evaluation, output);
        JoinReport report = shards[0].Video is not null ? JoinVideo(shards, output, beside, parsed.GetValue(_source), cancellation)
            : isFolder ? CheckPictures(shards, output, cancellation)
            : Join(shards, output, beside, parsed.GetValue(_source), cancellation);
        if (_report.Json) _report.Write(report, ShardReports.Readable.JoinReport);
        string parts = shards[0].Video is null ? "picture" : "frame";
        string whole = $"{Count.Of(report.Shards, "shard")}, {Count.Of(report.Pictures, parts)} whole in {PictureFile.Shown(output)}";
        if (report.Failures.Count > 0) Tell(report.Failures, $"{whole}, {report.Failures.Count} failed:");
        else if (!_report.Json) _report.Line(whole);
        return report.Failures.Count > 0 ? ExitCode.No : ExitCode.Done;
    }

    // The report of one process, of the figures of all.
    private int Evaluate(ShardManifest[] shards, ShardEvaluation evaluation, string output)
    {
        MadePicture[] pictures =
            [.. shards.SelectMany(static shard => shard.Pictures).OrderBy(static picture => picture.Name, StringComparer.Ordinal)];
        FailedPictureReport[] failures = [.. shards.SelectMany(static shard => shard.Failures)];
        if (pictures.Length == 0)
            throw CommandException.BadInput("output",
                $"{output}: none of {Count.Of(failures.Length, "picture")} could be judged: {failures.FirstOrDefault()?.Message}");
        ShardedEvaluation.Answer(_report, evaluation, pictures, failures);
        if (failures.Length > 0) Tell(failures, $"{Count.Of(failures.Length, "picture")} could not be judged:");
        return failures.Length > 0 ? ExitCode.No : ExitCode.Done;
    }

    private void Tell(IReadOnlyList<FailedPictureReport> failures, string head)
    {
        if (_report.Json) return;
        _report.Line(head);
        foreach (FailedPictureReport failure in failures)
            _report.Line($"  {PictureFile.Shown(failure.File)}: {PictureFile.Shown(failure.Message)}");
    }

    private static void CheckTogether(ShardManifest[] shards, string folder)
    {
        if (shards is not [var first, ..]) throw CommandException.BadInput("output", $"{folder}: there is no manifest of a shard in it");
        foreach (ShardManifest shard in shards)
        {
            string? difference = shard.Of != first.Of ? $"{first.Of} shards and {shard.Of} shards"
                : first.Identity.Difference(shard.Identity)
                ?? (shard.Plan != first.Plan ? "other pictures in the folder, or another picture or video" : null);
            if (difference is not null)
                throw CommandException.BadInput(
                    "output",
                    $"shard {first.Shard} of {first.Of} and shard {shard.Shard} of {shard.Of} do not belong together: {difference}; make the "
                    + "shards that are wrong again, and remove their files where their number has changed");
        }
        int[] missing =
            [.. Enumerable.Range(1, first.Of).Except(shards.Where(static shard => shard.Done).Select(static shard => shard.Shard))];
        if (missing.Length > 0)
            throw CommandException.BadInput(
                "output",
                $"{missing.Length} of {first.Of} shards are not finished: "
                + $"{string.Join(", ", missing.Take(20))}{(missing.Length > 20 ? ", ..." : "")}; "
                + "make them");
    }

    private JoinReport CheckPictures(ShardManifest[] shards, string output, CancellationToken cancellation)
    {
        MadePicture[] pictures = [.. shards.SelectMany(static shard => shard.Pictures)];
        _report.WithProgress($"check {Count.Of(pictures.Length, "picture")}", progress =>
        {
            for (int i = 0; i < pictures.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                string file = Path.Combine(output, pictures[i].Name);
                if (!CommandException.OnFile("output", () => pictures[i].Target is { } mark && mark.Fits(file, cancellation)))
                {
                    ShardManifest shard = shards.First(shard => shard.Pictures.Contains(pictures[i]));
                    throw CommandException.BadInput(
                        "output", $"{file}: it is not as shard {shard.Shard} of {shard.Of} wrote it, or not there: make that shard again");
                }
                progress.Report((i + 1.0) / pictures.Length);
            }
        });
        return new(output, shards.Length, pictures.Length, [.. shards.SelectMany(static shard => shard.Failures)]);
    }

    private JoinReport JoinVideo(ShardManifest[] shards, string output, string folder, string? source, CancellationToken cancellation)
    {
        (long Frames, IReadOnlyList<string> NotKept) made = (0, []);
        _report.WithProgress($"join {Count.Of(shards.Length, "range")} of frames", progress =>
            made = JoinedVideo.Write(shards, folder, output, source, progress, cancellation));
        if (made.NotKept.Count > 0) _report.Note($"{PictureFile.Shown(output)}: not kept: {string.Join(", ", made.NotKept)}");
        return new(output, shards.Length, (int)made.Frames, []);
    }

    private JoinReport Join(ShardManifest[] shards, string output, string folder, string? source, CancellationToken cancellation)
    {
        MadeBand[] bands =
        [
            .. shards.Select(shard => shard.Band
                ?? throw CommandException.BadInput(
                    "output", $"shard {shard.Shard} of {shard.Of} in {folder} is of pictures, and not a band")),
        ];
        MadeBand head = bands[0];
        string path = source ?? head.SourceFile;
        if (!File.Exists(path))
            throw new CommandException(ExitCode.File, "source", $"{path}: the picture is not there: say with --source where it is");
        if (!CommandException.OnFile("source", () => head.Source.Fits(path, cancellation)))
            throw CommandException.BadInput(
                "source", $"{path}: it is not the picture that the shards were made of: size or checksum differ");
        if (head.IsLittleEndian != BitConverter.IsLittleEndian)
            throw CommandException.BadInput("output", "the shards were made on a machine of another byte order: join them on one like it");
        PictureFormat format = FormatOf(bands);
        using ImageReader reader = CommandException.OnFile("source", () =>
            ImageReader.Open(path, new() { MaxPixels = long.MaxValue }, cancellation));
        var writing = new ImageWriteSettings
        {
            Quality = head.Writing.Quality, Lossless = head.Writing.Lossless, StripMetadata = head.Writing.Strip,
            Subsampling = Enum.TryParse(head.Writing.Subsampling, out JpegSubsampling subsampling) ? subsampling : JpegSubsampling.None,
        };
        _report.WithProgress($"join {Count.Of(bands.Length, "band")}", progress => CommandException.OnFile("output", () => WholeFile.Write(
            output,
            stream =>
            {
                using var writer = new ImageWriter(stream, ImageFile.FormatOf(output), format, reader.Metadata, writing,
                    cancellationToken: cancellation);
                foreach (ShardManifest shard in shards)
                {
                    Copy(ShardManifest.RowsOf(folder, shard.Shard, shard.Of), shard.Band!, format, writer, cancellation);
                    progress.Report((double)shard.Shard / shard.Of);
                }
            },
            cancellation)));
        return new(output, shards.Length, 1, []);
    }

    private static PictureFormat FormatOf(MadeBand[] bands)
    {
        MadeBand head = bands[0];
        int next = 0;
        foreach (MadeBand band in bands)
        {
            if (band.First != next || band.Count < 1 || (band.Width, band.Height, band.Channels, band.SampleType)
                != (head.Width, head.Height, head.Channels, head.SampleType))
                throw CommandException.BadInput(
                    "output", $"a band has rows {band.First} to {band.First + band.Count - 1} of {band.Height}, and row {next} was to come next");
            next += band.Count;
        }
        return next == head.Height && Enum.TryParse(head.SampleType, out SampleType type)
            ? new(head.Width, head.Height, head.Channels, type)
            : throw CommandException.BadInput("output", $"the bands have {next} rows, and the picture {head.Height}");
    }

    // Nothing takes the picture's name before every band has been found to be as it was written.
    private static void Copy(string file, MadeBand band, PictureFormat format, ImageWriter writer, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        byte[] row = ArrayPool<byte>.Shared.Rent(format.RowBytes);
        try
        {
            bool isWhole = stream.Length == band.Rows.Bytes && stream.Length == (long)band.Count * format.RowBytes;
            for (int i = 0; isWhole && i < band.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> samples = row.AsSpan(0, format.RowBytes);
                stream.ReadExactly(samples);
                hash.AppendData(samples);

                // The last row completes the picture, and is not written of a band that is damaged.
                if (i == band.Count - 1) isWhole = Convert.ToHexStringLower(hash.GetHashAndReset()) == band.Rows.Sha256;
                if (isWhole) writer.WriteRow(samples);
            }
            if (!isWhole)
                throw new InvalidDataException($"{file}: it is not as its shard wrote it: size or checksum differ; make that shard again");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(row);
        }
    }
}
