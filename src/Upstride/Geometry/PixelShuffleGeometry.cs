using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>Which input channel holds offset b of a block for output channel c; r*r stands for the product of the factors.</summary>
public enum PixelShuffleOrder
{
    /// <summary><c>c*r*r + b</c>: PyTorch's pixel_shuffle, ONNX's DepthToSpace in mode CRD.</summary>
    ChannelMajor,

    /// <summary><c>b*channels + c</c>: ONNX's DepthToSpace in mode DCR, its default; TensorFlow's depth_to_space.</summary>
    BlockMajor,
}

/// <summary>
/// A pixel shuffle (depth to space): [batch, channels*r*r, h, w] becomes [batch, channels, h*r, w*r], the channels of a pixel laid out as a
/// block; likewise over one or three axes, with a factor for each, and with the channels last. Shi et al. (2016).
/// </summary>
public sealed class PixelShuffleGeometry
{
    private PixelShuffleGeometry(SpatialShape input, SpatialShape output, ImmutableArray<int> factor, PixelShuffleOrder order)
    {
        Factor = factor;
        Order = order;
        InputShape = input.ToShape();
        OutputShape = output.ToShape();
        Length = input.Length;

        (int batch, int channel, int[] space) = input.Strides();
        (int batchTo, int channelTo, int[] spaceTo) = output.Strides();
        int block = (int)(input.Channels / output.Channels);
        var loops = new List<(int, int, int)>
        {
            ((int)input.Batch, batch, batchTo),
            ((int)output.Channels, order == PixelShuffleOrder.ChannelMajor ? block * channel : channel, channelTo),
        };
        int offset = order == PixelShuffleOrder.ChannelMajor ? channel : (int)output.Channels * channel;
        for (int axis = factor.Length - 1; axis >= 0; axis--)
        {
            loops.Add(((int)input.Space[axis], space[axis], spaceTo[axis] * factor[axis]));
            loops.Add((factor[axis], offset, spaceTo[axis]));
            offset *= factor[axis];
        }
        Copy = CopyLoops.Create(loops);
    }

    /// <summary>How much each spatial axis grows.</summary>
    public ImmutableArray<int> Factor { get; }

    /// <summary>Which channel goes where.</summary>
    public PixelShuffleOrder Order { get; }

    /// <summary>The input's lengths: many channels, small planes.</summary>
    public ImmutableArray<nint> InputShape { get; }

    /// <summary>The output's lengths: few channels, large planes.</summary>
    public ImmutableArray<nint> OutputShape { get; }

    internal int Length { get; }

    internal CopyLoops Copy { get; }

    /// <summary>The shuffle of a tensor of many channels.</summary>
    /// <exception cref="GeometryException">Channels that the factors' product does not divide, a factor below one, or a rank other than 3
    /// to 5.</exception>
    public static PixelShuffleGeometry Create(
        ReadOnlySpan<nint> inputShape, PerAxis factor, PixelShuffleOrder order = PixelShuffleOrder.ChannelMajor,
            Layout layout = Layout.ChannelsFirst)
    {
        if (ShapeReading.NoneOf(nameof(order), order) is { } error) throw new GeometryException(error);
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        (ImmutableArray<int> factors, long block) = Factors(factor, input.Space.Length);
        if (input.Channels % block != 0)
            throw new GeometryException(new("input",
                $"channels % block = {input.Channels} % {string.Join('*', factors)} = {input.Channels % block}, and must be 0: choose a "
                + $"factor whose block divides the channels"));
        SpatialShape output =
            input with { Channels = input.Channels / block, Space = [.. input.Space.Select((length, axis) => length * factors[axis])] };
        return new(input, output.Checked("output"), factors, order);
    }

    /// <summary>The shuffle whose output is this tensor of large planes: its reverse is the unshuffle of it.</summary>
    /// <exception cref="GeometryException">A spatial axis that its factor does not divide, a factor below one, or a rank other than 3 to
    /// 5.</exception>
    public static PixelShuffleGeometry OfOutput(
        ReadOnlySpan<nint> outputShape, PerAxis factor, PixelShuffleOrder order = PixelShuffleOrder.ChannelMajor,
            Layout layout = Layout.ChannelsFirst)
    {
        if (ShapeReading.NoneOf(nameof(order), order) is { } error) throw new GeometryException(error);
        SpatialShape output = SpatialShape.Of(outputShape, layout, "input");
        (ImmutableArray<int> factors, long block) = Factors(factor, output.Space.Length);
        for (int axis = 0; axis < factors.Length; axis++)
        {
            if (output.Space[axis] % factors[axis] != 0)
                throw new GeometryException(new("input",
                    $"size % factor = {output.Space[axis]} % {factors[axis]} = {output.Space[axis] % factors[axis]} along spatial axis "
                    + $"{axis}, and must be 0: crop or pad the input"));
        }
        SpatialShape input =
            output with { Channels = output.Channels * block, Space = [.. output.Space.Select((length, axis) => length / factors[axis])] };
        return new(input.Checked("input"), output, factors, order);
    }

    private static (ImmutableArray<int> Factors, long Block) Factors(PerAxis factor, int axes)
    {
        ImmutableArray<int> factors = factor.Expand(axes, nameof(factor));
        long block = 1;
        foreach (int one in factors)
        {
            if (ConvTransposeAxis.AtLeastOne(nameof(factor), one) is { } error) throw new GeometryException(error);
            block = Math.Min(int.MaxValue, block) * one;
        }
        return (factors, block);
    }
}
