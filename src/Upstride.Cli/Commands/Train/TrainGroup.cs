using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Train;

/// <summary><c>upstride train</c>: the networks that can be trained.</summary>
internal static class TrainGroup
{
    /// <summary>The command with one subcommand for each network.</summary>
    public static CommandWithExamples Create(Report report) => new("train", "Trains a network.")
    {
        new TrainFsrcnnCommand(report),
        new TrainSrCommand(report),
        new TrainDcganCommand(report),
        new TrainSegmentCommand(report),
        new TrainClassifierCommand(report),
    };
}
