using Upstride.Geometry;

namespace Upstride.Cli.Commands.Sizes;

/// <summary>The frameworks by the names that are typed.</summary>
internal static class FrameworkName
{
    /// <summary>Every framework with its name in lower case.</summary>
    public static (string Word, Framework Value)[] All { get; } =
        [.. Enum.GetValues<Framework>().Select(static framework => (framework.ToString().ToLowerInvariant(), framework))];

    /// <summary>The name that is typed for <paramref name="framework"/>.</summary>
    public static string Of(Framework framework) => All.First(pair => pair.Value == framework).Word;
}
