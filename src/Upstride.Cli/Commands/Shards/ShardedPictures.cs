using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Shards;

/// <summary>
/// A shard's pictures, one after the other. What an earlier run has made is recognised by size and checksum, in its manifest, and left
/// alone;
/// so a shard that was killed goes on, and two workers on one shard write the same files, each whole.
/// </summary>
internal sealed class ShardedPictures(
    Report report, IPictureWork work, ImageReadSettings reading, ShardIdentity identity, ShardEvaluation? evaluation = null)
{
    // What a killed run loses at most is the manifest's knowledge of so long.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<string, MadePicture> _made = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, FailedPictureReport> _failures = new(StringComparer.Ordinal);
    private readonly List<PlannedPicture> _again = [];
    private int _recognised;

    /// <summary>Makes them.</summary>
    /// <param name="files">The pictures of all shards.</param>
    /// <param name="root">The folder that their targets are in.</param>
    /// <param name="output">The folder that the manifest's folder is in.</param>
    /// <param name="shard">Which.</param>
    /// <param name="cancellation">Asked before each picture and while it is made.</param>
    /// <returns>0, <see cref="ShardExit.TryAgain"/> or <see cref="ShardExit.Hopeless"/>.</returns>
    public int Run(IReadOnlyList<PictureFile> files, string root, string output, Shard shard, CancellationToken cancellation)
    {
        ShardPlan? plan = null;
        report.WithProgress($"read the heads of {Count.Of(files.Count, "picture")}", progress =>
            plan = new(ShardPlan.Read(files, root, reading, progress, cancellation), shard.Count));
        PlannedPicture[] pictures = plan!.Of(shard.Number);
        if (!report.Json)
            report.Line(
                $"{Count.Of(pictures.Length, "picture")} of {files.Count}, {ShardedUpscale.Megapixels(plan.Loads[shard.Number - 1])}");
        string folder = ShardManifest.FolderIn(output), digest = plan.Digest;
        CommandException.OnFile("output", () => Directory.CreateDirectory(folder));
        ShardManifest? before = CommandException.OnFile("output", () => ShardManifest.Find(ShardManifest.FileOf(folder, shard.Number,
            shard.Count)));
        var names = pictures.Select(static picture => picture.Name).ToHashSet(StringComparer.Ordinal);
        Dictionary<string, MadePicture> known = before is null || before.Identity != identity ? []
            : before.Pictures.Where(picture => names.Contains(picture.Name)).ToDictionary(static picture => picture.Name,
                StringComparer.Ordinal);
        void Save(bool done) => CommandException.OnFile("output", () => new ShardManifest(
            identity, shard.Number, shard.Count, digest, done, [.. WithKnown(known)], [.. _failures.Values],
            Evaluation: evaluation).Write(folder));
        try
        {
            report.WithProgress($"{shard}", progress => Make(pictures, known, Save, progress, cancellation));
        }
        catch (OperationCanceledException)
        {
            Save(done: false);
            throw new CommandException(
                ShardExit.TryAgain, null,
                $"cancelled: {_made.Count} of {Count.Of(pictures.Length, "picture")} made; the next run goes on from there");
        }
        Save(done: _again.Count == 0);
        Summarize(pictures, shard);
        return _again.Count > 0 ? ShardExit.TryAgain
            : pictures.Length > 0 && _failures.Count == pictures.Length ? ShardExit.Hopeless : ExitCode.Done;
    }

    private void Make(PlannedPicture[] pictures, Dictionary<string, MadePicture> known, Action<bool> save, IProgress<double> progress,
        CancellationToken cancellation)
    {
        long whole = Math.Max(1, pictures.Sum(static picture => picture.Pixels)), done = 0, saved = Environment.TickCount64;

        // What a busy file system refused once is asked for a second time.
        foreach (PlannedPicture picture in pictures.Concat(Waiting()))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                MakeOne(picture, known.GetValueOrDefault(picture.Name), cancellation);
            }
            catch (Exception exception) when (Failure.Of(exception) is { ExitCode: not ExitCode.Cancelled } failure)
            {
                report.Note($"upstride: {PictureFile.Shown(failure.Message)}");
                if (!ShardExit.IsPassing(exception)) _failures[picture.Name] = new(picture.File.Source, failure.Parameter, failure.Message);
                else _again.Add(picture);
                if (ShardExit.IsFull(exception)) return;
            }
            progress.Report((double)(done += picture.Pixels) / whole);
            if (Environment.TickCount64 - saved < Between.TotalMilliseconds) continue;
            save(false);
            saved = Environment.TickCount64;
        }
    }

    private IEnumerable<PlannedPicture> Waiting()
    {
        // Looked at when all others are done.
        PlannedPicture[] waiting = [.. _again];
        _again.Clear();
        foreach (PlannedPicture picture in waiting) yield return picture;
    }

    private void MakeOne(PlannedPicture picture, MadePicture? known, CancellationToken cancellation)
    {
        FileMark mark = CommandException.OnFile("picture", () => FileMark.Of(picture.File.Source, cancellation));
        bool isThere = known is not null && known.Source == mark && work.IsThere(known, picture, cancellation);
        _made[picture.Name] = isThere ? known! : work.Make(picture, mark, cancellation);
        if (isThere) _recognised++;
    }

    // What an earlier run had made and this one has not come to stays known.
    private IEnumerable<MadePicture> WithKnown(Dictionary<string, MadePicture> known) => _made.Values.Concat(known.Values.Where(picture =>
        !_made.ContainsKey(picture.Name) && !_failures.ContainsKey(picture.Name))).OrderBy(static picture => picture.Name,
            StringComparer.Ordinal);

    private void Summarize(PlannedPicture[] pictures, Shard shard)
    {
        if (report.Json)
        {
            report.Write(new ShardReport(shard.Number, shard.Count, shard.Source, pictures.Length, _made.Count - _recognised, _recognised,
                _again.Count, [.. _failures.Values]), ShardReports.Readable.ShardReport);
            return;
        }
        report.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{_made.Count - _recognised} made, {_recognised} there already, {_failures.Count} failed, {_again.Count} to be tried again"));
        foreach (FailedPictureReport failure in _failures.Values) report.Line($"  {PictureFile.Shown(failure.File)}");
    }
}
