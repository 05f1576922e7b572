using Upstride.Learning.Saving;
using Upstride.Models.Generation;

namespace Upstride.Cli.Commands.Generate;

/// <summary>What the commands of generation have in common.</summary>
internal static class GenerationOptions
{
    /// <summary>A generator from its file.</summary>
    public static DcganGenerator<float> ReadGenerator(string parameter, string path) => Read(parameter, () => DcganFile.Read(path));

    /// <summary>A network from its file.</summary>
    public static T Read<T>(string parameter, Func<T> read)
    {
        try
        {
            return CommandException.OnFile(parameter, read);
        }
        catch (SafetensorsException fault)
        {
            throw new CommandException(ExitCode.BadInput, parameter, fault.Message, fault);
        }
    }
}
