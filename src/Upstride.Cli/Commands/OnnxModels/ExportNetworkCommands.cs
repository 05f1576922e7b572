using System.CommandLine;
using Upstride.Cli.Commands.Generate;
using Upstride.Cli.Commands.Segment;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Models.Generation;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride export dcgan</c>: a generator as an ONNX model.</summary>
internal sealed class ExportDcganCommand : CommandWithExamples
{
    private readonly Option<string?> _model =
        CommandOptions.File("--model", "A generator, a .safetensors file that 'upstride train dcgan' made.", required: true);
    private readonly Option<string?> _output = CommandOptions.File("--output", "The ONNX file to write.", required: true, "-o");

    public ExportDcganCommand(Report report) : base(
        "dcgan",
        "Writes a DCGAN's generator as an ONNX model: x, [batch, latent, 1, 1] of the normal distribution, becomes y, pictures in -1 to 1.",
        new Example("export dcgan --model digits.safetensors -o digits.onnx",
            "For any program that reads ONNX, 'upstride run' among them."),
        new Example("export dcgan --model digits.safetensors -o digits.onnx --json", "The same, told as JSON."))
    {
        foreach (Option option in (Option[])[_model, _output]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, report, cancellation)));
    }

    private int Run(ParseResult parsed, Report report, CancellationToken cancellation)
    {
        DcganGenerator<float> generator = GenerationOptions.ReadGenerator("model", parsed.GetValue(_model)!);
        string output = parsed.GetValue(_output)!;
        CommandException.OnFile("output", () => DcganFile.WriteOnnx(output, generator, cancellation));
        return ExportAnswer.Write(report, new(output, generator.Settings.ToString(),
            generator.Parameters().Sum(static parameter => (long)parameter.Length)));
    }
}

/// <summary><c>upstride export segment</c>: a segmentation network as an ONNX model.</summary>
internal sealed class ExportSegmentCommand : CommandWithExamples
{
    private readonly Option<string?> _model =
        CommandOptions.File("--model", "Weights, a .safetensors file that 'upstride train segment' made.", required: true);
    private readonly Option<PerAxis> _input = CommandOptions.Input(
        "Rows and columns of the model's input, multiples of 32, of 16 for unet; default open, which unpooling does not allow.");
    private readonly Option<string?> _output = CommandOptions.File("--output", "The ONNX file to write.", required: true, "-o");

    public ExportSegmentCommand(Report report) : base(
        "segment",
        "Writes a segmentation network as an ONNX model: x, [batch, 3, height, width] in 0 to 1, becomes y, the logits of the classes.",
        new Example("export segment --model streets.safetensors -o streets.onnx", "For pictures of any size that is a multiple of 16."),
        new Example("export segment --model streets.safetensors --input 32x64 -o streets.onnx", "For one size alone."))
    {
        foreach (Option option in (Option[])[_model, _input, _output]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, report, cancellation)));
    }

    private int Run(ParseResult parsed, Report report, CancellationToken cancellation)
    {
        SegmentationNetwork<float> network = SegmentationOptions.ReadNetwork("model", parsed.GetValue(_model)!);
        string output = parsed.GetValue(_output)!;
        (int? rows, int? columns) = parsed.GetValue(_input).Values switch
        {
            { IsEmpty: true } => ((int?)null, (int?)null),
            [var height, var width] when height > 0 && width > 0 && height % network.Settings.Stride == 0
                && width % network.Settings.Stride == 0 =>
                (height, width),
            var others => throw CommandException.BadInput("input",
                $"--input is rows and columns, multiples of {network.Settings.Stride}, joined by x: {string.Join('x', others)}"),
        };
        CommandException.OnFile("output", () => SegmentationFile.WriteOnnx(output, network, rows, columns, cancellation));
        return ExportAnswer.Write(report, new(output, network.Settings.ToString(),
            network.Parameters().Sum(static parameter => (long)parameter.Length)));
    }
}

/// <summary>What the exports of these networks say.</summary>
internal static class ExportAnswer
{
    public static int Write(Report report, ExportedNetworkReport answer)
    {
        if (report.Json) report.Write(answer, JsonReports.Readable.ExportedNetworkReport);
        else report.Line($"{answer.Model}, {Count.Of(answer.Parameters, "parameter")}, in {answer.File}");
        return ExitCode.Done;
    }
}
