using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>Several pictures, one after the other: one that fails is told, and the others are made.</summary>
/// <param name="files">What to read and to write.</param>
/// <param name="isOne">Whether the line names one file to write; its folder must be there, and folders that hold many are made.</param>
/// <param name="failsFast">Whether the first failure ends all.</param>
internal sealed class PictureBatch<T>(IReadOnlyList<PictureFile> files, bool isOne, bool failsFast)
{
    /// <summary>Of those that were made, in their order.</summary>
    public List<T> Made { get; } = [];

    /// <summary>Those that were not.</summary>
    public List<FailedPictureReport> Failures { get; } = [];

    /// <summary>Whether pictures are left alone whose larger one is there.</summary>
    public bool SkipsExisting { get; init; }

    /// <summary>How many were.</summary>
    public int Skipped { get; private set; }

    /// <summary>Makes them.</summary>
    /// <param name="report">Told each failure.</param>
    /// <param name="make">Makes one, and tells the fraction done.</param>
    /// <param name="tell">Told each that was made.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellation">Asked before each.</param>
    public void Run(Report report, Func<PictureFile, IProgress<double>, T> make, Action<PictureFile, T> tell, IProgress<double> progress,
        CancellationToken cancellation)
    {
        for (int i = 0; i < files.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            PictureFile file = files[i];
            if (SkipsExisting && File.Exists(file.Target))
            {
                Skipped++;
                continue;
            }
            try
            {
                if (!isOne)
                    CommandException.OnFile("output", () => Directory.CreateDirectory(
                        Path.GetDirectoryName(Path.GetFullPath(file.Target))!));
                Made.Add(make(file, new Part(progress, i, files.Count)));
                if (!report.Json) tell(file, Made[^1]);
            }
            catch (Exception exception) when (!failsFast && Failure.Of(exception) is { ExitCode: not ExitCode.Cancelled } failure)
            {
                Failures.Add(new(file.Source, failure.Parameter, failure.Message));
                report.Note($"upstride: {PictureFile.Shown(failure.Message)}");
            }
        }
    }

    /// <summary>Tells a person what was left out.</summary>
    public void Summarize(Report report)
    {
        if (Skipped > 0) report.Line($"{Skipped} skipped, there already");
        if (Failures.Count == 0) return;
        report.Line($"{Failures.Count} of {files.Count} failed:");
        foreach (FailedPictureReport failure in Failures) report.Line($"  {PictureFile.Shown(failure.File)}");
    }

    // One picture's share of the whole.
    private sealed class Part(IProgress<double> whole, int index, int count) : IProgress<double>
    {
        public void Report(double value) => whole.Report((index + value) / count);
    }
}
