using System.Numerics.Tensors;
using Upstride.Threading;

namespace Upstride.Algorithms.Execution;

/// <summary>
/// Half precision, computed in single and rounded once: a sum of halves stands still where its next term is below the last digit, at 2048
/// for
/// ones.
/// </summary>
internal sealed class HalfAlgorithm : PreparedAlgorithm<Half>
{
    private readonly PreparedAlgorithm<float> _single;
    private readonly float[] _weight;
    private readonly ObjectPool<Tensors> _tensors;
    private readonly long _tensorBytes;

    public HalfAlgorithm(IAlgorithm algorithm, AlgorithmProblem problem, ReadOnlySpan<Half> weight, Epilogue<Half> epilogue)
    {
        _weight = new float[weight.Length];
        TensorPrimitives.ConvertToSingle(weight, _weight);
        _single = algorithm.Prepare(problem, _weight.AsSpan(), epilogue.Single);
        int left = problem.Pass == Pass.InputGradient ? problem.Geometry.OutputLength : problem.Geometry.InputLength;
        int right = problem.Pass == Pass.WeightGradient
            ? problem.Geometry.OutputLength : epilogue.AddsResidual ? (int)problem.DestinationLength : 0;
        int destination = (int)problem.DestinationLength;
        _tensorBytes = sizeof(float) * ((long)left + right + destination);
        _tensors = new(() => new(new float[left], new float[right], new float[destination]));
    }

    public override long WorkspaceBytes => _single.WorkspaceBytes + _tensorBytes;

    internal override long PooledBytes => _single.PooledBytes;

    public override long WeightBytes => _single.WeightBytes;

    public override string Details => _single.Details;

    public override void SetWeight(ReadOnlySpan<Half> weight)
    {
        TensorPrimitives.ConvertToSingle(weight, _weight);
        _single.SetWeight(_weight);
    }

    public override void Run(ReadOnlySpan<Half> left, ReadOnlySpan<Half> right, Span<Half> destination)
    {
        Tensors tensors = _tensors.Take();
        try
        {
            TensorPrimitives.ConvertToSingle(left, tensors.Left);
            TensorPrimitives.ConvertToSingle(right, tensors.Right);
            _single.Run(tensors.Left, tensors.Right, tensors.Destination);
            TensorPrimitives.ConvertToHalf(tensors.Destination, destination);
        }
        finally
        {
            _tensors.Return(tensors);
        }
    }

    // One run's tensors in single precision.
    private sealed record Tensors(float[] Left, float[] Right, float[] Destination);
}
