using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Recognises a convolution, transposed convolution or matrix product of 8-bit numbers that are dequantized before it, as its weights are,
/// and quantized after it: it is computed in integers, as <c>QLinearConv</c> and <c>QLinearMatMul</c> are. A bias is of 32-bit integers
/// that are dequantized by the product of both scales, or constant in single precision.
/// </summary>
internal sealed class QuantizedPattern : PatternPass
{
    protected override Storage Result => Storage.Integer;

    protected override Replacement? Match(GraphNode node, Expressions expressions)
    {
        if (node.Operator is not QuantizeLinearOperator || node.Outputs[0]!.Type is not { } type || !IsByte(type)) return null;
        if (ScaleOf(node, type.Element) is not var (scale, zero)) return null;

        // What is below the zero point of the least number is quantized to it, also without a rectifier before.
        GraphValue value = node.Inputs[0]!;
        if (expressions.Argument(value, "Relu") is { } rectified && zero.Constant!.Integers[0] == type.Element.Range.Minimum)
            value = rectified;
        if (expressions.Writer(value) is not { Inputs: [{ } input, { } weight, ..] } product) return null;
        return product.Operator switch
        {
            ConvolutionOperator { IsPlain: true } window and (ConvOperator or ConvTransposeOperator)
                when product.Inputs.Length <= ConvolutionOperator.Residual && expressions.Writer(input) is { } source =>
                Convolution(product, source, weight, window, scale, zero),
            MatMulOperator when expressions.Writer(input) is { } source && Of(source) is { Scale.Length: 1 } left
                && Of(weight.Dequantization) is { } right
                && Fits(right, weight.Type!.Value.Shape, weight.Type.Value.Shape.Rank - 1) && weight.Type.Value.Shape.Rank == 2 =>
                new("QLinearMatMul", new MatMulIntegerOperator(), [.. left.Inputs, .. right.Inputs, scale, zero]),
            GemmOperator { IsPlain: true } gemm when expressions.Writer(input) is { } source =>
                Product(product, source, weight, gemm.RightTransposed, scale, zero),
            _ => null,
        };
    }

    private static Replacement? Convolution(GraphNode product, GraphNode source, GraphValue weight, ConvolutionOperator window,
        GraphValue scale, GraphValue zero)
    {
        bool transposed = window is ConvTransposeOperator;
        if (Of(source) is not { Scale.Length: 1 } x || Of(weight.Dequantization) is not { } w) return null;
        TensorShape shape = weight.Type!.Value.Shape, result = product.Outputs[0]!.Type!.Value.Shape;

        // One scale for each output channel: along axis 0, or 1 of a transposed convolution without groups.
        if (!Fits(w, shape, transposed ? 1 : 0) || (w.Scale.Length > 1 && w.Scale.Length != result[1])) return null;
        (GraphValue? bias, bool fits) = BiasOf(product, x, w, result[1]);
        if (!fits) return null;
        return new(transposed ? "QLinearConvTranspose" : "QLinearConv", new ConvIntegerOperator(window),
            [.. x.Inputs, .. w.Inputs, scale, zero, bias]);
    }

    private static Replacement? Product(GraphNode product, GraphNode source, GraphValue weight, bool transposed, GraphValue scale,
        GraphValue zero)
    {
        if (Of(source) is not { Scale.Length: 1 } left || Of(weight.Dequantization) is not { } right) return null;
        TensorShape shape = weight.Type!.Value.Shape;
        int columns = transposed ? 0 : 1;
        if (!Fits(right, shape, columns)) return null;
        (GraphValue? bias, bool fits) = BiasOf(product, left, right, shape[columns]);
        if (!fits) return null;
        GraphValue[] factor = [transposed ? Transposed(right.Inputs[0]) : right.Inputs[0], .. right.Inputs[1..]];
        return new(bias is null ? "QLinearMatMul" : "QLinearGemm", new MatMulIntegerOperator(),
            [.. left.Inputs, .. factor, scale, zero, bias]);
    }

    // A constant matrix of integers with its axes changed about.
    private static GraphValue Transposed(GraphValue matrix)
    {
        OnnxTensor given = matrix.Constant!;
        (int rows, int columns) = (given.Type.Shape[0], given.Type.Shape[1]);
        var turned = new long[given.Length];
        for (int i = 0; i < turned.Length; i++) turned[i] = given.Integers[(i % rows * columns) + (i / rows)];
        var type = new TensorType(given.ElementType, new(columns, rows));
        return new(matrix.Name) { Constant = new(type, turned), Type = type };
    }

    // Input 2 of a node as a bias of sums: whole numbers of their steps, single precision, or none; false where it is anything else.
    private static (GraphValue? Bias, bool Fits) BiasOf(GraphNode product, Dequantized x, Dequantized w, int length)
    {
        if (product.Inputs.Length <= 2 || product.Inputs[2] is not { } bias) return (null, true);
        TensorShape shape = bias.Type!.Value.Shape;
        if (shape.Rank == 0 || shape.Count != length || shape[shape.Rank - 1] != length) return (null, false);
        if (bias.Dequantization is null) return (bias, bias.Constant is { ElementType: OnnxElementType.Float32 });
        if (bias.Dequantization is not { Inputs: [{ Constant.ElementType: OnnxElementType.Int32 } integers, { Constant: { } scales },
            ..] } given
            || (given.Inputs.Length > 2 && given.Inputs[2] is { } point && point.Constant!.Integers.ContainsAnyExcept(0L)))
            return (null, false);
        for (int i = 0; i < scales.Length; i++)
            if (!Near(scales.Floats[i], x.Scale.Floats[0] * w.Scale.Floats[w.Scale.Length == 1 ? 0 : i])) return (null, false);
        return (integers, scales.Length != 1 || w.Scale.Length == 1);
    }

    private static bool Near(float value, float expected) => Math.Abs(value - expected) <= 1e-6f * Math.Abs(expected);

    // One scale, or one for each index of the axis.
    private static bool Fits(Dequantized value, TensorShape shape, int axis) => value.Scale.Length == 1
        || ((value.Axis < 0 ? value.Axis + shape.Rank : value.Axis) == axis && value.Scale.Length == shape[axis]);

    // A dequantization of 8-bit numbers whose scale and zero point are constants.
    private static Dequantized? Of(GraphNode? node)
    {
        if (node is not { Operator: DequantizeLinearOperator { IsBlocked: false } operation, Inputs: [{ Type: { } type } input,
            { Constant: { } scale } by, ..] }
            || !IsByte(type) || scale.ElementType != OnnxElementType.Float32) return null;
        if (node.Inputs.Length > 2 && node.Inputs[2] is { } zero)
            return zero.Constant is null ? null : new([input, by, zero], scale, operation.Axis);
        return new([input, by, Zero(type.Element, scale.Type.Shape)], scale, operation.Axis);
    }

    private static (GraphValue Scale, GraphValue Zero)? ScaleOf(GraphNode node, OnnxElementType element)
    {
        if (node.Inputs[1] is not { Constant: { Length: 1, ElementType: OnnxElementType.Float32 } } scale) return null;
        GraphValue zero = node.Inputs.Length > 2 && node.Inputs[2] is { } given ? given : Zero(element, TensorShape.Scalar);
        return zero.Constant is null ? null : (scale, zero);
    }

    private static GraphValue Zero(OnnxElementType element, TensorShape shape)
    {
        var type = new TensorType(element, shape);
        return new("zero point") { Constant = new(type, type.NewArray()), Type = type };
    }

    private static bool IsByte(TensorType type) => type.Element is OnnxElementType.UInt8 or OnnxElementType.Int8;

    private sealed record Dequantized(GraphValue[] Inputs, OnnxTensor Scale, long Axis);
}
