using System.Diagnostics;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Upscaling;
using Upstride.Models.Inference;

namespace Upstride.Models.Training;

/// <summary>Trains a network from the first step to the last: draws the patches, follows the learning rate, and keeps the curves.</summary>
public sealed partial class UpscalingTrainer : IDisposable
{
    private readonly PatchSet _patches;
    private readonly PatchLoader _loader;
    private readonly IReadOnlyList<LumaPlane> _validation;
    private readonly UpscalingStep _step;
    private readonly List<TrainingPoint> _points = [];
    private double _seconds, _lossSum;
    private long _lossSteps;

    /// <param name="network">What is trained, in place.</param>
    /// <param name="patches">Where patches are drawn from; of the network's scales and the settings' patch.</param>
    /// <param name="validation">Luma by which the curves' PSNR is found; nothing is chosen by it.</param>
    /// <param name="settings">The recipe.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow, patches of another scale or size, or a picture to validate by
    /// that is too small.</exception>
    public UpscalingTrainer(UpscalingNetwork network, PatchSet patches, IReadOnlyList<LumaPlane> validation, TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(patches);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfZero(validation.Count);
        settings.Check();
        if (!patches.Scales.AsSpan().SequenceEqual(network.Scales.AsSpan()))
            throw new ArgumentException(
                $"patches and network must have one scale: {string.Join(", ", patches.Scales)} and {string.Join(", ", network.Scales)}",
                nameof(patches));
        if (patches.Patch != settings.Patch)
            throw new ArgumentException($"patches and settings must have one patch: {patches.Patch} and {settings.Patch}", nameof(patches));
        if (validation.Select(plane => UpscalingEvaluation.Refusal(plane, patches.Scale))
            .FirstOrDefault(static refusal => refusal is not null) is { } refusal)
            throw new ArgumentException(refusal, nameof(validation));
        Settings = settings;
        _patches = patches;
        _validation = validation;
        _loader = new PatchLoader(patches, settings.Seed, settings.Batch);
        _step = new UpscalingStep(network, settings);
    }

    /// <summary>What is trained.</summary>
    public UpscalingNetwork Network => _step.Network;

    /// <summary>The recipe.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>Steps done.</summary>
    public long Step => _step.Optimizer.Steps;

    /// <summary>The curves so far.</summary>
    public IReadOnlyList<TrainingPoint> Points => _points;

    /// <summary>Trains until the run is finished.</summary>
    /// <param name="progress">Told each new point of the curves, and each time <see cref="TrainingSettings.ReportEvery"/> has
    /// passed.</param>
    /// <param name="betweenSteps">Called after each step: the place to write a checkpoint.</param>
    /// <param name="cancellationToken">Asked before each step; the trainer stays whole, and can be saved or run on.</param>
    /// <exception cref="ArithmeticException">The loss is no number any more: the learning rate is too high.</exception>
    public void Run(IProgress<TrainingProgress>? progress = null, Action? betweenSteps = null,
        CancellationToken cancellationToken = default)
    {
        long started = Stopwatch.GetTimestamp(), reportedStep = Step;
        double before = _seconds, reportedSeconds = before;
        while (Fraction() is var fraction && fraction < 1)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double rate = Settings.LearningRateAt(fraction);
            _lossSum += _step.Take(_loader.Take(Step), rate);
            _lossSteps++;
            _seconds = Seconds();
            double loss = _lossSum / _lossSteps;
            bool point = Step % Settings.PointEvery == 0 || Fraction() >= 1;
            if (point) AddPoint(rate, loss);
            if (point || Seconds() - reportedSeconds >= Settings.ReportEvery.TotalSeconds)
            {
                double now = Seconds(), stepsPerSecond = (Step - reportedStep) / Math.Max(now - reportedSeconds, 1e-9);
                progress?.Report(new(Step, loss, _points.Count > 0 ? _points[^1].Psnr : null, Fraction(), stepsPerSecond * Settings.Batch,
                    Left(stepsPerSecond)));
                (reportedStep, reportedSeconds) = (Step, now);
            }
            betweenSteps?.Invoke();
        }

        double Seconds() => before + Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Releases the memory; the network stays.</summary>
    public void Dispose()
    {
        _loader.Dispose();
        _step.Dispose();
    }

    /// <summary>Writes the weights as they are now, the averaged ones where the recipe has an average.</summary>
    /// <param name="path">The .safetensors file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void WriteWeights(string path) => WithAverage(() =>
    {
        Network.Write(path, CancellationToken.None);
        return path;
    });

    private T WithAverage<T>(Func<T> use)
    {
        _step.Average?.Swap();
        try
        {
            return use();
        }
        finally
        {
            _step.Average?.Swap();
        }
    }

    // The part of the run that is done.
    private double Fraction() =>
        Math.Min(1, Settings.Steps is { } steps ? (double)Step / steps : _seconds / Settings.Duration!.Value.TotalSeconds);

    private TimeSpan Left(double stepsPerSecond)
    {
        double seconds =
            Settings.Steps is { } steps
            ? (steps - Step) / Math.Max(stepsPerSecond, 1e-9) : Settings.Duration!.Value.TotalSeconds - _seconds;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.MaxValue.TotalSeconds / 2));
    }

    // Not to be cancelled: the run that is resumed would be past this point and never make it.
    private void AddPoint(double rate, double loss)
    {
        PlaneNetwork[] networks = WithAverage(() => Network.Scales.Select(Network.ToPlaneNetwork).ToArray());
        int? quality = _patches.Degradation is { MinJpeg: { } least } degradation ? (least + degradation.MaxJpeg) / 2 : null;
        _points.Add(new(Step, _seconds, rate, loss, networks.Average(network =>
        {
            var upscaler = new NetworkLumaUpscaler(network, new() { Bands = new() { Threads = Settings.Threads } });
            return _validation.Average(plane => UpscalingEvaluation.Judge(upscaler, plane, quality, CancellationToken.None).Psnr);
        })));
        (_lossSum, _lossSteps) = (0, 0);
    }
}
