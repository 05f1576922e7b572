using Upstride.Explain.Computing;
using Upstride.Files;

namespace Upstride.Cli.Commands.Explain;

/// <summary>Values as they are typed: the grammar of <see cref="ValueSource"/>, or the name of a .npy file.</summary>
internal static class ValueFiles
{
    /// <summary>What a text means.</summary>
    /// <param name="parameter">The option's name, for errors.</param>
    /// <param name="text">What was typed; null for <paramref name="fallback"/>.</param>
    /// <param name="fallback">Where nothing was typed.</param>
    /// <param name="cancellation">Of the reading.</param>
    public static ValueSource Read(string parameter, string? text, ValueSource fallback, CancellationToken cancellation)
    {
        if (text is null) return fallback;
        try
        {
            if (!text.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)) return ValueSource.Parse(text);
        }
        catch (FormatException fault)
        {
            throw CommandException.BadInput(parameter, $"{fault.Message}, or a .npy file");
        }
        NpyArray array = CommandException.OnFile(parameter, () => Interruptible.Run(() => NpyFile.Read(text, cancellation), cancellation));
        double[] values = array.ToDoubles();
        return values.All(double.IsFinite) ? ValueSource.Of(values)
            : throw CommandException.BadInput(parameter, $"'{text}' holds values that are not finite: give numbers");
    }
}
