using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Textbook;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>activation(product + bias[channel] + residual), of every algorithm, against the formula element by element.</summary>
public sealed class EpilogueTests
{
    private static Func<int, Activation>[] Activations { get; } =
    [
        static _ => Activation.None, static _ => Activation.Relu, static _ => Activation.LeakyRelu(0.25),
            static _ => Activation.PRelu(0.5f),
        static channels => Activation.PRelu([.. Enumerable.Range(0, channels).Select(static c => c / 4f - 1)]),
        static _ => Activation.Tanh, static _ => Activation.Sigmoid, static _ => Activation.Clip(-3, 6),
        static _ => Activation.Function("a line", static values =>
        {
            foreach (ref float value in values) value = 2 * value - 1;
        }),
    ];

    [Fact]
    public void Every_activation_follows_bias_and_residual_in_single_precision() =>
        RandomProblems.ForAll(31, 40, static geometry => Check<float>(geometry));

    [Fact]
    public void Every_activation_follows_bias_and_residual_in_double_precision() =>
        RandomProblems.ForAll(32, 25, static geometry => Check<double>(geometry));

    [Fact]
    public void Bias_and_residual_take_any_number() => RandomProblems.ForAll(33, 15, static geometry =>
    {
        foreach (bool residual in (bool[])[false, true])
            CheckOne<BigInteger>(geometry, Pass.Forward, Activation.None, withBias: true, residual);
    });

    [Theory]
    [InlineData("a n1 ci1 co3 i2403x301 k3x3 s2x2 p1x1")]
    [InlineData("a n2 ci2 co2 g2 i4007x509 k4x1 s2x1 p1x0")]
    public void An_output_that_no_cache_holds_is_the_same(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        Assert.True(sizeof(double) * (long)geometry.OutputLength > 32 * 1024 * 1024, $"{geometry.OutputLength} elements");
        var (x, w, residual) = Tensors(geometry, RandomProblems.Integers<double>);
        var epilogue =
            new Epilogue<double>([.. Enumerable.Range(1, geometry.OutputChannels)], Activation.LeakyRelu(0.5), addsResidual: true);
        double[] expected = new double[geometry.OutputLength], actual = new double[geometry.OutputLength];
        new ScatterAlgorithm().Prepare<double>(new(geometry, Pass.Forward, typeof(double), By("scatter")), w, epilogue)
            .Run(x, residual, expected);
        ((IAlgorithm)new PhaseAlgorithm())
            .Prepare<double>(new(geometry, Pass.Forward, typeof(double), By("phases", threads: 2)), w, epilogue).Run(x, residual, actual);
        Assert.True(expected.AsSpan().SequenceEqual(actual));
        if (geometry.OutputLength * sizeof(float) <= 32 * 1024 * 1024) return;
        var single = new Epilogue<float>([.. Enumerable.Range(1, geometry.OutputChannels)], Activation.LeakyRelu(0.5), addsResidual: true);
        float[] y = new float[geometry.OutputLength];
        ((IAlgorithm)new PhaseAlgorithm())
            .Prepare<float>(new(geometry, Pass.Forward, typeof(float), By("phases")), [.. w.Select(static v => (float)v)], single)
            .Run([.. x.Select(static v => (float)v)], [.. residual.Select(static v => (float)v)], y);
        for (int i = 0; i < y.Length; i++) if (y[i] != expected[i]) Assert.Fail($"element {i} is {y[i]}, expected {expected[i]}");
    }

    // Tall tiles and wide ones, several chunks of rows, groups, columns beside the last whole tile, strips that are moved together.
    [Theory]
    [InlineData("a n2 ci16 co50 i9x21 k1x1")]
    [InlineData("a n1 ci9 co5 i1x250 k1x1")]
    [InlineData("a n1 ci12 co20 g2 i5x256 k3x3 p1x1")]
    [InlineData("a n1 ci4 co2 i7x256 k3x3 p1x1")]
    [InlineData("a n1 ci16 co16 i32x32 k1x1")]
    public void Register_tiles_see_to_bias_and_bounds_of_what_they_write_in_place(string problem)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
        var (x, w, _) = Tensors(geometry, RandomProblems.Integers<float>);
        float[] bias = [.. Enumerable.Range(0, geometry.OutputChannels).Select(static c => c % 7 - 3)];
        float[] expected = new float[geometry.OutputLength], actual = new float[geometry.OutputLength];
        bool inPlace = false;
        foreach (Activation activation in (Activation[])[Activation.None, Activation.Relu, Activation.Clip(-3, 6)])
        {
            var epilogue = new Epilogue<float>(bias, activation, addsResidual: false);
            Assert.True(epilogue.IsBiasAndBounds);
            new ScatterAlgorithm().Prepare<float>(new(geometry, Pass.Forward, typeof(float), By("scatter")), w, epilogue)
                .Run(x, default, expected);
            foreach (SimdWidth width in Enum.GetValues<SimdWidth>().Where(static width => width <= Simd.Widest))
            {
                var planned = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), By("phases") with { Width = width });
                inPlace |= planned.Phases.Block.IsInPlace;
                actual.AsSpan().Fill(float.NaN);
                ((IAlgorithm)new PhaseAlgorithm()).Prepare<float>(planned, w, epilogue).Run(x, default, actual);
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{activation.Kind}, {width}");
            }
        }
        Assert.True(inPlace);
    }

    // More elements than are turned to single precision at a time.
    [Fact]
    public void A_function_of_half_precision_is_given_single()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 1, 700], [1, 1, 1]);
        Half[] x = [.. Enumerable.Range(0, 700).Select(static i => (Half)(i - 350))], y = new Half[700];
        var square = Activation.Function("square", static values =>
        {
            foreach (ref float value in values) value = value * value / 64;
        });
        Assert.Equal(("square", ActivationKind.Function), (square.Name, square.Kind));
        foreach (string name in TestProblems.Algorithms<Half>(geometry, Pass.Forward))
        {
            using Plan<Half> plan = ConvTransposePlan.Create<Half>(geometry, [(Half)1], activation: square, settings: By(name));
            plan.Run(x, y);
            Assert.Equal(x.Select(static v => (Half)((float)v * (float)v / 64)), y);
        }
    }

    [Fact]
    public void NaN_goes_through_every_activation()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 1, 40], [1, 1, 1]);
        float[] x = new float[40];
        Array.Fill(x, float.NaN);
        foreach (Func<int, Activation> activation in Activations)
        {
            foreach (float[] bias in (float[][])[[], [1]])
            {
                using Plan<float> plan = ConvTransposePlan.Create<float>(geometry, [1f], bias, activation(1));
                var y = new float[40];
                plan.Run(x, y);
                Assert.All(y, static value => Assert.True(float.IsNaN(value)));
            }
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 3, 3]);
        float[] w = new float[18];
        Refuses("bias", "bias has 2 elements for 3 output channels: give 3, or none",
            () => ConvTransposePlan.Create<float>(geometry, w, new float[2]));
        Refuses("activation", "PReLU has 2 slopes for 3 output channels: give 3, or 1",
            () => ConvTransposePlan.Create<float>(geometry, w, activation: Activation.PRelu(1, 2)));
        var integers =
            Assert.Throws<ArgumentException>(() => ConvTransposePlan.Create<int>(geometry, new int[18], activation: Activation.Relu));
        Assert.StartsWith("activation = Relu needs elements of type float, double or Half, not Int32: apply it apart", integers.Message);
        var doubles = Assert.Throws<ArgumentException>(() => ConvTransposePlan.Create<double>(geometry, new double[18],
            activation: Activation.Function("GELU", static _ => { })));
        Assert.StartsWith("activation GELU is a function of single precision and the elements are double: apply it apart", doubles.Message);

        static void Refuses(string parameter, string message, Action create)
        {
            var error = Assert.Throws<GeometryException>(create);
            Assert.Equal((parameter, message), (error.ParamName, error.Message));
        }
    }

    private static void Check<T>(ConvTransposeGeometry geometry)
        where T : INumber<T>
    {
        foreach (Pass pass in (Pass[])[Pass.Forward, Pass.InputGradient])
        for (int a = 0; a < Activations.Length; a++)
        {
            if (typeof(T) == typeof(double) && Activations[a](1).Kind == ActivationKind.Function) continue;

            // Every mix of bias and residual comes up as geometries change.
            int mix = a + geometry.OutputLength + geometry.InputLength;
            CheckOne<T>(geometry, pass, Activations[a](Channels(geometry, pass)), (mix & 1) == 0, (mix & 2) == 0);
        }
    }

    private static void CheckOne<T>(ConvTransposeGeometry geometry, Pass pass, Activation activation, bool withBias, bool withResidual)
        where T : INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        int channels = Channels(geometry, pass);
        T[] bias = withBias ? RandomProblems.Integers<T>(channels, 4) : [];
        T[] products = Oracle.Compute(geometry, pass, x, w, y),
            residual = withResidual ? RandomProblems.Integers<T>(products.Length, 5) : [];
        int plane = products.Length == 0 ? 1 : products.Length / geometry.Batch / channels;
        foreach (string name in TestProblems.Algorithms<T>(geometry, pass))
        {
            // The ordinary convolution is the pass with a bias of its own; what it takes is the transposed convolution's output.
            using Plan<T> plan = pass == Pass.Forward
                ? ConvTransposePlan.Create<T>(geometry, w, bias, activation, withResidual, By(name, threads: 2))
                : ConvolutionPlan.Create<T>(geometry.Adjoint, w, bias, activation, withResidual, By(name, threads: 2));
            T[] actual = Poisoned<T>(products.Length);
            plan.Run(pass == Pass.Forward ? x : y, residual, actual);
            for (int i = 0; i < actual.Length; i++)
            {
                int channel = geometry.Layout == Layout.ChannelsFirst ? i / plane % channels : i % channels;
                T sum = products[i] + (withBias ? bias[channel] : T.Zero) + (withResidual ? residual[i] : T.Zero);
                (double expected, double bound) = Expected<T>(activation, double.CreateChecked(sum), channel);
                if (!(Math.Abs(double.CreateChecked(actual[i]) - expected) <= bound))
                    Assert.Fail($"{name} {pass} {activation.Kind}: element {i} is {actual[i]}, and must be {expected} within {bound}");
            }
        }
    }

    /// <summary>
    /// Sums, slopes and ends are multiples of a quarter, so only the two transcendental functions round; a vectorised one is within 4 units
    /// in the last place.
    /// </summary>
    private static (double Value, double Bound) Expected<T>(Activation activation, double sum, int channel)
    {
        double unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -23) : Math.ScaleB(1, -52);
        return activation.Kind switch
        {
            ActivationKind.None => (sum, 0),
            ActivationKind.Relu => (sum > 0 ? sum : 0, 0),
            ActivationKind.LeakyRelu => (sum > 0 ? sum : activation.Alpha * sum, 0),
            ActivationKind.PRelu => (sum > 0 ? sum : activation.Slopes[activation.Slopes.Length == 1 ? 0 : channel] * sum, 0),
            ActivationKind.Clip => (sum < -3 ? -3 : sum > 6 ? 6 : sum, 0),
            ActivationKind.Function => (2 * sum - 1, 0),
            // The runtime's vectorised function takes a difference to one, so its error is in units of one: at zero it is not zero.
            ActivationKind.Tanh => (Math.Tanh(sum), 4 * unit),
            // Where exp(-x) overflows the function is zero, not its tiny true value.
            _ => (1 / (1 + Math.Exp(-sum)), 4 * unit / (1 + Math.Exp(-sum)) + (typeof(T) == typeof(float) ? 1.2e-38 : 2.3e-308)),
        };
    }

    private static int Channels(ConvTransposeGeometry geometry, Pass pass) =>
        pass == Pass.Forward ? geometry.OutputChannels : geometry.InputChannels;
}
