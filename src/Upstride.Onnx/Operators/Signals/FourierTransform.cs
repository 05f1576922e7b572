using System.Numerics;

namespace Upstride.Onnx.Operators.Signals;

/// <summary>
/// The discrete Fourier transform of one length, sum over n of x[n] exp(-2 pi i k n / N), and its inverse without the division by N: in
/// parts by the prime factors of the length (Cooley and Tukey, 1965), in double precision.
/// </summary>
internal sealed class FourierTransform
{
    private readonly Complex[] _roots;

    /// <param name="length">At least 1.</param>
    /// <param name="inverse">Whether the exponent is positive.</param>
    public FourierTransform(int length, bool inverse)
    {
        _roots = new Complex[length];
        for (int k = 0; k < length; k++) _roots[k] = Complex.FromPolarCoordinates(1, (inverse ? 2 : -2) * Math.PI * k / length);
    }

    /// <summary>Complex multiplications of a transform of this length: the length times the sum of its prime factors.</summary>
    public static long Products(int length)
    {
        long factors = 0;
        for (int rest = length; rest > 1; rest /= Factor(rest)) factors += Factor(rest);
        return length * Math.Max(1, factors);
    }

    /// <summary>Transforms; the two do not overlap, and have the length.</summary>
    public void Run(ReadOnlySpan<Complex> input, Span<Complex> output) => Run(input, 1, output);

    private void Run(ReadOnlySpan<Complex> input, int stride, Span<Complex> output)
    {
        int parts = Factor(output.Length), each = output.Length / parts;
        if (parts == 1)
        {
            output[0] = input[0];
            return;
        }
        for (int part = 0; part < parts; part++)
            Run(input[(part * stride)..], stride * parts, output.Slice(part * each, each));
        Complex[] terms = new Complex[parts];
        for (int k = 0; k < each; k++)
        {
            for (int part = 0; part < parts; part++) terms[part] = output[(part * each) + k] * Root((long)part * k * stride);
            for (int q = 0; q < parts; q++)
            {
                Complex sum = terms[0];
                for (int part = 1; part < parts; part++) sum += terms[part] * Root((long)part * q * each * stride);
                output[(q * each) + k] = sum;
            }
        }
    }

    private Complex Root(long power) => _roots[power % _roots.Length];

    // The least prime factor; 1 of 1.
    private static int Factor(int number)
    {
        for (int factor = 2; (long)factor * factor <= number; factor++)
            if (number % factor == 0) return factor;
        return number;
    }
}
