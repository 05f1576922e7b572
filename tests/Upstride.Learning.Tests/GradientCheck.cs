using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

/// <summary>Holds gradients to finite differences, in double: of a function, and of its gradient, which is a function in turn.</summary>
internal static class GradientCheck
{
    // A power of two, so that x + h is exact. The differences' own error is of the order of h^4 after the extrapolation.
    private const double Step = 1.0 / 4096;

    /// <summary>Checks the first derivatives by every leaf, and the second where asked for.</summary>
    /// <param name="function">Computes from the leaves, in their order.</param>
    /// <param name="leaves">What it is differentiated by.</param>
    /// <param name="second">Whether to check the derivatives of the derivatives.</param>
    public static void Run(Func<Variable<double>[], Variable<double>> function, Leaf[] leaves, bool second = true)
    {
        Leaf outputGradient = Random(OutputShape(function, leaves), 77);
        Weighted first = variables => function(variables[..^1]);
        CheckDerivatives(leaves, outputGradient, (variables, g) => (first([.. variables, g]), g));
        if (!second) return;

        // The sum of the gradients' products with fixed numbers, as a function of the leaves and of the gradient that comes from above.
        double[][] fixedNumbers = [.. leaves.Select((leaf, index) => Random(leaf.Shape, 100 + index).Values)];
        Leaf[] all = [.. leaves, outputGradient];
        CheckDerivatives(all, new([], [1.0]), (variables, g) =>
        {
            var gradients =
                Gradients.Of(function(variables[..^1]), variables.AsSpan()[..^1], createGraph: true, outputGradient: variables[^1]);
            Variable<double>? sum = null;
            for (int i = 0; i < gradients.Length; i++)
            {
                Variable<double> product = Functions.Sum(gradients[i] * variables[0].Tape!.Constant(fixedNumbers[i], leaves[i].Shape));
                sum = sum is null ? product : sum + product;
            }
            return (sum!, g);
        });
    }

    /// <summary>Numbers from -1.2 to 1.2, none nearer to 0 than 0.2.</summary>
    public static Leaf Random(nint[] shape, long seed)
    {
        var random = new RandomSource(seed);
        double[] values = new double[shape.Aggregate(1, static (product, length) => product * (int)length)];
        for (int i = 0; i < values.Length; i++) values[i] = (random.NextInt(2) == 0 ? -1 : 1) * random.NextUniform(0.2, 1.2);
        return new(shape, values);
    }

    /// <summary>Positive numbers, from 0.2 to 1.2.</summary>
    public static Leaf Positive(nint[] shape, long seed)
    {
        Leaf leaf = Random(shape, seed);
        return new(shape, [.. leaf.Values.Select(Math.Abs)]);
    }

    /// <summary>Numbers no two of which are nearer to each other than many steps, in a random order.</summary>
    public static Leaf Distinct(nint[] shape, long seed)
    {
        Leaf leaf = Random(shape, seed);
        double[] values = [.. Enumerable.Range(0, leaf.Values.Length).Select(i => (i + 0.5) / leaf.Values.Length - 0.5)];
        new RandomSource(seed).Shuffle(values.AsSpan());
        return new(shape, values);
    }

    private delegate Variable<double> Weighted(Variable<double>[] variables);

    private static nint[] OutputShape(Func<Variable<double>[], Variable<double>> function, Leaf[] leaves)
    {
        using var tape = new Tape<double>();
        return [.. function([.. leaves.Select(leaf => leaf.On(tape))]).Shape];
    }

    private static void CheckDerivatives(Leaf[] leaves, Leaf outputGradient,
        Func<Variable<double>[], Variable<double>, (Variable<double> Output, Variable<double> Gradient)> function)
    {
        using var tape = new Tape<double>();
        Variable<double>[] variables = [.. leaves.Select(leaf => leaf.On(tape))];
        (Variable<double> output, Variable<double> above) = function(variables, outputGradient.On(tape));
        double[][] gradients =
            [.. Gradients.Of(output, variables, outputGradient: above).Select(static gradient => gradient.Values.ToArray())];
        for (int index = 0; index < leaves.Length; index++)
        {
            for (int element = 0; element < leaves[index].Values.Length; element++)
            {
                (double near, double size) = Difference(tape, leaves, index, element, Step, outputGradient, function);
                (double far, _) = Difference(tape, leaves, index, element, 2 * Step, outputGradient, function);
                double expected = near + (near - far) / 3;

                // What the extrapolation removed bounds what it left; and each of four sums is rounded, some tens of operations deep.
                double tolerance = Math.Abs(near - far) / 3 + 64 * Math.Pow(2, -52) * (size + 1) / Step;
                Assert.True(
                    Math.Abs(gradients[index][element] - expected) <= tolerance,
                    $"leaf {index} [{string.Join(", ", leaves[index].Shape)}] element {element}: the gradient is "
                        + $"{gradients[index][element]} and the difference {expected}, tolerance {tolerance:g3}");
            }
        }
    }

    private static (double Difference, double Size) Difference(
        Tape<double> tape, Leaf[] leaves, int index, int element, double step, Leaf outputGradient,
        Func<Variable<double>[], Variable<double>, (Variable<double> Output, Variable<double> Gradient)> function)
    {
        double value = leaves[index].Values[element];
        (double above, double size) = At(value + step);
        (double below, _) = At(value - step);
        leaves[index].Values[element] = value;
        return ((above - below) / (2 * step), size);

        (double Sum, double Size) At(double moved)
        {
            leaves[index].Values[element] = moved;
            tape.Reset();
            (Variable<double> output, Variable<double> weights) =
                function([.. leaves.Select(leaf => leaf.On(tape))], outputGradient.On(tape));
            double sum = 0, magnitude = 0;
            for (int i = 0; i < output.Length; i++)
            {
                double term = output.Values[i] * weights.Values[i];
                sum += term;
                magnitude += Math.Abs(term);
            }
            return (sum, magnitude);
        }
    }
}

/// <summary>What a function is differentiated by: values that are put on a tape, or a parameter that takes them.</summary>
internal sealed record Leaf(nint[] Shape, double[] Values, Parameter<double>? Parameter = null)
{
    public static Leaf Of(Parameter<double> parameter) => new([.. parameter.Shape], parameter.Values.ToArray(), parameter);

    public Variable<double> On(Tape<double> tape)
    {
        if (Parameter is null) return tape.Input(Values, Shape, requiresGradient: true);
        Values.CopyTo(Parameter.Values);
        return Parameter;
    }
}
