using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling.Rules;

namespace Upstride.Onnx.Tiling;

/// <content>Products of matrices, over axes that are not the picture's.</content>
internal sealed partial class TileRules
{
    private const string Sums = "sums products over the rows or columns of the whole picture";

    private static PointRule? OfProduct(GraphNode node, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf) => node.Operator switch
    {
        MatMulOperator => OfMatMul(node, inputs, 1, lastOfLeft: 0, axesOf),
        MatMulIntegerOperator product => OfMatMul(node, inputs, product.Places.Right, product.Places.LeftZero, axesOf),
        EinsumOperator einsum => OfEinsum(node, einsum, inputs, axesOf),
        GemmOperator gemm => OfGemm(node, gemm, inputs, OnlyFirst(node, axesOf)),
        _ => null,
    };

    // Inputs up to lastOfLeft that are not the right factor are scales and zero points of the left one's rows, the others of columns.
    private static PointRule OfMatMul(GraphNode node, NodeInputs inputs, int right, int lastOfLeft, Func<GraphValue, PictureAxes?> axesOf)
    {
        int rank = node.Outputs[0]!.Type!.Value.Shape.Rank;
        PictureAxes? left = axesOf(node.Inputs[0]!), other = axesOf(node.Inputs[right]!);
        for (int input = 1; input < node.Inputs.Length; input++)
        {
            if (input == right || node.Inputs[input] is not { } parameter) continue;
            (PictureAxes? side, int axis) = input <= lastOfLeft ? (left, inputs.Shape(0).Rank - 2) : (other, inputs.Shape(right).Rank - 1);
            if (axesOf(parameter) is not null || (parameter.Type!.Value.Shape.Count > 1 && side?.DirectionOf(axis) >= 0))
                throw Refusal(node, "takes a scale or a zero point for each row or column of the picture");
        }
        PictureAxes? found = null;
        foreach ((int input, PictureAxes? given, int summedFromEnd) in ((int, PictureAxes?, int)[])[(0, left, 1), (right, other, 2)])
        {
            if (given is not { } axes) continue;
            TensorShape shape = inputs.Shape(input), of = inputs.Shape(input == 0 ? right : 0);
            if (shape.Rank < 2 || rank < shape.Rank) throw Refusal(node, $"multiplies {shape}, a picture that is no matrix");
            for (int direction = 0; direction < PictureAxes.Directions; direction++)
            {
                // With a picture on both sides the products of rows by columns are as many as its pixels squared.
                int fromEnd = shape.Rank - axes[direction];
                if (fromEnd == summedFromEnd || (left is not null && other is not null && fromEnd <= 2)) throw Refusal(node, Sums);
            }
            PictureAxes moved = axes.Moved(axis => axis + rank - shape.Rank);
            if (found is { } known && known != moved) throw Refusal(node, "combines tensors whose rows and columns are different axes");
            found = moved;

            // A constant of the picture's size beside it.
            if (found is { } both && of.Rank > 2 && (left is null || other is null))
                foreach (int axis in (int[])[both.Rows, both.Columns])
                    if (axis < rank - 2 && axis - (rank - of.Rank) is >= 0 and var own && of[own] != 1)
                        throw Refusal(node, "multiplies by a matrix for each row or column of the picture");
        }
        return new(node.Operator, found!.Value);
    }

    // A is a list of pixels, each of which is multiplied by itself.
    private static PointRule OfGemm(GraphNode node, GemmOperator gemm, NodeInputs inputs, PictureAxes axes)
    {
        int pixels = gemm.TakesColumns ? 1 : 0;
        if (!axes.IsList || axes.Rows != pixels) throw Refusal(node, Sums);
        return inputs.Has(2) && inputs.Shape(2) is { Rank: 2 } addend && addend[0] != 1
            ? throw Refusal(node, "adds a number for each row or column of the picture")
            : new(gemm, axes.Moved(static _ => 0));
    }

    private static PointRule OfEinsum(GraphNode node, EinsumOperator einsum, NodeInputs inputs, Func<GraphValue, PictureAxes?> axesOf)
    {
        (int[][] operands, int[] result) = einsum.Letters(inputs);
        int[] pictures = [.. Arrays.Range(0, operands.Length).Where(input => axesOf(node.Inputs[input]!) is not null)];
        if (pictures is not [var picture]) throw Refusal(node, "multiplies pictures by each other");
        PictureAxes axes = axesOf(node.Inputs[picture]!)!.Value;
        int[] letters = operands[picture];
        foreach (int axis in (int[])[axes.Rows, axes.Columns])
        {
            if (!result.Contains(letters[axis])) throw Refusal(node, Sums);
            if (letters.Count(letter => letter == letters[axis]) > 1) throw Refusal(node, "takes a diagonal of the whole picture");
            if (operands.Where((_, input) => input != picture).Any(other => other.Contains(letters[axis])))
                throw Refusal(node, "multiplies by a constant for each row or column of the picture");
        }
        return new(einsum, axes.Moved(axis => Array.IndexOf(result, letters[axis])));
    }
}
