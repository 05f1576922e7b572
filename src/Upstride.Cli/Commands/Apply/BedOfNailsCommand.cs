using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply bed-of-nails</c>.</summary>
internal sealed class BedOfNailsCommand : ApplyCommand
{
    private readonly Option<PerAxis> _stride = CommandOptions.PerAxis("--stride", "steps", "Outputs for each input along each spatial axis: 2 or 2x3.", "-s");

    public BedOfNailsCommand(Report report) : base(
        "bed-of-nails",
        "Puts every input in the first place of its block and zeros elsewhere.",
        report,
        new Example("apply bed-of-nails --input x.npy --stride 2 -o y.npy", "Twice as large along every axis, three of four outputs zero."),
        new Example("apply bed-of-nails --input x.npy --stride 1x3 -o y.npy", "Two zeros between neighbouring columns, and after the last; rows as they are."))
    {
        Add(_stride);
    }

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation) =>
        new(ToArray(BedOfNails.Forward<T>(input, parsed.Require(_stride), layout)));
}
