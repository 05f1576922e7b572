using System.Collections.Immutable;
using System.Numerics;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>Derivatives of what a tape recorded.</summary>
public static class Gradients
{
    /// <summary>
    /// The derivatives of <paramref name="output"/> with respect to some variables; nothing is added to <see cref="Variable{T}.Gradient"/>.
    /// </summary>
    /// <param name="output">What is differentiated.</param>
    /// <param name="inputs">Parameters, or variables that <paramref name="output"/> was computed from. Where it does not depend on one, the
    /// gradient is zeros.</param>
    /// <param name="createGraph">Whether the gradients are recorded in turn, so that they can be differentiated.</param>
    /// <param name="outputGradient">What the derivative is multiplied by, of the output's shape; default 1.</param>
    /// <returns>A variable of the shape of each input.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="output"/> has several elements and no gradient was given; or an input
    /// does not require a gradient; or the tape was reset since.</exception>
    public static ImmutableArray<Variable<T>> Of<T>(
        Variable<T> output, ReadOnlySpan<Variable<T>> inputs, bool createGraph = false, Variable<T>? outputGradient = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Tape<T> tape = Check(output, outputGradient);
        foreach (Variable<T> input in inputs)
        {
            ArgumentNullException.ThrowIfNull(input, nameof(inputs));
            input.RequireLive();
            if (!input.RequiresGradient)
                throw new InvalidOperationException(
                    $"{input} does not require a gradient: put it on the tape with requiresGradient, or leave it out");
        }
        Variable<T>?[] gradients = tape.Backward.Run(output, outputGradient, inputs, createGraph);
        var result = ImmutableArray.CreateBuilder<Variable<T>>(inputs.Length);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (gradients[i] is not { } gradient)
            {
                gradient = tape.Empty(inputs[i].Shape.AsSpan());
                gradient.Elements.Clear();
            }
            result.Add(gradient);
        }
        return result.DrainToImmutable();
    }

    internal static void Accumulate<T>(Variable<T> output, Variable<T>? outputGradient)
        where T : unmanaged, IFloatingPointIeee754<T> => Check(output, outputGradient).Backward.Run(output, outputGradient);

    private static Tape<T> Check<T>(Variable<T> output, Variable<T>? outputGradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(output);
        output.RequireLive();
        if (output.Tape is not { } tape || !output.RequiresGradient)
            throw new InvalidOperationException(
                $"{output} was computed from nothing that requires a gradient, or while the tape did not record: compute it from a "
                    + $"parameter, or from an input put on the tape with requiresGradient");
        if (outputGradient is null)
        {
            if (output.Length != 1)
                throw new InvalidOperationException(
                    $"a gradient is of one number, and {output} has {output.Length}: take its Functions.Mean or Functions.Sum first, or "
                        + $"give outputGradient");
        }
        else
        {
            outputGradient.RequireLive();
            Require.Shape(outputGradient.Shape.AsSpan(), output.Shape.AsSpan(), nameof(outputGradient));
        }
        return tape;
    }
}
