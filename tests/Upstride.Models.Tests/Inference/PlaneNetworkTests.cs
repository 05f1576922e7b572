using Upstride.Algorithms;
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
        Assert.Equal((scale, trained.Settings.Weights), (network.Scale, (int)network.MultiplyAddsPerPixel));
        float[] levels = [.. Networks.Draw(new Random(2), 23 * 19, 127).Select(static value => value + 128)];
        using var tape = new Tape<float>(new ComputeSettings { Algorithm = "phases" });
        float[] expected = [.. trained.Forward(tape.Constant([.. levels.Select(static level => level / 255)],
            [1, 1, 19, 23])).Values.ToArray().Select(static value => value * 255)];
        Assert.Equal(expected, new NetworkLumaUpscaler(network).Upscale(new(23, 19, levels)).Levels.ToArray());
    }

    [Fact]
    public void The_papers_networks_have_the_papers_numbers_of_weights()
    {
        Assert.Equal(12_464, PlaneNetwork.Of(new(new FsrcnnSettings(3))).MultiplyAddsPerPixel);
        Assert.Equal(3_937, PlaneNetwork.Of(new(FsrcnnSettings.Small(3))).MultiplyAddsPerPixel);
    }
}
