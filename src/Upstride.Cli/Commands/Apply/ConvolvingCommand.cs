using System.Collections.Immutable;
using System.CommandLine;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Cli.Output;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary>What the convolution and the transposed convolution of one to three axes have in common.</summary>
internal abstract class ConvolvingCommand : ApplyCommand
{
    private readonly int _axes;
    private readonly Option<string?> _weight;
    private readonly Option<string?> _bias = CommandOptions.File("--bias", "One number for each output channel.", required: false, "-b");
    private readonly Option<PerAxis> _stride = CommandOptions.Stride();
    private readonly Option<ImmutableArray<(int Head, int Tail)>> _padding = CommandOptions.Padding("Padding, for all axes or each: 1 or 1x2; 1+2 where the two ends of an axis differ.");
    private readonly Option<PerAxis> _dilation = CommandOptions.Dilation();
    private readonly Option<int> _groups = CommandOptions.Groups();
    private readonly Option<string?> _algorithm = CommandOptions.Algorithm();

    protected ConvolvingCommand(string name, int axes, string description, string weightShape, Report report, params Example[] examples)
        : base(name, description, report, examples)
    {
        _axes = axes;
        _weight = CommandOptions.File("--weight", $"{weightShape}, of the input's element type, whatever the layout.", required: true, "-w");
        foreach (Option option in (Option[])[_weight, _bias, _stride, _padding, _dilation, _groups, _algorithm]) Add(option);
    }

    /// <summary>What was typed, of the options that both operators have.</summary>
    protected sealed record Settings(PerAxis Stride, ImmutableArray<(int Head, int Tail)> Padding, PerAxis Dilation, int Groups, Layout Layout);

    /// <summary>Makes the plan.</summary>
    protected abstract Plan<T> CreatePlan<T>(
        ParseResult parsed, ReadOnlySpan<nint> input, Tensor<T> weight, ReadOnlySpan<T> bias, Settings settings, ComputeSettings compute)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
    {
        if (input.Rank != _axes + 2)
            throw CommandException.BadInput("input", $"the input has {input.Rank} axes, and {Name} takes {_axes} + 2: batch, channels and {_axes} in space");
        Tensor<T> weight = Read<T>(parsed, _weight, cancellation);
        T[] bias = parsed.GetValue(_bias) is null ? [] : Elements(Read<T>(parsed, _bias, cancellation));
        var settings = new Settings(parsed.GetValue(_stride), parsed.GetValue(_padding), parsed.GetValue(_dilation), parsed.GetValue(_groups), layout);
        var compute = new ComputeSettings { Algorithm = parsed.GetValue(_algorithm) is { } name and not CommandOptions.Auto ? name : null };
        try
        {
            using Plan<T> plan = CreatePlan(parsed, input.Lengths, weight, bias, settings, compute);
            cancellation.ThrowIfCancellationRequested();
            return new(ToArray(plan.Run(input)), plan.Algorithm);
        }
        catch (NotSupportedException refused)
        {
            throw CommandException.BadInput("algorithm", refused.Message);
        }
    }
}
