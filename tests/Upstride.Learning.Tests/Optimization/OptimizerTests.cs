using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Testing;

namespace Upstride.Learning.Tests.Optimization;

public class OptimizerTests
{
    private const double Epsilon = 2.220446049250313e-16;

    // One number through the formulas as they are printed, in the order of the papers.
    private delegate double Formula(double parameter, double gradient, int step, double rate, double[] state);

    private static double SgdByHand(double p, double g, double rate, double decay, double momentum, bool nesterov, double[] state)
    {
        g += decay * p;
        state[0] = momentum * state[0] + g;
        return p - rate * (nesterov ? g + momentum * state[0] : state[0]);
    }

    private static double AdamByHand(double p, double g, int step, double rate, double decay, bool apart, double[] state)
    {
        if (apart) p -= rate * decay * p;
        else g += decay * p;
        state[0] = 0.8 * state[0] + 0.2 * g;
        state[1] = 0.95 * state[1] + 0.05 * g * g;
        double mean = state[0] / (1 - Math.Pow(0.8, step)), square = state[1] / (1 - Math.Pow(0.95, step));
        return p - rate * mean / (Math.Sqrt(square) + 1e-3);
    }

    public static TheoryData<string, int> Cases => [.. from name in new[] { "plain", "decay", "momentum", "nesterov", "adam", "adam decay", "adamw" } from length in new[] { 0, 1, 7, 1023, 1024, 1025, 2500 } select (name, length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ten_steps_follow_the_formulas(string name, int length)
    {
        const double Rate = 0.05;
        var random = new RandomSource(length);
        double[] expected = Parameters.Normal(random, length);
        Parameter<double> parameter = new(expected, [length]);
        double decay = name is "decay" or "momentum" or "nesterov" or "adam decay" or "adamw" ? 0.03 : 0;
        var group = new ParameterGroup<double>([parameter], Rate) { WeightDecay = decay };
        Optimizer<double> optimizer = name switch
        {
            "plain" or "decay" => new Sgd<double>(group),
            "momentum" => new Sgd<double>(group) { Momentum = 0.9 },
            "nesterov" => new Sgd<double>(group) { Momentum = 0.9, Nesterov = true },
            "adamw" => new AdamW<double>(group) { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3 },
            _ => new Adam<double>(group) { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3 },
        };
        Formula formula = name.StartsWith("adam", StringComparison.Ordinal)
            ? (p, g, step, rate, state) => AdamByHand(p, g, step, rate, decay, apart: name == "adamw", state)
            : (p, g, _, rate, state) => SgdByHand(p, g, rate, decay, name is "momentum" or "nesterov" ? 0.9 : 0, name == "nesterov", state);
        optimizer.Schedule = Schedule.Step(4, 0.5);
        double[][] states = [.. expected.Select(static _ => new double[2])];
        for (int step = 0; step < 10; step++)
        {
            double[] gradient = Parameters.Normal(random, length);
            Parameters.Gradient(parameter, gradient);
            optimizer.Step();
            double rate = Rate * Math.Pow(0.5, step / 4);
            for (int i = 0; i < length; i++) expected[i] = formula(expected[i], gradient[i], step + 1, rate, states[i]);
            Assert.Equal(gradient, parameter.Gradient!.Values);
        }

        // Ten steps of at most 20 roundings each, of numbers below 50: the sum of ten gradients with momentum.
        for (int i = 0; i < length; i++) Assert.Equal(expected[i], parameter.Values[i], 10 * 20 * Epsilon * 50);
        Assert.Equal(10, optimizer.Steps);
    }

    [Fact]
    public void The_first_steps_are_these_numbers()
    {
        Assert.Equal([0.9, 0.71], TwoSteps(static group => new Sgd<double>(group) { Momentum = 0.9 }), Close);
        Assert.Equal([0.81, 0.539], TwoSteps(static group => new Sgd<double>(group) { Momentum = 0.9, Nesterov = true }), Close);

        // Of a steady gradient of 1, mean and square are 1 after their correction: each step is 0.1 / (1 + 1e-8).
        Assert.Equal([0.9 + 1e-9, 0.8 + 2e-9], TwoSteps(static group => new Adam<double>(group)), Close);

        // The weight keeps 0.95 of itself before each.
        Assert.Equal([0.85 + 1e-9, 0.7075 + 1.95e-9], TwoSteps(static group => new AdamW<double>(group), decay: 0.5), Close);
    }

    private static bool Close(double expected, double actual) => Math.Abs(expected - actual) < 1e-15 + 1e-16 * 10;

    private static double[] TwoSteps(Func<ParameterGroup<double>, Optimizer<double>> create, double decay = 0)
    {
        Parameter<double> parameter = Parameters.Parameter(1);
        Optimizer<double> optimizer = create(new([parameter], 0.1) { WeightDecay = decay });
        double[] values = new double[2];
        foreach (ref double value in values.AsSpan())
        {
            Parameters.Gradient(parameter, 1);
            optimizer.Step();
            value = parameter.Value;
        }
        return values;
    }

    public static TheoryData<string> Kinds => ["sgd", "momentum", "nesterov", "adam", "adamw"];

    // f(x) = sum of a_i (x_i - c_i)^2 / 2 with a between 0.5 and 2.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_convex_problem_is_solved(string kind)
    {
        double[] curvature = [0.5, 1, 2], solution = [3, -1, 0.25];
        Parameter<double> parameter = Parameters.Parameter(0, 0, 0);
        Optimizer<double> optimizer = kind switch
        {
            "sgd" => new Sgd<double>([parameter], 0.4),
            "momentum" => new Sgd<double>([parameter], 0.1) { Momentum = 0.8 },
            "nesterov" => new Sgd<double>([parameter], 0.1) { Momentum = 0.8, Nesterov = true },
            "adam" => new Adam<double>([parameter], 0.1),
            _ => new AdamW<double>([parameter], 0.1, weightDecay: 0),
        };
        optimizer.Schedule = Schedule.WarmUp(10, Schedule.Cosine(990));
        for (int step = 0; step < 1000; step++)
        {
            Parameters.Gradient(parameter, [.. solution.Select((c, i) => curvature[i] * (parameter.Values[i] - c))]);
            optimizer.Step();
        }
        for (int i = 0; i < solution.Length; i++) Assert.Equal(solution[i], parameter.Values[i], 1e-6);
    }

    [Fact]
    public void Groups_learn_at_their_own_rates_by_one_schedule()
    {
        Parameter<double> slow = Parameters.Parameter(1), fast = Parameters.Parameter(1);
        var groups = new[] { new ParameterGroup<double>([slow], 0.125), new ParameterGroup<double>([fast], 0.5) };
        var optimizer = new Sgd<double>(groups) { Schedule = Schedule.MultiStep([1], 0.5) };
        Parameters.Gradient(slow, 1);
        Parameters.Gradient(fast, 1);
        Assert.Equal(0.5, optimizer.RateOf(groups[1]));
        optimizer.Step();
        Assert.Equal((0.875, 0.5), (slow.Value, fast.Value));
        Assert.Equal(0.25, optimizer.RateOf(groups[1]));
        groups[0].LearningRate = 1;
        optimizer.Step();
        Assert.Equal((0.375, 0.25), (slow.Value, fast.Value));
    }

    [Fact]
    public void What_has_no_gradient_or_is_frozen_stays_and_does_not_count_the_step()
    {
        Parameter<double> learns = Parameters.Parameter(1), idle = Parameters.Parameter(1), frozen = Parameters.Parameter(1);
        var optimizer = new Adam<double>([learns, idle, frozen], 0.1);
        Parameters.Gradient(learns, 1);
        Parameters.Gradient(frozen, 1);
        frozen.RequiresGradient = false;
        optimizer.Step();
        Assert.Equal((0.9 + 1e-9, 1.0, 1.0), (learns.Value, idle.Value, frozen.Value));
        Assert.Equal([1, 0, 0], optimizer.States.Select(static state => state.Steps));

        // Its correction begins with its own first step, which is as long as any first step.
        Parameters.Gradient(idle, 1);
        optimizer.Step();
        Assert.Equal(0.9 + 1e-9, idle.Value);
        optimizer.ZeroGradients();
        Assert.Null(learns.Gradient);
    }

    [Fact]
    public void What_is_remembered_can_be_seen_by_name()
    {
        Parameter<double> parameter = Parameters.Parameter(1, 1);
        Parameters.Gradient(parameter, 1, 2);
        var adam = new Adam<double>([parameter]);
        Assert.Equal([0, 0], adam.States.Single()[1]);
        adam.Step();
        OptimizerState<double> state = adam.States.Single();
        Assert.Equal(["mean", "square"], state.Names);
        Assert.Same(parameter, state.Parameter);
        Assert.Equal([1 - 0.9, 2 * (1 - 0.9)], state[0]);
        Assert.Equal([1 - 0.999, 4 * (1 - 0.999)], state[1]);
        Assert.Equal(["momentum"], new Sgd<double>([parameter], 1) { Momentum = 0.5 }.States.Single().Names);
        Assert.Empty(new Sgd<double>([parameter], 1).States.Single().Names);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_allocates_nothing(string kind)
    {
        Parameter<double> parameter = Parameters.Parameter(new double[3000]);
        var group = new ParameterGroup<double>([parameter], 0.1) { WeightDecay = 0.1 };
        Optimizer<double> optimizer = kind switch
        {
            "sgd" => new Sgd<double>(group),
            "momentum" => new Sgd<double>(group) { Momentum = 0.8 },
            "nesterov" => new Sgd<double>(group) { Momentum = 0.8, Nesterov = true },
            "adam" => new Adam<double>(group),
            _ => new AdamW<double>(group),
        };
        var average = new MovingAverage<double>([parameter]);
        Parameters.Gradient(parameter, new double[3000]);
        Step();

        Assert.Equal(0, Allocation.OfEachRun(() =>
        {
            for (int i = 0; i < 10; i++) Step();
        }));

        void Step()
        {
            GradientClipping.ByNorm<double>([parameter], 1);
            GradientClipping.ByValue<double>([parameter], 1);
            optimizer.Step();
            average.Update();
            average.Swap();
            average.Swap();
        }
    }

    [Fact]
    public void Single_precision_has_the_bits_of_single_arithmetic()
    {
        var parameter = new Parameter<float>([1.5f], [1]) { Gradient = new Parameter<float>([0.3f], [1]) };
        new Sgd<float>([parameter], 0.1).Step();
        Assert.Equal(1.5f + 0.3f * -0.1f, parameter.Value);
    }

    [Fact]
    public void Refusals_say_the_rule_and_the_values()
    {
        Parameter<double> parameter = Parameters.Parameter(1);
        Assert.Equal(
            "Parameter [1] is given twice, and one step changes each parameter once: leave it out of one group (Parameter 'groups')",
            Assert.Throws<ArgumentException>(() => new Sgd<double>([parameter, parameter], 1)).Message);
        Assert.Equal("there is no parameter in any group: give the parameters of the model (Parameter 'groups')", Assert.Throws<ArgumentException>(() => new Adam<double>([])).Message);
        Assert.StartsWith("momentum = 1, and must be at least 0 and below 1", Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd<double>([parameter], 1) { Momentum = 1 }).Message, StringComparison.Ordinal);
        Assert.StartsWith("beta2 = NaN, and must be at least 0 and below 1", Assert.Throws<ArgumentOutOfRangeException>(() => new Adam<double>([parameter]) { Beta2 = double.NaN }).Message, StringComparison.Ordinal);
        Assert.StartsWith("epsilon = -1, and must be at least 0", Assert.Throws<ArgumentOutOfRangeException>(() => new Adam<double>([parameter]) { Epsilon = -1 }).Message, StringComparison.Ordinal);
        Assert.StartsWith("learningRate = -1, and must be finite and at least 0", Assert.Throws<ArgumentOutOfRangeException>(() => new ParameterGroup<double>([parameter], -1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("weightDecay = NaN, and must be finite and at least 0", Assert.Throws<ArgumentOutOfRangeException>(() => new AdamW<double>([parameter], weightDecay: double.NaN)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesterov_without_a_momentum_is_refused_in_whatever_order_they_are_set()
    {
        var parameter = new Parameter<float>([1], [1]);
        foreach (Sgd<float> sgd in (Sgd<float>[])[new([parameter], 0.1) { Nesterov = true }, new([parameter], 0.1) { Momentum = 0, Nesterov = true }])
        {
            Assert.Equal(
                "Nesterov = true and Momentum = 0, and the gradient is to be taken where the momentum leads: set a momentum above 0",
                Assert.Throws<InvalidOperationException>(sgd.Step).Message);
        }
        new Sgd<float>([parameter], 0.1) { Nesterov = true, Momentum = 0.9 }.Step();
        Assert.Throws<ArgumentNullException>(() => new Sgd<float>([parameter], 0.1).Schedule = null!);
    }
}
