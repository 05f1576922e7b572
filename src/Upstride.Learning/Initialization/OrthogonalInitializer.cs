using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

/// <summary>
/// The weights as a matrix [first length, the others] whose rows, or columns where there are fewer, are at right angles and of one length.
/// </summary>
internal sealed class OrthogonalInitializer(double gain) : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);
        if (shape.Length < 2)
            throw new ArgumentException(
                $"shape is [{string.Join(", ", shape.ToArray())}], and an orthogonal start needs at least 2 lengths", nameof(shape));
        if (destination.IsEmpty) return;
        int rows = (int)shape[0], columns = destination.Length / rows;

        // Vectors are the shorter side, each made to stand on those before it: a distribution that no rotation changes.
        (int vectors, int length) = rows <= columns ? (rows, columns) : (columns, rows);
        double[][] basis = new double[vectors][];
        for (int i = 0; i < vectors; i++)
        {
            do
            {
                basis[i] = new double[length];
                random.FillNormal(0, 1, basis[i].AsSpan());
            }
            while (!Straighten(basis, i));
        }
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                destination[row * columns
                    + column] = T.CreateTruncating(gain * (rows <= columns ? basis[row][column] : basis[column][row]));
    }

    // Twice, for what rounding left of the first time; false where nothing was left of the vector.
    private static bool Straighten(double[][] basis, int last)
    {
        double[] vector = basis[last];
        double before = Math.Sqrt(Dot(vector, vector));
        for (int pass = 0; pass < 2; pass++)
            for (int i = 0; i < last; i++)
            {
                double product = Dot(vector, basis[i]);
                for (int j = 0; j < vector.Length; j++) vector[j] -= product * basis[i][j];
            }
        double length = Math.Sqrt(Dot(vector, vector));
        if (!(length > 1e-8 * before)) return false;
        for (int j = 0; j < vector.Length; j++) vector[j] /= length;
        return true;
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }
}

/// <summary>Normal weights of which those outside of two bounds are drawn again.</summary>
internal sealed class TruncatedNormalInitializer(double mean, double deviation, double least, double most) : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        RequireWeight(shape, random, destination.Length);
        foreach (ref T element in destination)
        {
            double drawn;
            do drawn = random.NextNormal(mean, deviation);
            while (drawn < least || drawn > most);
            element = T.CreateTruncating(drawn);
        }
    }
}
