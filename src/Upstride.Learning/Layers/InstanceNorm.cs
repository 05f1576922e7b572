using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>
/// PyTorch's <c>InstanceNorm1d/2d/3d</c>: every plane to mean 0 and variance 1; in use, where it keeps running values, by those. Ulyanov,
/// Vedaldi and Lempitsky, "Instance Normalization",
/// 2016.
/// </summary>
public sealed class InstanceNorm<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="features">Channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether there are a weight and a bias.</param>
    /// <param name="momentum">The share of a batch in the running mean and variance.</param>
    /// <param name="trackRunningStats">Whether there are a running mean and variance, by which it normalises in use.</param>
    /// <exception cref="ArgumentOutOfRangeException">No channel, or a momentum outside 0 .. 1.</exception>
    public InstanceNorm(int features, double epsilon = 1e-5, bool affine = false, double momentum = 0.1, bool trackRunningStats = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        if (momentum is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum,
                $"momentum = {momentum}, and must be 0 .. 1: it is the share of a batch in the running mean");
        Features = features;
        Epsilon = epsilon;
        Momentum = momentum;
        if (affine)
        {
            Weight = AddParameter("weight", new([features]));
            Bias = AddParameter("bias", new([features]));
        }
        if (trackRunningStats)
        {
            RunningMean = AddBuffer("running_mean", new([features]));
            RunningVariance = AddBuffer("running_var", new([features]));
        }
        Restart();
    }

    /// <summary>Channels.</summary>
    public int Features { get; }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>The share of a batch in the running mean and variance.</summary>
    public double Momentum { get; }

    /// <summary>[channels], zeros at first; or null.</summary>
    public Parameter<T>? RunningMean { get; }

    /// <summary>[channels], ones at first: of the population, as PyTorch has it; or null.</summary>
    public Parameter<T>? RunningVariance { get; }

    /// <summary>[channels], ones at first; or null.</summary>
    public Parameter<T>? Weight { get; }

    /// <summary>[channels], zeros at first; or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <summary>Normalises.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="Geometry.GeometryException">Other channels, or planes of a single element.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operators.Require.Rank(input.Shape.AsSpan(), 3, 5, nameof(input));
        if (input.Shape[1] != Features)
            throw new Geometry.GeometryException(new(nameof(input),
                $"input has {input.Shape[1]} channels and the layer has {Features}, and both must be equal: change one of them"));
        if (RunningMean is null || RunningVariance is null) return Functions.InstanceNorm(input, Weight, Bias, Epsilon);
        if (!IsTraining) return Functions.Standardize(input, RunningMean, RunningVariance, Weight, Bias, Epsilon);
        (Variable<T> output, Variable<T> mean, Variable<T> variance) = Functions.InstanceNormWithStatistics(input, Weight, Bias, Epsilon);
        double count = (double)input.Length / mean.Length;
        TakeIn(RunningMean.Values, mean.Values, 1);
        TakeIn(RunningVariance.Values, variance.Values, count / (count - 1));
        return output;
    }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random) => Restart();

    private void Restart()
    {
        Weight?.Values.Fill(T.One);
        Bias?.Values.Clear();
        RunningMean?.Values.Clear();
        RunningVariance?.Values.Fill(T.One);
    }

    // The mean over the batch of each sample's own, [batch, channels].
    private void TakeIn(Span<T> running, ReadOnlySpan<T> samples, double factor)
    {
        T share = T.CreateChecked(Momentum), weight = T.CreateChecked(factor * Features / samples.Length);
        for (int channel = 0; channel < running.Length; channel++)
        {
            T sum = T.Zero;
            for (int sample = channel; sample < samples.Length; sample += running.Length) sum += samples[sample];
            running[channel] = (T.One - share) * running[channel] + share * (sum * weight);
        }
    }
}
