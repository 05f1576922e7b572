using Upstride.Algorithms;
using Upstride.Learning.Saving;

namespace Upstride.Models.Training;

public sealed partial class UpscalingTrainer
{
    private const string TuningKey = "tuning";
    private const string SecondsKey = "run.seconds", LossSumKey = "run.lossSum", LossStepsKey = "run.lossSteps";

    /// <summary>
    /// Writes all that the run needs to go on, whole or not at all. The curves go to their own file, by <see cref="TrainingLog"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path)
    {
        Checkpoint<float> checkpoint = NewCheckpoint();
        foreach ((string name, long value) in Recipe()) checkpoint.Position[name] = value;
        checkpoint.Position[SecondsKey] = BitConverter.DoubleToInt64Bits(_seconds);
        checkpoint.Position[LossSumKey] = BitConverter.DoubleToInt64Bits(_lossSum);
        checkpoint.Position[LossStepsKey] = _lossSteps;
        checkpoint.Save(path);
    }

    /// <summary>Goes on where a run was that <see cref="Save"/> wrote: what follows has the same bits as if it had never stopped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="curves">The curves so far; points of later steps are left out.</param>
    /// <exception cref="SafetensorsException">It is no checkpoint of such a run, or the run's recipe was another; the message says in
    /// what.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Load(string path, IReadOnlyList<TrainingPoint> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        Checkpoint<float> checkpoint = NewCheckpoint();
        checkpoint.Load(path);
        string[] differences =
        [
            .. Recipe().Where(part => checkpoint.Position.TryGetValue(part.Name, out long value)
                ? value != part.Value : part.Value != 0)
                .Select(part => part.Name),
        ];
        if (differences.Length > 0)
            throw new SafetensorsException(path, null,
                $"the run that it was taken from had another {string.Join(", another ", differences)}: resume with the options of that "
                + $"run, or begin anew without this file");
        _seconds = BitConverter.Int64BitsToDouble(checkpoint.Position[SecondsKey]);
        _lossSum = BitConverter.Int64BitsToDouble(checkpoint.Position[LossSumKey]);
        _lossSteps = checkpoint.Position[LossStepsKey];
        _points.Clear();
        _points.AddRange(curves.Where(point => point.Step <= Step));
    }

    private Checkpoint<float> NewCheckpoint()
    {
        var checkpoint = new Checkpoint<float>();
        checkpoint.Modules["network"] = Network;
        checkpoint.Optimizers["adam"] = _step.Optimizer;
        if (_step.Average is { } average) checkpoint.Averages["average"] = average;
        return checkpoint;
    }

    // What a run must have in common with the one that it continues. Sizes of the network are the checkpoint's own affair.
    private (string Name, long Value)[] Recipe() =>
    [
        ("scale", Network.Scale), ("steps", Settings.Steps ?? 0), ("duration", (Settings.Duration ?? TimeSpan.Zero).Ticks),
        ("batch", Settings.Batch), ("patch", Settings.Patch), ("learning rate", BitConverter.DoubleToInt64Bits(Settings.LearningRate)),
        ("warm-up", BitConverter.DoubleToInt64Bits(Settings.WarmUp)), ("seed", Settings.Seed),
        (TuningKey, Tuning.NumberOf(Settings.Tuning)), ("loss", (long)Settings.Loss),
        ("average", BitConverter.DoubleToInt64Bits(Settings.AverageDecay)), ("margin", Settings.Margin),
            ("choice of what is trained", Settings.UpsamplingOnly ? 1 : 0),
        ("lowest JPEG quality", _patches.Degradation?.MinJpeg ?? 0), ("highest JPEG quality", _patches.Degradation?.MaxJpeg ?? 0),
        ("noise", BitConverter.DoubleToInt64Bits(_patches.Degradation?.Noise ?? 0)),
        ("teacher", BitConverter.DoubleToInt64Bits(_patches.Teacher?.Sum ?? 0)),
        ("teacher's part", BitConverter.DoubleToInt64Bits(_patches.Teacher?.Part ?? 0)),
        ("number of pictures", _patches.Pictures), ("size of the pictures", _patches.Positions),
    ];
}
