using Upstride.Models.Runs;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Training;

/// <summary>
/// A training run with its files: a checkpoint now and then and when it is cancelled, the curves at each of their points, the weights at
/// the end.
/// </summary>
/// <param name="trainer">What is run.</param>
/// <param name="files">Where its files are.</param>
/// <param name="checkpointEvery">Time between checkpoints; a minute where null.</param>
public sealed class TrainingRun(UpscalingTrainer trainer, TrainingFiles files, TimeSpan? checkpointEvery = null)
{
    /// <summary>Goes on where the checkpoint stands.</summary>
    /// <exception cref="Learning.Saving.SafetensorsException">It is of another run; the message says in what.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Resume() => trainer.Load(files.Checkpoint, File.Exists(files.Log) ? TrainingLog.Read(files.Log) : []);

    /// <summary>Trains to the end and writes the weights, or to the cancellation and writes a checkpoint.</summary>
    /// <param name="progress">Told each new point of the curves.</param>
    /// <param name="cancellationToken">Ends the run; it can be resumed.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and the checkpoint is written.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Execute(IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new CheckpointedRun(files.Checkpoint, checkpointEvery)
        {
            Points = () => trainer.Points.Count, WriteCurves = WriteCurves, Save = trainer.Save,
            WriteWeights = () => trainer.WriteWeights(files.Weights),
        }.Execute(betweenSteps => trainer.Run(progress, betweenSteps, cancellationToken));

    private void WriteCurves()
    {
        TrainingLog.Write(files.Log, trainer.Points);
        CurvePicture.Write(files.Curves, $"{trainer.Network.Name}, scale {string.Join(", ", trainer.Network.Scales)}", trainer.Points);
    }
}
