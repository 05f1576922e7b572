using System.Diagnostics;

namespace Upstride.Models.Runs;

/// <summary>When a training run writes its files: a checkpoint now and then and when it is cancelled, the curves at each of their points,
/// the weights at the end.</summary>
/// <param name="checkpoint">The checkpoint's file, which the finished weights replace.</param>
/// <param name="checkpointEvery">Time between checkpoints; a minute where null.</param>
internal sealed class CheckpointedRun(string checkpoint, TimeSpan? checkpointEvery)
{
    private readonly TimeSpan _checkpointEvery = checkpointEvery ?? TimeSpan.FromMinutes(1);

    /// <summary>How many points the curves have.</summary>
    public required Func<int> Points { get; init; }

    /// <summary>Writes the curves.</summary>
    public required Action WriteCurves { get; init; }

    /// <summary>Writes what goes with a new point, beside the curves.</summary>
    public Action WriteSamples { get; init; } = static () => { };

    /// <summary>Writes the checkpoint.</summary>
    public required Action<string> Save { get; init; }

    /// <summary>Writes the weights.</summary>
    public required Action WriteWeights { get; init; }

    /// <summary>Trains to the end, or to the cancellation.</summary>
    /// <param name="run">Trains, and calls what it is given between steps.</param>
    public void Execute(Action<Action> run)
    {
        long written = Stopwatch.GetTimestamp();
        int points = Points();
        try
        {
            run(BetweenSteps);
        }
        catch (OperationCanceledException)
        {
            SaveWithCurves();
            throw;
        }
        WriteCurves();
        WriteWeights();
        File.Delete(checkpoint);

        void BetweenSteps()
        {
            if (Points() > points)
            {
                WriteCurves();
                WriteSamples();
            }
            points = Points();
            if (Stopwatch.GetElapsedTime(written) < _checkpointEvery) return;
            SaveWithCurves();
            written = Stopwatch.GetTimestamp();
        }
    }

    // The curves before the checkpoint: what it has not reached yet is left out when they are read.
    private void SaveWithCurves()
    {
        WriteCurves();
        Save(checkpoint);
    }
}
