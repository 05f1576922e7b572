using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Matrices;

/// <summary>
/// <c>Det</c> (opset 11 on): the determinants of the matrices that are the last two axes, by elimination in double precision.
/// </summary>
internal sealed class DetOperator : Operator
{
    public DetOperator(NodeAttributes node) => node.RequireOpset(11);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Float(0).Shape;
        if (shape.Rank < 2 || shape[shape.Rank - 1] != shape[shape.Rank - 2])
            throw inputs.Fault($"input 0 is {inputs[0]}, and its last two axes must be equal");
        return [inputs[0].WithShape(new(shape.Lengths[..^2]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int size = shape[shape.Rank - 1], area = size * size;
        return new(frame =>
        {
            ReadOnlySpan<float> matrices = frame.Input<float>(0);
            Span<float> determinants = frame.Output<float>(0);
            var matrix = new double[area];
            for (int i = 0; i < determinants.Length; i++)
            {
                frame.CancellationToken.ThrowIfCancellationRequested();
                for (int j = 0; j < area; j++) matrix[j] = matrices[(i * area) + j];
                determinants[i] = (float)Determinant(matrix, size);
            }
        })
        {
            Flops = 2L * outputs[0].Shape.Count * area * size / 3,
            WorkspaceBytes = sizeof(double) * (long)area,
        };
    }

    // Each column's largest element is brought to the diagonal, and what is beneath it is subtracted away.
    private static double Determinant(double[] matrix, int size)
    {
        double determinant = 1;
        for (int column = 0; column < size; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < size; row++)
                if (Math.Abs(matrix[(row * size) + column]) > Math.Abs(matrix[(pivot * size) + column])) pivot = row;
            Span<double> from = matrix.AsSpan(pivot * size, size), own = matrix.AsSpan(column * size, size);
            double value = from[column];
            if (value == 0) return 0;
            if (pivot != column)
            {
                for (int i = column; i < size; i++) (from[i], own[i]) = (own[i], from[i]);
                determinant = -determinant;
            }
            determinant *= value;
            for (int row = column + 1; row < size; row++)
            {
                Span<double> below = matrix.AsSpan(row * size, size);
                double factor = below[column] / value;
                for (int i = column + 1; i < size; i++) below[i] -= factor * own[i];
            }
        }
        return determinant;
    }
}
