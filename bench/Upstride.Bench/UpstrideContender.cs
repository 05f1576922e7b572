using Upstride.Algorithms;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench;

/// <summary>Upstride: NCHW in, NCHW out, the weight packed beforehand; the algorithm that the library chooses, or the named one.</summary>
internal sealed class UpstrideContender(string? algorithm) : IContender
{
    /// <inheritdoc/>
    public string Name => Contenders.Upstride;

    /// <inheritdoc/>
    public bool CompilesWhileRunning => true;

    /// <inheritdoc/>
    public IRunnable? TryCreate(Workload workload, out string? refusal)
    {
        var pass = workload.Operation switch
        {
            Operation.Forward => Pass.Forward,
            Operation.WeightGradient => Pass.WeightGradient,
            _ => Pass.InputGradient, // a convolution is its adjoint's input gradient
        };
        var settings = new ComputeSettings { Threads = workload.Threads, Algorithm = algorithm, AllowWinograd = workload.AllowWinograd };
        refusal = null;
        try
        {
            return new Runnable(pass, workload, settings);
        }
        catch (NotSupportedException e)
        {
            refusal = e.Message;
            return null;
        }
    }

    private sealed class Runnable : IRunnable
    {
        // The code of a plan is compiled for speed when it has run some times.
        private const int Preparations = 15;

        private readonly Pass pass;
        private readonly Workload workload;
        private readonly ComputeSettings settings;
        private readonly PreparedAlgorithm<float> prepared;
        private readonly NativeBuffer left, output;
        private readonly NativeBuffer? right;

        public Runnable(Pass pass, Workload workload, ComputeSettings settings)
        {
            (this.pass, this.workload, this.settings) = (pass, workload, settings);
            (var algorithm, prepared) = Prepare();
            (left, right) = pass is Pass.WeightGradient ? (workload.Coarse!, workload.Fine) : (workload.Data, null);
            output = new NativeBuffer(workload.OutputLength);
            Algorithm = prepared.Details.Length > 0 ? $"{algorithm.Name}: {prepared.Details}" : algorithm.Name;
        }

        public ReadOnlySpan<float> Output => output.Span;

        public long? WorkspaceBytes => prepared.WorkspaceBytes;

        public string Algorithm { get; }

        public double? TimedPreparation(Clock clock)
        {
            var least = double.PositiveInfinity;
            for (var i = 0; i < Preparations; i++)
            {
                var start = clock.Now();
                Prepare();
                least = Math.Min(least, clock.Now() - start);
            }

            return least;
        }

        public void Run() => prepared.Run(left.Span, right is null ? default : right.Span, output.Span);

        private (IAlgorithm Algorithm, PreparedAlgorithm<float> Prepared) Prepare()
        {
            var problem = new AlgorithmProblem(workload.Problem.Geometry, pass, typeof(float), settings);
            var algorithm = AlgorithmTable.Choose(problem);
            return (algorithm, algorithm.Prepare(problem, workload.Weight is { } buffer ? buffer.Span : default, Epilogue<float>.None));
        }

        public void Dispose()
        {
            output.Dispose();
            (prepared as IDisposable)?.Dispose();
        }
    }
}
