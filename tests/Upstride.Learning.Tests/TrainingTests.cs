using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

public class TrainingTests
{
    [Fact]
    public void A_few_steps_of_descent_make_the_loss_of_a_small_network_smaller()
    {
        var random = new RandomSource(1);
        var network = new Sequential<float>(
            new Conv2d<float>(1, 4, 3, padding: 1, random: random), new PReLU<float>(4),
                new ConvTranspose2d<float>(4, 1, kernelSize: 9, stride: 3, padding: 4, outputPadding: 2, random: random));
        using var tape = new Tape<float>();
        float[] low = [.. Enumerable.Range(0, 64).Select(_ => (float)random.NextUniform())],
            high = [.. Enumerable.Range(0, 576).Select(_ => (float)random.NextUniform())];
        var losses = new List<float>();
        for (int step = 0; step < 20; step++)
        {
            Variable<float> prediction = network.Forward(tape.Constant(low, [1, 1, 8, 8]));
            Variable<float> loss = Losses.MeanSquaredError(prediction, tape.Constant(high, [1, 1, 24, 24]));
            network.ZeroGradient();
            loss.Backward();
            foreach (Parameter<float> parameter in network.Parameters())
                for (int i = 0; i < parameter.Length; i++) parameter.Values[i] -= 0.1f * parameter.Gradient!.Values[i];
            losses.Add(loss.Value);
            tape.Reset();
        }
        Assert.True(losses[^1] < 0.8f * losses[0], $"the loss went from {losses[0]} to {losses[^1]}");
        Assert.Equal(["0.weight", "0.bias", "1.weight", "2.weight", "2.bias"], network.NamedParameters().Select(static one => one.Name));
    }
}
