using System.Numerics;

namespace Upstride.Explain.Diagnosis;

/// <summary>Discrete Fourier transforms of any length, quick where it is a product of small primes (Cooley and Tukey, 1965).</summary>
internal static class Fourier
{
    /// <summary>The transform of a signal.</summary>
    public static Complex[] Transform(ReadOnlySpan<Complex> signal)
    {
        int length = signal.Length;
        int prime = SmallestPrime(length);
        if (prime == length) return Direct(signal);

        // Every prime-th element makes a part; the parts, turned, are added.
        int rest = length / prime;
        var parts = new Complex[prime][];
        for (int p = 0; p < prime; p++)
        {
            var part = new Complex[rest];
            for (int i = 0; i < rest; i++) part[i] = signal[i * prime + p];
            parts[p] = Transform(part);
        }
        var result = new Complex[length];
        for (int k = 0; k < length; k++)
            for (int p = 0; p < prime; p++)
                result[k] += parts[p][k % rest] * Turn(p * (long)k, length);
        return result;
    }

    /// <summary>The power of the transform of a square of [size, size].</summary>
    public static double[] Power(ReadOnlySpan<double> square, int size)
    {
        var rows = new Complex[size][];
        for (int row = 0; row < size; row++)
        {
            var line = new Complex[size];
            for (int column = 0; column < size; column++) line[column] = square[row * size + column];
            rows[row] = Transform(line);
        }
        var power = new double[size * size];
        var one = new Complex[size];
        for (int column = 0; column < size; column++)
        {
            for (int row = 0; row < size; row++) one[row] = rows[row][column];
            Complex[] turned = Transform(one);
            for (int row = 0; row < size; row++) power[row * size + column] = turned[row].Real * turned[row].Real + turned[row]
                .Imaginary * turned[row].Imaginary;
        }
        return power;
    }

    private static Complex[] Direct(ReadOnlySpan<Complex> signal)
    {
        var result = new Complex[signal.Length];
        for (int k = 0; k < result.Length; k++)
            for (int i = 0; i < signal.Length; i++) result[k] += signal[i] * Turn((long)i * k, signal.Length);
        return result;
    }

    private static Complex Turn(long product, int length)
    {
        (double sine, double cosine) = Math.SinCos(-2 * Math.PI * (product % length) / length);
        return new(cosine, sine);
    }

    private static int SmallestPrime(int length)
    {
        for (int prime = 2; prime * prime <= length; prime++) if (length % prime == 0) return prime;
        return length;
    }
}
