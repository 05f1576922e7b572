using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Text;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// One of the three products of a transposed convolution, made ready: sizes checked, an algorithm chosen, the weights packed, the
/// workspace owned. It runs any number of times without allocating, and from several threads at once.
/// </summary>
/// <typeparam name="T">
/// The element type: float and double are fast; Half is computed in single precision and rounded once; every other number is computed in
/// its
/// own arithmetic, exactly where that is exact, and slowly.</typeparam>
public sealed class Plan<T> : IDisposable
    where T : INumber<T>
{
    private readonly Epilogue<T> _epilogue;
    private readonly IAlgorithm _algorithm;
    private readonly PlanRole _role;
    private readonly ComputeSettings _settings;
    // A geometry makes its shapes anew each time it is asked, and a run must not allocate.
    private readonly nint[] _inputShape;
    private readonly nint[] _otherShape;
    private readonly nint[] _outputShape;
    private PreparedAlgorithm<T>? _prepared;
    private ProblemRun? _traced;

    internal Plan(ConvTransposeGeometry geometry, PlanRole role, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings? settings)
    {
        settings ??= ComputeSettings.Default;
        if (settings.Threads < 1)
            throw new ArgumentOutOfRangeException(nameof(settings), $"settings.Threads = {settings.Threads}, and must be at least 1");
        if (!role.IsWeightGradient)
        {
            Require.Length(weight.Length, geometry.WeightShape.AsSpan(), nameof(weight));
            epilogue.Check(role.Computed == Pass.Forward ? geometry.OutputChannels : geometry.InputChannels);
        }
        Geometry = geometry;
        _role = role;
        _epilogue = epilogue;
        _settings = settings;
        nint[] small = [.. geometry.InputShape], large = [.. geometry.OutputShape];
        (_inputShape, _otherShape, _outputShape) = role switch
        {
            { IsSwapped: true } => (large, small, [.. geometry.WeightShape]),
            { IsWeightGradient: true } => (small, large, [.. geometry.WeightShape]),
            { Computed: Pass.Forward } => (small, large, large),
            _ => (large, small, small),
        };
        var problem = new AlgorithmProblem(geometry, role.Computed, typeof(T), settings);
        _algorithm = AlgorithmTable.Choose(problem);
        _prepared = AlgorithmTable.Prepare(_algorithm, problem, weight, epilogue);
        if (_prepared.WorkspaceBytes > settings.MaximalWorkspaceBytes)
            throw new ArgumentException(
                $"algorithm {_algorithm.Name} needs a workspace of {_prepared.WorkspaceBytes} bytes, and settings.MaximalWorkspaceBytes "
                    + $"= {settings.MaximalWorkspaceBytes}: allow more, or fewer threads than {settings.Threads}", nameof(settings));
        settings.Workspaces?.Reserve(_prepared.PooledBytes);
    }

    /// <summary>The sizes of the transposed convolution; for the plan of a convolution, of its adjoint.</summary>
    public ConvTransposeGeometry Geometry { get; }

    /// <summary>Which of the three products, of the operator that the plan was created for.</summary>
    public Pass Pass => _role.Pass;

    /// <summary>The shape of the first tensor that a run reads.</summary>
    public ImmutableArray<nint> InputShape => [.. _inputShape];

    /// <summary>The shape of what a run writes.</summary>
    public ImmutableArray<nint> OutputShape => [.. _outputShape];

    /// <summary>The name of the algorithm that was chosen.</summary>
    public string Algorithm => _algorithm.Name;

    /// <summary>Bytes of scratch memory of one run; runs that overlap take as much each.</summary>
    public long WorkspaceBytes => Prepared.WorkspaceBytes;

    /// <summary>Bytes of the weights as they are packed.</summary>
    public long WeightBytes => Prepared.WeightBytes;

    private PreparedAlgorithm<T> Prepared =>
        _prepared ?? throw new ObjectDisposedException(nameof(Plan<T>), "the plan was disposed: create another");

    private bool ReadsOther => _role.IsWeightGradient || _epilogue.AddsResidual;

    /// <summary>
    /// Packs other weights instead of those the plan holds, as each step of a training does: the algorithm, the workspace and the
    /// activation stay. The plan must not run meanwhile.
    /// </summary>
    /// <param name="weight">Of the shape that the plan was created with.</param>
    /// <param name="bias">As many as the plan was created with.</param>
    /// <exception cref="GeometryException">Weights or a bias of another length.</exception>
    /// <exception cref="InvalidOperationException">A plan of the weight gradient, which has no weights.</exception>
    public void SetWeight(ReadOnlySpan<T> weight, ReadOnlySpan<T> bias = default)
    {
        if (_role.IsWeightGradient)
            throw new InvalidOperationException("the plan computes the gradient of the weights and holds none: give its tensors to Run");
        Require.Length(weight.Length, Geometry.WeightShape.AsSpan(), nameof(weight));
        RequireBias(bias);
        Prepared.SetWeight(weight);
        _epilogue.SetBias(bias);
    }

    /// <summary>Takes another bias; the weights stay as they are packed. The plan must not run meanwhile.</summary>
    /// <param name="bias">As many as the plan was created with.</param>
    internal void SetBias(ReadOnlySpan<T> bias)
    {
        RequireBias(bias);
        _epilogue.SetBias(bias);
    }

    private void RequireBias(ReadOnlySpan<T> bias)
    {
        if (bias.Length != _epilogue.Bias.Length)
            throw new GeometryException(new(nameof(bias),
                $"bias has {bias.Length} elements, and the plan was created with {_epilogue.Bias.Length}: give as many, or create "
                + $"another plan"));
    }

    /// <summary>Computes the product of contiguous tensors.</summary>
    /// <param name="input">The input; for the input gradient the output gradient.</param>
    /// <param name="destination">Overwritten; may not share memory with what is read.</param>
    /// <exception cref="GeometryException">A length that does not fit the plan's shapes.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with the input.</exception>
    public void Run(ReadOnlySpan<T> input, Span<T> destination) => Run(input, default, destination);

    /// <summary>Computes the product of contiguous tensors.</summary>
    /// <param name="input">The input; for the input gradient the output gradient.</param>
    /// <param name="other">For the weight gradient the output gradient; with a residual, a tensor of the destination's shape that is
    /// added.</param>
    /// <param name="destination">Overwritten; may not share memory with what is read.</param>
    /// <exception cref="GeometryException">A length that does not fit the plan's shapes.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public void Run(ReadOnlySpan<T> input, ReadOnlySpan<T> other, Span<T> destination)
    {
        Require.Length(input.Length, _inputShape, _role.Input);
        Require.Length(destination.Length, _outputShape, nameof(destination));
        if (ReadsOther)
            Require.Length(other.Length, _otherShape, _role.Other);
        else if (other.Length != 0)
            throw new ArgumentException(
                $"this plan takes one tensor, and {nameof(other)} holds {other.Length} elements: create the plan with a residual, or "
                    + $"leave it out", nameof(other));
        Require.Disjoint<T, T>(input, destination, _role.Input);
        Require.Disjoint<T, T>(other, destination, _role.Other);
        long start = _settings.Trace is null ? 0 : Stopwatch.GetTimestamp();
        if (_role.IsSwapped) Prepared.Run(other, input, destination);
        else Prepared.Run(input, other, destination);
        if (_settings.Trace is { } trace) trace((_traced ??= Traced()) with { Elapsed = Stopwatch.GetElapsedTime(start) });
    }

    /// <summary>Computes the product of tensors of any strides; a dense one is used in place.</summary>
    /// <exception cref="GeometryException">A shape that is not the plan's.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with the input.</exception>
    public void Run(in ReadOnlyTensorSpan<T> input, in TensorSpan<T> destination)
    {
        Require.Shape(input.Lengths, _inputShape, _role.Input);
        Require.Shape(destination.Lengths, _outputShape, nameof(destination));
        Require.Disjoint(input, destination, _role.Input);
        ContiguousDestination<T> contiguous = TensorMemory.Destination(destination);
        Run(TensorMemory.Contiguous(input), default, contiguous.Span);
        contiguous.Commit();
    }

    /// <summary>Computes the product of tensors of any strides; a dense one is used in place.</summary>
    /// <exception cref="GeometryException">A shape that is not the plan's.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public void Run(in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> other, in TensorSpan<T> destination)
    {
        Require.Shape(input.Lengths, _inputShape, _role.Input);
        Require.Shape(other.Lengths, _otherShape, _role.Other);
        Require.Shape(destination.Lengths, _outputShape, nameof(destination));
        Require.Disjoint(input, destination, _role.Input);
        Require.Disjoint(other, destination, _role.Other);
        ContiguousDestination<T> contiguous = TensorMemory.Destination(destination);
        Run(TensorMemory.Contiguous(input), TensorMemory.Contiguous(other), contiguous.Span);
        contiguous.Commit();
    }

    /// <summary>Computes the product into a new tensor.</summary>
    /// <exception cref="GeometryException">A shape that is not the plan's.</exception>
    public Tensor<T> Run(in ReadOnlyTensorSpan<T> input)
    {
        Require.Shape(input.Lengths, _inputShape, _role.Input);
        Tensor<T> result = TensorMemory.Create(_outputShape, out Span<T> elements);
        Run(TensorMemory.Contiguous(input), default, elements);
        return result;
    }

    /// <summary>
    /// What was chosen and why the others were not, multiply-adds, bytes of the tensors, of the weights and of the workspace.
    /// </summary>
    public string Explain()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{Pass} of {(_role.Computed != _role.Pass || _role.IsSwapped ? $"a convolution, adjoint of {Geometry}" : Geometry)}\n");
        var problem = new AlgorithmProblem(Geometry, _role.Computed, typeof(T), _settings);
        bool isTuned = _settings.Algorithm is null && problem.Reference is null && AlgorithmTable.Tuned(problem) is not null;
        text.Append(CultureInfo.InvariantCulture,
            $"algorithm {Algorithm}{(isTuned ? ", as the tuning has it" : "")}{(Prepared.Details.Length > 0 ? ": " + Prepared.Details : "")}\n");
        long bytes = (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>() * ((long)Geometry.InputLength + Geometry.OutputLength);
        text.Append(CultureInfo.InvariantCulture,
            $"{2 * Geometry.MultiplyAdds} FLOPs by the definition, {bytes} bytes of activations, {WeightBytes} of packed weights, "
            + $"{WorkspaceBytes} of workspace\n");
        foreach (IAlgorithm other in AlgorithmTable.All)
        {
            if (other == _algorithm) continue;
            string reason = other.Refusal(problem) ?? string.Create(
                CultureInfo.InvariantCulture,
                $"estimated at {other.EstimateCycles(problem):G3} cycles against {_algorithm.EstimateCycles(problem):G3}");
            text.Append(CultureInfo.InvariantCulture, $"not {other.Name}: {reason}\n");
        }
        return text.ToString();
    }

    private ProblemRun Traced() => new(Geometry, _role.Computed, _role == PlanRole.ConvolutionForward,
        new(Geometry, _role.Computed, typeof(T), _settings), _algorithm, Prepared.Details);

    /// <summary>Releases the packed weights and the workspace.</summary>
    public void Dispose() => _prepared = null;
}
