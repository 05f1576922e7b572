using Upstride.Algorithms;
using Upstride.Learning;
using Upstride.Learning.Optimization;
using Upstride.Models.Data;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Training;

/// <summary>
/// One training step after another: each predicts the large patches of a batch from the small ones and goes against the gradient of the
/// loss, by Adam. A network of several levels is judged at each.
/// </summary>
public sealed class UpscalingStep : IDisposable
{
    private readonly Tape<float> _tape;
    private readonly int _batch, _large, _margin;
    private readonly Parameter<float> _halving;
    private readonly TrainingLoss _loss;
    private readonly double _highestRate;

    /// <param name="network">What is trained, in place.</param>
    /// <param name="settings">Batch, patch, threads, and what is trained.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow.</exception>
    public UpscalingStep(UpscalingNetwork network, TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Network = network;
        int scale = network.Scales[^1];
        (_batch, _large) = (settings.Batch, settings.Patch * scale);
        (_margin, _loss) = (settings.Margin * scale, settings.Loss);
        _halving = Halving();
        _highestRate = settings.LearningRate;
        _tape = new Tape<float>(new ComputeSettings { Threads = settings.Threads, Tuning = settings.Tuning });
        foreach ((string name, Parameter<float> parameter) in network.NamedParameters())
            parameter.RequiresGradient = !settings.UpsamplingOnly || network.IsOfUpsampling(name);
        Optimizer = new Adam<float>(network.Parameters().Where(static parameter => parameter.RequiresGradient), settings.LearningRate);
        if (settings.AverageDecay > 0) Average = new(Optimizer.Groups.SelectMany(static group => group.Parameters), settings.AverageDecay);
    }

    /// <summary>What is trained.</summary>
    public UpscalingNetwork Network { get; }

    /// <summary>What makes the steps of the gradients, and counts them.</summary>
    public Adam<float> Optimizer { get; }

    /// <summary>The moving average of what is trained; null where the recipe has none.</summary>
    public MovingAverage<float>? Average { get; }

    /// <summary>Takes a step.</summary>
    /// <param name="patches">What it learns from.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The loss before the step, of values in 0 to 1.</returns>
    /// <exception cref="ArithmeticException">The error is no number any more: the learning rate is too high.</exception>
    public float Take(PatchBatch patches, double rate)
    {
        ArgumentNullException.ThrowIfNull(patches);
        _tape.Reset();
        int small = _large / patches.Scale;
        Variable<float> luma = _tape.Constant(patches.Small, [_batch, 1, small, small]),
            target = _tape.Constant(patches.Large, [_batch, 1, _large, _large]);
        Variable<float> loss = Loss(Network.ForwardLevels(luma, patches.Scale), target);
        float error = loss.Value;
        if (!float.IsFinite(error))
            throw new ArithmeticException(
                $"the loss of step {Optimizer.Steps + 1} is {error}: use a lower learning rate than {_highestRate}");
        Optimizer.ZeroGradients();
        loss.Backward();
        foreach (ParameterGroup<float> group in Optimizer.Groups) group.LearningRate = rate;
        Optimizer.Step();
        Average?.Update();
        return error;
    }

    // The sum over the levels; of those before the last the target is the large patch, halved.
    private Variable<float> Loss(IReadOnlyList<Variable<float>> levels, Variable<float> target)
    {
        Variable<float> loss = Loss(Inside(levels[^1], _margin), Inside(target, _margin));
        for (int level = levels.Count - 2, margin = _margin / 2; level >= 0; level--, margin /= 2)
        {
            target = Functions.Convolution(UpscalingNetwork.Continue(target, (int)_halving.Shape[2] / 2 - 1), _halving, stride: 2);
            loss = Functions.Add(loss, Loss(Inside(levels[level], margin), Inside(target, margin)));
        }
        return loss;
    }

    // What MATLAB's bicubic imresize by a half does: the cubic, twice as wide, is that which doubles, and each output takes a quarter.
    private static Parameter<float> Halving()
    {
        PlaneLayer doubling = PlaneLayers.Bicubic(2);
        return new([.. doubling.Weight.Select(static weight => weight / 4)], [1, 1, doubling.Kernel, doubling.Kernel],
            requiresGradient: false);
    }

    private static Variable<float> Inside(Variable<float> patches, int margin)
    {
        for (int axis = 2; axis < 4 && margin > 0; axis++)
            patches = Functions.Slice(patches, axis, margin, (int)patches.Shape[axis] - 2 * margin);
        return patches;
    }

    private Variable<float> Loss(Variable<float> prediction, Variable<float> target) => _loss switch
    {
        TrainingLoss.MeanSquaredError => Losses.MeanSquaredError(prediction, target),
        TrainingLoss.L1 => Losses.L1(prediction, target),
        _ => Losses.Charbonnier(prediction, target),
    };

    /// <summary>Releases the memory; the network stays.</summary>
    public void Dispose() => _tape.Dispose();
}
