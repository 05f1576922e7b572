using System.CommandLine;
using Spectre.Console;
using Upstride.Cli.Reports;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Sizes;

/// <summary>
/// <c>upstride shape</c>: the sizes of a transposed convolution in any framework's words, the same words in all of them, and the inverse
/// question.
/// </summary>
internal sealed class ShapeCommand : CommandWithExamples
{
    private const int DefaultMaxKernel = 9;
    private const int DefaultLimit = 100;

    private readonly Report _report;
    private readonly ShapeOptions _sizes = new();
    private readonly ChannelOptions _channels = new();
    private readonly Option<Framework?> _framework =
        CommandOptions.Choice("--framework", "Whose rules apply; default pytorch.", FrameworkName.All);
    private readonly Option<bool> _compare = new("--compare")
        { Description = "The same numbers in every framework, side by side, and which agree in size but not in values." };
    private readonly Option<bool> _convolution = new("--convolution")
        { Description = "The ordinary convolution of these numbers in every framework, and the transposed convolution back." };
    private readonly Option<int?> _from = new("--from")
        { Description = "The inverse question: which settings take this many elements ...", HelpName = "size" };
    private readonly Option<int?> _to = new("--to") { Description = "... to this many?", HelpName = "size" };
    private readonly Option<int?> _scale = new("--scale")
        { Description = "The inverse question for all sizes at once: which settings multiply every size by this?", HelpName = "factor" };
    private readonly Option<int> _maxKernel = new("--max-kernel")
        { Description = "The longest kernel that the inverse questions try.", HelpName = "taps",
        DefaultValueFactory = static _ => DefaultMaxKernel };
    private readonly Option<int> _limit = new("--limit")
        { Description = "The most answers that the inverse questions list.", HelpName = "count",
        DefaultValueFactory = static _ => DefaultLimit };

    public ShapeCommand(Report report) : base(
        "shape",
        "Prints the output size of a transposed convolution with its equation, what is cropped, the equivalent ordinary convolution, the "
            + "phases, and whether the overlap is even (uneven overlap shows as a checkerboard).",
        new Example("shape --input 85x85 --kernel 9 --stride 3 --padding 4 --output-padding 2",
            "The last layer of FSRCNN at scale 3: 85x85 becomes 255x255, and since 3 divides 9 the overlap is even."),
        new Example("shape --from 85 --to 255 --kernel 9 --stride 3",
            "The inverse question: every padding and output padding that take 85 elements to 255 with this kernel and stride."),
        new Example("shape --input 32x32 --kernel 4 --stride 2 --padding 1 --channels 64:32",
            "With channels: the parameters, the operations and the memory of one image, too."),
        new Example("shape --input 4 --kernel 5 --stride 3 --padding 2 --output-shape 12 --compare",
            "The same words in every framework: sizes, crops, refusals, and where the values differ though the sizes agree."),
        new Example("shape --input i --kernel 9 --stride 4 --padding 3 --output-padding 1", "Sizes in symbols: 4i, whatever i is."),
        new Example("shape --convolution --input 6 --kernel 3 --stride 2 --padding 1",
            "The ordinary convolution that it starts from, in every framework: 6 to 3, and back."))
    {
        _report = report;
        _sizes.AddTo(this);
        _channels.AddTo(this);
        foreach (Option option in (Option[])[_framework, _compare, _convolution, _from, _to, _scale, _maxKernel, _limit]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_from) is not null || parsed.GetValue(_to) is not null || parsed.GetValue(_scale) is not null)
            return await AnswerAsync(parsed, cancellation);
        HyperParameters parameters = _sizes.Read(parsed);
        if (_sizes.IsSymbolic(parsed))
        {
            foreach (Option<bool> option in (Option<bool>[])[_compare, _convolution])
                if (parsed.GetValue(option))
                    throw CommandException.BadInput("input", $"--input i and {option.Name} exclude each other: give --input as numbers");
            if (_channels.AreGiven(parsed))
                throw CommandException.BadInput("input", "--input i and --channels exclude each other: give --input as numbers");
            return DescribeInSymbols(parameters, parsed.GetValue(_framework) ?? Framework.PyTorch);
        }
        if (parsed.GetValue(_convolution)) return ConvolutionSizes.Write(_report, parameters, parsed.GetValue(_framework));
        if (!parsed.GetValue(_compare)) return Describe(parsed, parameters, parsed.GetValue(_framework) ?? Framework.PyTorch);
        return _channels.AreGiven(parsed)
            ? throw CommandException.BadInput("channels", "--channels tells the cost in one framework: leave out --compare")
            : Compare(parameters);
    }

    private int Describe(ParseResult parsed, HyperParameters parameters, Framework framework)
    {
        ConvTransposeGeometry geometry = _channels.Of(parsed, parameters.Lower(framework));
        ShapeCost? cost = _channels.AreGiven(parsed) ? ShapeCost.Of(geometry) : null;
        if (_report.Json)
        {
            _report.Write(ShapeReport.Of(geometry, FrameworkName.Of(framework)) with { Cost = cost }, JsonReports.Readable.ShapeReport);
            return ExitCode.Done;
        }
        _report.Line(
            $"{Sizes(geometry.Axes.Select(static axis => axis.Input))} -> {Sizes(geometry.Axes.Select(static axis => axis.Output))} "
                + $"({FrameworkName.Of(framework)})");
        _report.Line(geometry.Explain());
        if (cost is not null) _report.Line(cost.ToString());
        return ExitCode.Done;
    }

    private int DescribeInSymbols(HyperParameters parameters, Framework framework)
    {
        SymbolicSize size = SymbolicSize.Of(parameters, framework);
        if (_report.Json) _report.Write(SymbolicReport.Of(size, FrameworkName.Of(framework)), JsonReports.Readable.SymbolicReport);
        else
        {
            _report.Line($"i -> {size.Output} ({FrameworkName.Of(framework)})");
            _report.Line(size.Explain());
        }
        return ExitCode.Done;
    }

    private int Compare(HyperParameters parameters)
    {
        FrameworkComparison comparison = FrameworkComparison.Of(parameters);
        string[][] others =
            [.. comparison.SameSizeOtherValues.Select(
            static pair => new[] { FrameworkName.Of(pair.First), FrameworkName.Of(pair.Second) })];
        if (_report.Json)
        {
            _report.Write(new ComparisonReport([.. comparison.Outcomes.Select(FrameworkReport.Of)], others),
                JsonReports.Readable.ComparisonReport);
            return ExitCode.Done;
        }
        Table table = new Table().AddColumns("framework", "output", "crop (head+tail)", "weights", "refused because");
        foreach (FrameworkOutcome outcome in comparison.Outcomes)
        {
            IReadOnlyList<ConvTransposeAxis> axes = outcome.Geometry?.Axes ?? [];
            table.AddRow(
                FrameworkName.Of(outcome.Framework),
                Sizes(axes.Select(static axis => axis.Output)),
                string.Join(" x ", axes.Select(static axis => $"{axis.Head}+{axis.Tail}")),
                WeightOrder(outcome.WeightLayout),
                Markup.Escape(outcome.Error is { } error ? $"{error.Parameter}: {error.Message}" : ""));
        }
        _report.Write(table);
        foreach (string[] pair in others)
            _report.Line($"{pair[0]} and {pair[1]} agree in size, but not in values: they crop at different places");
        if (comparison.Outcomes.Any(
            static outcome => outcome.WeightLayout == WeightLayout.KernelInputOutputFlipped && outcome.Geometry is not null))
            _report.Line("jax does not flip the kernel unless transpose_kernel is set: the same numbers make other values there");
        return ExitCode.Done;
    }

    private async Task<int> AnswerAsync(ParseResult parsed, CancellationToken cancellation)
    {
        int limit = parsed.GetValue(_limit);
        if (limit is < 1 or int.MaxValue) throw CommandException.BadInput("limit", $"limit = {limit}, and must be 1 .. {int.MaxValue - 1}");
        IEnumerable<ConvTransposeSettings> question = Question(parsed);

        // A search may go through billions of strides before its next answer, so a cancellation does not wait for it.
        ConvTransposeSettings[] found = await Task.Run(() => question.Take(limit + 1).ToArray(), cancellation).WaitAsync(cancellation);
        bool more = found.Length > limit;
        if (more) found = found[..limit];
        if (_report.Json)
        {
            _report.Write(new InverseReport([.. found.Select(SettingsReport.Of)], more), JsonReports.Readable.InverseReport);
        }
        else if (found.Length > 0)
        {
            Table table = new Table().AddColumns("kernel", "stride", "padding", "output padding", "dilation");
            foreach (ConvTransposeSettings one in found)
                table.AddRow($"{one.Kernel}", $"{one.Stride}", $"{one.Padding}", $"{one.OutputPadding}", $"{one.Dilation}");
            _report.Write(table);
            if (more) _report.Line($"and more: the first {limit} are listed; --limit lists more");
        }
        else
        {
            _report.Line("no settings do that: allow a longer kernel (--max-kernel) or another stride");
        }
        return found.Length > 0 ? ExitCode.Done : ExitCode.No;
    }

    private IEnumerable<ConvTransposeSettings> Question(ParseResult parsed)
    {
        int? kernel = One(parsed, _sizes.Kernel), stride = One(parsed, _sizes.Stride);
        int dilation = One(parsed, _sizes.Dilation) ?? 1;
        int longest = kernel ?? parsed.GetValue(_maxKernel);
        if (parsed.GetValue(_scale) is { } factor)
        {
            return (stride ?? factor) == factor ? InverseGeometry.Scaling(factor, kernel, longest, dilation) : [];
        }
        int from = parsed.GetValue(_from) ?? throw CommandException.BadInput("from", "--to asks for --from too: the size before");
        int to = parsed.GetValue(_to) ?? throw CommandException.BadInput("to", "--from asks for --to too: the size after");
        if (kernel is { } taps && stride is { } step) return InverseGeometry.Between(from, to, taps, step, dilation);
        if (dilation != 1) throw CommandException.BadInput("dilation", "--dilation asks for --kernel and --stride too, or for --scale");
        return InverseGeometry.Between(from, to, kernel, stride, longest);
    }

    private static int? One(ParseResult parsed, Option<PerAxis> option) => parsed.GetValue(option).Values is [var value]
        ? value
        : parsed.GetValue(option).Values.IsEmpty
            ? null
            : throw CommandException.BadInput(Failure.ParameterOf(option.Name),
            $"{option.Name} has more than one value, and the inverse questions are about one axis: ask for each axis alone");

    private static string Sizes(IEnumerable<int> sizes) => string.Join('x', sizes);

    private static string WeightOrder(WeightLayout layout) => layout switch
    {
        WeightLayout.InputOutputKernel => "in, out, kernel",
        WeightLayout.KernelOutputInput => "kernel, out, in",
        WeightLayout.KernelInputOutputFlipped => "kernel (flipped), in, out",
        _ => layout.ToString(),
    };
}
