using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

public class FsrcnnWeightsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_saved_network_runs_as_it_did_on_the_tape(int scale)
    {
        var trained = new FsrcnnNetwork(new(scale, 10, 4, 2), new RandomSource(7));
        string path = Path.GetTempFileName();
        try
        {
            FsrcnnFile.Write(path, trained);
            PlaneNetwork network = FsrcnnWeights.Load(path);
            Assert.Equal((scale, trained.Settings.Weights), (network.Scale, (int)network.MultiplyAddsPerPixel));
            float[] levels = [.. Networks.Draw(new Random(2), 23 * 19, 127).Select(static value => value + 128)];
            float[] expected = new FsrcnnUpscaler(trained, new() { Algorithm = "phases" }).Upscale(new(23, 19, levels)).Levels.ToArray();
            Assert.Equal(expected, new NetworkLumaUpscaler("x", network).Upscale(new(23, 19, levels)).Levels.ToArray());
            Assert.Contains($"it is a network for scale {scale}, and not for 7", Assert.Throws<SafetensorsException>(() => FsrcnnWeights.Load(path, 7)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_papers_networks_have_the_papers_numbers_of_weights()
    {
        Assert.Equal(12_464, FsrcnnWeights.Of(new(new FsrcnnSettings(3))).MultiplyAddsPerPixel);
        Assert.Equal(3_937, FsrcnnWeights.Of(new(FsrcnnSettings.Small(3))).MultiplyAddsPerPixel);
    }

    [Fact]
    public void What_is_shipped_loads_and_what_is_not_says_so()
    {
        foreach (int scale in FsrcnnWeights.ShippedScales) Assert.Equal(scale, FsrcnnWeights.Shipped(scale).Scale);
        Assert.Contains("and none for 9: train some", Assert.Throws<ArgumentOutOfRangeException>(() => FsrcnnWeights.Shipped(9)).Message, StringComparison.Ordinal);
    }
}
