using System.CommandLine;
using System.Globalization;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Sizes;

/// <summary>
/// The options that name the channels of a transposed convolution: with them its parameters, operations and memory follow.
/// </summary>
internal sealed class ChannelOptions
{
    private readonly Option<(int In, int Out)?> _channels = new("--channels")
    {
        Description =
            "Channels of the input and of the output, as 64:32: tells the parameters, the FLOPs and the memory of one image, too.",
        HelpName = "in:out",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (text.Split(':') is [var first, var second]
                && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int input)
                && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out int output))
                return (input, output);
            result.AddError($"--channels: '{text}' is not two whole numbers joined by a colon, as 64:32");
            return null;
        },
    };
    private readonly Option<int?> _groups = new("--groups", "-g")
        { Description = "Parts into which the channels fall, with --channels; default 1.", HelpName = "count" };

    /// <summary>Adds both options to <paramref name="command"/>.</summary>
    public void AddTo(Command command)
    {
        command.Add(_channels);
        command.Add(_groups);
    }

    /// <summary>Whether channels were typed.</summary>
    /// <exception cref="CommandException">Groups without channels.</exception>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(_channels) is not null
        || (parsed.GetValue(_groups) is not null
        ? throw CommandException.BadInput("groups", "--groups asks for --channels too, as 64:32") : false);

    /// <summary>The geometry with the channels that were typed; as it is where none were.</summary>
    public ConvTransposeGeometry Of(ParseResult parsed, ConvTransposeGeometry geometry) =>
        AreGiven(parsed) && parsed.GetValue(_channels) is var (input, output)
        ? ConvTransposeGeometry.Create(1, input, output, parsed.GetValue(_groups) ?? 1, geometry.Axes)
        : geometry;
}
