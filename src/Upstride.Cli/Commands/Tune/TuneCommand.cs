using System.CommandLine;
using Upstride.Algorithms;
using Upstride.Cli.Commands.OnnxModels;
using Upstride.Cli.Reports;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Tune;

/// <summary><c>upstride tune</c>: times the algorithms of problems, and keeps the fastest of each in a file.</summary>
internal sealed class TuneCommand : CommandWithExamples
{
    // What a file of lines may hold: enough for every convolution of many networks, each of which takes seconds.
    private const long MaxBytes = 4 << 20;

    private readonly Report _report;
    private readonly Argument<string> _problems = new("problems")
    {
        Description = "A file of lines as UPSTRIDE_VERBOSE=1 prints them, or as 'forward name n1 ci64 co32 i32x32 k4x4 s2x2 p1x1'; what "
            + "follows a # is left out, and so are lines that begin with none of forward, input-gradient, weight-gradient, convolution.",
    };
    private readonly Option<int?> _threads = ModelOptions.Threads();
    private readonly Option<string?> _add = CommandOptions.File("--add-to", "A tuning that is kept beside what is measured.");
    private readonly Option<string?> _output = CommandOptions.File("--output", "The tuning to write.", required: true, "-o");

    public TuneCommand(Report report) : base(
        "tune",
        "Times on this machine the algorithms that take each problem of a file, and writes the fastest into a tuning that --tuning of "
            + "other commands follows. Nothing follows it unasked.",
        new Example("tune lines.txt -o my.tuning", "Some seconds for each problem."),
        new Example("tune more.txt --add-to my.tuning -o all.tuning", "Both files' problems in one tuning."))
    {
        _report = report;
        Add(_problems);
        foreach (Option option in (Option[])[_threads, _add, _output]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(_problems)!, output = parsed.GetValue(_output)!;
        int threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount;
        if (threads < 1) throw CommandException.BadInput("threads", $"threads >= 1 must hold: {threads}");
        Tuning tuning = _add.Read(parsed) ?? Tuning.Empty;
        (Pass Pass, ConvTransposeGeometry Geometry)[] problems =
            CommandException.OnFile("problems", () => Interruptible.Run(() => Problems(path), cancellation));
        var rows = new List<TunedProblemReport>();
        _report.WithProgress($"tune {Count.Of(problems.Length, "problem")}", progress =>
        {
            foreach ((Pass pass, ConvTransposeGeometry geometry) in problems)
            {
                TuningMeasurement measured = Interruptible.Run(
                    () => TuningMeasurement.Of(geometry, pass, settings: new() { Threads = threads }, cancellationToken: cancellation),
                    cancellation);
                tuning = tuning.With(measured);
                var row = new TunedProblemReport(measured.Problem, measured.Algorithm.Name, measured.Estimated.Name,
                    [.. measured.Times.Select(static one => new AlgorithmTimeReport(one.Algorithm.Name, one.Time.TotalMilliseconds))]);
                rows.Add(row);
                if (!_report.Json) _report.Line(measured.ToString());
                progress?.Report((double)rows.Count / problems.Length);
            }
        });
        CommandException.OnFile("output", () => tuning.Save(output));
        if (_report.Json)
            _report.Write(new TuneReport(output, tuning.Count, tuning.Fingerprint, [.. rows]), JsonReports.Readable.TuneReport);
        else _report.Line($"{Count.Of(tuning.Count, "problem")} in {output}, fingerprint {tuning.Fingerprint[..12]}");
        return ExitCode.Done;
    }

    private static (Pass, ConvTransposeGeometry)[] Problems(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MaxBytes } large)
            throw new InvalidDataException($"{path} has {large.Length} bytes, more than {MaxBytes}: it is no file of problems");
        string[] lines =
            [.. File.ReadLines(path).Select(static line => line.Split('#')[0].Trim()).Where(IsProblem).Distinct(StringComparer.Ordinal)];
        if (lines.Length == 0)
            throw new InvalidDataException($"{path} holds no problem: run a command with UPSTRIDE_VERBOSE=1, and keep its error output");
        try
        {
            return [.. lines.Select(ProblemRun.Parse).DistinctBy(static problem => (problem.Pass, $"{problem.Geometry}"))];
        }
        catch (Exception fault) when (fault is FormatException or GeometryException or OverflowException)
        {
            throw new InvalidDataException($"{path}: {fault.Message}", fault);
        }
    }

    private static bool IsProblem(string line) =>
        line.Split(' ', 2)[0] is "forward" or "input-gradient" or "weight-gradient" or "convolution";
}
