namespace Upstride.Cli;

/// <summary>A failure whose exit code and parameter the command already knows.</summary>
internal sealed class CommandException : Exception
{
    public CommandException(int exitCode, string? parameter, string message, Exception? inner = null) : base(message, inner)
    {
        ExitCode = exitCode;
        Parameter = parameter;
    }

    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; }

    /// <summary>The parameter at fault, as the library names it (<c>outputPadding</c>); null where none is.</summary>
    public string? Parameter { get; }

    /// <summary>A wrong argument or a bad input.</summary>
    public static CommandException BadInput(string? parameter, string message) => new(Cli.ExitCode.BadInput, parameter, message);

    /// <inheritdoc cref="OnFile{T}"/>
    public static void OnFile(string parameter, Action action) => OnFile(
        parameter,
        () =>
        {
            action();
            return true;
        });

    /// <summary>
    /// Runs <paramref name="action"/> on the file of <paramref name="parameter"/>, so that what goes wrong names the parameter too.
    /// </summary>
    public static T OnFile<T>(string parameter, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception fault) when (fault is InvalidDataException or Files.NpyFormatException
            or Algorithms.TuningFormatException or Imaging.ImageFormatException
            or Onnx.OnnxFormatException or Onnx.OnnxUnsupportedException or ArgumentException)
        {
            throw new CommandException(Cli.ExitCode.BadInput, parameter, Failure.TextOf(fault), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException
            or System.Security.SecurityException)
        {
            throw new CommandException(Cli.ExitCode.File, parameter, fault.Message, fault);
        }
    }
}
