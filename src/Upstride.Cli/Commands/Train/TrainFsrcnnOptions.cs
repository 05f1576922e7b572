using System.Collections.Immutable;
using System.CommandLine;
using Upstride.Cli.Commands.Upscale;
using Upstride.Geometry;
using Upstride.Learning.Randomness;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.Train;

/// <summary>The options of <c>upstride train fsrcnn</c>.</summary>
internal sealed class TrainFsrcnnOptions() : TrainingOptions(
    new(), "A .safetensors file of an FSRCNN, of this scale or another, whose weights training begins with.")
{
    private readonly Option<PerAxis> _size =
        CommandOptions.PerAxis("--size", "dxsxm",
        "The network's features, shrunk features and mapping layers: the paper's default 56x12x4, 32x5x1 for its small one.");

    protected override IEnumerable<Option> OfNetwork => [_size];

    protected override UpscalingNetwork Network(ParseResult parsed, RandomSource random, string? from) =>
        Network(parsed.GetValue(Scale), parsed.GetValue(_size).Values, random, from);

    /// <summary>An FSRCNN with its first weights.</summary>
    /// <param name="scale">How much larger its output is.</param>
    /// <param name="size">Features, shrunk features and mapping layers, or nothing.</param>
    /// <param name="random">Where random weights come from.</param>
    /// <param name="from">The file whose weights it begins with, or none.</param>
    public static FsrcnnNetwork Network(int scale, ImmutableArray<int> size, RandomSource random, string? from)
    {
        if (!size.IsEmpty && size.Length != 3)
            throw CommandException.BadInput("size", $"--size is three numbers joined by x, as 56x12x4: {size.Length} given");
        if (from is null) return new FsrcnnNetwork(size.IsEmpty ? new(scale) : new(scale, size[0], size[1], size[2]), random);
        FsrcnnNetwork other = LumaUpscalers.ReadFsrcnn("from", from);
        if (!size.IsEmpty && !size.AsSpan().SequenceEqual([other.Settings.Features, other.Settings.Shrunk, other.Settings.Mappings]))
            throw CommandException.BadInput("size", $"'{from}' holds {other.Settings.Name}: leave out --size, or give its own");

        // Another scale's transposed convolution is of no use: the paper begins with a new one.
        var network = new FsrcnnNetwork(other.Settings.ForScale(scale), random);
        network.CopyFrom(other, withUpsampling: other.Settings.Scale == scale);
        return network;
    }
}
