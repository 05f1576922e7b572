using System.Globalization;
using Upstride.Cli.Reports;
using Upstride.Learning.Saving;
using Upstride.Models.Runs;

namespace Upstride.Cli.Commands.Train;

/// <summary>Runs a trainer as a command does: a line for each report, a checkpoint when it is cancelled, an answer at the end.</summary>
/// <param name="report">Where lines and answer go.</param>
internal sealed class TrainingCommand(Report report)
{
    /// <summary>Trains, and says what was made.</summary>
    /// <param name="trainer">What is run.</param>
    /// <param name="files">Where its files are.</param>
    /// <param name="resumes">Whether it goes on where the checkpoint stands.</param>
    /// <param name="about">What is known of the data, for a person.</param>
    /// <param name="cancellation">Ends the run; it can be resumed.</param>
    public int Run(NetworkTrainer trainer, RunFiles files, bool resumes, string about, CancellationToken cancellation)
    {
        var run = new NetworkRun(trainer, files);
        if (resumes) Resume(run);
        Tell(trainer.Title);
        Tell($"{about}{(resumes ? $"; on from step {trainer.Step}" : "")}");
        try
        {
            run.Execute(new Lines(this, trainer), cancellation);
        }
        catch (OperationCanceledException)
        {
            report.Note($"the run stands in {files.Checkpoint}: the same command with --resume goes on from there");
            throw;
        }
        catch (ArithmeticException fault)
        {
            throw new CommandException(ExitCode.No, "learningRate", fault.Message, fault);
        }
        Answer(trainer, files);
        return ExitCode.Done;
    }

    private static void Resume(NetworkRun run)
    {
        try
        {
            CommandException.OnFile("resume", run.Resume);
        }
        catch (SafetensorsException fault)
        {
            throw new CommandException(ExitCode.BadInput, "resume", fault.Message, fault);
        }
    }

    private void Answer(NetworkTrainer trainer, RunFiles files)
    {
        if (report.Json)
        {
            RunPoint last = trainer.Points[^1];
            report.Write(
                new TrainedReport(files.Weights, trainer.Title, trainer.Step, trainer.Spent.TotalSeconds,
                    trainer.Curves.Select((curve, i) => new CurveReport(curve.Name, last.Values[i])).ToArray(), files.Log, files.Chart),
                JsonReports.Readable.TrainedReport);
            return;
        }
        report.Line($"{trainer.Title} in {files.Weights}; curves in {files.Log} and {files.Chart}");
    }

    // Lines, not a bar, on a terminal too: what was is worth as much as what is.
    private void Tell(string line)
    {
        if (!report.Json) report.Line(line);
    }

    private sealed class Lines(TrainingCommand command, NetworkTrainer trainer) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            string numbers = string.Concat(trainer.Curves.Select((curve, i) => double.IsNaN(value.Values[i])
                ? ""
                : $"{curve.Name.Replace('_', ' ')} {value.Values[i].ToString(curve.Format, CultureInfo.InvariantCulture)}  "));
            command.Tell(string.Create(CultureInfo.InvariantCulture,
                $"{value.Fraction,6:P1}  step {value.Step,7}  {numbers}{value.PicturesPerSecond:F1} pictures/s  "
                + $"{(int)value.Left.TotalHours}:{value.Left:mm\\:ss} left"));
        }
    }
}
