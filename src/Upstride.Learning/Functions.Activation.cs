using System.Numerics;
using Upstride.Learning.Operations;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>x times sigmoid(x): PyTorch's <c>silu</c>. Elfwing, Uchibe and Doya, 2018; Ramachandran, Zoph and Le, "Swish",
    /// 2017.</summary>
    public static Variable<T> SiLU<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T> => Multiply(value, Sigmoid(value));

    /// <summary>x times the normal distribution up to x: PyTorch's <c>gelu</c>. Hendrycks and Gimpel, 2016.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="approximate">Whether by x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))) instead.</param>
    public static Variable<T> GELU<T>(Variable<T> value, bool approximate = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        T half = T.CreateTruncating(0.5);
        Variable<T> distribution = approximate
            ? Tanh((value + value * Square(value) * T.CreateTruncating(0.044715)) * T.CreateTruncating(Math.Sqrt(2 / Math.PI)))
            : Unary<T, ErrorFunction<T>>.Run(value * T.CreateTruncating(Math.Sqrt(0.5)));
        return value * ScaleAndShift(distribution, half, half);
    }

    /// <summary>x where positive, alpha (e^x - 1) elsewhere: PyTorch's <c>elu</c>. Clevert, Unterthiner and Hochreiter, 2016.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="alpha">Where it ends on the left, with the other sign.</param>
    public static Variable<T> ELU<T>(Variable<T> value, double alpha = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Variable<T> positive = ReLU(value);
        return positive + (Exp(value - positive) - T.One) * T.CreateTruncating(alpha);
    }

    /// <summary>log(1 + e^(beta x)) / beta, a smooth <see cref="ReLU"/>, and x itself where beta x is above the threshold: PyTorch's
    /// <c>softplus</c>.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="beta">How sharp the bend is, above 0.</param>
    /// <param name="threshold">Where the line begins.</param>
    /// <exception cref="ArgumentOutOfRangeException">A beta that is not above 0.</exception>
    public static Variable<T> Softplus<T>(Variable<T> value, double beta = 1, double threshold = 20)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!(beta > 0)) throw new ArgumentOutOfRangeException(nameof(beta), beta, $"beta = {beta}, and must be above 0");
        Tape<T> tape = Tape<T>.Of([value]);
        Variable<T> scaled = value * T.CreateTruncating(beta), above = scaled - T.CreateTruncating(threshold);
        Variable<T> line = Binary<T, WherePositive<T>>.Run(scaled, above);

        // Where the line is, the curve is at 0, and its value there is taken away.
        Variable<T> zeros = Zeros(tape, value), curve = Binary<T, LogisticCrossEntropy<T>>.Run(scaled - line, zeros);
        Variable<T> atZero = Binary<T, WherePositive<T>>.Run(Binary<T, LogisticCrossEntropy<T>>.Run(zeros, zeros), above);
        return (line + curve - atZero) * T.CreateTruncating(1 / beta);
    }

    /// <summary>max(x, 0), but at most 6: PyTorch's <c>relu6</c>. Its gradient at 0 and at 6 is 0.</summary>
    public static Variable<T> ReLU6<T>(Variable<T> value)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T six = T.CreateTruncating(6);
        return ScaleAndShift(ReLU(ScaleAndShift(ReLU(value), -T.One, six)), -T.One, six);
    }

    /// <summary>Zeros of a variable's shape.</summary>
    internal static Variable<T> Zeros<T>(Tape<T> tape, Variable<T> like)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Variable<T> zeros = tape.Empty(like.Shape.AsSpan());
        zeros.Elements.Clear();
        return zeros;
    }
}
