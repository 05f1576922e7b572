using Upstride.Cli.Output;

namespace Upstride.Cli.Commands.Export;

/// <summary><c>upstride export</c>: the networks that can be written as ONNX models.</summary>
internal static class ExportGroup
{
    /// <summary>The command with one subcommand for each network.</summary>
    public static TeachingCommand Create(Report report) => new("export", "Writes a network as an ONNX model.")
    {
        new ExportFsrcnnCommand(report),
    };
}
