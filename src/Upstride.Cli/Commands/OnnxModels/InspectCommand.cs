using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride inspect</c>: what an ONNX model is, and how it would run.</summary>
internal sealed class InspectCommand : CommandWithExamples
{
    // Files of the first years list all of their initialisers among the inputs.
    private const int MaxOptional = 4;

    private readonly Report _report;
    private readonly Argument<string> _model = ModelOptions.Model();
    private readonly Option<string[]> _shapes =
        ModelOptions.Named("--shapes", "name=sizes",
        "Shapes of inputs whose sizes the model leaves open: x=1x3x256x256; the name may be left out where there is but one.");
    private readonly Option<int> _measure = new("--measure")
        { Description = "Run it so many times on zeros and show the shortest time of each node.", HelpName = "runs" };
    private readonly Option<PerAxis> _picture = CommandOptions.PerAxis(
        "--picture", "sizes",
        "Say how a picture of so many rows and columns goes through: in tiles, whole or not at all, why, in how much memory.");
    private readonly Option<int?> _threads = ModelOptions.Threads();

    public InspectCommand(Report report) : base(
        "inspect",
        "Shows a model's inputs, outputs and operators, and, where the shapes are known, the plan by which it runs, node by node: "
            + "algorithms, FLOPs, bytes, and the transposed convolutions that are prone to checkerboards.",
        new Example("inspect model.onnx", "The model as it stands in the file."),
        new Example("inspect model.onnx --shapes x=1x1x16x24", "The plan for an input of 16 by 24."),
        new Example("inspect model.onnx --picture 1080x1920", "How a picture of 1080 rows goes through: tiled, whole or refused."))
    {
        _report = report;
        Add(_model);
        foreach (Option option in (Option[])[_shapes, _measure, _picture, _threads]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        OnnxModel model =
            CommandException.OnFile("model", () => Interruptible.Run(() => OnnxModel.Load(parsed.GetValue(_model)!), cancellation));
        Dictionary<string, string> shapes = ModelOptions.ByName(parsed.GetValue(_shapes) ?? [], model.Inputs, "shapes");
        OnnxPlan? plan = null;
        if (Zeros(model, shapes) is { } inputs)
        {
            using var session =
                new OnnxSession(model,
                OnnxSessionSettings.Default with { Compute = new() { Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount } });
            plan = Interruptible.Run(() => session.Explain(inputs, parsed.GetValue(_measure), cancellation), cancellation);
        }
        else if (shapes.Count > 0 || parsed.GetValue(_measure) > 0)
        {
            throw CommandException.BadInput("shapes",
                $"the model leaves sizes open: {string.Join(", ", model.Inputs)}; give --shapes for each");
        }

        string? picture = PictureOf(parsed, model);
        if (_report.Json)
            _report.Write(ReportOf(model, plan) with { Picture = picture }, JsonReports.Readable.InspectReport);
        else
            Write(model, plan, picture);
        return ExitCode.Done;
    }

    private static Dictionary<string, OnnxTensor>? Zeros(OnnxModel model, Dictionary<string, string> shapes)
    {
        var zeros = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in model.Inputs)
        {
            long[] lengths;
            if (shapes.TryGetValue(input.Name, out string? text))
            {
                PerAxis sizes;
                try
                {
                    sizes = AxisNumbers.ParsePerAxis(text);
                }
                catch (FormatException fault)
                {
                    throw CommandException.BadInput("shapes", fault.Message);
                }
                lengths = [.. sizes.Values.Select(static size => (long)size)];
            }
            else if (input.Dimensions is { } dimensions && dimensions.All(static dimension => dimension.Length is not null))
            {
                lengths = [.. dimensions.Select(static dimension => dimension.Length!.Value)];
            }
            else
            {
                return null;
            }
            // The zeros that stand for an input are limited to the limit, too.
            double bytes = lengths.Aggregate(sizeof(float) * 1.0, static (product, length) => product * Math.Max(1, length));
            if (bytes > OnnxLimits.Default.MaximalMemory)
                throw CommandException.BadInput("shapes",
                    string.Create(CultureInfo.InvariantCulture,
                    $"input {input} takes {bytes:G4} bytes, more than a run's {OnnxLimits.Default.MaximalMemory}: give smaller sizes "
                        + $"with --shapes"));
            zeros.Add(input.Name, OnnxTensor.Zeros(input.ElementType, [.. lengths.Select(static length => (nint)length)]));
        }
        return zeros;
    }

    private static InspectReport ReportOf(OnnxModel model, OnnxPlan? plan) => new(
        model.Opset,
        [.. model.Inputs.Select(static value => value.ToString())],
        [.. model.OptionalInputs.Select(static value => value.ToString())],
        [.. model.Outputs.Select(static value => value.ToString())],
        new(model.Operators, StringComparer.Ordinal),
        model.Parameters,
        plan is null ? null : new(
            plan.Flops, plan.ArenaBytes, plan.ResultBytes, plan.WeightBytes, plan.WorkspaceBytes, plan.PeakBytes,
            [.. plan.Steps.Select(step => new PlanStepReport(
                step.Name, step.Operator, step.Inputs, step.Output, step.Algorithm, step.Flops, step.Bytes, step.Overlap?.IsEven,
                    step.Time?.TotalMilliseconds) { Stage = HasStages(plan) ? step.Stage : null })]));

    private static bool HasStages(OnnxPlan plan) => plan.Steps.Any(static step => step.Stage > 1);

    private string? PictureOf(ParseResult parsed, OnnxModel model)
    {
        if (parsed.GetValue(_picture) is not { Values: { IsDefaultOrEmpty: false } sizes }) return null;
        if (sizes is not [var height, var width])
            throw CommandException.BadInput("picture", $"--picture takes rows and columns, as 1080x1920: {string.Join('x', sizes)}");
        return CommandException.OnFile("picture", () =>
        {
            var settings = new OnnxPictureSettings
            {
                Session = new() { Compute = new() { Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount } },
            };
            using OnnxPicturePlan way = new OnnxPictureModel(model, settings).Plan(height, width);
            return way.ToString();
        });
    }

    private void Write(OnnxModel model, OnnxPlan? plan, string? picture)
    {
        _report.Line(string.Create(CultureInfo.InvariantCulture, $"opset {model.Opset}, {Count.Of(model.Parameters, "parameter")}"));
        foreach (OnnxValueInfo input in model.Inputs) _report.Line($"input   {input}");
        foreach (OnnxValueInfo input in model.OptionalInputs.Take(MaxOptional)) _report.Line($"input   {input}, optional");
        if (model.OptionalInputs.Length > MaxOptional)
            _report.Line($"input   and {model.OptionalInputs.Length - MaxOptional} more that are optional");
        foreach (OnnxValueInfo output in model.Outputs) _report.Line($"output  {output}");
        _report.Line("operators: " + string.Join(", ", model.Operators.Select(static one => $"{one.Key} {one.Value}")));
        if (picture is not null) _report.Line($"picture {picture}");
        if (plan is null) return;
        var table = new Table();
        string[] stage = HasStages(plan) ? ["stage"] : [];
        foreach (string heading in (string[])[.. stage, "node", "operator", "inputs", "output", "algorithm", "FLOPs", "bytes", "ms"])
            table.AddColumn(heading);
        foreach (OnnxPlanStep step in plan.Steps)
        {
            table.AddRow([.. ((string[])
            [
                .. stage.Select(_ => step.Stage.ToString(CultureInfo.InvariantCulture)),
                step.Name, step.Operator, step.Inputs, step.Output, step.Algorithm,
                step.Flops.ToString(CultureInfo.InvariantCulture), step.Bytes.ToString(CultureInfo.InvariantCulture),
                step.Time?.TotalMilliseconds.ToString("F3", CultureInfo.InvariantCulture) ?? "",
            ]).Select(Markup.Escape)]);
        }
        _report.Write(table);
        _report.Line(string.Create(CultureInfo.InvariantCulture,
            $"{plan.Flops} FLOPs; {plan.ArenaBytes} bytes of arena, {plan.ResultBytes} of results, {plan.WeightBytes} of weights, "
            + $"{plan.WorkspaceBytes} of workspace: {plan.PeakBytes} in all"));
        if (stage.Length > 0) _report.Line("each stage is planned for the sizes that the one before gives, here on zeros");
        foreach (OnnxPlanStep step in plan.Steps)
            if (step.Overlap is { IsEven: false } overlap)
                _report.Line($"prone to checkerboards: {step.Name}, {overlap.Min} to {overlap.Max} products on each output");
    }
}
