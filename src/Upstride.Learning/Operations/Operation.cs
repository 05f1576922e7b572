using System.Numerics;

namespace Upstride.Learning.Operations;

/// <summary>
/// One computation: how its result came about, and how a gradient with respect to the result becomes gradients with respect to the
/// operands. That is written in variables and operations again, so that it can be differentiated itself.
/// </summary>
internal abstract class Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    protected Operation(params Variable<T>[] inputs)
        : this(Tape<T>.Of(inputs), inputs)
    {
    }

    protected Operation(Tape<T> tape, params Variable<T>[] inputs)
    {
        Inputs = inputs;
        Tape = tape;
    }

    public Variable<T>[] Inputs { get; }

    /// <summary>The result; set when the operation has run.</summary>
    public Variable<T> Output { get; protected set; } = null!;

    /// <summary>The place on the tape, where recorded.</summary>
    public int Index { get; set; } = -1;

    public bool RequiresGradient
    {
        get
        {
            foreach (Variable<T> input in Inputs)
                if (input.RequiresGradient) return true;
            return false;
        }
    }

    protected Tape<T> Tape { get; }

    /// <summary>Gives the gradients of the inputs that are wanted.</summary>
    /// <param name="gradient">With respect to <see cref="Output"/>, of its shape.</param>
    /// <param name="into">Says which are wanted, and takes them.</param>
    public abstract void Gradient(Variable<T> gradient, GradientPass<T> into);
}
