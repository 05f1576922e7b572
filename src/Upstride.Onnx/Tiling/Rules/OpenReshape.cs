using System.Collections.Immutable;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>One length of a shape: a number, or an axis of the input times one number and divided by another.</summary>
/// <param name="Axis">The input's axis; -1 for a number.</param>
/// <param name="Factor">What it is multiplied by; the number, where there is no axis.</param>
/// <param name="Divisor">What it is divided by, without a rest.</param>
internal readonly record struct OpenLength(int Axis, int Factor, int Divisor = 1);

/// <summary>A shape that follows the picture's size: axes that run along the picture are told as multiples of the input's.</summary>
internal sealed class OpenReshape(ImmutableArray<OpenLength> lengths) : ViewOperator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        var result = new nint[lengths.Length];
        for (int axis = 0; axis < result.Length; axis++)
        {
            (int from, int factor, int divisor) = lengths[axis];
            if (from < 0)
            {
                result[axis] = factor;
                continue;
            }
            if (shape[from] % divisor != 0)
                throw inputs.Fault($"axis {from} of {inputs[0]} has length {shape[from]}, and {divisor} must divide it");
            result[axis] = (nint)shape[from] / divisor * factor;
        }
        var reshaped = new TensorShape(result);
        return reshaped.Count == shape.Count
            ? [inputs[0].WithShape(reshaped)]
            : throw inputs.Fault($"{inputs[0]} has {shape.Count} elements, and {reshaped} needs {reshaped.Count}");
    }

    /// <summary>
    /// The rule of a view: the lengths of both shapes fall into groups of equal products, and an axis of the picture must stand first in
    /// its
    /// group on both sides, so that the other axes count within its elements. Or both axes make up a group, and one for both is the other,
    /// a list of pixels.
    /// </summary>
    /// <exception cref="TilingRefusedException">The view mixes the picture's axes with each other or with what goes before
    /// them.</exception>
    public static TileRule RuleOf(string node, TensorShape input, TensorShape output, PictureAxes axes)
    {
        if (input.Count == 0) throw new TilingRefusedException(node, "has no elements");
        var lengths = new OpenLength[output.Rank];
        int[] found = [-1, -1];
        (int Larger, int Smaller)[] factors = [(1, 1), (1, 1)];
        for (int i = 0, j = 0; i < input.Rank || j < output.Rank;)
        {
            (int firstIn, int firstOut) = (i, j);
            long left = i < input.Rank ? input[i++] : 1, right = j < output.Rank ? output[j++] : 1;
            while (left != right)
            {
                if (left < right) left *= input[i++];
                else right *= output[j++];
            }
            for (int axis = firstOut; axis < j; axis++) lengths[axis] = new(-1, output[axis]);
            int[] here = [.. Arrays.Range(firstIn, i - firstIn).Where(axis => axes.DirectionOf(axis) >= 0)];
            if (here.Length == 0) continue;
            int[] there = [.. Arrays.Range(firstOut, j - firstOut).Where(axis => output[axis] > 1)];
            if (ListOf(input, axes, firstIn, i, output, there) is { } list) return new ListRule(node, output, list);
            int picture = here[0], direction = axes.DirectionOf(picture);
            if (here.Length > 1 || input.CountOfAxes(firstIn, picture) != 1)
                throw new TilingRefusedException(node,
                    $"takes {input} to {output}, which mixes {(here.Length > 1 ? "rows with columns" : "rows or columns with channels")}");
            if (j == firstOut) throw new TilingRefusedException(node, $"takes {input} to {output}, which drops an axis of the picture");
            int place = firstOut;
            while (place < j - 1 && output[place] == 1) place++;
            int within = input.CountOfAxes(picture + 1, i), rest = output.CountOfAxes(place + 1, j);
            if (rest % within == 0) factors[direction] = (1, rest / within);
            else if (within % rest == 0) factors[direction] = (within / rest, 1);
            else throw new TilingRefusedException(node, $"takes {input} to {output}, which divides the picture unevenly");
            lengths[place] = new(picture, factors[direction].Larger, factors[direction].Smaller);
            found[direction] = place;
        }
        if (axes.IsList) throw new TilingRefusedException(node, $"takes {input} to {output}, which mixes pixels with what they hold");
        if (found[0] < 0 || found[1] < 0) throw new TilingRefusedException(node,
            $"takes {input} to {output}, which drops an axis of the picture");
        return new BlockRule(new OpenReshape([.. lengths]), new(found[0], found[1]), factors[0], factors[1], opens: true);
    }

    // The picture's axes after a view of a group that has no others, on either side; null where it has.
    private static PictureAxes? ListOf(TensorShape input, PictureAxes axes, int first, int end, TensorShape output, int[] there)
    {
        int height = axes.LengthOf(input, 0), width = axes.LengthOf(input, 1);
        bool isAll = axes.Rows >= first && axes.Rows < end && axes.Columns >= axes.Rows && axes.Columns < end
            && input.CountOfAxes(first, end) == height * width;
        if (!isAll) return null;
        return there switch
        {
            [var list] when output[list] == height * width => new(list, list, width),
            [var rows, var columns] when axes.IsList && (output[rows], output[columns]) == (height, width) => new(rows, columns),
            _ => null,
        };
    }
}
