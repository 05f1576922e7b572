using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Pooling;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Operators.Sampling;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling.Rules;

namespace Upstride.Onnx.Tiling;

/// <content>Operators that look at windows and blocks of the picture.</content>
internal sealed partial class TileRules
{
    private TileRule? OfWindow(GraphNode node, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf) => node.Operator switch
    {
        ConvolutionOperator convolution => OfConvolution(node, convolution, inputs, AxesOfFirst(node, axesOf)),
        ConvIntegerOperator convolution => OfConvolution(node, convolution, inputs, OnlyFirst(node, axesOf)),
        PoolOperator pool => new PoolRule(pool, pool.Geometry(inputs), Spatial(node, inputs, AxesOfFirst(node, axesOf))),
        MaxUnpoolOperator unpool => OfUnpool(node, unpool, inputs, axesOf),
        ResizingOperator resize => OfResize(node, resize, inputs, AxesOfFirst(node, axesOf)),
        PixelShuffleOperator shuffle => OfShuffle(node, shuffle, inputs, AxesOfFirst(node, axesOf)),
        ViewOperator => OpenReshape.RuleOf(node.Name, inputs.Shape(0), node.Outputs[0]!.Type!.Value.Shape, AxesOfFirst(node, axesOf)),
        TransposeOperator transpose => new PointRule(transpose,
            AxesOfFirst(node, axesOf).Moved(axis => Array.IndexOf(transpose.Order(inputs), axis))),
        _ => null,
    };

    private ConvolutionRule OfConvolution(GraphNode node, ConvolutionOperator convolution, NodeInputs inputs, PictureAxes axes)
    {
        (ConvTransposeGeometry geometry, bool reversed) = convolution.Sizes(inputs);
        for (int input = 1; input < ConvolutionOperator.Residual && input < inputs.Count; input++)
            if (inputs.Has(input) && inputs.Constant(input) is null) throw Refusal(node,
                "takes weights that are computed as the model runs");
        return new((part, back) => PartialConvolution.Of(convolution, part, back), geometry, reversed, Spatial(node, inputs, axes),
            settings, ConvolutionOperator.Residual);
    }

    // Whole numbers are exact in any order, and their convolutions have no tiles that begin somewhere.
    private ConvolutionRule OfConvolution(GraphNode node, ConvIntegerOperator convolution, NodeInputs inputs, PictureAxes axes)
    {
        (ConvTransposeGeometry geometry, bool reversed) = convolution.Sizes(inputs);
        return new(convolution.Part, geometry, reversed, Spatial(node, inputs, axes), settings with { AllowWinograd = false });
    }

    // Read by unpooling alone, which knows the part that indices count in.
    private bool IsUnpooled(GraphNode node, GraphValue indices) => node.Operator is MaxPoolOperator && !links.IsOutput(indices)
        && links.Readers(indices).All(reader => reader.Operator is MaxUnpoolOperator && reader.Inputs[1] == indices
            && reader.Inputs[0] != indices);

    private UnpoolRule OfUnpool(GraphNode node, MaxUnpoolOperator unpool, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf)
    {
        if (links.WriterOf(node.Inputs[1]) is not { Operator: MaxPoolOperator pool } pooling || !unpool.IsOfPool(inputs))
            throw Refusal(node, "puts elements where indices over the whole picture say, which no pooling of the graph gives it");
        PictureAxes axes = Spatial(node, inputs, AxesOfFirst(node, axesOf));
        if (axesOf(node.Inputs[1]!) != axes || axesOf(pooling.Inputs[0]!) != axes || inputs.Shape(0).Rank != FirstSpatial + 2)
            throw Refusal(node, "takes values and indices whose rows and columns are different axes");
        if (opening && inputs.Has(2)) throw Refusal(node, "has a fixed output_shape");
        TensorShape output = node.Outputs[0]!.Type!.Value.Shape;
        return new(unpool, links.IndexOf(pooling), pool.Geometry(pooling.Operands()), (output[axes.Rows], output[axes.Columns]), axes);
    }

    private TileRule OfResize(GraphNode node, ResizingOperator resize, NodeInputs inputs, PictureAxes axes)
    {
        ResizeGeometry geometry = resize.Geometry(inputs);
        if (axes.IsList && !geometry.Axes[axes.Rows].IsIdentity) throw Refusal(node, OfLists);
        if (geometry.Method.Coordinates is ResizeCoordinates.TensorFlowCropAndResize)
            throw Refusal(node, "resizes a region of interest, which is a part of the whole picture");
        bool bySizes = inputs.Has(Sizes) && inputs.Shape(Sizes).Count > 0;
        OpenResize? open = opening && bySizes ? new OpenResize(geometry, axes) : null;
        if (inputs[0].Storage == Storage.Float) return new ResizeRule(geometry, axes, open);
        return geometry.Method.Mode == ResizeMode.Nearest
            ? new SelectionRule(axes, [.. geometry.Axes.Select(axis => axis.IsIdentity ? null
                : NearestSelection<long>.Sources(axis, geometry.Method))], 0, open)
            : throw Refusal(node, $"resizes {inputs[0]}, and only floating-point numbers, or nearest ones, go through in tiles");
    }

    private static BlockRule OfShuffle(GraphNode node, PixelShuffleOperator shuffle, NodeInputs inputs, PictureAxes axes)
    {
        (int, int) factors = shuffle.IsToDepth ? (1, shuffle.BlockSize) : (shuffle.BlockSize, 1);
        return new(shuffle, Spatial(node, inputs, axes), factors, factors, opens: false);
    }
}
