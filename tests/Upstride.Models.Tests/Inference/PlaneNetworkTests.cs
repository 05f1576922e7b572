using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

public class PlaneNetworkTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_FSRCNN_runs_as_it_does_on_the_tape(int scale)
    {
        var trained = new FsrcnnNetwork(new(scale, 10, 4, 2), new RandomSource(7));
        PlaneNetwork network = PlaneNetwork.Of(trained);
        Assert.Equal((scale, trained.Settings.Weights), (network.Scale, network.Layers.Sum(static layer => layer.Weight.Length)));
        float[] levels = [.. Networks.Draw(new Random(2), 23 * 19, 127).Select(static value => value + 128)];
        using var tape = new Tape<float>();
        float[] expected = [.. trained.Forward(tape.Constant([.. levels.Select(static level => level / 255)],
            [1, 1, 19, 23])).Values.ToArray().Select(static value => value * 255)];
        float[] actual = new NetworkLumaUpscaler(network).Upscale(new(23, 19, levels)).Levels.ToArray();
        Assert.Equal(expected.Length, actual.Length);

        // What is negligible is taken off, and sums are made in another order.
        for (int i = 0; i < actual.Length; i++) Assert.InRange(actual[i] - expected[i], -0.01, 0.01);
    }

    [Fact]
    public void The_papers_networks_have_the_papers_numbers_of_weights()
    {
        Assert.Equal(12_464, Weights(new(3)));
        Assert.Equal(3_937, Weights(FsrcnnSettings.Small(3)));

        static int Weights(FsrcnnSettings settings) =>
            PlaneNetwork.Of(new FsrcnnNetwork(settings)).Layers.Sum(static layer => layer.Weight.Length);
    }
}
