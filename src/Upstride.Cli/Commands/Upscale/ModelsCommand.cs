using System.CommandLine;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Upscale;

/// <summary><c>upstride models</c>: the networks that the tool brings along.</summary>
internal sealed class ModelsCommand : CommandWithExamples
{
    private readonly Option<int?> _scale = new("--scale", "-s") { Description = "Only those of a scale.", HelpName = "factor" };

    public ModelsCommand(Report report) : base(
        "models",
        "Lists the networks that the tool brings along: what they were trained on, how many weights they have, and their PSNR over Set5, "
            + "as docs/models.md measures it. They are trained by this tool, and under its licence.",
        new Example("models --scale 2", "Those that make pictures twice as wide and high."),
        new Example("models --json", "All, for a program."))
    {
        Add(_scale);
        SetAction((parsed, _) =>
        {
            ModelsReport models = ModelReports.Of(parsed.GetValue(_scale));
            if (report.Json) report.Write(models, JsonReports.Readable.ModelsReport);
            else report.Write(ModelReports.Table(models));
            return Task.FromResult(ExitCode.Done);
        });
    }
}
