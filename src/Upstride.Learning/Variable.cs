using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Buffers;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>
/// A tensor that remembers how it was computed, so that the gradient of what is computed from it can be found. It lives on a
/// <see cref="Learning.Tape{T}"/> until the tape is reset.
/// </summary>
/// <typeparam name="T">float, or double for checks.</typeparam>
public class Variable<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _generation;

    internal Variable(Tape<T>? tape, ImmutableArray<nint> shape, PooledBuffer<T> buffer, bool requiresGradient)
    {
        Tape = tape;
        Shape = shape;
        Length = TensorMemory.Length(shape.AsSpan());
        Buffer = buffer;
        RequiresGradient = requiresGradient;
        _generation = tape?.Generation ?? 0;
    }

    /// <summary>The lengths of the axes, the outermost first; none for a single number.</summary>
    public ImmutableArray<nint> Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>The elements in row-major order, in place.</summary>
    /// <exception cref="InvalidOperationException">The tape was reset since.</exception>
    public Span<T> Values
    {
        get
        {
            RequireLive();
            MarkSet();
            return Elements;
        }
    }

    /// <summary>The value of a variable of one element.</summary>
    /// <exception cref="InvalidOperationException">It has more, or none; or the tape was reset since.</exception>
    public T Value =>
        Length == 1 ? Values[0]
        : throw new InvalidOperationException(
        $"Value is of one element, and this variable has shape {TensorMemory.Text(Shape.AsSpan())}: take Values");

    /// <summary>Whether gradients with respect to it are found.</summary>
    public bool RequiresGradient { get; internal set; }

    /// <summary>
    /// What <see cref="Backward"/> found for this variable, the sum where it was called several times; null before. Only what the user
    /// put on the tape and parameters have it: for what is computed in between, see <see cref="Gradients.Of{T}"/>.
    /// </summary>
    public Variable<T>? Gradient { get; internal set; }

    internal Tape<T>? Tape { get; }

    internal PooledBuffer<T> Buffer { get; }

    /// <summary>What computed it; null for what the user gave, and where nothing was recorded.</summary>
    internal Operation<T>? Source { get; set; }

    internal Span<T> Elements => Buffer.Span[..Length];

    /// <summary>
    /// Adds to <see cref="Gradient"/> of everything that this variable was computed from, and that requires it, this variable's derivative.
    /// </summary>
    /// <param name="outputGradient">What the derivative is multiplied by, of this variable's shape; default 1.</param>
    /// <exception cref="InvalidOperationException">This variable has several elements and no gradient was given; or nothing it was computed
    /// from requires a gradient; or the tape was reset since.</exception>
    public void Backward(Variable<T>? outputGradient = null) => Gradients.Accumulate(this, outputGradient);

    /// <summary>
    /// The same values, in the same memory, as if nothing had been computed: no gradient goes through. A generator's picture for its
    /// critic.
    /// </summary>
    /// <exception cref="InvalidOperationException">A parameter, which is on no tape; or the tape was reset since.</exception>
    public Variable<T> Detach()
    {
        RequireLive();
        if (Tape is not { } tape) throw new InvalidOperationException($"{this} is on no tape: set RequiresGradient to false to freeze it");
        return new(tape, Shape, Buffer, requiresGradient: false);
    }

    /// <summary>A parameter on the tape of this variable: for functions of parameters alone, such as a product of weights.</summary>
    /// <param name="parameter">The parameter; its gradient goes to it as always.</param>
    /// <exception cref="InvalidOperationException">This is a parameter itself, and on no tape.</exception>
    public Variable<T> Attach(Parameter<T> parameter) => Tape<T>.Of([this]).Attach(parameter);

    /// <summary>Element by element, as <see cref="Functions.Add"/>.</summary>
    public static Variable<T> operator +(Variable<T> left, Variable<T> right) => Functions.Add(left, right);

    /// <summary>Element by element, as <see cref="Functions.Subtract"/>.</summary>
    public static Variable<T> operator -(Variable<T> left, Variable<T> right) => Functions.Subtract(left, right);

    /// <summary>Element by element, as <see cref="Functions.Multiply"/>.</summary>
    public static Variable<T> operator *(Variable<T> left, Variable<T> right) => Functions.Multiply(left, right);

    /// <summary>Element by element, as <see cref="Functions.Divide"/>.</summary>
    public static Variable<T> operator /(Variable<T> left, Variable<T> right) => Functions.Divide(left, right);

    /// <summary>Every element plus a number.</summary>
    public static Variable<T> operator +(Variable<T> left, T right) => Functions.ScaleAndShift(left, T.One, right);

    /// <summary>Every element less a number.</summary>
    public static Variable<T> operator -(Variable<T> left, T right) => Functions.ScaleAndShift(left, T.One, -right);

    /// <summary>Every element times a number.</summary>
    public static Variable<T> operator *(Variable<T> left, T right) => Functions.ScaleAndShift(left, right, T.Zero);

    /// <summary>A number times every element.</summary>
    public static Variable<T> operator *(T left, Variable<T> right) => Functions.ScaleAndShift(right, left, T.Zero);

    /// <summary>Every element divided by a number.</summary>
    public static Variable<T> operator /(Variable<T> left, T right) => Functions.ScaleAndShift(left, T.One / right, T.Zero);

    /// <summary>Every element with the other sign.</summary>
    public static Variable<T> operator -(Variable<T> value) => Functions.ScaleAndShift(value, -T.One, T.Zero);

    /// <summary>The shape, for example <c>Variable [1, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"{(this is Parameter<T> ? "Parameter" : "Variable")} {TensorMemory.Text(Shape.AsSpan())}";

    /// <summary>Refuses a variable whose memory the tape has given to others.</summary>
    internal void RequireLive()
    {
        if (Tape is not { } tape) return;
        ObjectDisposedException.ThrowIf(tape.IsDisposed, tape);
        if (tape.Generation != _generation)
            throw new InvalidOperationException(
                $"{this} was made before its tape was reset, and its memory belongs to others since: copy Values before Tape.Reset, or "
                    + $"compute it anew");
    }

    /// <summary>Called before someone may write.</summary>
    private protected virtual void MarkSet()
    {
    }
}
