using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

/// <summary>How often plans pack weights: once for each change of a parameter and each direction that it is used in.</summary>
public class PackingTests
{
    private static readonly nint[] InputShape = [2, 3, 9, 9];

    [Fact]
    public void A_step_of_training_packs_each_weight_once_for_each_direction()
    {
        using var tape = new Tape<float>();
        Sequential<float> network = Network();
        var optimizer = new Adam<float>(network.Parameters());
        for (int step = 0; step < 3; step++)
        {
            int before = tape.Plans.Packings;
            Step(tape, network, optimizer);

            // Four weights forward, and three backward: nobody asks for the gradient of the input.
            Assert.Equal(7, tape.Plans.Packings - before);
        }
    }

    [Fact]
    public void Weights_that_did_not_change_are_not_packed_again()
    {
        using var tape = new Tape<float>();
        Sequential<float> network = Network();
        float[] first = Evaluate(tape, network);
        int before = tape.Plans.Packings;
        Assert.Equal(4, before);
        for (int run = 0; run < 3; run++) Assert.Equal(first, Evaluate(tape, network));
        Assert.Equal(before, tape.Plans.Packings);
    }

    [Fact]
    public void A_critic_that_looks_twice_in_a_step_packs_once()
    {
        using var tape = new Tape<float>();
        Sequential<float> network = Network();
        Variable<float> loss = Loss(tape, network) + Loss(tape, network);
        loss.Backward();
        Assert.Equal(7, tape.Plans.Packings);
    }

    [Fact]
    public void Frozen_weights_stay_packed_while_others_are_trained()
    {
        using var tape = new Tape<float>();
        Sequential<float> network = Network();
        Parameter<float>[] all = [.. network.Parameters()];
        foreach (Parameter<float> frozen in all[..^2]) frozen.RequiresGradient = false;
        var optimizer = new Adam<float>(all);
        Step(tape, network, optimizer);
        int before = tape.Plans.Packings;
        Step(tape, network, optimizer);
        Assert.Equal(1, tape.Plans.Packings - before);
    }

    [Fact]
    public void Weights_written_through_values_that_were_asked_for_before_are_seen()
    {
        using var tape = new Tape<float>();
        var layer = new ConvTranspose2d<float>(1, 1, 1, bias: true);
        Span<float> weight = layer.Weight.Values, bias = layer.Bias!.Values;
        for (int value = 1; value < 4; value++)
        {
            (weight[0], bias[0]) = (value, -value);
            Assert.Equal([value * 5f - value], layer.Forward(tape.Constant([5], [1, 1, 1, 1])).Values.ToArray());
            bias[0] = 10 * value;
            Assert.Equal([value * 5f + 10 * value], layer.Forward(tape.Constant([5], [1, 1, 1, 1])).Values.ToArray());
        }
        Assert.Equal(3, tape.Plans.Packings);
    }

    [Fact]
    public void Bits_decide_and_not_equality_of_numbers()
    {
        using var tape = new Tape<float>();
        var layer = new ConvTranspose2d<float>(1, 1, 1, bias: false);
        float[] Run(float weight)
        {
            layer.Weight.Values[0] = weight;
            return layer.Forward(tape.Constant([1], [1, 1, 1, 1])).Values.ToArray();
        }

        Assert.Equal([float.NaN], Run(float.NaN));
        int before = tape.Plans.Packings;
        Assert.Equal([float.NaN], Run(float.NaN));
        Assert.Equal(before, tape.Plans.Packings);
        Run(0f);
        Run(-0f);
        Assert.Equal(before + 2, tape.Plans.Packings);
    }

    [Fact]
    public void Weights_that_are_computed_are_packed_each_time_and_give_the_same()
    {
        using var tape = new Tape<float>();
        var layer = new ConvTranspose2d<float>(3, 2, 3, random: new RandomSource(3));
        layer.UseWeightNorm();
        float[] values = [.. Enumerable.Range(0, 3 * 16).Select(static i => i % 7 - 3f)];
        float[] Run() => layer.Forward(tape.Constant(values, [1, 3, 4, 4])).Values.ToArray();
        float[] first = Run();
        Assert.Equal(first, Run());
        layer.Weight.Values[0] += 1;
        Assert.NotEqual(first, Run());
    }

    // Two layers of one geometry, so that each must keep its own weights.
    private static Sequential<float> Network()
    {
        var random = new RandomSource(11);
        return new(
            new Conv2d<float>(3, 4, 3, padding: 1, random: random), new Conv2d<float>(4, 4, 3, padding: 1, random: random),
            new Conv2d<float>(4, 4, 3, padding: 1, random: random),
            new ConvTranspose2d<float>(4, 3, 4, stride: 2, padding: 1, random: random));
    }

    private static Variable<float> Loss(Tape<float> tape, Sequential<float> network) =>
        Functions.Sum(Functions.Square(network.Forward(Input(tape))));

    private static Variable<float> Input(Tape<float> tape) =>
        tape.Constant([.. Enumerable.Range(0, 2 * 3 * 81).Select(static i => i % 11 / 11f)], InputShape);

    private static void Step(Tape<float> tape, Sequential<float> network, Adam<float> optimizer)
    {
        Loss(tape, network).Backward();
        optimizer.Step();
        optimizer.ZeroGradients();
        tape.Reset();
    }

    private static float[] Evaluate(Tape<float> tape, Sequential<float> network)
    {
        float[] result = network.Forward(Input(tape)).Values.ToArray();
        tape.Reset();
        return result;
    }
}
