using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>MatMulInteger</c> (opset 10 on): products of matrices of 8-bit numbers less their zero points into 32-bit sums; and
/// <c>QLinearMatMul</c>, whose sums become 8-bit numbers again. The left factor may have a zero point and a scale for each row, the right
/// one for each column.
/// </summary>
internal sealed class MatMulIntegerOperator : Operator
{
    private readonly bool _requantizes;

    public MatMulIntegerOperator(NodeAttributes node, bool requantizes = false)
    {
        node.RequireOpset(10);
        _requantizes = requantizes;
    }

    /// <summary>
    /// What computes <c>MatMul</c> or, with a bias for each column, <c>Gemm</c> of numbers that were dequantized before it and are
    /// quantized after it.
    /// </summary>
    public MatMulIntegerOperator() => _requantizes = true;

    /// <summary>The inputs that are the right factor and the zero points, after scales where there are some.</summary>
    public (int Right, int LeftZero, int RightZero) Places => _requantizes ? (3, 2, 5) : (1, 2, 3);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        (int right, int leftZero, int rightZero) = Places;
        IntegerSums.Require(inputs, 0);
        IntegerSums.Require(inputs, right);
        var problem = MatMulOperator.Problem.Of(inputs, 0, right);
        (int rows, _, int columns) = problem.Sizes;
        IntegerSums.RequireZero(inputs, leftZero, 0, rows);
        IntegerSums.RequireZero(inputs, rightZero, right, columns);
        if (_requantizes) Requantization.RequireBias(inputs, columns);
        return [new(_requantizes ? Requantization.Inputs.Require(inputs, rows, columns) : OnnxElementType.Int32, problem.Result)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        (int right, int leftZero, int rightZero) = Places;
        var problem = MatMulOperator.Problem.Of(inputs, 0, right);
        (int rows, int depth, int columns) = problem.Sizes;
        bool floatBias = _requantizes && inputs.Has(Requantization.Bias) && inputs[Requantization.Bias].Storage == Storage.Float;
        return new(frame =>
        {
            int[] a = IntegerSums.Centered(frame.Input<long>(0), frame.Input<long>(leftZero), depth);
            int[] b = IntegerSums.Centered(frame.Input<long>(right), frame.Input<long>(rightZero), 1);
            var sums = new int[outputs[0].Shape.Count];
            foreach ((int first, int second, int output) in problem.Places())
                IntegerSums.Multiply(problem.Sizes, a.AsSpan(first, rows * depth), b.AsSpan(second, depth * columns),
                    sums.AsSpan(output, rows * columns), settings);
            if (!_requantizes)
            {
                for (int i = 0; i < sums.Length; i++) frame.Output<long>(0)[i] = sums[i];
                return;
            }
            if (!floatBias) Requantization.AddBias(frame.Input<long>(Requantization.Bias), sums, rows, columns, byColumn: true);
            Requantization.Inputs.Run(frame, sums, rows, columns, secondByColumn: true, outputs[0].Element,
                floatBias ? frame.Input<float>(Requantization.Bias) : default);
        })
        {
            Algorithm = "integers",
            Flops = 2L * outputs[0].Shape.Count * depth,
            WorkspaceBytes = sizeof(int) * ((long)inputs.Shape(0).Count + inputs.Shape(right).Count + outputs[0].Shape.Count),
        };
    }
}
