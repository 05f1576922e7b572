using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Upstride.Cli.Reports;

/// <summary>Where a command's answer goes: tables and sentences for people, or one JSON document.</summary>
internal sealed class Report
{
    // Wide enough for the longest equation; a terminal wraps what it must.
    private const int RedirectedWidth = 400;

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public Report(TextWriter output, TextWriter error, bool json)
    {
        _output = output;
        _error = error;
        Json = json;
    }

    /// <summary>Whether the answer is asked for as JSON.</summary>
    public bool Json { get; }

    /// <summary>The words of the command that runs, in which its failures are told; null before it is known.</summary>
    public OptionWords? Words { get; set; }

    /// <summary>Writes the answer as one JSON document and a line end.</summary>
    public void Write<T>(T value, JsonTypeInfo<T> type) => _output.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Writes one line for a person.</summary>
    public void Line(string text = "") => _output.WriteLine(text);

    /// <summary>Writes a table.</summary>
    public void Write(Table table) => Terminal(_output, Console.Out, Console.IsOutputRedirected).Write(table);

    /// <summary>Writes a failure: as JSON on the output where that is asked for, else for a person on the error stream.</summary>
    public void Error(Failure failure, string? hint)
    {
        if (Json)
        {
            Write(new ErrorReport(new(failure.Parameter, failure.Message)), JsonReports.Readable.ErrorReport);
            return;
        }
        _error.WriteLine($"upstride: {Words?.Line(failure) ?? (failure.Parameter is null ? failure.Message : $"{failure.Parameter}: {failure.Message}")}");
        if (hint is not null) _error.WriteLine(hint);
    }

    /// <summary>Writes a remark for a person on the error stream; nothing with JSON.</summary>
    public void Note(string text)
    {
        if (!Json) _error.WriteLine(text);
    }

    /// <summary>Runs long work under a progress bar where the error stream is a terminal, else without one.</summary>
    public void WithProgress(string title, Action<IProgress<double>> work)
    {
        if (Json || !ReferenceEquals(_error, Console.Error) || Console.IsErrorRedirected)
        {
            work(new Bar(task: null));
            return;
        }
        Terminal(_error, Console.Error, redirected: false).Progress().AutoClear(enabled: true).Start(context =>
            work(new Bar(context.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    private static IAnsiConsole Terminal(TextWriter writer, TextWriter standard, bool redirected)
    {
        bool person = ReferenceEquals(writer, standard) && !redirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = person ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = person ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = person ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!person) console.Profile.Width = RedirectedWidth;
        return console;
    }

    // Reports at once and on the caller's thread, unlike Progress<T>.
    private sealed class Bar(ProgressTask? task) : IProgress<double>
    {
        public void Report(double value)
        {
            if (task is not null) task.Value = value;
        }
    }
}
