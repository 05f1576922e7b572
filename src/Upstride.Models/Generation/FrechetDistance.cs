namespace Upstride.Models.Generation;

/// <summary>
/// How far two sets of feature vectors are apart, each taken for a normal distribution: the squared distance of the means, plus the trace
/// of
/// C1 + C2 - 2 (C1 C2)^(1/2) of the covariances.
/// </summary>
/// <remarks>Sources: Dowson and Landau, "The Fréchet distance between multivariate normal distributions", 1982; Heusel et al., "GANs
/// Trained
/// by a Two Time-Scale Update Rule", 2017.</remarks>
public static class FrechetDistance
{
    /// <summary>The distance; the unit is that of the features, squared.</summary>
    /// <param name="first">[count, features], at least two vectors.</param>
    /// <param name="second">[count, features], at least two vectors.</param>
    /// <param name="features">Numbers of a vector.</param>
    /// <exception cref="ArgumentException">Lengths that are no multiples of the features, or fewer than two vectors.</exception>
    public static double Between(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int features)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        (double[] firstMean, double[,] firstCovariance) = Statistics(first, features, nameof(first));
        (double[] secondMean, double[,] secondCovariance) = Statistics(second, features, nameof(second));
        double distance = 0;
        for (int i = 0; i < features; i++)
        {
            double difference = firstMean[i] - secondMean[i];
            distance += difference * difference + firstCovariance[i, i] + secondCovariance[i, i];
        }

        // The eigenvalues of C1 C2 are those of the symmetric matrix C1^(1/2) C2 C1^(1/2).
        double[,] root = SquareRoot(firstCovariance);
        (double[] values, _) = Eigen(Product(Product(root, secondCovariance), root));
        return Math.Max(0, distance - 2 * values.Sum(static value => Math.Sqrt(Math.Max(0, value))));
    }

    /// <summary>The eigenvalues of a symmetric matrix, and its eigenvectors as columns, by Jacobi's rotations.</summary>
    internal static (double[] Values, double[,] Vectors) Eigen(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] a = (double[,])matrix.Clone(), v = new double[n, n];
        for (int i = 0; i < n; i++) v[i, i] = 1;
        const int mostSweeps = 60;
        for (int sweep = 0; sweep < mostSweeps; sweep++)
        {
            double beside = 0, all = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                {
                    all += a[i, j] * a[i, j];
                    if (i != j) beside += a[i, j] * a[i, j];
                }
            if (beside <= 1e-30 * all) break;
            for (int p = 0; p < n - 1; p++)
                for (int q = p + 1; q < n; q++)
                    Rotate(a, v, p, q);
        }
        double[] values = new double[n];
        for (int i = 0; i < n; i++) values[i] = a[i, i];
        return (values, v);
    }

    private static void Rotate(double[,] a, double[,] v, int p, int q)
    {
        if (a[p, q] == 0) return;
        int n = a.GetLength(0);
        double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double cosine = 1 / Math.Sqrt(tangent * tangent + 1), sine = tangent * cosine;
        for (int i = 0; i < n; i++) (a[i, p], a[i, q]) = (cosine * a[i, p] - sine * a[i, q], sine * a[i, p] + cosine * a[i, q]);
        for (int i = 0; i < n; i++) (a[p, i], a[q, i]) = (cosine * a[p, i] - sine * a[q, i], sine * a[p, i] + cosine * a[q, i]);
        for (int i = 0; i < n; i++) (v[i, p], v[i, q]) = (cosine * v[i, p] - sine * v[i, q], sine * v[i, p] + cosine * v[i, q]);
    }

    private static double[,] SquareRoot(double[,] matrix)
    {
        (double[] values, double[,] vectors) = Eigen(matrix);
        int n = values.Length;
        double[,] root = new double[n, n];
        for (int k = 0; k < n; k++)
        {
            double value = Math.Sqrt(Math.Max(0, values[k]));
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    root[i, j] += value * vectors[i, k] * vectors[j, k];
        }
        return root;
    }

    private static double[,] Product(double[,] left, double[,] right)
    {
        int n = left.GetLength(0);
        double[,] product = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n; k++)
                for (int j = 0; j < n; j++)
                    product[i, j] += left[i, k] * right[k, j];
        return product;
    }

    private static (double[] Mean, double[,] Covariance) Statistics(ReadOnlySpan<float> vectors, int features, string name)
    {
        int count = vectors.Length / features;
        if (vectors.Length != count * features || count < 2)
            throw new ArgumentException($"{name} holds {vectors.Length} numbers, and must hold {features} for each of at least 2 vectors",
                name);
        double[] mean = new double[features], centred = new double[features];
        double[,] covariance = new double[features, features];
        for (int i = 0; i < vectors.Length; i++) mean[i % features] += (double)vectors[i] / count;
        for (int one = 0; one < count; one++)
        {
            for (int i = 0; i < features; i++) centred[i] = vectors[one * features + i] - mean[i];
            for (int i = 0; i < features; i++)
                for (int j = 0; j < features; j++)
                    covariance[i, j] += centred[i] * centred[j] / (count - 1);
        }
        return (mean, covariance);
    }
}
