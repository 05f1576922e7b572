using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Reports;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride verify</c>: runs cases in the layout of ONNX's backend tests.</summary>
internal sealed class VerifyCommand : CommandWithExamples
{
    private readonly Argument<string[]> _cases = new("case")
    {
        Description = "A folder with model.onnx and test_data_set_N/input_i.pb and output_i.pb, or a folder of such folders.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<double> _relative = new("--relative")
    {
        Description = "Allowed relative difference of an element; default 1e-3, as in ONNX's own tests.",
        HelpName = "tolerance",
        DefaultValueFactory = static _ => OnnxTestCase.DefaultRelativeTolerance,
    };

    private readonly Option<double> _absolute = new("--absolute")
    {
        Description = "Allowed absolute difference of an element, added to that; default 1e-7, as in ONNX's own tests.",
        HelpName = "tolerance",
        DefaultValueFactory = static _ => OnnxTestCase.DefaultAbsoluteTolerance,
    };

    public VerifyCommand(Report report) : base(
        "verify",
        "Runs ONNX models on test data and compares. Each case says pass or fail with its worst element; the exit code is 1 where one "
            + "fails. An element passes where |actual - expected| <= absolute + relative * |expected|; integers must be equal.",
        new Example("verify cases/test_convtranspose", "One case."),
        new Example("verify cases --json", "All cases under a folder, as one JSON document."))
    {
        Add(_cases);
        Add(_relative);
        Add(_absolute);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, report, cancellation)));
    }

    private int Run(ParseResult parsed, Report report, CancellationToken cancellation)
    {
        string[] folders = [.. parsed.GetValue(_cases)!.SelectMany(CasesOf)];
        var results = new List<OnnxTestResult>(folders.Length);
        report.WithProgress("cases", progress =>
        {
            foreach (string folder in folders)
            {
                results.Add(Interruptible.Run(
                    () => OnnxTestCase.Run(folder, parsed.GetValue(_relative), parsed.GetValue(_absolute), settings: null, cancellation),
                        cancellation));
                progress.Report((double)results.Count / folders.Length);
            }
        });
        int passed = results.Count(static result => result.Passed);
        if (report.Json)
        {
            report.Write(
                new VerifyReport(passed, results.Count - passed,
                    [.. results.Select(static result => new VerifiedCase(result.Name, result.Passed, result.Worst, result.Message))]),
                JsonReports.Readable.VerifyReport);
        }
        else
        {
            foreach (OnnxTestResult result in results)
                report.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{(result.Passed ? "pass" : "FAIL")}  {result.Name}  worst "
                    + $"{result.Worst:G3}{(result.Passed ? "" : $"\n      {result.Message}")}"));
            report.Line($"{passed} passed, {results.Count - passed} failed");
        }
        return passed == results.Count ? ExitCode.Done : ExitCode.No;
    }

    // A folder without a model of its own stands for the cases anywhere beneath it.
    private static IEnumerable<string> CasesOf(string folder)
    {
        if (!Directory.Exists(folder)) throw new CommandException(ExitCode.File, "case", $"there is no folder '{folder}'");
        if (OnnxTestCase.IsCase(folder)) return [folder];
        string[] beneath =
            [.. Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Where(OnnxTestCase.IsCase)
            .Order(StringComparer.Ordinal)];
        return beneath.Length > 0
            ? beneath : throw CommandException.BadInput("case", $"'{folder}' holds no model.onnx, and neither does a folder beneath it");
    }
}
