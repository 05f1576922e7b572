using System.Collections.Immutable;
using System.CommandLine;
using Upstride.Cli.Commands.Sizes;
using Upstride.Cli.Reports;
using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Explain;

/// <summary><c>upstride explain</c>: the computation shown step by step, in text, JSON, SVG, HTML, PNG and GIF.</summary>
internal sealed class ExplainCommand : CommandWithExamples
{
    private const string AllViews = "all";
    private const int DefaultScale = 2;

    private readonly Report _report;
    private readonly ExplainOptions _options = new();
    private readonly FigureFiles _files = new();
    private readonly Option<string?> _view =
        Words("--view",
        "The picture of the operator: what each input adds (scatter), the turned kernel over zeros (gather), the matrix, the phases, or the equal convolution.", [.. Enum.GetValues<View>().Select(WordOf), AllViews]);
    private readonly Option<Upsampling?> _method = CommandOptions.Choice(
        "--method", "Another upsampler, cell by cell, beside the transposed convolution that equals it.",
        ("nearest", Upsampling.Nearest), ("bilinear", Upsampling.Bilinear), ("bicubic", Upsampling.Bicubic),
            ("bed-of-nails", Upsampling.BedOfNails),
        ("max-unpool", Upsampling.MaxUnpool), ("resize-convolution", Upsampling.ResizeConvolution));
    private readonly Option<int> _scale =
        new("--scale") { Description = "The factor of --method; 2 where not given.", HelpName = "factor",
        DefaultValueFactory = static _ => DefaultScale };
    private readonly Option<bool> _convolution =
        new("--convolution") { Description = "The ordinary convolution of these numbers as the starting point, there and back." };
    private readonly Option<bool> _compare =
        new("--compare") { Description = "The same numbers in every framework: where the values differ though the size agrees." };
    private readonly Option<bool> _learn =
        new("--learn") { Description = "A kernel that learns bilinear upsampling from data, step by step." };
    private readonly Option<string?> _code = Words("--code", "The line of code that does this there.", [.. CodeLine.Names]);
    private readonly Option<Language?> _language = LanguageOption.Create();

    public ExplainCommand(Report report) : base(
        "explain",
        "Shows a transposed convolution computing, step by step: which input adds what where, and the same numbers as zero insertion, matrix, phases and an ordinary convolution. Without options it teaches the worked example.",
        new Example("explain --view gather --at 2x3", "The worked example by zero insertion, with the sum of output [2,3]."),
        new Example("explain --input 5 --kernel 3 --stride 2 --padding 1 --view all", "A one-dimensional example in all five views."),
        new Example("explain --input 2x2 --kernel 3 --stride 2 --svg stamps.svg --animate", "A moving picture for a page or a README."),
        new Example("explain --input i --kernel 9 --stride 4 --padding 3 --output-padding 1", "The size equation in symbols: 4i."),
        new Example("explain --method bilinear --input 3x3 --at 2x3",
            "Bilinear interpolation cell by cell, beside the transposed convolution that equals it."))
    {
        _report = report;
        _options.AddTo(this);
        foreach (Option option in (Option[])[_view, _method, _scale, _convolution, _compare, _learn, _code, _language]) Add(option);
        _files.AddTo(this);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        Language language = LanguageOption.Read(parsed, _language);
        RefuseTogether(parsed);
        if (_options.IsSymbolic(parsed)) return InSymbols(parsed);
        if (parsed.GetValue(_code) is { } framework) return Code(parsed, framework, cancellation);
        if (parsed.GetValue(_learn)) return Learn(parsed, language, cancellation);
        if (parsed.GetValue(_method) is { } method) return Show(
            parsed, language, MethodScene(parsed, method, language, cancellation), cancellation);
        if (parsed.GetValue(_convolution))
            return Show(parsed, language,
                RoundTripScene.Create(_options.Parameters(parsed), _options.Framework(parsed), _options.Input(parsed, cancellation),
                _options.Weight(parsed, cancellation), language), cancellation);
        if (parsed.GetValue(_compare))
            return Show(parsed, language,
                ComparisonScene.Create(_options.Parameters(parsed), _options.Framework(parsed), [], _options.Input(parsed, cancellation),
                _options.Weight(parsed, cancellation), language), cancellation);
        return Views(parsed, language, cancellation);
    }

    private int Views(ParseResult parsed, Language language, CancellationToken cancellation)
    {
        SceneSource source = _options.Source(parsed, language, cancellation);
        View[] views = ViewsOf(parsed);

        // Everything is made before anything is written, so that a refusal leaves nothing behind.
        Scene[] scenes = [.. views.Select(source.Show)];
        if (_files.IsGiven(parsed)) WriteFiles(parsed, language, scenes, cancellation);
        if (_report.Json)
        {
            _report.Line(JsonRenderer.Render(source.Computation, FrameworkName.Of(_options.Framework(parsed)), source.Channel, source.At));
            return ExitCode.Done;
        }
        if (_files.IsGiven(parsed)) return ExitCode.Done;
        if (_options.IsWorked(parsed) && parsed.GetValue(_view) is null && source.At is null)
        {
            _report.Line(Lesson.Render(ExplorerState.Worked with { Pin = new(PinKind.Output, [2, 3]) }, language, _report.HasColors)
                .TrimEnd('\n'));
            return ExitCode.Done;
        }
        _report.Line(string.Join('\n', scenes.Select(scene => TextRenderer.Render(scene, _report.Columns, _report.HasColors)))
            .TrimEnd('\n'));
        return ExitCode.Done;
    }

    private int Show(ParseResult parsed, Language language, Scene scene, CancellationToken cancellation)
    {
        if (_files.IsGiven(parsed)) WriteFiles(parsed, language, [scene], cancellation);
        if (_report.Json) _report.Line(SceneJson.Render(scene));
        else if (!_files.IsGiven(parsed)) _report.Line(TextRenderer.Render(scene, _report.Columns, _report.HasColors).TrimEnd('\n'));
        return ExitCode.Done;
    }

    private void WriteFiles(ParseResult parsed, Language language, Scene[] scenes, CancellationToken cancellation) => _files.Write(
        parsed, _report, scenes[0].Title, language,
        () => [.. scenes.Select(static scene => SceneFigure.Create(scene))],
        () => [.. scenes.Select(static scene => SceneFigure.Create(scene, moving: scene.Steps.Length > 0))],
        scenes.Select(static scene => scene.Description), cancellation);

    private int Learn(ParseResult parsed, Language language, CancellationToken cancellation)
    {
        LearningScene learning = LearningScene.Create(language: language);
        if (_files.IsGiven(parsed))
        {
            _files.Write(
                parsed, _report, learning.Scene.Title, language,
                    () => [LearningFigure.Create(learning).Still(learning.Scene.Steps.Length)], () => [LearningFigure.Create(learning)],
                [learning.Scene.Description], cancellation);
        }
        if (_report.Json) _report.Line(SceneJson.Render(learning.Scene));
        else if (!_files.IsGiven(parsed)) _report.Line(
            TextRenderer.Render(learning.Scene, _report.Columns, _report.HasColors).TrimEnd('\n'));
        return ExitCode.Done;
    }

    private int InSymbols(ParseResult parsed)
    {
        SymbolicSize size = SymbolicSize.Of(_options.Parameters(parsed), _options.Framework(parsed));
        string framework = FrameworkName.Of(_options.Framework(parsed));
        if (_report.Json)
        {
            _report.Write(SymbolicReport.Of(size, framework), JsonReports.Readable.SymbolicReport);
            return ExitCode.Done;
        }
        _report.Line($"i -> {size.Output} ({framework})");
        _report.Line(size.Explain());
        return ExitCode.Done;
    }

    private int Code(ParseResult parsed, string framework, CancellationToken cancellation)
    {
        string line = CodeLine.Of(framework, _options.Problem(parsed, cancellation).Geometry);
        if (_report.Json) _report.Write(new CodeReport(framework, line), JsonReports.Readable.CodeReport);
        else _report.Line(line);
        return ExitCode.Done;
    }

    private Scene MethodScene(ParseResult parsed, Upsampling method, Language language, CancellationToken cancellation)
    {
        HyperParameters parameters = _options.MethodParameters(parsed);
        int[] size = [.. parameters.Input.Values];
        ImmutableArray<double> input = _options.Input(parsed, cancellation).Fill("values", [1], size);
        ImmutableArray<double> kernel = method == Upsampling.ResizeConvolution
            ? _options.Weight(parsed, cancellation).Fill("weight", [1], [.. parameters.Kernel.Expand(size.Length, "kernel", fallback: 3)])
            : [];
        return Upsampler.Show(method, input.AsSpan(), size, parsed.GetValue(_scale), kernel.AsSpan(), _options.At(parsed), language);
    }

    private View[] ViewsOf(ParseResult parsed)
    {
        string? name = parsed.GetValue(_view);
        if (name is AllViews || (name is null && _options.At(parsed) is not null && !_files.IsGiven(parsed))) return Enum.GetValues<View>();
        return [Array.Find(Enum.GetValues<View>(), view =>
            string.Equals(WordOf(view), name ?? WordOf(View.Scatter), StringComparison.Ordinal))];
    }

    // Each of these is a figure of its own.
    private void RefuseTogether(ParseResult parsed)
    {
        Option[] given = [.. ((Option[])[_view, _method, _convolution, _compare, _learn, _code])
            .Where(option => parsed.GetResult(option) is { Implicit: false })];
        if (given.Length > 1) throw CommandException.BadInput(
            Failure.ParameterOf(given[1].Name), $"{given[0].Name} and {given[1].Name} exclude each other: give one of them");
    }

    private static string WordOf(View view) => view.ToString().ToLowerInvariant();

    private static Option<string?> Words(string name, string description, string[] words)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', words) };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value, StringComparer.Ordinal))
                result.AddError($"{name}: '{token.Value}' must be one of {string.Join(", ", words)}");
        });
        return option;
    }
}
