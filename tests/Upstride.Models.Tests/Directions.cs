using Upstride.Learning;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Tests;

/// <summary>Holds a whole network's gradient to a difference along random directions, in double.</summary>
internal static class Directions
{
    /// <summary>Checks the derivative of the mean of squares of what a network makes, by its input and by all its parameters at
    /// once.</summary>
    /// <param name="network">With weights.</param>
    /// <param name="shape">Of the input.</param>
    public static void Check(Module<double> network, nint[] shape)
    {
        Parameter<double>[] parameters = [.. network.Parameters()];

        // Biases that are not zero: where nothing comes in, a rectifier is not on its kink.
        foreach ((string name, Parameter<double> parameter) in network.NamedParameters())
            if (name.EndsWith("bias", StringComparison.Ordinal)) Normal(parameter.Length, parameter.Length).CopyTo(parameter.Values);
        double[] input = Normal(1, (int)shape.Aggregate((nint)1, static (product, length) => product * length));
        for (long seed = 10; seed < 13; seed++)
        {
            double[] inputDirection = Normal(seed, input.Length);
            double[][] directions = [.. parameters.Select((parameter, i) => Normal(seed * 100 + i, parameter.Length))];
            using var tape = new Tape<double>();
            network.ZeroGradient();
            Variable<double> x = tape.Input(input, shape, requiresGradient: true);
            Value(x).Backward();
            double derivative = Dot(x.Gradient!.Values, inputDirection)
                + parameters.Select((parameter, i) => Dot(parameter.Gradient!.Values, directions[i])).Sum();

            // Small steps, for no rectifier and no maximum to change its mind between them; doubles leave ten digits of the difference.
            const double step = 1e-7;
            double difference = (At(step) - At(-step)) / (2 * step);
            Assert.True(Math.Abs(difference - derivative) <= 1e-5 * Math.Max(1, Math.Abs(derivative)),
                $"direction {seed}: the gradient gives {derivative} and the difference {difference}");

            double At(double length)
            {
                Move(length);
                tape.Reset();
                double[] moved = [.. input.Zip(inputDirection, (value, direction) => value + length * direction)];
                double value = Value(tape.Constant(moved, shape)).Value;
                Move(-length);
                return value;
            }

            void Move(double length)
            {
                for (int i = 0; i < parameters.Length; i++)
                {
                    Span<double> values = parameters[i].Values;
                    for (int j = 0; j < values.Length; j++) values[j] += length * directions[i][j];
                }
            }
        }

        Variable<double> Value(Variable<double> x)
        {
            Variable<double> y = network.Forward(x);
            return Functions.Mean(Functions.Square(y - 0.5));
        }
    }

    private static double[] Normal(long seed, int length)
    {
        double[] values = new double[length];
        new RandomSource(seed).FillNormal(0, 1, values.AsSpan());
        return values;
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }
}
