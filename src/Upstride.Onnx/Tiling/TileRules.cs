using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Normalization;
using Upstride.Onnx.Operators.Pooling;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Operators.Sampling;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling.Rules;

namespace Upstride.Onnx.Tiling;

/// <summary>Finds the rule of a node: every operator that goes through in tiles is named here.</summary>
/// <param name="settings">Those of the computation; they decide where Winograd's tiles begin.</param>
/// <param name="opening">Whether what is told for one size of the picture is to be read for all.</param>
internal sealed class TileRules(ComputeSettings settings, bool opening)
{
    private const int FirstSpatial = 2;

    // The input of Resize that tells sizes.
    private const int Sizes = 3;

    /// <summary>The rule of a node, at least one of whose inputs depends on the picture.</summary>
    /// <param name="node">With all types known.</param>
    /// <param name="axesOf">The picture's axes of a value; null where it does not depend on the picture.</param>
    /// <exception cref="TilingRefusedException">The node does not go through in tiles.</exception>
    public TileRule Of(GraphNode node, Func<GraphValue, PictureAxes?> axesOf)
    {
        NodeInputs inputs = node.Operands();
        for (int output = 1; output < node.Outputs.Length; output++)
            if (node.Outputs[output] is not null && node.Operator is not SplitOperator)
                throw Refusal(node, $"gives output {output} too, which counts over the whole picture");
        return node.Operator switch
        {
            ConvolutionOperator convolution => OfConvolution(node, convolution, inputs, AxesOfFirst(node, axesOf)),
            PoolOperator pool => new PoolRule(pool, pool.Geometry(inputs), Spatial(node, inputs, AxesOfFirst(node, axesOf))),
            ResizingOperator resize => OfResize(node, resize, inputs, AxesOfFirst(node, axesOf)),
            PadOperator pad => OfPad(node, pad, inputs, AxesOfFirst(node, axesOf)),
            SliceOperator slice => OfSlice(node, slice, inputs, AxesOfFirst(node, axesOf)),
            TrimOperator trim => new SelectionRule(AxesOfFirst(node, axesOf), trim.Sources(inputs.Shape(0)), 0),
            PixelShuffleOperator shuffle => OfShuffle(node, shuffle, inputs, AxesOfFirst(node, axesOf)),
            ViewOperator => OpenReshape.RuleOf(node.Name, inputs.Shape(0), node.Outputs[0]!.Type!.Value.Shape, AxesOfFirst(node, axesOf)),
            TransposeOperator transpose => new PointRule(transpose,
                AxesOfFirst(node, axesOf).Moved(axis => Array.IndexOf(transpose.Order(inputs), axis))),
            ConcatOperator concat => Joined(node, concat, concat.Axis(inputs), axesOf),
            SplitOperator split => Along(node, split, AxesOfFirst(node, axesOf), split.Axis(inputs), split.Axis(inputs) + 1, "divides"),
            GatherOperator gather => OfGather(node, gather, inputs, axesOf),
            SoftmaxOperator softmax => Along(node, softmax, AxesOfFirst(node, axesOf), softmax.Axes(inputs).First,
                softmax.Axes(inputs).End, "divides by a sum over"),
            LayerNormalizationOperator norm => Along(node, norm, AxesOfFirst(node, axesOf), norm.Axis(inputs), inputs.Shape(0).Rank,
                "normalises over"),
            ReduceOperator reduce => OfReduction(node, reduce, inputs, AxesOfFirst(node, axesOf)),
            BatchNormalizationOperator or ChannelAffineOperator => new PointRule(node.Operator, OnlyFirst(node, axesOf)),
            ClipOperator => new PointRule(node.Operator, OnlyFirst(node, axesOf)),
            PReluOperator prelu => Pointwise(node, axesOf, input => input == 1 ? prelu.SlopeShape(inputs) : inputs.Shape(input)),
            PointwiseOperator or ArithmeticOperator or VariadicOperator or ComparisonOperator or LogicOperator or NotOperator
                or WhereOperator or CastOperator or PowOperator or IsNanInfOperator => Pointwise(node, axesOf, inputs.Shape),
            _ => throw Refusal(node, Reasons.Of(node.Operator)),
        };
    }

    private static TilingRefusedException Refusal(GraphNode node, string reason) => new(node.Name, reason);

    // The picture's axes of input 0, which depends on the picture.
    private static PictureAxes AxesOfFirst(GraphNode node, Func<GraphValue, PictureAxes?> axesOf) => axesOf(node.Inputs[0]!)
        ?? throw Refusal(node, "takes what depends on the picture as another input than its first");

    private static PictureAxes OnlyFirst(GraphNode node, Func<GraphValue, PictureAxes?> axesOf) =>
        node.Inputs.Skip(1).Any(input => input is not null && axesOf(input) is not null)
            ? throw Refusal(node, "takes parameters that depend on the picture") : AxesOfFirst(node, axesOf);

    // [batch, channels, sizes...]: the picture's axes must be among the sizes.
    private static PictureAxes Spatial(GraphNode node, NodeInputs inputs, PictureAxes axes) =>
        axes.Rows >= FirstSpatial && axes.Columns >= FirstSpatial ? axes
            : throw Refusal(node, $"sums over the picture: of {inputs[0]} it takes axis {Math.Min(axes.Rows, axes.Columns)} for the "
                + $"{(Math.Min(axes.Rows, axes.Columns) == 0 ? "batch" : "channels")}");

    private ConvolutionRule OfConvolution(GraphNode node, ConvolutionOperator convolution, NodeInputs inputs, PictureAxes axes)
    {
        (ConvTransposeGeometry geometry, bool reversed) = convolution.Sizes(inputs);
        for (int input = 1; input < ConvolutionOperator.Residual && input < inputs.Count; input++)
            if (inputs.Has(input) && inputs.Constant(input) is null) throw Refusal(node,
                "takes weights that are computed as the model runs");
        return new(convolution, geometry, reversed, Spatial(node, inputs, axes), settings);
    }

    private TileRule OfResize(GraphNode node, ResizingOperator resize, NodeInputs inputs, PictureAxes axes)
    {
        ResizeGeometry geometry = resize.Geometry(inputs);
        if (inputs[0].Storage != Storage.Float) throw Refusal(node,
            $"resizes {inputs[0]}, and only floating-point numbers go through in tiles");
        if (geometry.Method.Coordinates is ResizeCoordinates.TensorFlowCropAndResize)
            throw Refusal(node, "resizes a region of interest, which is a part of the whole picture");
        bool bySizes = inputs.Has(Sizes) && inputs.Shape(Sizes).Count > 0;
        return new ResizeRule(geometry, axes, opening && bySizes ? new OpenResize(geometry, axes) : null);
    }

    private static SelectionRule OfPad(GraphNode node, PadOperator pad, NodeInputs inputs, PictureAxes axes)
    {
        int rank = inputs.Shape(0).Rank;
        double value = pad.Value(inputs) ?? throw Refusal(node, "pads with a number that is computed as the model runs");
        return new(axes, [.. Enumerable.Range(0, rank).Select(axis => pad.Sources(inputs, axis))], value);
    }

    private SelectionRule OfSlice(GraphNode node, SliceOperator slice, NodeInputs inputs, PictureAxes axes)
    {
        (int[] lengths, int[] starts, int[] steps) = slice.Ranges(inputs);
        if (lengths.Contains(0)) throw Refusal(node, "leaves no element");
        var sources = new int[]?[lengths.Length];
        var trims = new (int Head, int Tail)[lengths.Length];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            bool picture = axes.DirectionOf(axis) >= 0;
            int length = inputs.Shape(0)[axis], end = starts[axis] + lengths[axis];
            if (steps[axis] < 0 && picture) throw Refusal(node, "mirrors the picture, so that a part depends on the other end");
            if (lengths[axis] == length && steps[axis] == 1) continue;
            sources[axis] = [.. Enumerable.Range(0, lengths[axis]).Select(i => starts[axis] + (i * steps[axis]))];
            if (opening && steps[axis] != 1) throw Refusal(node, $"takes every {steps[axis]}. element of axis {axis} up to a fixed end");
            trims[axis] = (starts[axis], length - end);
        }
        return new(axes, sources, 0, opening ? trims : null);
    }

    private static BlockRule OfShuffle(GraphNode node, PixelShuffleOperator shuffle, NodeInputs inputs, PictureAxes axes)
    {
        (int, int) factors = shuffle.IsToDepth ? (1, shuffle.BlockSize) : (shuffle.BlockSize, 1);
        return new(shuffle, Spatial(node, inputs, axes), factors, factors, opens: false);
    }

    private static PointRule Along(GraphNode node, Operator op, PictureAxes axes, int first, int end, string does)
    {
        for (int axis = first; axis < end; axis++)
            if (axes.DirectionOf(axis) is >= 0 and var direction)
                throw Refusal(node, $"{does} the {(direction == 0 ? "rows" : "columns")} of the whole picture");
        return new(op, axes);
    }

    private static PointRule Joined(GraphNode node, Operator op, int axis, Func<GraphValue, PictureAxes?> axesOf)
    {
        PictureAxes[] axes = [.. node.Inputs.Select(input => axesOf(input!)).OfType<PictureAxes>().Distinct()];
        if (axes.Length != 1) throw Refusal(node, "joins tensors whose rows and columns are different axes");
        if (axes[0].DirectionOf(axis) >= 0) throw Refusal(node, "joins pictures side by side");
        return new(op, axes[0], (input, direction) => node.Inputs[input]!.Type!.Value.Shape.Rank > axes[0][direction] ? axes[0][direction]
            : -1);
    }

    private static PointRule OfGather(GraphNode node, GatherOperator gather, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf)
    {
        PictureAxes axes = OnlyFirst(node, axesOf);
        int axis = gather.Axis(inputs), more = inputs.Shape(1).Rank - 1;
        return axes.DirectionOf(axis) >= 0 ? throw Refusal(node, "takes rows or columns of the whole picture by their numbers")
            : new(gather, axes.Moved(old => old < axis ? old : old + more));
    }

    private static PointRule OfReduction(GraphNode node, ReduceOperator reduce, NodeInputs inputs, PictureAxes axes)
    {
        bool[] reduced = reduce.Reduced(inputs);
        if (reduced[axes.Rows] || reduced[axes.Columns]) throw Refusal(node, "makes one number of all rows or columns of the picture");
        int rank = node.Outputs[0]!.Type!.Value.Shape.Rank;
        return new(reduce, rank == reduced.Length ? axes : axes.Moved(axis => axis - reduced.Take(axis).Count(static one => one)));
    }

    private static PointRule Pointwise(GraphNode node, Func<GraphValue, PictureAxes?> axesOf, Func<int, TensorShape> shapeOf)
    {
        TensorShape output = node.Outputs[0]!.Type!.Value.Shape;
        PictureAxes? found = null;
        for (int input = 0; input < node.Inputs.Length; input++)
        {
            if (node.Inputs[input] is not { } value || axesOf(value) is not { } own) continue;
            int more = output.Rank - shapeOf(input).Rank;
            PictureAxes axes = own.Moved(axis => axis + more);
            if (found is { } other && other != axes) throw Refusal(node, "combines tensors whose rows and columns are different axes");
            found = axes;
            for (int direction = 0; direction < PictureAxes.Directions; direction++)
                if (shapeOf(input)[own[direction]] != output[axes[direction]])
                    throw Refusal(node, $"repeats {value.Type} to {output}, and so one row or column over the whole picture");
        }
        PictureAxes result = found!.Value;
        return new(node.Operator, result, (input, direction) =>
        {
            if (node.Inputs[input] is null) return -1;
            TensorShape shape = shapeOf(input);
            int axis = result[direction] - (output.Rank - shape.Rank);
            return axis >= 0 && shape[axis] != 1 ? axis : -1;
        });
    }

    /// <summary>Why the operators that look at the whole picture are refused.</summary>
    private static class Reasons
    {
        public static string Of(Operator op) => op switch
        {
            GlobalPoolOperator => "makes one number of the whole picture",
            GroupNormalizationOperator => "normalises by the mean and the variance of the whole picture",
            GridSampleOperator => "takes samples from anywhere in the picture",
            DeformConvOperator => "takes samples from wherever its offsets point",
            MaxUnpoolOperator => "puts elements where indices over the whole picture say",
            _ => "is none of the operators that go through in tiles",
        };
    }
}
