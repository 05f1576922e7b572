using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// PyTorch's <c>Dropout1d/2d/3d</c>: while learning, each channel of each sample becomes 0 as a whole with a given probability, and the
/// others are divided by the probability to stay; in use, nothing. Tompson et al., "Efficient object localization", 2015.
/// </summary>
public sealed class Dropout2d<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="probability">To become 0.</param>
    /// <param name="random">Draws what becomes 0, one number for each channel of each sample.</param>
    /// <exception cref="ArgumentOutOfRangeException">A probability outside 0 .. 1, 1 excluded.</exception>
    public Dropout2d(double probability, RandomSource random)
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

    /// <summary>Drops channels, while learning.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="Geometry.GeometryException">Fewer axes than three, or more than five.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operators.Require.Rank(input.Shape.AsSpan(), 3, 5, nameof(input));
        if (!IsTraining || Probability == 0) return input;
        nint[] shape = [.. input.Shape];
        Array.Fill(shape, 1, 2, shape.Length - 2);
        Variable<T> kept = Tape<T>.Of([input]).Empty(shape);
        T factor = T.CreateChecked(1 / (1 - Probability));
        foreach (ref T element in kept.Values) element = Random.NextUniform() < Probability ? T.Zero : factor;
        return input * kept;
    }
}
