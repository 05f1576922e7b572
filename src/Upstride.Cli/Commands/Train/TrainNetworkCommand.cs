using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Reports;
using Upstride.Learning.Saving;
using Upstride.Models.Data;
using Upstride.Models.Upscaling;
using Upstride.Models.Training;

namespace Upstride.Cli.Commands.Train;

/// <summary>Trains a network to enlarge luma: pictures in, its weights out.</summary>
internal abstract class TrainNetworkCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly TrainingOptions _options;

    // A checkpoint, from which --resume goes on.
    public override bool SavesWhenCancelled => true;

    protected TrainNetworkCommand(
        string name, string description, TrainingOptions options, Report report, params Example[] examples)
        : base(name, description, examples)
    {
        (_report, _options) = (report, options);
        foreach (Option option in _options.All) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        TrainRequest request = _options.Read(parsed);
        var files = new TrainingFiles(request.Output);
        bool resumes = CommandException.OnFile(
            "output", () => TrainingTarget.Check(files.Weights, files.Checkpoint, request.Resume));
        UpscalingNetwork network = request.Network;
        Tell($"{network.Name} for scale {ScalesOf(network)}, {Count.Of(network.Weights, "weight")}");
        TrainingPictures pictures = Pictures(request, cancellation);
        PatchSet? patches = null;
        _report.WithProgress("augment",
            progress => patches = PatchSet.Create(pictures.Training, network.Scales, request.Settings.Patch, request.Settings.Margin,
                request.Degradation, request.Settings.Seed, request.Teacher, progress, cancellation));
        using var trainer = new UpscalingTrainer(request.Network, patches!, pictures.Validation, request.Settings);
        var run = new TrainingRun(trainer, files);
        if (resumes) Resume(run);
        Tell($"{Count.Of(pictures.Training.Count, "picture")} in {Count.Of(patches!.Pictures, "size")}, {pictures.Validation.Count} to "
            + $"validate by{(resumes ? $"; on from step {trainer.Step}" : "")}");
        Train(run, files, cancellation);
        Answer(request, files, trainer);
        return ExitCode.Done;
    }

    private TrainingPictures Pictures(TrainRequest request, CancellationToken cancellation)
    {
        TrainingPictures? pictures = null;
        _report.WithProgress("pictures", progress => pictures = request.Images.Count > 0
            ? CommandException.OnFile("images", () => TrainingPictures.Read(request.Images, request.Validation, progress, cancellation))
            : TrainingPictures.Synthetic(request.Synthetic, request.Settings.Seed, progress, cancellation));
        if (request.Images.Count == 0 && request.Validation is { } validation)
            pictures = pictures! with { Validation = CommandException.OnFile("validation",
                () => ImageFolder.Files(validation).Select(file => ImageFolder.Luma(file, cancellation)).ToArray()) };
        return pictures!;
    }

    private static void Resume(TrainingRun run)
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

    private void Train(TrainingRun run, TrainingFiles files, CancellationToken cancellation)
    {
        try
        {
            run.Execute(new Lines(this), cancellation);
        }
        catch (OperationCanceledException)
        {
            _report.Note($"the run stands in {files.Checkpoint}: the same command with --resume goes on from there");
            throw;
        }
        catch (ArithmeticException fault)
        {
            throw new CommandException(ExitCode.No, "learningRate", fault.Message, fault);
        }
    }

    private void Answer(TrainRequest request, TrainingFiles files, UpscalingTrainer trainer)
    {
        UpscalingNetwork network = request.Network;
        TrainingPoint? last = trainer.Points.LastOrDefault();
        if (_report.Json)
            _report.Write(new TrainReport(request.Output, network.Name, network.Scale, network.Weights, trainer.Step, last?.Seconds,
                last?.Loss, last?.Psnr, files.Log, files.Curves), JsonReports.Readable.TrainReport);
        else
            _report.Line($"{network.Name} for scale {ScalesOf(network)} in {request.Output}; curves in {files.Log} and {files.Curves}");
    }

    private static string ScalesOf(UpscalingNetwork network) => string.Join(", ", network.Scales);

    // Lines, not a bar, on a terminal too: what was is worth as much as what is.
    private void Tell(string line)
    {
        if (!_report.Json) _report.Line(line);
    }

    private sealed class Lines(TrainNetworkCommand command) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => command.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Fraction,6:P1}  step {value.Step,7}  loss {value.Loss:E3}  {Psnr(value)}{value.PatchesPerSecond:F0} patches/s  "
                + $"{(int)value.Left.TotalHours}:{value.Left:mm\\:ss} left"));

        private static string Psnr(TrainingProgress value) =>
            value.Psnr is { } psnr ? string.Create(CultureInfo.InvariantCulture, $"PSNR {psnr:F3} dB  ") : "";
    }
}
