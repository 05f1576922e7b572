using Upstride.Algorithms;
using Upstride.Learning;
using Upstride.Learning.Optimization;
using Upstride.Models.Data;
using Upstride.Models.Fsrcnn;

namespace Upstride.Models.Training;

/// <summary>
/// One training step after another: each predicts the large patches of a batch from the small ones and goes against the gradient of the
/// mean squared error, by Adam.
/// </summary>
public sealed class FsrcnnStep : IDisposable
{
    private readonly Tape<float> _tape;
    private readonly int _batch, _small, _large;
    private readonly double _highestRate;

    /// <param name="network">What is trained, in place.</param>
    /// <param name="settings">Batch, patch, threads, and what is trained.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow.</exception>
    public FsrcnnStep(FsrcnnNetwork network, TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Network = network;
        (_batch, _small, _large) = (settings.Batch, settings.Patch, settings.Patch * network.Settings.Scale);
        _highestRate = settings.LearningRate;
        _tape = new Tape<float>(new ComputeSettings { Threads = settings.Threads });
        foreach ((string name, Parameter<float> parameter) in network.NamedParameters())
            parameter.RequiresGradient = !settings.UpsamplingOnly || network.Settings.IsOfUpsampling(name);
        Optimizer = new Adam<float>(network.Parameters().Where(static parameter => parameter.RequiresGradient), settings.LearningRate);
    }

    /// <summary>What is trained.</summary>
    public FsrcnnNetwork Network { get; }

    /// <summary>What makes the steps of the gradients, and counts them.</summary>
    public Adam<float> Optimizer { get; }

    /// <summary>Takes a step.</summary>
    /// <param name="patches">What it learns from.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The mean squared error before the step, of values in 0 to 1.</returns>
    /// <exception cref="ArithmeticException">The error is no number any more: the learning rate is too high.</exception>
    public float Take(PatchBatch patches, double rate)
    {
        ArgumentNullException.ThrowIfNull(patches);
        _tape.Reset();
        Variable<float> luma = _tape.Constant(patches.Small, [_batch, 1, _small, _small]),
            target = _tape.Constant(patches.Large, [_batch, 1, _large, _large]);
        Variable<float> loss = Losses.MeanSquaredError(Network.Forward(luma), target);
        float error = loss.Value;
        if (!float.IsFinite(error))
            throw new ArithmeticException(
                $"the loss of step {Optimizer.Steps + 1} is {error}: use a lower learning rate than {_highestRate}");
        Optimizer.ZeroGradients();
        loss.Backward();
        foreach (ParameterGroup<float> group in Optimizer.Groups) group.LearningRate = rate;
        Optimizer.Step();
        return error;
    }

    /// <summary>Releases the memory; the network stays.</summary>
    public void Dispose() => _tape.Dispose();
}
