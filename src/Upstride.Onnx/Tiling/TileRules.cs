using Upstride.Algorithms;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Constants;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Normalization;
using Upstride.Onnx.Operators.Pooling;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Operators.Recurrent;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Operators.Sampling;
using Upstride.Onnx.Operators.Selection;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling.Rules;

namespace Upstride.Onnx.Tiling;

/// <summary>Finds the rule of a node: every operator that goes through in tiles is named here.</summary>
/// <param name="settings">Those of the computation; they decide where Winograd's tiles begin.</param>
/// <param name="opening">Whether what is told for one size of the picture is to be read for all.</param>
/// <param name="links">Of the graph.</param>
internal sealed partial class TileRules(ComputeSettings settings, bool opening, GraphLinks links)
{
    private const int FirstSpatial = 2;

    private const string OfLists = "takes neighbours from a list of pixels, in which rows and columns are one axis";

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
            if (node.Outputs[output] is { } value && node.Operator is not (SplitOperator or TopKOperator or DynamicQuantizeLinearOperator)
                && !IsUnpooled(node, value))
                throw Refusal(node, $"gives output {output} too, which counts over the whole picture");
        TileRule rule = OfWindow(node, inputs, axesOf) ?? OfSelection(node, inputs, axesOf) ?? OfProduct(node, inputs, axesOf)
            ?? OfChannels(node, inputs, axesOf) ?? OfElements(node, inputs, axesOf)
            ?? throw Refusal(node, Reasons.Of(node.Operator));
        return rule is SelectionRule { MovesList: true } ? throw Refusal(node, OfLists) : rule;
    }

    // What works along axes that are not the picture's.
    private static PointRule? OfChannels(GraphNode node, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf) => node.Operator switch
    {
        SplitOperator split => Along(node, AxesOfFirst(node, axesOf), split.Axis(inputs), split.Axis(inputs) + 1, "divides"),
        SoftmaxOperator softmax => Along(node, AxesOfFirst(node, axesOf), softmax.Axes(inputs).First, softmax.Axes(inputs).End,
            "divides by a sum over"),
        LayerNormalizationOperator norm => Along(node, OnlyFirst(node, axesOf), norm.Axis(inputs), inputs.Shape(0).Rank,
            "normalises over"),
        MomentNormalizationOperator norm => Along(node, OnlyFirst(node, axesOf), norm.First, norm.End, "normalises over"),
        SkipNormalizationOperator => AlongLast(node, inputs, Pointwise(node, axesOf, inputs.Shape)),
        ReduceOperator reduce => OfReduction(node, reduce, inputs, AxesOfFirst(node, axesOf)),
        CumSumOperator sum => Along(node, AxesOfFirst(node, axesOf), sum.Axis(inputs), sum.Axis(inputs) + 1, "sums up"),
        TopKOperator top => Along(node, AxesOfFirst(node, axesOf), top.Axis(inputs), top.Axis(inputs) + 1, "searches"),
        ArgMinMaxOperator search => Along(node, AxesOfFirst(node, axesOf), search.Axis(inputs), search.Axis(inputs) + 1, "searches",
            axis => axis - (!search.KeepsAxis && axis > search.Axis(inputs) ? 1 : 0)),
        OneHotOperator marks => new(marks, OnlyFirst(node, axesOf).Moved(axis => axis + (axis >= marks.Axis(inputs) ? 1 : 0))),
        _ => null,
    };

    // What an output's element is made of stands at its own place.
    private static PointRule? OfElements(GraphNode node, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf) => node.Operator switch
    {
        BatchNormalizationOperator or ChannelAffineOperator or ClipOperator or QuantizedFunctionOperator =>
            new(node.Operator, OnlyFirst(node, axesOf)),
        DequantizeLinearOperator { IsBlocked: var blocked, Axis: var axis } => Scaled(node, inputs, OnlyFirst(node, axesOf), axis, blocked),
        QuantizeLinearOperator { IsBlocked: var blocked, Axis: var axis } => Scaled(node, inputs, OnlyFirst(node, axesOf), axis, blocked),
        PReluOperator prelu => Pointwise(node, axesOf, input => input == 1 ? prelu.SlopeShape(inputs) : inputs.Shape(input)),
        PointwiseOperator or ArithmeticOperator or VariadicOperator or ComparisonOperator or LogicOperator or NotOperator or WhereOperator
            or CastOperator or PowOperator or IsNanInfOperator or BiasGeluOperator or QuantizedArithmeticOperator =>
            Pointwise(node, axesOf, inputs.Shape),
        _ => null,
    };

    private static TilingRefusedException Refusal(GraphNode node, string reason) => new(node.Name, reason);

    // The picture's axes of input 0, which depends on the picture.
    private static PictureAxes AxesOfFirst(GraphNode node, Func<GraphValue, PictureAxes?> axesOf) => axesOf(node.Inputs[0]!)
        ?? throw Refusal(node, "takes what depends on the picture as another input than its first");

    private static PictureAxes OnlyFirst(GraphNode node, Func<GraphValue, PictureAxes?> axesOf) =>
        node.Inputs.Skip(1).Any(input => input is not null && axesOf(input) is not null)
            ? throw Refusal(node, "takes parameters that depend on the picture") : AxesOfFirst(node, axesOf);

    // [batch, channels, sizes...]: the picture's axes must be among the sizes.
    private static PictureAxes Spatial(GraphNode node, NodeInputs inputs, PictureAxes axes) =>
        axes.IsList ? throw Refusal(node, OfLists)
            : axes.Rows >= FirstSpatial && axes.Columns >= FirstSpatial ? axes
            : throw Refusal(node, $"sums over the picture: of {inputs[0]} it takes axis {Math.Min(axes.Rows, axes.Columns)} for the "
                + $"{(Math.Min(axes.Rows, axes.Columns) == 0 ? "batch" : "channels")}");

    private static PointRule Along(GraphNode node, PictureAxes axes, int first, int end, string does, Func<int, int>? moved = null)
    {
        for (int axis = first; axis < end; axis++)
            if (axes.DirectionOf(axis) is >= 0 and var direction)
                throw Refusal(node, $"{does} the {(direction == 0 ? "rows" : "columns")} of the whole picture");
        return new(node.Operator, moved is null ? axes : axes.Moved(moved));
    }

    private static PointRule AlongLast(GraphNode node, NodeInputs inputs, PointRule rule)
    {
        _ = Along(node, rule.Output, inputs.Shape(0).Rank - 1, inputs.Shape(0).Rank, "normalises over");
        return rule;
    }

    // A scale for all, or for each index of an axis that is not the picture's.
    private static PointRule Scaled(GraphNode node, NodeInputs inputs, PictureAxes axes, long axis, bool blocked)
    {
        if (blocked) throw Refusal(node, "has scales for blocks of the picture");
        return inputs.Shape(1).Count == 1 || axes.DirectionOf(inputs.Axis(axis, inputs.Shape(0).Rank)) < 0 ? new(node.Operator, axes)
            : throw Refusal(node, "has a scale for each row or column of the picture");
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
            GlobalPoolOperator or QuantizedPoolOperator => "makes one number of the whole picture",
            GroupNormalizationOperator => "normalises by the mean and the variance of the whole picture",
            GridSampleOperator => "takes samples from anywhere in the picture",
            DeformConvOperator => "takes samples from wherever its offsets point",
            DynamicQuantizeLinearOperator => "finds the least and the greatest number of the whole picture",
            RecurrentOperator => "goes through the whole picture in a sequence",
            GatherElementsOperator or ScatterNdOperator or NonMaxSuppressionOperator =>
                "takes or puts elements by their numbers in the whole picture",
            _ => "is none of the operators that go through in tiles",
        };
    }
}
