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

    // The terminal with a progress bar on it, while there is one: other text must go through it, or the bar is drawn over it.
    private IAnsiConsole? _live;

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

    /// <summary>Whether the answer goes to a terminal that shows colours, and NO_COLOR does not forbid them.</summary>
    public bool HasColors =>
        IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not "dumb";

    /// <summary>Columns of the terminal; 80 where there is none.</summary>
    public int Columns
    {
        get
        {
            const int Usual = 80;
            if (!IsTerminal) return Usual;
            try
            {
                return Math.Max(Usual, Console.WindowWidth);
            }
            catch (IOException)
            {
                return Usual;
            }
        }
    }

    private bool IsTerminal => ReferenceEquals(_output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Writes the answer as one JSON document and a line end.</summary>
    public void Write<T>(T value, JsonTypeInfo<T> type) => _output.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Writes one line for a person.</summary>
    public void Line(string text = "")
    {
        if (_live is { } live && IsPerson(_output, Console.Out, Console.IsOutputRedirected)) live.WriteLine(text);
        else _output.WriteLine(text);
    }

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
        _error.WriteLine(
            $"upstride: {Words?.Line(failure) ?? (failure.Parameter is null ? failure.Message : $"{failure.Parameter}: {failure.Message}")}");
        if (hint is not null) _error.WriteLine(hint);
    }

    /// <summary>Writes a remark for a person on the error stream; nothing with JSON.</summary>
    public void Note(string text)
    {
        if (Json) return;
        if (_live is { } live) live.WriteLine(text);
        else _error.WriteLine(text);
    }

    /// <summary>Runs long work under a progress bar where the error stream is a terminal, else without one.</summary>
    public void WithProgress(string title, Action<IProgress<double>> work)
    {
        if (Json || !ReferenceEquals(_error, Console.Error) || Console.IsErrorRedirected)
        {
            work(new Bar(task: null));
            return;
        }
        _live = Terminal(_error, Console.Error, redirected: false);
        try
        {
            _live.Progress().AutoClear(enabled: true).Start(context => work(new Bar(context.AddTask(Markup.Escape(title), maxValue: 1))));
        }
        finally
        {
            _live = null;
        }
    }

    private static bool IsPerson(TextWriter writer, TextWriter standard, bool redirected) =>
        ReferenceEquals(writer, standard) && !redirected;

    private static IAnsiConsole Terminal(TextWriter writer, TextWriter standard, bool redirected)
    {
        bool person = IsPerson(writer, standard, redirected);
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
