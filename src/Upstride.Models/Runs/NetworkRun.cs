using System.Diagnostics;

namespace Upstride.Models.Runs;

/// <summary>
/// A training run with its files: a checkpoint now and then and when it is cancelled, the curves and samples at each of their points, the
/// weights at the end.
/// </summary>
/// <param name="trainer">What is run.</param>
/// <param name="files">Where its files are.</param>
/// <param name="checkpointEvery">Time between checkpoints; a minute where null.</param>
public sealed class NetworkRun(NetworkTrainer trainer, RunFiles files, TimeSpan? checkpointEvery = null)
{
    private readonly TimeSpan _checkpointEvery = checkpointEvery ?? TimeSpan.FromMinutes(1);

    /// <summary>Goes on where the checkpoint stands.</summary>
    /// <exception cref="Learning.Saving.SafetensorsException">It is of another run; the message says in what.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Resume() => trainer.Load(files.Checkpoint, File.Exists(files.Log) ? RunLog.Read(files.Log, trainer.Curves) : []);

    /// <summary>Trains to the end and writes the weights, or to the cancellation and writes a checkpoint.</summary>
    /// <param name="progress">Told each new point of the curves.</param>
    /// <param name="cancellationToken">Ends the run; it can be resumed.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and the checkpoint is written.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Execute(IProgress<RunProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        long written = Stopwatch.GetTimestamp();
        int points = trainer.Points.Count;
        try
        {
            trainer.Run(progress, BetweenSteps, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
        WriteCurves();
        trainer.Write(files.Weights);
        File.Delete(files.Checkpoint);

        void BetweenSteps()
        {
            if (trainer.Points.Count > points)
            {
                WriteCurves();
                trainer.WriteSamples(files.Samples);
            }
            points = trainer.Points.Count;
            if (Stopwatch.GetElapsedTime(written) < _checkpointEvery) return;
            Save();
            written = Stopwatch.GetTimestamp();
        }
    }

    // The curves before the checkpoint: what it has not reached yet is left out when they are read.
    private void Save()
    {
        WriteCurves();
        trainer.Save(files.Checkpoint);
    }

    private void WriteCurves()
    {
        RunLog.Write(files.Log, trainer.Curves, trainer.Points);
        RunChart.Write(files.Chart, trainer.Title, trainer.Curves, trainer.Points);
    }
}
