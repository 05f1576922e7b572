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
            var problem = new AlgorithmProblem(workload.Problem.Geometry, pass, typeof(float), settings);
            return new Runnable(AlgorithmList.Choose(problem), problem, workload);
        }
        catch (NotSupportedException e)
        {
            refusal = e.Message;
            return null;
        }
    }

    private sealed class Runnable : IRunnable
    {
        private readonly PreparedAlgorithm<float> prepared;
        private readonly NativeBuffer left, output;
        private readonly NativeBuffer? right;

        public Runnable(IAlgorithm algorithm, AlgorithmProblem problem, Workload workload)
        {
            var weight = workload.Weight is { } buffer ? buffer.Span : default;
            prepared = algorithm.Prepare(problem, weight, Epilogue<float>.None);
            (left, right) = problem.Pass is Pass.WeightGradient ? (workload.Coarse!, workload.Fine) : (workload.Data, null);
            output = new NativeBuffer(workload.OutputLength);
            Algorithm = prepared.Details.Length > 0 ? $"{algorithm.Name}: {prepared.Details}" : algorithm.Name;
        }

        public ReadOnlySpan<float> Output => output.Span;

        public long? WorkspaceBytes => prepared.WorkspaceBytes;

        public string Algorithm { get; }

        public void Run() => prepared.Run(left.Span, right is null ? default : right.Span, output.Span);

        public void Dispose()
        {
            output.Dispose();
            (prepared as IDisposable)?.Dispose();
        }
    }
}
