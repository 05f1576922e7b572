using Upstride.Algorithms;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench;

/// <summary>Upstride: NCHW in, NCHW out; the algorithm that the library chooses, or the named one.</summary>
/// <param name="algorithm">A name, or null.</param>
/// <param name="packing">What it is called where it packs the weight at each run; null: it is packed beforehand.</param>
internal sealed class UpstrideContender(string? algorithm, string? packing = null) : IContender
{
    /// <inheritdoc/>
    public string Name => packing ?? Contenders.Upstride;

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
        refusal = packing is not null && workload.Weight is null ? "there is no weight to pack" : null;
        if (refusal is not null) return null;
        try
        {
            return new Runnable(pass, workload, settings, packing is not null);
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

        private readonly Pass _pass;
        private readonly Workload _workload;
        private readonly ComputeSettings _settings;
        private readonly bool _packs;
        private readonly PreparedAlgorithm<float> _prepared;
        private readonly NativeBuffer _left, _output;
        private readonly NativeBuffer? _right;

        public Runnable(Pass pass, Workload workload, ComputeSettings settings, bool packs)
        {
            (this._pass, this._workload, this._settings, this._packs) = (pass, workload, settings, packs);
            (var algorithm, _prepared) = Prepare();
            (_left, _right) = pass is Pass.WeightGradient ? (workload.Coarse!, workload.Fine) : (workload.Data, null);
            _output = new NativeBuffer(workload.OutputLength);
            Algorithm = _prepared.Details.Length > 0 ? $"{algorithm.Name}: {_prepared.Details}" : algorithm.Name;
        }

        public ReadOnlySpan<float> Output => _output.Span;

        public long? WorkspaceBytes => _prepared.WorkspaceBytes;

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

        public void Run()
        {
            if (_packs) _prepared.SetWeight(_workload.Weight!.Span);
            _prepared.Run(_left.Span, _right is null ? default : _right.Span, _output.Span);
        }

        private (IAlgorithm Algorithm, PreparedAlgorithm<float> Prepared) Prepare()
        {
            var problem = new AlgorithmProblem(_workload.Problem.Geometry, _pass, typeof(float), _settings);
            var algorithm = AlgorithmTable.Choose(problem);
            return (algorithm, algorithm.Prepare(problem, _workload.Weight is { } buffer ? buffer.Span : default, Epilogue<float>.None));
        }

        public void Dispose()
        {
            _output.Dispose();
            (_prepared as IDisposable)?.Dispose();
        }
    }
}
