using System.Text.Json;

namespace Upstride.Cli.Tests;

/// <summary>Runs a command line in this process.</summary>
internal static class Tool
{
    public static ToolResult Run(params string[] arguments) => Run(CancellationToken.None, arguments);

    public static ToolResult Run(CancellationToken cancellation, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = CommandLineApplication.Run(arguments, output, error, cancellation);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a line as a shell would split it at spaces.</summary>
    public static ToolResult RunLine(string line) => Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>What one command line did.</summary>
internal sealed record ToolResult(int Code, string Output, string Error)
{
    /// <summary>The output as JSON; the run must have ended with <paramref name="code"/>.</summary>
    public JsonElement Json(int code = 0)
    {
        Assert.True(Code == code, $"exit code {Code}, expected {code}: {Output}{Error}");
        using JsonDocument document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }

    /// <summary>The output; the run must have ended well.</summary>
    public string Text()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Output}{Error}");
        return Output;
    }
}
