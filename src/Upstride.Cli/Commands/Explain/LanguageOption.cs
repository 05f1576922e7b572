using System.CommandLine;
using System.Runtime.InteropServices;
using Upstride.Explain.Teaching;

namespace Upstride.Cli.Commands.Explain;

/// <summary>The language of captions and answers: as asked for, else the system's.</summary>
internal static class LanguageOption
{
    public static Option<Language?> Create() => CommandOptions.Choice(
        "--language", "Language of titles and captions: en or zh (Simplified Chinese); default: the system's.",
        ("en", Language.English), ("zh", Language.Chinese), ("zh-hans", Language.Chinese), ("zh-cn", Language.Chinese));

    /// <summary>What was asked for, else the system's.</summary>
    public static Language Read(ParseResult parsed, Option<Language?> option) => parsed.GetValue(option) ?? Of(SystemName());

    /// <summary>The language of a system's name: <c>zh_CN.UTF-8</c>.</summary>
    internal static Language Of(string? name) =>
        name is not null && name.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Language.Chinese : Language.English;

    // Globalization is invariant in this program, so that cultures say nothing.
    private static string? SystemName()
    {
        if (OperatingSystem.IsWindows()) return (NativeMethods.GetUserDefaultUILanguage() & 0x3FF) == NativeMethods.PrimaryChinese ? "zh"
            : "en";
        foreach (string variable in (ReadOnlySpan<string>)["LC_ALL", "LC_MESSAGES", "LANG"])
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } name) return name;
        return null;
    }

    private static class NativeMethods
    {
        public const int PrimaryChinese = 4;

        [DllImport("kernel32.dll")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern ushort GetUserDefaultUILanguage();
    }
}
