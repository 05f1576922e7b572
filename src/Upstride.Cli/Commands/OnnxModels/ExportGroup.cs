using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride export</c>: the networks that can be written as ONNX models.</summary>
internal static class ExportGroup
{
    /// <summary>The command with one subcommand for each network.</summary>
    public static CommandWithExamples Create(Report report) => new("export", "Writes a network as an ONNX model.")
    {
        ExportNetworkCommand.Fsrcnn(report),
        ExportNetworkCommand.Sr(report),
        new ExportDcganCommand(report),
        new ExportSegmentCommand(report),
    };
}
