using System.Globalization;

namespace Upstride.Cli.Commands.Shards;

/// <summary>One of several parts of the work.</summary>
/// <param name="Number">From 1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Source">Where that is said: the option, or the scheduler's variables with their values.</param>
internal sealed record Shard(int Number, int Count, string Source)
{
    /// <summary>The most there may be: more files than that in one folder are slow to list.</summary>
    public const int MaxCount = 100_000;

    /// <summary>Gives the number of shards where a scheduler does not, or not rightly.</summary>
    public const string CountVariable = "UPSTRIDE_SHARD_COUNT";

    private const string Option = "shard";

    /// <summary>Reads <c>3/16</c>; what is null or auto is read from the scheduler's variables.</summary>
    /// <param name="text">The option's value; null where it has none.</param>
    /// <param name="environment">Gives a variable's value, or null.</param>
    /// <exception cref="CommandException">Neither.</exception>
    public static Shard Parse(string? text, Func<string, string?> environment) =>
        text is null || string.Equals(text, CommandOptions.Auto, StringComparison.OrdinalIgnoreCase)
            ? FromScheduler(name => environment(name) is { Length: > 0 } value ? value : null)
            : text.Split('/') is [var number, var count] && TryWhole(number, out int at) && TryWhole(count, out int of)
                ? Checked(at, of, $"--shard {text}")
                : throw CommandException.BadInput(Option, $"'{text}' must be a number and how many there are, as 3/16, or {CommandOptions.Auto}");

    /// <inheritdoc/>
    public override string ToString() => $"shard {Number} of {Count}";

    private static Shard FromScheduler(Func<string, string?> variable)
    {
        const string slurm = "SLURM_ARRAY_TASK_ID", kubernetes = "JOB_COMPLETION_INDEX", batch = "AWS_BATCH_JOB_ARRAY_INDEX";
        if (variable(slurm) is not null) return variable(CountVariable) is null ? FromSlurm(variable) : FromIndex(slurm, CountVariable, variable);
        if (variable(kubernetes) is not null) return FromIndex(kubernetes, CountVariable, variable);
        if (variable(batch) is not null)
            return FromIndex(batch, variable(CountVariable) is null ? "AWS_BATCH_JOB_ARRAY_SIZE" : CountVariable, variable);
        throw CommandException.BadInput(
            Option, $"no scheduler says which shard this is: none of {slurm}, {kubernetes} and {batch} is set; give it, as --shard 3/16");
    }

    // The indices of an array begin anywhere and have a step; a list like 3,7 is only a part of an array whose count nobody says.
    private static Shard FromSlurm(Func<string, string?> variable)
    {
        const string id = "SLURM_ARRAY_TASK_ID", min = "SLURM_ARRAY_TASK_MIN", max = "SLURM_ARRAY_TASK_MAX", count = "SLURM_ARRAY_TASK_COUNT",
            step = "SLURM_ARRAY_TASK_STEP";
        int at = Whole(id, variable), first = Whole(min, variable), last = Whole(max, variable), of = Whole(count, variable);
        int by = variable(step) is null ? 1 : Whole(step, variable);
        string told = $"{id}={at}, {min}={first}, {max}={last}, {count}={of}";
        return by >= 1 && at >= first && at <= last && (at - first) % by == 0 && (last - first) / by + 1 == of
            ? Checked((at - first) / by + 1, of, told)
            : throw CommandException.BadInput(
                Option,
                $"{told}: the array has gaps, so that its tasks are not the shards 1 to {of}: submit all of it, or set {CountVariable} to the "
                + $"number of shards, and the task of index i makes shard i + 1");
    }

    private static Shard FromIndex(string index, string count, Func<string, string?> variable)
    {
        if (variable(count) is null)
            throw CommandException.BadInput(Option, $"{index}={variable(index)}, and {count} is not set: set {CountVariable} to the number of shards");
        int at = Whole(index, variable), of = Whole(count, variable);
        return Checked(at + 1, of, $"{index}={at}, {count}={of}");
    }

    private static Shard Checked(int number, int count, string source) => count is >= 1 and <= MaxCount && number >= 1 && number <= count
        ? new(number, count, source)
        : throw CommandException.BadInput(
            Option, $"1 <= number <= count <= {MaxCount} must hold: number {number}, count {count}, from {source}");

    private static int Whole(string name, Func<string, string?> variable) => variable(name) is not { } text
        ? throw CommandException.BadInput(Option, $"{name} is not set, and the other variables of the scheduler are")
        : TryWhole(text, out int value) && value < int.MaxValue ? value
        : throw CommandException.BadInput(Option, $"{name}='{text}' is not a whole number from 0 on");

    private static bool TryWhole(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
