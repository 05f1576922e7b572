using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Matrices;

/// <summary>
/// <c>Gemm</c>: alpha A B + beta C, where A and B may be given transposed, and C broadcasts to the product and may be left out from opset
/// 11 on.
/// </summary>
internal sealed class GemmOperator(NodeAttributes node) : Operator
{
    private readonly float _alpha = node.Float("alpha", 1);
    private readonly float _beta = node.Float("beta", 1);
    private readonly bool _leftTransposed = node.Flag("transA", fallback: false);
    private readonly bool _rightTransposed = node.Flag("transB", fallback: false);
    private readonly bool _needsAddend = node.Opset < 11;
    private readonly ParallelRanges.Body<float, float>? _activation;

    /// <summary>Whether A is given transposed.</summary>
    public bool TakesColumns => _leftTransposed;

    /// <summary>Whether it is A B + C, B as it is or transposed, and nothing else.</summary>
    public bool IsPlain => _alpha == 1 && _beta == 1 && !_leftTransposed && _activation is null;

    /// <summary>Whether B is given transposed.</summary>
    public bool RightTransposed => _rightTransposed;

    private GemmOperator(NodeAttributes node, ParallelRanges.Body<float, float>? activation) : this(node) => _activation = activation;

    /// <summary><c>FusedGemm</c> of ONNX Runtime: the same and an activation by name with its parameters.</summary>
    public static GemmOperator Fused(NodeAttributes node)
    {
        string name = node.Text("activation", "");
        float alpha = node.Float("activation_alpha", name == "HardSigmoid" ? 0.2f : name == "LeakyRelu" ? 0.01f : 1),
            beta = node.Float("activation_beta", 0.5f);
        node.Ignore("activation_gamma");
        return new(node, name switch
        {
            "" => null,
            "Relu" => static (x, y) => TensorPrimitives.Max(x, 0f, y),
            "Tanh" => Of(default(Tanh)),
            "Sigmoid" => Of(default(Sigmoid)),
            "LeakyRelu" => Of(new LeakyRelu(alpha)),
            "HardSigmoid" => Of(new HardSigmoid(alpha, beta)),
            "Elu" => Of(new Elu(alpha)),
            "ThresholdedRelu" => Of(new ThresholdedRelu(alpha)),
            "Softplus" => Of(default(Softplus)),
            "Softsign" => Of(default(Softsign)),
            _ => throw node.Unsupported($"activation '{name}' is not supported"),
        });

        static ParallelRanges.Body<float, float> Of<T>(T function) where T : struct, IVectorFunction =>
            (x, y) => VectorFunction.Apply(function, x, y);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = BinaryRules.RequireSameElements(inputs);
        if (type.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {type}, and must be numbers");
        if (type.Storage == Storage.Integer && (!float.IsInteger(_alpha) || !float.IsInteger(_beta)))
            throw inputs.Fault($"alpha = {_alpha} and beta = {_beta}, and must be whole for integers");
        (int rows, _, int columns) = Sizes(inputs);
        TensorType output = type.WithShape(new(rows, columns));
        if (_needsAddend || inputs.Has(2))
        {
            BinaryRules.RequireSameElements(inputs, 0, 2);
            if (inputs.Shape(2).Rank > 2 || BroadcastLoop.Shape(inputs, output.Shape, inputs.Shape(2)) != output.Shape)
                throw inputs.Fault($"C is {inputs[2]}, and must broadcast to {output}");
        }
        return [output];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        (int Rows, int Depth, int Columns) sizes = Sizes(inputs);
        BroadcastLoop? broadcasting = inputs.Has(2) ? BroadcastLoop.Of(outputs[0].Shape, outputs[0].Shape, inputs.Shape(2)) : null;
        if (outputs[0].Storage == Storage.Integer)
        {
            OnnxElementType element = outputs[0].Element;
            return new(frame =>
            {
                Span<long> destination = frame.Output<long>(0);
                IntegerMatMul.Run(sizes, frame.Input<long>(0), _leftTransposed, frame.Input<long>(1), _rightTransposed, destination);
                TensorPrimitives.Multiply(destination, (long)_alpha, destination);
                broadcasting?.Run<long, long, long>(destination, frame.Input<long>(2), destination, settings,
                    (product, addend, result) => TensorPrimitives.MultiplyAdd(addend, (long)_beta, product, result));
                element.Wrap(destination);
            }) { Flops = 0 };
        }
        float[] bias = _alpha == 1 && inputs.Constant(2) is { } addend ? RowOf(addend, sizes.Columns) : [];
        TensorPrimitives.Multiply(bias, _beta, bias);
        var product = new MatrixProduct(sizes, _rightTransposed, inputs.Constant(1), bias, settings);
        if (product.AddsBias) broadcasting = null;
        StridedGather? turn = _leftTransposed ? StridedGather.Of([sizes.Rows, sizes.Depth], [1, sizes.Rows]) : null;
        PreparedNode computation = product.Describe(frame =>
        {
            ReadOnlySpan<float> left = frame.Input<float>(0);
            if (turn is not null)
            {
                var turned = new float[left.Length];
                turn.Run(left, turned, settings);
                left = turned;
            }
            Span<float> destination = frame.Output<float>(0);
            product.Run(left, frame.Input<float>(1), destination);
            if (_alpha != 1) TensorPrimitives.Multiply(destination, _alpha, destination);
            broadcasting?.Run<float, float, float>(destination, frame.Input<float>(2), destination, settings,
                (sums, addend, result) => TensorPrimitives.MultiplyAdd(addend, _beta, sums, result));
            if (_activation is not null) ParallelRanges.Run<float, float>(destination, destination, settings, _activation);
        });
        return computation with
        {
            HoldsWeights = product.HoldsRight && inputs.Constant(0) is null && (broadcasting is null || inputs.Constant(2) is null),
            WorkspaceBytes = computation.WorkspaceBytes + (turn is null ? 0 : inputs[0].Bytes),
        };
    }

    private (int Rows, int Depth, int Columns) Sizes(NodeInputs inputs)
    {
        TensorShape left = inputs.Shape(0), right = inputs.Shape(1);
        if (left.Rank != 2 || right.Rank != 2) throw inputs.Fault($"A is {inputs[0]} and B {inputs[1]}, and both must have 2 axes");
        (int rows, int depth) = _leftTransposed ? (left[1], left[0]) : (left[0], left[1]);
        (int other, int columns) = _rightTransposed ? (right[1], right[0]) : (right[0], right[1]);
        return depth == other
            ? (rows, depth, columns)
            : throw inputs.Fault(
            $"A is {left}{(_leftTransposed ? " transposed" : "")} and B {right}{(_rightTransposed ? " transposed" : "")}: columns "
                + $"{depth} of the first and rows {other} of the second must be equal");
    }

    // C where it is the same for all rows.
    private static float[] RowOf(OnnxTensor addend, int columns)
    {
        TensorShape shape = addend.Type.Shape;
        if (addend.Length != 1) return addend.Length == columns && (shape.Rank == 1 || shape[0] == 1) ? addend.Floats.ToArray() : [];
        var row = new float[columns];
        Array.Fill(row, addend.Floats[0]);
        return row;
    }
}
