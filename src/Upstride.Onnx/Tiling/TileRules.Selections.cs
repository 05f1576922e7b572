using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling.Rules;

namespace Upstride.Onnx.Tiling;

/// <content>Operators that move elements, and compute none.</content>
internal sealed partial class TileRules
{
    private TileRule? OfSelection(GraphNode node, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf) => node.Operator switch
    {
        PadOperator pad => OfPad(node, pad, inputs, AxesOfFirst(node, axesOf)),
        SliceOperator slice => OfSlice(node, slice, inputs, AxesOfFirst(node, axesOf)),
        TrimOperator trim => new SelectionRule(AxesOfFirst(node, axesOf), trim.Sources(inputs.Shape(0)), 0),
        SelectionOperator selection => new SelectionRule(AxesOfFirst(node, axesOf), [.. selection.Sources], selection.Value, selection),
        CropOperator crop => OfCrop(node, crop, inputs, AxesOfFirst(node, axesOf)),
        GatherOperator gather => OfGather(node, gather, inputs, OnlyFirst(node, axesOf)),
        ExpandOperator => OfExpand(node, inputs, OnlyFirst(node, axesOf)),
        TileOperator tile => OfRepetition(node, tile, inputs, OnlyFirst(node, axesOf)),
        ConcatOperator concat => Joined(node, concat, concat.Axis(inputs), axesOf, first: 0, step: 1),
        QuantizedConcatOperator concat => Joined(node, concat, concat.Axis(inputs), axesOf, first: 2, step: 3),
        _ => null,
    };

    private static SelectionRule OfPad(GraphNode node, PadOperator pad, NodeInputs inputs, PictureAxes axes)
    {
        int rank = inputs.Shape(0).Rank;
        double value = pad.Value(inputs) ?? throw Refusal(node, "pads with a number that is computed as the model runs");
        return new(axes, [.. Arrays.Range(0, rank).Select(axis => pad.Sources(inputs, axis))], value);
    }

    private SelectionRule OfSlice(GraphNode node, SliceOperator slice, NodeInputs inputs, PictureAxes axes)
    {
        (int[] lengths, int[] starts, int[] steps) = slice.Ranges(inputs);
        if (lengths.Contains(0)) throw Refusal(node, "leaves no element");
        var sources = new int[]?[lengths.Length];
        var trims = new Trim[lengths.Length];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            bool picture = axes.DirectionOf(axis) >= 0;
            int length = inputs.Shape(0)[axis], end = starts[axis] + ((lengths[axis] - 1) * steps[axis]) + 1;
            trims[axis] = Trim.None;
            if (steps[axis] < 0 && picture) throw Refusal(node, "mirrors the picture, so that a part depends on the other end");
            if (lengths[axis] == length && steps[axis] == 1) continue;
            sources[axis] = [.. Arrays.Range(0, lengths[axis]).Select(i => starts[axis] + (i * steps[axis]))];

            // What goes to the end does so for every picture; what ends before it, as far before it.
            if (picture) trims[axis] = new(starts[axis], end + steps[axis] > length ? 0 : length - end, steps[axis]);
            else if (opening) trims[axis] = new(sources[axis]!);
        }
        return new(axes, sources, 0, opening ? new TrimOperator(trims) : null);
    }

    private SelectionRule OfCrop(GraphNode node, CropOperator crop, NodeInputs inputs, PictureAxes axes)
    {
        if (opening && crop.HasFixedSize) throw Refusal(node, "leaves as many rows and columns of every picture");
        TensorShape output = node.Outputs[0]!.Type!.Value.Shape;
        (int row, int column) = crop.First;
        return new(Spatial(node, inputs, axes),
            [null, null, [.. Arrays.Range(row, output[2])], [.. Arrays.Range(column, output[3])]], 0);
    }

    private TileRule OfGather(GraphNode node, GatherOperator gather, NodeInputs inputs, PictureAxes axes)
    {
        int axis = gather.Axis(inputs), more = inputs.Shape(1).Rank - 1;
        if (axes.DirectionOf(axis) < 0) return new PointRule(gather, axes.Moved(old => old < axis ? old : old + more));
        if (inputs.Constant(1) is not { } indices || more != 0)
            throw Refusal(node, "takes rows or columns of the whole picture by numbers that are computed as the model runs");
        if (opening) throw Refusal(node, "takes rows or columns of the picture by their numbers");
        int length = inputs.Shape(0)[axis];
        int[] places = [.. indices.Integers.ToArray().Select(index => (int)(index < 0 ? index + length : index))];
        if (places.Length == 0 || places.Any(place => place < 0 || place >= length))
            throw Refusal(node, $"takes {(places.Length == 0 ? "no element" : "elements that are not there")} of axis {axis}");
        var sources = new int[]?[inputs.Shape(0).Rank];
        sources[axis] = places;
        return new SelectionRule(axes, sources, 0);
    }

    // Channels may be repeated, which a picture of any size is given by their numbers.
    private static SelectionRule OfExpand(GraphNode node, NodeInputs inputs, PictureAxes axes)
    {
        TensorShape input = inputs.Shape(0), output = node.Outputs[0]!.Type!.Value.Shape;
        if (input.Rank != output.Rank) throw Refusal(node, $"adds axes to {input}");
        var sources = new int[]?[input.Rank];
        for (int axis = 0; axis < sources.Length; axis++)
        {
            if (input[axis] == output[axis]) continue;
            if (axes.DirectionOf(axis) >= 0) throw Refusal(node, $"repeats {input} to {output}, and so one row or column over the whole "
                + "picture");
            sources[axis] = new int[output[axis]];
        }
        return new(axes, sources, 0, new SelectionOperator(sources, 0));
    }

    private static PointRule OfRepetition(GraphNode node, TileOperator tile, NodeInputs inputs, PictureAxes axes)
    {
        TensorShape input = inputs.Shape(0), output = node.Outputs[0]!.Type!.Value.Shape;
        return input[axes.Rows] == output[axes.Rows] && input[axes.Columns] == output[axes.Columns] ? new(tile, axes)
            : throw Refusal(node, $"repeats {input} to {output}, the picture side by side");
    }

    private static TileRule Joined(GraphNode node, Operator op, int axis, Func<GraphValue, PictureAxes?> axesOf, int first, int step)
    {
        bool IsJoined(int input) => input >= first && (input - first) % step == 0;
        GraphValue[] joined = [.. node.Inputs.Where((_, input) => IsJoined(input)).Select(input => input!)];
        PictureAxes[] axes = [.. joined.Select(axesOf).OfType<PictureAxes>().Distinct()];
        if (axes.Length != 1) throw Refusal(node, "joins tensors whose rows and columns are different axes");
        if (axes[0].DirectionOf(axis) is >= 0 and var along)
            return axes[0].IsList ? throw Refusal(node, OfLists)
                : op is ConcatOperator && joined.All(one => axesOf(one) is not null)
                    ? new ConcatRule(axes[0], along, [.. joined.Select(one => one.Type!.Value.Shape[axis])])
                    : throw Refusal(node, "joins a picture with constants side by side");
        return new PointRule(op, axes[0], (input, direction) => IsJoined(input)
            && node.Inputs[input]!.Type!.Value.Shape.Rank > axes[0][direction] ? axes[0][direction] : -1);
    }
}
