using Upstride.Geometry;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Sampling;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Recognises a pixel shuffle, or its inverse, spelled as Reshape, Transpose and Reshape, in either order of channels and blocks: channels
/// become blocks of pixels in one step.
/// </summary>
internal sealed class PixelShufflePattern : PatternPass
{
    // [n, c, b, b, h, w] with the block's axes moved behind height and width, and [n, b, b, c, h, w].
    private static readonly int[] ChannelMajor = [0, 1, 4, 2, 5, 3], BlockMajor = [0, 3, 4, 1, 5, 2];

    // [n, c, h, b, w, b] with the block's axes moved before the channels, and behind them.
    private static readonly int[] ToBlocks = [0, 3, 5, 1, 2, 4], ToChannels = [0, 1, 3, 5, 2, 4];

    protected override Replacement? Match(GraphNode node, Expressions expressions)
    {
        if (!node.Operator.IsView || node.Inputs[0] is not { } moved || expressions.Writer(moved) is not
            { Operator: TransposeOperator transpose, Inputs: [{ } six] } turn) return null;
        if (expressions.Writer(six) is not { Operator.IsView: true, Inputs: [{ Type.Shape: { Rank: 4 } from } x, ..] }) return null;
        TensorShape shape = six.Type!.Value.Shape, to = node.Outputs[0]!.Type!.Value.Shape;
        if (shape.Rank != 6 || to.Rank != 4 || from[0] != shape[0] || to[0] != from[0] || from.Count == 0) return null;
        int[] order = transpose.Order(turn.Operands());
        (PixelShuffleOrder Order, bool ToDepth, int Block)? found =
            order.SequenceEqual(ChannelMajor) && shape[2] == shape[3] ? (PixelShuffleOrder.ChannelMajor, false, shape[2])
            : order.SequenceEqual(BlockMajor) && shape[1] == shape[2] ? (PixelShuffleOrder.BlockMajor, false, shape[1])
            : order.SequenceEqual(ToBlocks) && shape[3] == shape[5] ? (PixelShuffleOrder.BlockMajor, true, shape[3])
            : order.SequenceEqual(ToChannels) && shape[3] == shape[5] ? (PixelShuffleOrder.ChannelMajor, true, shape[3])
            : null;
        if (found is not var (arrangement, toDepth, block)) return null;

        // The views may cut the axes elsewhere: only where height and width are those of the shapes between is it a shuffle.
        bool agrees = toDepth
            ? from[1] == shape[1] && from[2] == shape[2] * block && from[3] == shape[4] * block && to[2] == shape[2] && to[3] == shape[4]
            : from[2] == shape[4] && from[3] == shape[5] && to[2] == shape[4] * block && to[3] == shape[5] * block;
        return agrees
            ? new(toDepth ? "SpaceToDepth" : "DepthToSpace", new PixelShuffleOperator(block, arrangement, toDepth), [x]) : null;
    }
}
