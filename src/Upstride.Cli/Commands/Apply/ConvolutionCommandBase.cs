using System.Collections.Immutable;
using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Apply;

/// <summary>What the convolution and the transposed convolution of one to three axes have in common.</summary>
internal abstract class ConvolutionCommandBase : WeightedCommand
{
    private readonly int _axes;
    private readonly Option<PerAxis> _stride = CommandOptions.Stride();
    private readonly Option<ImmutableArray<(int Head, int Tail)>> _padding =
        CommandOptions.Padding("Padding, for all axes or each: 1 or 1x2; 1+2 where the two ends of an axis differ.");
    private readonly Option<PerAxis> _dilation = CommandOptions.Dilation();

    protected ConvolutionCommandBase(string name, int axes, string description, string weightShape, Report report,
        params Example[] examples)
        : base(name, description, weightShape, report, examples)
    {
        _axes = axes;
        foreach (Option option in (Option[])[_stride, _padding, _dilation]) Add(option);
    }

    /// <summary>Where the kernel's taps land.</summary>
    protected sealed record Steps(PerAxis Stride, ImmutableArray<(int Head, int Tail)> Padding, PerAxis Dilation);

    /// <summary>What was typed, of the options that both operators have.</summary>
    protected Steps ReadSteps(ParseResult parsed) =>
        new(parsed.GetValue(_stride), parsed.GetValue(_padding) is { IsDefault: false } padding ? padding : [], parsed.GetValue(_dilation));

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation) =>
        input.Rank == _axes + 2
        ? base.Apply(parsed, input, layout, cancellation)
        : throw CommandException.BadInput("input",
        $"the input has {input.Rank} axes, and {Name} takes {_axes} + 2: batch, channels and {_axes} in space");
}
