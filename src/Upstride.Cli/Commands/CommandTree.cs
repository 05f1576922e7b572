using System.CommandLine;
using System.CommandLine.Help;
using Upstride.Cli.Commands.Apply;
using Upstride.Cli.Commands.Explain;
using Upstride.Cli.Commands.Explore;
using Upstride.Cli.Commands.Generate;
using Upstride.Cli.Commands.Help;
using Upstride.Cli.Commands.OnnxModels;
using Upstride.Cli.Commands.Segment;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Sizes;
using Upstride.Cli.Commands.Train;
using Upstride.Cli.Commands.Tune;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands;

/// <summary>The command <c>upstride</c> with everything under it.</summary>
internal static class CommandTree
{
    /// <summary>The command tree, writing to <paramref name="report"/>.</summary>
    /// <remarks>Not a <see cref="RootCommand"/>, which would be called after the running program.</remarks>
    public static Command Create(Report report)
    {
        var root = new CommandWithExamples("upstride",
            "Transposed convolution and learned upsampling: exact sizes in every framework's dialect, operators on .npy files, larger "
            + "images.");
        root.Options.Add(new Option<bool>("--json")
            { Description = "Print one JSON document instead of tables; errors too.", Recursive = true, Arity = ArgumentArity.Zero });
        root.Options.Add(new HelpOption { Action = new HelpWithExamples() });
        root.Options.Add(new VersionOption());
        root.Subcommands.Add(new ShapeCommand(report));
        root.Subcommands.Add(new MatrixCommand(report));
        root.Subcommands.Add(new ExplainCommand(report));
        root.Subcommands.Add(new CheckCommand(report));
        root.Subcommands.Add(new ExploreCommand(report));
        root.Subcommands.Add(ApplyGroup.Create(report));
        root.Subcommands.Add(new UpscaleCommand(report));
        root.Subcommands.Add(new PlanCommand(report));
        root.Subcommands.Add(new JoinCommand(report));
        root.Subcommands.Add(new EvaluateCommand(report));
        root.Subcommands.Add(new SegmentCommand(report));
        root.Subcommands.Add(new GenerateCommand(report));
        root.Subcommands.Add(TrainGroup.Create(report));
        root.Subcommands.Add(ExportGroup.Create(report));
        root.Subcommands.Add(new RunCommand(report));
        root.Subcommands.Add(new InspectCommand(report));
        root.Subcommands.Add(new VerifyCommand(report));
        root.Subcommands.Add(new TuneCommand(report));
        root.Subcommands.Add(new ModelsCommand(report));
        root.Subcommands.Add(new CompletionCommand(report, root));
        root.Subcommands.Add(new HelpCommand(report, root));
        return root;
    }
}
