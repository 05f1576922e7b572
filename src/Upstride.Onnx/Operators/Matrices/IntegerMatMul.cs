namespace Upstride.Onnx.Operators.Matrices;

/// <summary>The product of two matrices of integers, exact modulo 2^64.</summary>
internal static class IntegerMatMul
{
    /// <summary>C = A B, A [rows, depth], B [depth, columns], each transposed where asked.</summary>
    public static void Run(
        (int Rows, int Depth, int Columns) sizes, ReadOnlySpan<long> left, bool leftTransposed, ReadOnlySpan<long> right,
            bool rightTransposed, Span<long> destination)
    {
        (int rows, int depth, int columns) = sizes;
        (int leftRow, int leftStep) = leftTransposed ? (1, rows) : (depth, 1);
        (int rightStep, int rightColumn) = rightTransposed ? (1, depth) : (columns, 1);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                long sum = 0;
                for (int k = 0; k < depth; k++)
                    sum += left[(row * leftRow) + (k * leftStep)] * right[(k * rightStep) + (column * rightColumn)];
                destination[(row * columns) + column] = sum;
            }
        }
    }
}
