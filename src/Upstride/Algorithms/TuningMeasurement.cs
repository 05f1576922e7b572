using System.Collections.Immutable;
using System.Diagnostics;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>What the algorithms that take a problem need for it on this machine.</summary>
public sealed class TuningMeasurement
{
    // What the estimates hold for so many times slower than the best is not tried.
    private const double Hopeless = 6;

    // What is measured faster by less is chance: then the estimates' choice stays.
    private const double Worthwhile = 0.97;

    // Runs are taken in turn, so that another program that takes the processor slows all of them. The runtime compiles a method for good
    // after some tens of calls.
    private const int WarmUps = 40, MinRounds = 7;
    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(0.5), s_time = TimeSpan.FromSeconds(0.4);

    private TuningMeasurement(string problem, AlgorithmInfo algorithm, AlgorithmInfo estimated,
        ImmutableArray<(AlgorithmInfo Algorithm, TimeSpan Time)> times)
    {
        Problem = problem;
        Algorithm = algorithm;
        Estimated = estimated;
        Times = times;
    }

    /// <summary>The fastest; that of the estimates where no other is faster by a thirtieth.</summary>
    public AlgorithmInfo Algorithm { get; }

    /// <summary>What the estimates choose.</summary>
    public AlgorithmInfo Estimated { get; }

    /// <summary>The shortest run of each that was tried, the fastest first.</summary>
    public ImmutableArray<(AlgorithmInfo Algorithm, TimeSpan Time)> Times { get; }

    /// <summary>The problem as a tuning's line begins with it: the product, the vectors' bits, the element type, the sizes.</summary>
    public string Problem { get; }

    /// <summary>Times the algorithms that take a problem, in turn, on small numbers: some seconds.</summary>
    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">float or double; default float.</param>
    /// <param name="settings">Threads, memory and whether Winograd's algorithm may be chosen; default one thread. An algorithm or a tuning
    /// in them counts for nothing here.</param>
    /// <param name="cancellationToken">Asked between runs.</param>
    /// <exception cref="ArgumentException">Another element type.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TuningMeasurement Of(ConvTransposeGeometry geometry, Pass pass = Pass.Forward, Type? element = null,
        ComputeSettings? settings = null, CancellationToken cancellationToken = default)
    {
        element ??= typeof(float);
        settings = (settings ?? new() { Threads = 1 }) with { Algorithm = null, Tuning = null, PositionIndependent = false, Trace = null };
        var problem = new AlgorithmProblem(geometry, pass, element, settings);
        return element == typeof(float) ? Of<float>(problem, cancellationToken)
            : element == typeof(double) ? Of<double>(problem, cancellationToken)
            : throw new ArgumentException($"element = {element.Name}, and must be Single or Double: others have one fast algorithm or none",
                nameof(element));
    }

    /// <summary>The chosen algorithm and all times, for a person.</summary>
    public override string ToString() => $"{Problem}: {Algorithm} ("
        + string.Join(", ", Times.Select(static one =>
            FormattableString.Invariant($"{one.Algorithm} {one.Time.TotalMilliseconds:f3} ms"))) + ")";

    private static TuningMeasurement Of<T>(AlgorithmProblem problem, CancellationToken cancellation)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        IAlgorithm estimated = AlgorithmTable.Choose(problem);
        double bound = Hopeless * estimated.EstimateCycles(problem);
        var entrants = AlgorithmTable.All
            .Where(one => one == estimated || (one.Refusal(problem) is null && one.EstimateCycles(problem) <= bound))
            .Select(one => new Entrant<T>(one, problem)).Where(one => one.Algorithm == estimated
                || one.WorkspaceBytes <= problem.Settings.MaximalWorkspaceBytes).ToArray();
        T[] left = Numbers<T>(problem.Pass == Pass.InputGradient ? problem.Geometry.OutputLength : problem.Geometry.InputLength, 5);
        T[] right = Numbers<T>(problem.Pass == Pass.WeightGradient ? problem.Geometry.OutputLength : 0, 3);
        var destination = new T[problem.DestinationLength];
        foreach (Entrant<T> entrant in entrants)
        {
            long start = Stopwatch.GetTimestamp();
            for (int run = 0; run < WarmUps && (run == 0 || Stopwatch.GetElapsedTime(start) < s_longestWarmUp); run++)
            {
                cancellation.ThrowIfCancellationRequested();
                entrant.Run(left, right, destination);
            }
        }
        long begun = Stopwatch.GetTimestamp();
        for (int round = 0; round < MinRounds || Stopwatch.GetElapsedTime(begun) < s_time * entrants.Length; round++)
            foreach (Entrant<T> entrant in entrants)
            {
                cancellation.ThrowIfCancellationRequested();
                entrant.Time(left, right, destination);
            }
        Array.Sort(entrants, static (a, b) => a.Least.CompareTo(b.Least));
        TimeSpan expected = entrants.First(one => one.Algorithm == estimated).Least;
        IAlgorithm fastest = entrants[0].Least < Worthwhile * expected ? entrants[0].Algorithm : estimated;
        return new(Tuning.KeyOf(problem), AlgorithmList.Named(fastest.Name), AlgorithmList.Named(estimated.Name),
            [.. entrants.Select(static one => (AlgorithmList.Named(one.Algorithm.Name), one.Least))]);
    }

    // Small and none of them zero, so that neither denormal numbers nor shortcuts change what is timed.
    private static T[] Numbers<T>(int length, int period)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var numbers = new T[length];
        for (int i = 0; i < length; i++) numbers[i] = T.CreateTruncating((i % period + 1) / (double)period);
        return numbers;
    }

    private sealed class Entrant<T>(IAlgorithm algorithm, AlgorithmProblem problem)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        private readonly PreparedAlgorithm<T> _prepared = algorithm.Prepare<T>(problem,
            problem.Pass == Pass.WeightGradient ? [] : Numbers<T>(problem.Geometry.WeightLength, 7), Epilogue<T>.None);

        public IAlgorithm Algorithm => algorithm;

        public TimeSpan Least { get; private set; } = TimeSpan.MaxValue;

        public long WorkspaceBytes => _prepared.WorkspaceBytes;

        public void Run(T[] left, T[] right, T[] destination) => _prepared.Run(left, right, destination);

        public void Time(T[] left, T[] right, T[] destination)
        {
            long start = Stopwatch.GetTimestamp();
            Run(left, right, destination);
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            if (taken < Least) Least = taken;
        }
    }
}
