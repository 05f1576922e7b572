using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Matrices;

/// <summary>
/// <c>MatMul</c>: products of the matrices that are the last two axes; the axes before broadcast. A tensor of one axis is a row on the left
/// and a column on the right, and its axis is gone from the result.
/// </summary>
internal sealed class MatMulOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = BinaryRules.RequireSameElements(inputs);
        if (type.Storage == Storage.Boolean) throw inputs.Fault($"input 0 is {type}, and must be numbers");
        return [type.WithShape(Problem.Of(inputs).Result)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        Problem problem = Problem.Of(inputs);
        (int rows, int depth, int columns) = problem.Sizes;
        if (outputs[0].Storage == Storage.Integer)
        {
            OnnxElementType element = outputs[0].Element;
            return new(frame =>
            {
                foreach ((int left, int right, int output) in problem.Places())
                    IntegerMatMul.Run(problem.Sizes, frame.Input<long>(0)[left..], leftTransposed: false, frame.Input<long>(1)[right..],
                        rightTransposed: false, frame.Output<long>(0)[output..]);
                element.Wrap(frame.Output<long>(0));
            }) { Flops = 0 };
        }

        // One matrix on the right serves the rows of all on the left as if they were one.
        if (problem.RightBatch.Count == 1)
        {
            var product =
                new MatrixProduct((problem.Batch.Count * rows, depth, columns), transposed: false, inputs.Constant(1), default, settings);
            return product.Describe(
                frame => product.Run(frame.Input<float>(0), frame.Input<float>(1),
                    frame.Output<float>(0))) with { HoldsWeights = product.HoldsRight && inputs.Constant(0) is null };
        }
        var each = new MatrixProduct(problem.Sizes, transposed: false, right: null, default, settings);
        return each.Describe(frame =>
        {
            foreach ((int left, int right, int output) in problem.Places())
                each.Run(frame.Input<float>(0).Slice(left, rows * depth), frame.Input<float>(1).Slice(right, depth * columns),
                    frame.Output<float>(0).Slice(output, rows * columns));
        }) with { Flops = 2L * outputs[0].Shape.Count * depth };
    }

    /// <summary>Matrices and how many: the shapes of all axes but the last two, of both together and of each.</summary>
    internal sealed record Problem(TensorShape Batch, TensorShape LeftBatch, TensorShape RightBatch,
        (int Rows, int Depth, int Columns) Sizes)
    {
        public static Problem Of(NodeInputs inputs, int first = 0, int second = 1)
        {
            TensorShape left = inputs.Shape(first), right = inputs.Shape(second), leftGiven = left, rightGiven = right;
            if (left.Rank == 0 || right.Rank == 0)
                throw inputs.Fault($"the factors are {left} and {right}, and must have at least one axis");
            if (left.Rank == 1) left = new(1, left[0]);
            if (right.Rank == 1) right = new(right[0], 1);
            if (left[left.Rank - 1] != right[right.Rank - 2])
                throw inputs.Fault(
                    $"the factors are {leftGiven} and {rightGiven}: columns {left[left.Rank - 1]} of the first and rows "
                        + $"{right[right.Rank - 2]} of the second must be equal");
            TensorShape leftBatch = new(left.Lengths[..^2]), rightBatch = new(right.Lengths[..^2]);
            return new(BroadcastLoop.Shape(inputs, leftBatch, rightBatch), leftBatch, rightBatch,
                (left[left.Rank - 2], left[left.Rank - 1], right[right.Rank - 1]))
                { IsRow = leftGiven.Rank == 1, IsColumn = rightGiven.Rank == 1 };
        }

        /// <summary>The shape of the result.</summary>
        public TensorShape Result =>
            new([.. Batch.Lengths, .. IsRow ? (nint[])[] : [Sizes.Rows], .. IsColumn ? (nint[])[] : [Sizes.Columns]]);

        private bool IsRow { get; init; }

        private bool IsColumn { get; init; }

        /// <summary>Where the matrices of each product begin.</summary>
        public IEnumerable<(int Left, int Right, int Output)> Places()
        {
            (int rows, int depth, int columns) = Sizes;
            for (int product = 0; product < Batch.Count; product++)
                yield return (IndexIn(LeftBatch, product) * rows * depth, IndexIn(RightBatch, product) * depth * columns,
                    product * rows * columns);
        }

        private int IndexIn(TensorShape own, int product)
        {
            int index = 0, step = 1;
            for (int axis = 1; axis <= Batch.Rank; axis++)
            {
                (product, int place) = Math.DivRem(product, Batch[Batch.Rank - axis]);
                if (axis > own.Rank) continue;
                if (own[own.Rank - axis] != 1) index += place * step;
                step *= own[own.Rank - axis];
            }
            return index;
        }
    }
}
