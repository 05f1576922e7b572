using System.Diagnostics;

namespace Upstride.Explorer.Services;

/// <summary>
/// A piece of work as it is told: what takes a tenth of a second is not mentioned; then that something is computed; from a second on how
/// much is done, what is left, and a way to cancel it.
/// </summary>
/// <param name="name">What is done.</param>
/// <param name="clock">Seconds since it began; of the system where null.</param>
public sealed class Work(string name, Func<TimeSpan>? clock = null) : IDisposable
{
    /// <summary>Milliseconds after which it is mentioned, and after which it can be cancelled.</summary>
    public const int FeltAfter = 100, LongAfter = 1000;

    // Milliseconds of a piece on the page's own thread.
    private const double Piece = 12;

    private readonly CancellationTokenSource _stop = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _piece;
    private bool _ended;

    /// <summary>What is done.</summary>
    public string Name => name;

    /// <summary>How much of it, 0 to 1.</summary>
    public double Done { get; private set; }

    /// <summary>Ends it.</summary>
    public CancellationToken Cancellation => _ended ? new(_stop.IsCancellationRequested) : _stop.Token;

    /// <summary>Seconds since it began.</summary>
    public TimeSpan Elapsed => clock?.Invoke() ?? Stopwatch.GetElapsedTime(_start);

    /// <summary>Whether it is mentioned.</summary>
    public bool IsFelt => Elapsed.TotalMilliseconds >= FeltAfter;

    /// <summary>Whether it is told how much is done.</summary>
    public bool IsLong => Elapsed.TotalMilliseconds >= LongAfter;

    /// <summary>Seconds left at the speed so far; null where that is not known yet.</summary>
    public int? SecondsLeft => Done < 0.02 ? null : (int)Math.Round(Elapsed.TotalSeconds / Done * (1 - Done));

    /// <summary>Notes how much is done.</summary>
    public void Tell(double done) => Done = Math.Clamp(done, 0, 1);

    /// <summary>Notes how much is done and, where a piece's time is over, lets the page answer before the next.</summary>
    /// <param name="done">0 to 1.</param>
    /// <param name="breathe">Comes back when the page has answered.</param>
    public async Task BreatheAsync(double done, Func<Task> breathe)
    {
        ArgumentNullException.ThrowIfNull(breathe);
        Tell(done);
        if ((Elapsed - _piece).TotalMilliseconds < Piece) return;
        await breathe();
        _piece = Elapsed;
    }

    /// <summary>Ends it where it has not ended.</summary>
    public void Cancel()
    {
        if (!_ended) _stop.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended = true;
        _stop.Dispose();
    }
}
