using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary><c>DepthToSpace</c> and <c>SpaceToDepth</c> (opset 1 on): channels become blocks of pixels, and back.</summary>
internal sealed class PixelShuffleOperator : Operator
{
    private readonly int _blockSize;
    private readonly PixelShuffleOrder _order;
    private readonly bool _toDepth;

    /// <param name="blockSize">Pixels of a block along each axis.</param>
    /// <param name="order">Whether a channel's block lies together, or a block's channels.</param>
    /// <param name="toDepth">Whether blocks become channels.</param>
    public PixelShuffleOperator(int blockSize, PixelShuffleOrder order, bool toDepth) =>
        (_blockSize, _order, _toDepth) = (blockSize, order, toDepth);

    private PixelShuffleOperator(NodeAttributes node, PixelShuffleOrder order, bool toDepth)
        : this(node.Has("blocksize") ? node.Int32("blocksize", 0) : throw node.Fault("attribute blocksize is needed"), order, toDepth)
    {
    }

    /// <summary>Pixels along an edge of a block.</summary>
    public int BlockSize => _blockSize;

    /// <summary>Whether blocks become channels.</summary>
    public bool IsToDepth => _toDepth;

    public static PixelShuffleOperator ToSpace(NodeAttributes node) => new(
        node,
        node.Opset < 11
            ? PixelShuffleOrder.BlockMajor
            : node.Choice("mode", "DCR", ("DCR", PixelShuffleOrder.BlockMajor), ("CRD", PixelShuffleOrder.ChannelMajor)),
        toDepth: false);

    public static PixelShuffleOperator ToDepth(NodeAttributes node) => new(node, PixelShuffleOrder.BlockMajor, toDepth: true);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs[0];
        if (input.Shape.Rank != 4) throw inputs.Fault($"input 0 is {input}, and must be [batch, channels, height, width]");
        PixelShuffleGeometry geometry = Geometry(input.Shape.Lengths);
        return [input.WithShape(new((_toDepth ? geometry.InputShape : geometry.OutputShape).AsSpan()))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        outputs[0].Storage switch
    {
        Storage.Float => Prepare<float>(inputs, outputs[0].Shape, settings),
        Storage.Integer => Prepare<long>(inputs, outputs[0].Shape, settings),
        _ => Prepare<bool>(inputs, outputs[0].Shape, settings),
    };

    private PixelShuffleGeometry Geometry(ReadOnlySpan<nint> shape) => _toDepth
        ? PixelShuffleGeometry.OfOutput(shape, _blockSize, _order)
        : PixelShuffleGeometry.Create(shape, _blockSize, _order);

    private PreparedNode Prepare<T>(NodeInputs inputs, TensorShape output, ComputeSettings settings) where T : unmanaged
    {
        // Where a channel's block lies in one piece, each channel of the picture is a job of its own; else each image.
        bool byChannel = _order == PixelShuffleOrder.ChannelMajor;
        TensorShape input = inputs.Shape(0);
        int channels = !byChannel ? 1 : _toDepth ? input[1] : output[1];
        PixelShuffleGeometry piece = Geometry([1, input[1] / channels, input[2], input[3]]);
        int pieces = input[0] * channels;
        return new(frame => ParallelSlices.Run(frame.Input<T>(0), frame.Output<T>(0), pieces, settings, (source, destination, _) =>
        {
            if (_toDepth)
                PixelShuffle.Inverse(source, piece, destination);
            else
                PixelShuffle.Forward(source, piece, destination);
        }))
        {
            Flops = 0,
        };
    }
}
