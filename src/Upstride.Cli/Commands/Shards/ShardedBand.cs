using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Shards;

/// <summary>A band of one picture's rows, with as many rows around it as decide on its result, written as bare samples beside the picture
/// that 'upstride join' makes of all.</summary>
internal sealed class ShardedBand(Report report, Upscaler upscaler, PictureStreamSettings settings, ShardIdentity identity)
{
    /// <summary>The rows of a band: all bands have as many, give or take one.</summary>
    /// <param name="height">Of the picture.</param>
    /// <param name="number">From 1 on.</param>
    /// <param name="count">How many bands.</param>
    public static (int First, int Count) Rows(int height, int number, int count)
    {
        int first = (int)((long)height * (number - 1) / count);
        return (first, (int)((long)height * number / count) - first);
    }

    /// <summary>Refuses what cannot be made in bands.</summary>
    /// <param name="reader">The picture.</param>
    /// <param name="target">The picture to make.</param>
    /// <param name="count">How many bands.</param>
    /// <returns>Rows above and below a band that are read with it.</returns>
    public int Check(ImageReader reader, string target, int count)
    {
        PictureFormat format = reader.Format;
        (IPictureUpscaler pictures, string name) = upscaler.For(reader);
        if (reader.Animation.Frames > 1)
            throw CommandException.BadInput("picture", $"it has {reader.Animation.Frames} frames, and a band is of one: enlarge it whole");
        CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(target));
        if (ImageWriter.Refusal(ImageFile.FormatOf(target), pictures.FormatOf(format)) is { } refusal)
            throw CommandException.BadInput("output", refusal);
        if (count > format.Height)
            throw CommandException.BadInput("shard", $"a picture of {format.Height} rows has at most as many bands: {count}");
        return pictures.RowReachOf(format) ?? throw CommandException.BadInput(
            "shard",
            $"{name} makes a picture of {format} to this size whole and not in bands: networks do to scales that are products of their "
            + "own, nearest and bicubic (without alpha) do to whole scales");
    }

    /// <summary>Makes the band.</summary>
    /// <param name="file">The picture, and the one that all bands are to become.</param>
    /// <param name="shard">Which band.</param>
    /// <param name="cancellation">Asked between rows.</param>
    public int Run(PictureFile file, Shard shard, CancellationToken cancellation)
    {
        string folder = ShardManifest.FolderBeside(file.Target);
        using ImageReader reader = CommandException.OnFile("picture", () => ImageReader.Open(file.Source, settings.Reading, cancellation));
        int reach = Check(reader, file.Target, shard.Count);
        IPictureUpscaler pictures = upscaler.For(reader).Pictures;
        PictureFormat format = reader.Format, result = pictures.FormatOf(format);
        int scale = result.Height / format.Height;
        (int first, int count) = Rows(format.Height, shard.Number, shard.Count);
        int halo = Math.Min(reach, first) + Math.Min(reach, format.Height - first - count);
        if (!report.Json)
            report.Line($"rows {first} to {first + count - 1} of {format.Height} with {halo} around them, "
                + ShardedUpscale.Megapixels((long)format.Width * (count + halo)));
        FileMark source = CommandException.OnFile("picture", () => FileMark.Of(file.Source, cancellation));
        CommandException.OnFile("output", () => Directory.CreateDirectory(folder));
        string rows = ShardManifest.RowsOf(folder, shard.Number, shard.Count);
        ShardManifest? before = CommandException.OnFile("output", () => ShardManifest.Find(ShardManifest.FileOf(folder, shard.Number,
            shard.Count)));
        bool isThere = before is { Done: true, Band: { } known } && before.Identity == identity && known.Source == source
            && CommandException.OnFile("output", () => known.Rows.Fits(rows, cancellation));
        if (!isThere)
        {
            report.WithProgress($"{shard} of {file.Name}", progress => CommandException.OnFile("output", () => WholeFile.Write(
                rows,
                stream => pictures.UpscaleBand(format, first, count, row => reader.ReadRow(row, cancellation), row => stream.Write(row), progress,
                    cancellation),
                cancellation)));
            var band = new MadeBand(
                file.Source, source, result.Width, result.Height, result.Channels, result.SampleType.ToString(), BitConverter.IsLittleEndian,
                scale * first, scale * count, CommandException.OnFile("output", () => FileMark.Of(rows, cancellation)),
                new(settings.Writing.Quality, settings.Writing.Subsampling.ToString(), settings.Writing.Lossless,
                    settings.Writing.StripMetadata));
            CommandException.OnFile("output", () => new ShardManifest(identity, shard.Number, shard.Count, source.Sha256, Done: true, [], [],
                band).Write(folder));
        }
        if (report.Json)
            report.Write(new ShardReport(shard.Number, shard.Count, shard.Source, 1, isThere ? 0 : 1, isThere ? 1 : 0, 0, []),
                ShardReports.Readable.ShardReport);
        else
            report.Line(string.Create(CultureInfo.InvariantCulture,
                $"{(isThere ? "there already" : "made")}: rows {scale * first} to {scale * (first + count) - 1} of {result.Height} in {rows}; "
                + $"when all {shard.Count} are there: upstride join {file.Target}"));
        return ExitCode.Done;
    }
}
