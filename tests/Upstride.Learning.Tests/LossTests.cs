using Upstride.Geometry;

namespace Upstride.Learning.Tests;

public class LossTests
{
    [Fact]
    public void Losses_are_means_over_the_elements()
    {
        using var tape = new Tape<double>();
        Variable<double> prediction = tape.Input([1, 2, 3, 4], [2, 2], requiresGradient: true),
            target = tape.Constant([1, 0, 6, 3], [2, 2]);
        Assert.Equal(14.0 / 4, Losses.MeanSquaredError(prediction, target).Value);
        Assert.Equal(6.0 / 4, Losses.L1(prediction, target).Value);
        Assert.Equal((2 + Math.Sqrt(8) + Math.Sqrt(13) + Math.Sqrt(5)) / 4, Losses.Charbonnier(prediction, target, 2).Value, 1e-15);
        Losses.L1(prediction, target).Backward();
        Assert.Equal([0, 0.25, -0.25, 0.25], prediction.Gradient!.Values.ToArray());
    }

    [Fact]
    public void Binary_cross_entropy_is_exact_for_small_and_large_logits()
    {
        using var tape = new Tape<double>();
        Assert.Equal(Math.Log(2), Losses.BinaryCrossEntropyWithLogits(tape.Constant([0], [1]), tape.Constant([1], [1])).Value, 1e-15);

        // log(1 + e^-40) = e^-40 - e^-80/2 ...; 1 + e^-40 rounds to 1.
        Assert.Equal(1, Losses.BinaryCrossEntropyWithLogits(tape.Constant([40], [1]), tape.Constant([1], [1])).Value / Math.Exp(-40),
            1e-14);
        Assert.Equal(1000, Losses.BinaryCrossEntropyWithLogits(tape.Constant([1000], [1]), tape.Constant([0], [1])).Value);
        Assert.Equal(1000, Losses.BinaryCrossEntropyWithLogits(tape.Constant([-1000], [1]), tape.Constant([1], [1])).Value);
    }

    [Fact]
    public void Cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes()
    {
        using var tape = new Tape<double>();
        Variable<double> logits = tape.Input(new double[2 * 3 * 4], [2, 3, 2, 2], requiresGradient: true);
        Variable<double> loss = Losses.CrossEntropy(logits, [0, 1, 2, 0, 1, 1, 1, 1]);
        Assert.Equal(Math.Log(3), loss.Value, 1e-15);
        loss.Backward();
        Assert.Equal((1.0 / 3 - 1) / 8, logits.Gradient!.Values[0], 1e-16);
        Assert.Equal(1.0 / 24, logits.Gradient!.Values[4], 1e-16);
    }

    [Fact]
    public void Cross_entropy_takes_the_mean_over_the_weights_that_count()
    {
        // Two places with logits (0, log 3): -log softmax is log 4 for class 0 and log(4/3) for class 1; the third place is ignored.
        using var tape = new Tape<double>();
        double three = Math.Log(3);
        Variable<double> logits = tape.Input([0, 0, 5, three, three, -5], [1, 2, 3], requiresGradient: true);
        Variable<double> loss = Losses.CrossEntropy(logits, [0, 1, 255], [1, 3], ignoreIndex: 255);
        Assert.Equal((Math.Log(4) + 3 * Math.Log(4.0 / 3)) / 4, loss.Value, 1e-15);
        loss.Backward();
        double[] gradient = logits.Gradient!.Values.ToArray();
        double[] expected = [-0.75 / 4, 3 * 0.25 / 4, 0, 0.75 / 4, -3 * 0.25 / 4, 0];
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(expected[i], gradient[i], 1e-15);
    }

    [Fact]
    public void Cross_entropy_where_no_place_counts_is_no_number()
    {
        using var tape = new Tape<float>();
        Assert.True(float.IsNaN(Losses.CrossEntropy(tape.Constant(new float[4], [2, 2]), [-100, -100]).Value));
    }

    [Fact]
    public void Log_softmax_of_large_logits_does_not_overflow()
    {
        using var tape = new Tape<float>();
        Assert.Equal([-1000, 0, -1000], Functions.LogSoftmax(tape.Constant([0, 1000, 0], [1, 3])).Values.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_numbers()
    {
        using var tape = new Tape<float>();
        Variable<float> logits = tape.Constant(new float[6], [1, 3, 2]);
        Assert.Equal(
            "target[1] = 3, and must be 0 .. 2 for 3 classes, or ignoreIndex = -100 (Parameter 'target')",
            Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(logits, [0, 3])).Message);
        Assert.Equal("target holds 3 elements, and shape [1, 2] needs 2",
            Assert.Throws<GeometryException>(() => Losses.CrossEntropy(logits, [0, 1, 2])).Message);
        Assert.Equal("classWeights holds 2 elements, and shape [3] needs 3",
            Assert.Throws<GeometryException>(() => Losses.CrossEntropy(logits, [0, 1], [1, 1])).Message);
        Assert.Equal(
            "target has shape [2, 3], and must have [1, 3, 2]",
            Assert.Throws<GeometryException>(() => Losses.MeanSquaredError(logits, tape.Constant(new float[6], [2, 3]))).Message);
        Assert.StartsWith("epsilon = 0, and must be positive",
            Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Charbonnier(logits, logits, 0)).Message, StringComparison.Ordinal);
    }
}
