using System.Collections.Immutable;
using System.Diagnostics;
using Upstride.Algorithms;
using Upstride.Learning.Saving;

namespace Upstride.Models.Runs;

/// <summary>
/// Trains a network from the first step to the last: follows the clock or the number of steps, keeps the curves, and writes down all that
/// it needs to go on. What a step does, and what is judged at a point of the curves, is the derived class's.
/// </summary>
public abstract class NetworkTrainer : IDisposable
{
    private const string TuningKey = "tuning";
    private const string StepKey = "run.step", SecondsKey = "run.seconds", LossKey = "run.loss", LossStepsKey = "run.lossSteps";
    private readonly List<RunPoint> _points = [];
    private readonly double[] _sums;
    private double _seconds;
    private long _lossSteps;

    /// <param name="settings">How long and how much at a time.</param>
    /// <param name="curves">What is watched: losses first.</param>
    /// <exception cref="ArgumentException">Settings that no run can follow.</exception>
    private protected NetworkTrainer(RunSettings settings, params ImmutableArray<RunCurve> curves)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Settings = settings;
        Curves = curves;
        _sums = new double[curves.Count(static curve => curve.IsLoss)];
    }

    /// <summary>How long and how much at a time.</summary>
    public RunSettings Settings { get; }

    /// <summary>What is watched: losses first, then what is judged at each point of the curves.</summary>
    public ImmutableArray<RunCurve> Curves { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Time spent training.</summary>
    public TimeSpan Spent => TimeSpan.FromSeconds(_seconds);

    /// <summary>The curves so far.</summary>
    public IReadOnlyList<RunPoint> Points => _points;

    /// <summary>What is trained, in words.</summary>
    public abstract string Title { get; }

    /// <summary>The part of the run that is done, 0 to 1.</summary>
    public double Fraction =>
        Math.Min(1, Settings.Steps is { } steps ? (double)Step / steps : _seconds / Settings.Duration!.Value.TotalSeconds);

    /// <summary>Trains until the run is finished.</summary>
    /// <param name="progress">Told each new point of the curves, and each time <see cref="RunSettings.ReportEvery"/> has passed.</param>
    /// <param name="betweenSteps">Called after each step: the place to write a checkpoint.</param>
    /// <param name="cancellationToken">Asked before each step; the trainer stays whole, and can be saved or run on.</param>
    /// <exception cref="ArithmeticException">A loss is no number any more: the learning rate is too high.</exception>
    public void Run(IProgress<RunProgress>? progress = null, Action? betweenSteps = null, CancellationToken cancellationToken = default)
    {
        long started = Stopwatch.GetTimestamp(), reportedStep = Step;
        double before = _seconds, reportedSeconds = before;
        double[] losses = new double[_sums.Length];
        while (Fraction < 1)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TakeStep(losses);
            Add(losses);
            Step++;
            _seconds = Seconds();
            ImmutableArray<double> means = [.. _sums.Select(sum => sum / _lossSteps)];
            bool point = Step % Settings.PointEvery == 0 || Fraction >= 1;
            if (point) AddPoint(means);
            double now = Seconds();
            if (point || now - reportedSeconds >= Settings.ReportEvery.TotalSeconds)
            {
                double stepsPerSecond = (Step - reportedStep) / Math.Max(now - reportedSeconds, 1e-9);
                progress?.Report(new(Step, [.. means, .. Judged()], Fraction, stepsPerSecond * Settings.Batch, Left(stepsPerSecond)));
                (reportedStep, reportedSeconds) = (Step, now);
            }
            betweenSteps?.Invoke();
        }

        double Seconds() => before + Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>
    /// Writes all that the run needs to go on, whole or not at all. The curves go to their own file, by <see cref="RunLog"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path)
    {
        Checkpoint<float> checkpoint = CreateCheckpoint();
        foreach ((string name, long value) in Recipe()) checkpoint.Position[name] = value;
        checkpoint.Position[StepKey] = Step;
        checkpoint.Position[SecondsKey] = BitConverter.DoubleToInt64Bits(_seconds);
        for (int i = 0; i < _sums.Length; i++) checkpoint.Position[LossKey + i] = BitConverter.DoubleToInt64Bits(_sums[i]);
        checkpoint.Position[LossStepsKey] = _lossSteps;
        checkpoint.Save(path);
    }

    /// <summary>Goes on where a run was that <see cref="Save"/> wrote: what follows has the same bits as if it had never stopped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="points">The curves so far; points of later steps are left out.</param>
    /// <exception cref="SafetensorsException">It is no checkpoint of such a run, or the run's recipe was another; the message says in
    /// what.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Load(string path, IReadOnlyList<RunPoint> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        Checkpoint<float> checkpoint = CreateCheckpoint();
        checkpoint.Load(path);
        string[] differences =
        [
            .. Recipe().Where(part => !checkpoint.Position.TryGetValue(part.Name, out long value)
                ? part.Name != TuningKey || part.Value != 0 : value != part.Value)
                .Select(static part => part.Name),
        ];
        if (differences.Length > 0)
            throw new SafetensorsException(path, null,
                $"the run that it was taken from had another {string.Join(", another ", differences)}: resume with the options of that "
                + $"run, or begin anew without this file");
        Step = checkpoint.Position[StepKey];
        _seconds = BitConverter.Int64BitsToDouble(checkpoint.Position[SecondsKey]);
        for (int i = 0; i < _sums.Length; i++) _sums[i] = BitConverter.Int64BitsToDouble(checkpoint.Position[LossKey + i]);
        _lossSteps = checkpoint.Position[LossStepsKey];
        _points.Clear();
        _points.AddRange(points.Where(point => point.Step <= Step));
    }

    /// <summary>Writes the finished weights.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract void Write(string path);

    /// <summary>Writes a picture of what the network makes now; where there is nothing to see, nothing.</summary>
    /// <param name="folder">Where it goes; made where it is not there.</param>
    public virtual void WriteSamples(string folder)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the memory; what is trained stays.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Takes a step.</summary>
    /// <param name="losses">Receives one number for each curve that is a loss.</param>
    private protected abstract void TakeStep(Span<double> losses);

    /// <summary>Finds the numbers of the other curves.</summary>
    private protected virtual IEnumerable<double> Judge() => [];

    /// <summary>A checkpoint of everything that decides how the run goes on, but the numbers that this class keeps.</summary>
    private protected abstract Checkpoint<float> CreateCheckpoint();

    /// <summary>What a run must have in common with the one that it continues, beside how long and how much at a time.</summary>
    private protected abstract IEnumerable<(string Name, long Value)> OwnRecipe();

    /// <summary>Whether a step depends on how long the run is to be; where not, a run may be resumed for longer, or for less.</summary>
    private protected virtual bool FollowsLength => true;

    private IEnumerable<(string Name, long Value)> Recipe()
    {
        IEnumerable<(string, long)> length = FollowsLength
            ? [("steps", Settings.Steps ?? 0), ("duration", (Settings.Duration ?? TimeSpan.Zero).Ticks)] : [];
        return
        [
            .. length, ("batch", Settings.Batch), ("learning rate", BitConverter.DoubleToInt64Bits(Settings.LearningRate)),
            ("seed", Settings.Seed), (TuningKey, Tuning.NumberOf(Settings.Tuning)), .. OwnRecipe(),
        ];
    }

    private void Add(double[] losses)
    {
        for (int i = 0; i < losses.Length; i++)
        {
            if (!double.IsFinite(losses[i]))
                throw new ArithmeticException(
                    $"{Curves[i].Name} of step {Step + 1} is {losses[i]}: use a lower learning rate than {Settings.LearningRate}");
            _sums[i] += losses[i];
        }
        _lossSteps++;
    }

    private ImmutableArray<double> Judged() => _points.Count > 0
        ? _points[^1].Values[_sums.Length..]
        : [.. Enumerable.Repeat(double.NaN, Curves.Length - _sums.Length)];

    private TimeSpan Left(double stepsPerSecond)
    {
        double seconds = Settings.Steps is { } steps
            ? (steps - Step) / Math.Max(stepsPerSecond, 1e-9) : Settings.Duration!.Value.TotalSeconds - _seconds;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.MaxValue.TotalSeconds / 2));
    }

    // Not to be cancelled: the run that is resumed would be past this point and never make it.
    private void AddPoint(ImmutableArray<double> means)
    {
        _points.Add(new(Step, _seconds, [.. means, .. Judge()]));
        Array.Clear(_sums);
        _lossSteps = 0;
    }
}
