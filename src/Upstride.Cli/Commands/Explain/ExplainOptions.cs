using System.Collections.Immutable;
using System.CommandLine;
using Upstride.Cli.Commands.Sizes;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Explain;

/// <summary>What <c>upstride explain</c> is about: sizes, values, channels, the pinned element.</summary>
internal sealed class ExplainOptions
{
    private readonly ShapeOptions _sizes = new();
    private readonly Option<Framework?> _framework =
        CommandOptions.Choice("--framework", "Whose rules apply; pytorch where not given.", FrameworkName.All);
    private readonly Option<string?> _values =
        Values("--values",
        "The input's numbers: index, ones, bilinear, random:7, impulse:1,1, numbers joined by commas, symbols, or a .npy file.");
    private readonly Option<string?> _weight =
        Values("--weight",
        "The weights' numbers, likewise, in the order [input, output, kernel...]; the kernel as the framework stores it.", "-w");
    private readonly Option<string?> _bias = Values("--bias", "A number for each output channel, likewise.", "-b");
    private readonly Option<PerAxis> _channels =
        CommandOptions.PerAxis("--channels", "in x out", "Channels of input and output, 2x3; 1x1 where not given.");
    private readonly Option<int> _groups = CommandOptions.Groups();
    private readonly Option<int> _channel =
        new("--channel") { Description = "The output channel that is shown; 0 where not given.", HelpName = "channel" };
    private readonly Option<PerAxis> _at =
        CommandOptions.PerAxis("--at", "position", "Follows one output element, from 0, outermost axis first: 4x5.");

    public void AddTo(Command command)
    {
        _sizes.AddTo(command);
        foreach (Option option in (Option[])[_framework, _values, _weight, _bias, _channels, _groups, _channel, _at]) command.Add(option);
    }

    /// <summary>Whether sizes in terms of i are asked for.</summary>
    public bool IsSymbolic(ParseResult parsed) => _sizes.IsSymbolic(parsed);

    /// <summary>Whether nothing was given that makes another example than the worked one.</summary>
    public bool IsWorked(ParseResult parsed) => !_sizes.IsGiven(parsed);

    public Framework Framework(ParseResult parsed) => parsed.GetValue(_framework) ?? Geometry.Framework.PyTorch;

    public int Channel(ParseResult parsed) => parsed.GetValue(_channel);

    /// <summary>The pinned position; null for none.</summary>
    public ImmutableArray<int>? At(ParseResult parsed) => parsed.GetValue(_at) is { Values.IsEmpty: false } at ? at.Values : null;

    /// <summary>The sizes: what was typed, or the worked example's.</summary>
    public HyperParameters Parameters(ParseResult parsed) => IsWorked(parsed) ? ExplorerState.Worked.Parameters : _sizes.Read(parsed);

    /// <summary>The sizes of another upsampler, of which only input and kernel count: 3x3 where none was given.</summary>
    public HyperParameters MethodParameters(ParseResult parsed) => IsWorked(parsed) ? ExplorerState.Worked.Parameters
        : _sizes.ReadInput(parsed);

    public ValueSource Input(ParseResult parsed, CancellationToken cancellation) =>
        ValueFiles.Read("values", parsed.GetValue(_values), ValueSource.Index, cancellation);

    public ValueSource Weight(ParseResult parsed, CancellationToken cancellation) =>
        ValueFiles.Read("weight", parsed.GetValue(_weight), ValueSource.Index, cancellation);

    /// <summary>The problem.</summary>
    public Problem Problem(ParseResult parsed, CancellationToken cancellation)
    {
        (int from, int to) = parsed.GetValue(_channels).Values switch
        {
            { IsEmpty: true } => (1, 1),
            [var one] => (one, one),
            [var first, var second] => (first, second),
            var more => throw CommandException.BadInput(
                "channels", $"--channels has {more.Length} numbers, and input and output have one each: 2x3"),
        };
        ValueSource? bias = parsed.GetValue(_bias) is { } text ? ValueFiles.Read("bias", text, ValueSource.Ones, cancellation) : null;
        return Upstride.Explain.Computing.Problem.Create(
            Parameters(parsed), Framework(parsed), Input(parsed, cancellation), Weight(parsed, cancellation), bias, from, to,
                parsed.GetValue(_groups));
    }

    /// <summary>What every view is made from.</summary>
    public SceneSource Source(ParseResult parsed, Language language, CancellationToken cancellation) =>
        new(Computation.Of(Problem(parsed, cancellation)), Channel(parsed), At(parsed), language);

    private static Option<string?> Values(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = "values" };
}
