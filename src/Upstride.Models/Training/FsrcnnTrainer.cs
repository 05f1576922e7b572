using System.Diagnostics;
using Upstride.Algorithms;
using Upstride.Learning;
using Upstride.Learning.Optimization;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;

namespace Upstride.Models.Training;

/// <summary>Trains an FSRCNN: each step predicts the large patches of a batch from the small ones and goes against the gradient of the mean squared error.</summary>
public sealed partial class FsrcnnTrainer : IDisposable
{
    private readonly PatchSet _patches;
    private readonly PatchLoader _loader;
    private readonly IReadOnlyList<LumaPlane> _validation;
    private readonly Tape<float> _tape;
    private readonly Adam<float> _optimizer;
    private readonly List<TrainingPoint> _points = [];
    private double _seconds, _lossSum;
    private long _lossSteps;

    /// <param name="network">What is trained, in place.</param>
    /// <param name="patches">Where patches are drawn from; of the network's scale and the settings' patch.</param>
    /// <param name="validation">Luma by which the curves' PSNR is found; nothing is chosen by it.</param>
    /// <param name="settings">The recipe.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow, or patches of another scale or size.</exception>
    public FsrcnnTrainer(FsrcnnNetwork network, PatchSet patches, IReadOnlyList<LumaPlane> validation, TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(patches);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfZero(validation.Count);
        settings.Check();
        if (patches.Scale != network.Settings.Scale) throw new ArgumentException($"patches and network must have one scale: {patches.Scale} and {network.Settings.Scale}", nameof(patches));
        if (patches.Patch != settings.Patch) throw new ArgumentException($"patches and settings must have one patch: {patches.Patch} and {settings.Patch}", nameof(patches));
        Network = network;
        Settings = settings;
        _patches = patches;
        _validation = validation;
        _loader = new PatchLoader(patches, settings.Seed, settings.Batch);
        _tape = new Tape<float>(new ComputeSettings { Threads = settings.Threads });
        foreach ((string name, Parameter<float> parameter) in network.NamedParameters())
            parameter.RequiresGradient = !settings.UpsamplingOnly || network.Settings.IsOfUpsampling(name);
        _optimizer = new Adam<float>(network.Parameters().Where(static parameter => parameter.RequiresGradient), settings.LearningRate);
    }

    /// <summary>What is trained.</summary>
    public FsrcnnNetwork Network { get; }

    /// <summary>The recipe.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>Steps done.</summary>
    public long Step => _optimizer.Steps;

    /// <summary>The curves so far.</summary>
    public IReadOnlyList<TrainingPoint> Points => _points;

    /// <summary>Trains until the run is finished.</summary>
    /// <param name="progress">Told each new point of the curves.</param>
    /// <param name="betweenSteps">Called after each step: the place to write a checkpoint.</param>
    /// <param name="cancellationToken">Asked before each step; the trainer stays whole, and can be saved or run on.</param>
    /// <exception cref="ArithmeticException">The loss is no number any more: the learning rate is too high.</exception>
    public void Run(IProgress<TrainingProgress>? progress = null, Action? betweenSteps = null, CancellationToken cancellationToken = default)
    {
        long started = Stopwatch.GetTimestamp(), pointStep = Step;
        double before = _seconds, pointSeconds = before;
        while (Fraction() is var fraction && fraction < 1)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double rate = Settings.LearningRateAt(fraction);
            TakeStep(rate);
            _seconds = before + Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (Step % Settings.PointEvery == 0 || Fraction() >= 1)
            {
                _points.Add(new(Step, _seconds, rate, _lossSum / _lossSteps, ValidationPsnr(cancellationToken)));
                (_lossSum, _lossSteps) = (0, 0);
                Report(progress, pointStep, pointSeconds);
                (pointStep, pointSeconds) = (Step, before + Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
            betweenSteps?.Invoke();
        }
    }

    /// <summary>Lets go of the memory; the network stays.</summary>
    public void Dispose()
    {
        _loader.Dispose();
        _tape.Dispose();
    }

    // The part of the run that is done.
    private double Fraction() => Math.Min(1, Settings.Steps is { } steps ? (double)Step / steps : _seconds / Settings.Duration!.Value.TotalSeconds);

    private void TakeStep(double rate)
    {
        PatchBatch batch = _loader.Take(Step);
        int small = _patches.Patch, large = small * _patches.Scale;
        _tape.Reset();
        Variable<float> luma = _tape.Constant(batch.Small, [Settings.Batch, 1, small, small]), target = _tape.Constant(batch.Large, [Settings.Batch, 1, large, large]);
        Variable<float> loss = Losses.MeanSquaredError(Network.Forward(luma), target);
        if (!float.IsFinite(loss.Value)) throw new ArithmeticException($"the loss of step {Step + 1} is {loss.Value}: use a lower learning rate than {Settings.LearningRate}");
        _lossSum += loss.Value;
        _lossSteps++;
        _optimizer.ZeroGradients();
        loss.Backward();
        foreach (ParameterGroup<float> group in _optimizer.Groups) group.LearningRate = rate;
        _optimizer.Step();
    }

    private double ValidationPsnr(CancellationToken cancellationToken)
    {
        var upscaler = new FsrcnnUpscaler(Network, new ComputeSettings { Threads = Settings.Threads });
        return _validation.Average(plane => UpscalingEvaluation.Judge(upscaler, plane, cancellationToken).Psnr);
    }

    private void Report(IProgress<TrainingProgress>? progress, long stepBefore, double secondsBefore)
    {
        double seconds = Math.Max(_seconds - secondsBefore, 1e-9), stepsPerSecond = (Step - stepBefore) / seconds;
        double left = Settings.Steps is { } steps ? (steps - Step) / Math.Max(stepsPerSecond, 1e-9) : Settings.Duration!.Value.TotalSeconds - _seconds;
        progress?.Report(new(_points[^1], Fraction(), stepsPerSecond * Settings.Batch, TimeSpan.FromSeconds(Math.Clamp(left, 0, TimeSpan.MaxValue.TotalSeconds / 2))));
    }
}
