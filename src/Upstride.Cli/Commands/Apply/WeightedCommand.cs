using System.CommandLine;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Cli.Commands.Tune;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary>An operator with weights, whose algorithm can be chosen: it makes a plan and runs it once.</summary>
internal abstract class WeightedCommand : ApplyCommand
{
    private readonly Option<string?> _weight;
    private readonly Option<string?> _bias = CommandOptions.File("--bias", "One number for each output channel.", required: false, "-b");
    private readonly Option<int> _groups = CommandOptions.Groups();
    private readonly Option<string?> _algorithm = CommandOptions.Algorithm();
    private readonly Option<string?> _tuning = TuningOption.Create();

    protected WeightedCommand(string name, string description, string weightShape, Report report, params Example[] examples)
        : base(name, description, report, examples)
    {
        _weight = CommandOptions.File("--weight", $"{weightShape}, of the input's element type, whatever the layout.", required: true,
            "-w");
        foreach (Option option in (Option[])[_weight, _bias, _groups, _algorithm, _tuning]) Add(option);
    }

    /// <summary>What was typed, of the options that all such operators have.</summary>
    protected sealed record Settings(int Groups, Layout Layout, ComputeSettings Compute, string WeightFile);

    /// <summary>Makes the plan.</summary>
    protected abstract Plan<T> CreatePlan<T>(ParseResult parsed, ReadOnlySpan<nint> input, Tensor<T> weight, ReadOnlySpan<T> bias,
        Settings settings)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>A shape with its channels second, as the dialects without a layout of their own read it.</summary>
    protected static nint[] ChannelsFirst(ReadOnlySpan<nint> shape, Layout layout) =>
        layout == Layout.ChannelsFirst || shape.Length < 2 ? shape.ToArray() : [shape[0], shape[^1], .. shape[1..^1]];

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
    {
        Tensor<T> weight = Read<T>(parsed, _weight, cancellation);
        T[] bias = parsed.GetValue(_bias) is null ? [] : Elements(Read<T>(parsed, _bias, cancellation));
        ComputeSettings compute = new ComputeSettings
        {
            Algorithm = parsed.GetValue(_algorithm) is { } name and not CommandOptions.Auto ? name : null,
            Tuning = _tuning.Read(parsed),
        }.WithLines();
        try
        {
            var settings = new Settings(parsed.GetValue(_groups), layout, compute, parsed.GetValue(_weight)!);
            return Interruptible.Run(
                () =>
                {
                    using Plan<T> plan = CreatePlan(parsed, input.Lengths, weight, bias, settings);
                    cancellation.ThrowIfCancellationRequested();
                    return new Applied(ToArray(plan.Run(input)), plan.Algorithm);
                },
                cancellation);
        }
        catch (NotSupportedException refused)
        {
            throw CommandException.BadInput("algorithm", refused.Message);
        }
    }
}
