using System.CommandLine;
using System.Numerics.Tensors;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply pixel-shuffle</c>.</summary>
internal sealed class PixelShuffleCommand : ApplyCommand
{
    private readonly Option<PerAxis> _factor = CommandOptions.PerAxis("--factor", "factors", "Pixels of a block along each spatial axis: 2 or 2x3.", "-r");
    private readonly Option<PixelShuffleOrder?> _order = CommandOptions.Choice(
        "--order", "Which channel goes where: PyTorch's (crd in ONNX), or TensorFlow's depth to space (dcr); crd where not given.",
        ("crd", PixelShuffleOrder.ChannelMajor), ("dcr", PixelShuffleOrder.BlockMajor));
    private readonly Option<bool> _inverse = new("--inverse") { Description = "Turn blocks of pixels into channels: pixel unshuffle, space to depth." };

    public PixelShuffleCommand(Report report) : base(
        "pixel-shuffle",
        "Turns channels into blocks of pixels (depth to space), or back.",
        report,
        new Example("apply pixel-shuffle --input x.npy --factor 2 -o y.npy", "[n, 4c, h, w] becomes [n, c, 2h, 2w]: the last layer of ESPCN."),
        new Example("apply pixel-shuffle --input x.npy --factor 2 --inverse -o y.npy", "[n, c, 2h, 2w] becomes [n, 4c, h, w]."))
    {
        foreach (Option option in (Option[])[_factor, _order, _inverse]) Add(option);
    }

    protected override Applied Apply<T>(ParseResult parsed, Tensor<T> input, Layout layout, CancellationToken cancellation)
    {
        PerAxis factor = parsed.Require(_factor);
        PixelShuffleOrder order = parsed.GetValue(_order) ?? PixelShuffleOrder.ChannelMajor;
        return new(ToArray(parsed.GetValue(_inverse)
            ? PixelShuffle.Inverse<T>(input, factor, order, layout)
            : PixelShuffle.Forward<T>(input, factor, order, layout)));
    }
}
