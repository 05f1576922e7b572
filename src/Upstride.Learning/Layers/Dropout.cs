using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// While learning, each element becomes 0 with a given probability, and the others are divided by the probability to stay; in use,
/// nothing. Srivastava et al., "Dropout", 2014.
/// </summary>
public sealed class Dropout<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="probability">To become 0.</param>
    /// <param name="random">Draws what becomes 0, one number for each element.</param>
    /// <exception cref="ArgumentOutOfRangeException">A probability outside 0 .. 1, 1 excluded.</exception>
    public Dropout(double probability, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (probability is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability,
                $"probability = {probability}, and must be at least 0 and less than 1");
        Random = random;
        Probability = probability;
    }

    /// <summary>Where the draws come from; its state belongs to a checkpoint.</summary>
    public RandomSource Random { get; }

    /// <summary>To become 0.</summary>
    public double Probability { get; }

    /// <summary>Drops elements, while learning.</summary>
    /// <param name="input">Any shape.</param>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!IsTraining || Probability == 0) return input;
        Variable<T> kept = Tape<T>.Of([input]).Empty(input.Shape.AsSpan());
        T factor = T.CreateChecked(1 / (1 - Probability));
        foreach (ref T element in kept.Values) element = Random.NextUniform() < Probability ? T.Zero : factor;
        return input * kept;
    }
}
