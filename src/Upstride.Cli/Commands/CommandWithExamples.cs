using System.CommandLine;

namespace Upstride.Cli.Commands;

/// <summary>A worked example of a command's help.</summary>
/// <param name="Arguments">What is after <c>upstride</c>.</param>
/// <param name="Shows">What the example does, in a line.</param>
internal sealed record Example(string Arguments, string Shows);

/// <summary>A command whose help ends with worked examples.</summary>
internal class CommandWithExamples(string name, string description, params Example[] examples) : Command(name, description)
{
    /// <summary>Whether the command, once cancelled, still writes down what it has, and is waited for.</summary>
    public virtual bool SavesWhenCancelled => false;

    /// <summary>The examples, in the order of the help.</summary>
    public IReadOnlyList<Example> Examples { get; } = examples;
}
