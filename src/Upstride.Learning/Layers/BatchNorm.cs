using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// PyTorch's <c>BatchNorm1d/2d/3d</c>: learning, every channel to mean 0 and variance 1 over batch and places; in use, by the running
/// mean and variance; then times weight plus bias. Ioffe and Szegedy, "Batch Normalization", 2015.
/// </summary>
public sealed class BatchNorm<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="features">Channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The share of a batch in the running mean and variance.</param>
    /// <param name="affine">Whether there are a weight and a bias.</param>
    /// <exception cref="ArgumentOutOfRangeException">No channel, or a momentum outside 0 .. 1.</exception>
    public BatchNorm(int features, double epsilon = 1e-5, double momentum = 0.1, bool affine = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        if (momentum is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum,
                $"momentum = {momentum}, and must be 0 .. 1: it is the share of a batch in the running mean");
        Epsilon = epsilon;
        Momentum = momentum;
        if (affine)
        {
            Weight = AddParameter("weight", new([features]));
            Bias = AddParameter("bias", new([features]));
        }
        RunningMean = AddBuffer("running_mean", new([features]));
        RunningVariance = AddBuffer("running_var", new([features]));
        Restart();
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>The share of a batch in the running mean and variance.</summary>
    public double Momentum { get; }

    /// <summary>[channels], ones at first; or null.</summary>
    public Parameter<T>? Weight { get; }

    /// <summary>[channels], zeros at first; or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <summary>[channels], zeros at first.</summary>
    public Parameter<T> RunningMean { get; }

    /// <summary>[channels], ones at first: of the population, as PyTorch has it.</summary>
    public Parameter<T> RunningVariance { get; }

    /// <summary>Normalises; while learning, the running mean and variance take in the batch.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="Geometry.GeometryException">Other channels; or, while learning, a single element of each.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!IsTraining) return Functions.Standardize(input, RunningMean, RunningVariance, Weight, Bias, Epsilon);
        Operators.Require.Rank(input.Shape.AsSpan(), 2, 5, nameof(input));
        if (input.Shape[1] != RunningMean.Length)
            throw new Geometry.GeometryException(new(nameof(input),
                $"input has {input.Shape[1]} channels and the layer has {RunningMean.Length}, and both must be equal: change one of them"));
        (Variable<T> output, Variable<T> mean, Variable<T> variance) = Functions.BatchNorm(input, Weight, Bias, Epsilon);
        double count = (double)input.Length / mean.Length;
        TakeIn(RunningMean.Values, mean.Values, T.One);
        TakeIn(RunningVariance.Values, variance.Values, T.CreateChecked(count / (count - 1)));
        return output;
    }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random) => Restart();

    private void Restart()
    {
        Weight?.Values.Fill(T.One);
        Bias?.Values.Clear();
        RunningMean.Values.Clear();
        RunningVariance.Values.Fill(T.One);
    }

    private void TakeIn(Span<T> running, ReadOnlySpan<T> batch, T factor)
    {
        T share = T.CreateChecked(Momentum);
        for (int i = 0; i < running.Length; i++) running[i] = (T.One - share) * running[i] + share * (batch[i] * factor);
    }
}
