using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Learning.Buffers;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>
/// Records what is computed, so that it can be gone through backwards, and owns the memory and the plans of it. One step of training is:
/// put the input on the tape, compute a loss, <see cref="Variable{T}.Backward"/>, let an optimizer change the parameters,
/// <see cref="Reset"/>. From the second step of the same shapes on it allocates nothing but small objects. Not for two threads at once;
/// it uses several itself. Memory and plans of every shape are kept until it is disposed: what comes in many shapes, such as whole pictures
/// for validation, is better computed on a tape of its own.
/// </summary>
/// <remarks>
/// Source of the method: Griewank and Walther, "Evaluating Derivatives", 2008 (reverse mode); Maclaurin's define-by-run tapes.
/// </remarks>
/// <example>
/// <code><![CDATA[
/// using var tape = new Tape<double>();
/// Variable<double> x = tape.Input([1, 2, 3], [3], requiresGradient: true);
/// Variable<double> y = Functions.Sum(x * x * x);
/// Variable<double> first = Gradients.Of(y, [x], createGraph: true)[0]!; // 3x²: 3, 12, 27
/// Variable<double> second = Gradients.Of(Functions.Sum(first), [x])[0]!; // 6x: 6, 12, 18
/// ]]></code>
/// </example>
public sealed class Tape<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<Operation<T>> _operations = [];

    /// <param name="settings">Threads, memory and algorithms of everything that is computed on this tape. The results are the same, bit for
    /// bit, for any number of threads.</param>
    public Tape(ComputeSettings? settings = null)
    {
        settings ??= ComputeSettings.Default;
        Settings = settings with { Workspaces = settings.Workspaces ?? new() };
        if (Settings.Threads < 1)
            throw new ArgumentOutOfRangeException(nameof(settings), $"settings.Threads = {Settings.Threads}, and must be at least 1");
        Runner = new(Settings.Threads);
        Plans = new(Settings);
        Backward = new(this);
    }

    /// <summary>How its computations use the machine.</summary>
    public ComputeSettings Settings { get; }

    /// <summary>Whether what is computed can be gone through backwards; see <see cref="NoGradient"/>.</summary>
    public bool IsRecording { get; internal set; } = true;

    /// <summary>Bytes of memory that the tape holds for the values of variables.</summary>
    public long MemoryBytes => Buffers.Elements * System.Runtime.CompilerServices.Unsafe.SizeOf<T>() + Indices.Elements * sizeof(int);

    internal BufferPool<T> Buffers { get; } = new();

    internal BufferPool<int> Indices { get; } = new();

    internal BlockRunner Runner { get; }

    internal TapeCache<T> Plans { get; }

    internal GradientPass<T> Backward { get; }

    internal IReadOnlyList<Operation<T>> Operations => _operations;

    /// <summary>Counts the resets.</summary>
    internal int Generation { get; private set; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Puts values on the tape that no gradient is wanted for.</summary>
    /// <param name="values">In row-major order; copied.</param>
    /// <param name="shape">The lengths of the axes.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">Values that do not fit the shape.</exception>
    public Variable<T> Constant(ReadOnlySpan<T> values, ReadOnlySpan<nint> shape) => Input(values, shape, requiresGradient: false);

    /// <summary>Puts values on the tape.</summary>
    /// <param name="values">In row-major order; copied.</param>
    /// <param name="shape">The lengths of the axes.</param>
    /// <param name="requiresGradient">Whether gradients with respect to them are wanted.</param>
    /// <exception cref="Upstride.Geometry.GeometryException">Values that do not fit the shape.</exception>
    public Variable<T> Input(ReadOnlySpan<T> values, ReadOnlySpan<nint> shape, bool requiresGradient = false)
    {
        Require.Length(values.Length, shape, nameof(values));
        Variable<T> variable = Empty(shape, requiresGradient);
        values.CopyTo(variable.Elements);
        return variable;
    }

    /// <summary>Puts a tensor of any strides on the tape.</summary>
    /// <param name="tensor">Copied.</param>
    /// <param name="requiresGradient">Whether gradients with respect to it are wanted.</param>
    public Variable<T> Input(in ReadOnlyTensorSpan<T> tensor, bool requiresGradient = false)
    {
        Variable<T> variable = Empty(tensor.Lengths, requiresGradient);
        if (TensorMemory.IsContiguous(tensor.Lengths, tensor.Strides)) TensorMemory.Elements(tensor).CopyTo(variable.Elements);
        else TensorMemory.Gather(tensor, variable.Elements);
        return variable;
    }

    /// <summary>Puts a tensor on the tape.</summary>
    /// <param name="tensor">Copied.</param>
    /// <param name="requiresGradient">Whether gradients with respect to it are wanted.</param>
    public Variable<T> Input(Tensor<T> tensor, bool requiresGradient = false)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Input(tensor.AsReadOnlyTensorSpan(), requiresGradient);
    }

    /// <summary>
    /// A place on the tape whose <see cref="Variable{T}.Values"/> the caller writes in full: a batch is loaded without a copy.
    /// </summary>
    /// <param name="shape">The lengths of the axes.</param>
    /// <param name="requiresGradient">Whether gradients with respect to it are wanted.</param>
    public Variable<T> Empty(ReadOnlySpan<nint> shape, bool requiresGradient = false)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return new(this, [.. shape], Buffers.Take(TensorMemory.Length(shape)), requiresGradient);
    }

    /// <summary>A parameter as a variable of this tape, for operations that have no other operand on one: a penalty on weights.</summary>
    /// <param name="parameter">Its gradient is found through the variable.</param>
    public Variable<T> Attach(Parameter<T> parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return Reshape<T>.Run(this, parameter, parameter.Shape);
    }

    /// <summary>Computes without recording until the returned scope is disposed: for evaluation.</summary>
    public NoGradientScope<T> NoGradient() => new(this);

    /// <summary>
    /// Ends a step: forgets what was recorded, and takes back the memory of every variable of this tape. Parameters and their gradients
    /// stay.
    /// </summary>
    public void Reset()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Generation++;
        _operations.Clear();
        Buffers.ReturnAll();
        Indices.ReturnAll();
    }

    /// <summary>Releases memory and plans; the tape's variables cannot be used any more.</summary>
    public void Dispose()
    {
        if (IsDisposed) return;
        Reset();
        IsDisposed = true;
        Plans.Dispose();
    }

    /// <summary>The tape of some operands.</summary>
    /// <exception cref="InvalidOperationException">None is on a tape, or two are on different ones.</exception>
    internal static Tape<T> Of(ReadOnlySpan<Variable<T>> operands)
    {
        Tape<T>? tape = null;
        foreach (Variable<T> operand in operands)
        {
            ArgumentNullException.ThrowIfNull(operand);
            operand.RequireLive();
            if (operand.Tape is not { } other) continue;
            if (tape is not null && tape != other)
                throw new InvalidOperationException($"the operands, {Text(operands)}, are on two tapes: put both on one");
            tape = other;
        }
        return tape ?? throw new InvalidOperationException(
            $"none of the operands, {Text(operands)}, is on a tape, which records and holds the result: put the input there by "
                + $"Tape.Input or Tape.Constant, or a parameter by Tape.Attach");
    }

    /// <summary>The variable that an operation writes its result to; recorded where a gradient may be asked for.</summary>
    internal Variable<T> Result(Operation<T> operation, ImmutableArray<nint> shape, PooledBuffer<T>? buffer = null)
    {
        bool recorded = IsRecording && operation.RequiresGradient;
        var result = new Variable<T>(this, shape, buffer ?? Buffers.Take(TensorMemory.Length(shape.AsSpan())), recorded);
        if (!recorded) return result;
        result.Source = operation;
        operation.Index = _operations.Count;
        _operations.Add(operation);
        return result;
    }

    private static string Text(ReadOnlySpan<Variable<T>> operands) =>
        string.Join(" and ", operands.ToArray().Select(static operand => operand.ToString()));
}

/// <summary>While it lasts, its tape does not record.</summary>
public readonly struct NoGradientScope<T> : IDisposable, IEquatable<NoGradientScope<T>>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Tape<T>? _tape;
    private readonly bool _before;

    internal NoGradientScope(Tape<T> tape)
    {
        _tape = tape;
        _before = tape.IsRecording;
        tape.IsRecording = false;
    }

    /// <summary>The tape records again where it did before.</summary>
    public void Dispose()
    {
        if (_tape is not null) _tape.IsRecording = _before;
    }

    /// <inheritdoc/>
    public bool Equals(NoGradientScope<T> other) => _tape == other._tape && _before == other._before;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NoGradientScope<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_tape, _before);

    /// <summary>The same scope.</summary>
    public static bool operator ==(NoGradientScope<T> left, NoGradientScope<T> right) => left.Equals(right);

    /// <summary>Another scope.</summary>
    public static bool operator !=(NoGradientScope<T> left, NoGradientScope<T> right) => !left.Equals(right);
}
