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
        FsrcnnNetwork trained = Network(new(scale, 10, 4, 2));
        PlaneNetwork network = FsrcnnWeights.Load(Save(trained, scale), "x", scale: null);
        Assert.Equal((scale, trained.Settings.Weights), (network.Scale, (int)network.MultiplyAddsPerPixel));
        float[] levels = [.. Networks.Draw(new Random(2), 23 * 19, 127).Select(static value => value + 128)];
        float[] expected = new FsrcnnUpscaler(trained, new() { Algorithm = "phases" }).Upscale(new(23, 19, levels)).Levels.ToArray();
        Assert.Equal(expected, new NetworkLumaUpscaler("x", network).Upscale(new(23, 19, levels)).Levels.ToArray());
    }

    [Fact]
    public void The_papers_networks_have_the_papers_numbers_of_weights()
    {
        Assert.Equal(12_464, FsrcnnWeights.Load(Save(Network(new(3)), 3), "x").MultiplyAddsPerPixel);
        Assert.Equal(3_937, FsrcnnWeights.Load(Save(Network(FsrcnnSettings.Small(3)), 3), "x").MultiplyAddsPerPixel);
    }

    [Fact]
    public void A_scale_that_is_not_the_files_or_is_in_neither_place_is_refused()
    {
        FsrcnnNetwork network = Network(new(3, 5, 2, 1));
        Assert.Contains("it was trained for scale 3, and scale 2 is asked for", Refusal(Save(network, 3), 2), StringComparison.Ordinal);
        Assert.Contains("its metadata has no 'scale'", Refusal(Save(network, null), null), StringComparison.Ordinal);
        Assert.Contains("its metadata's scale = 'three' must be a whole number, at least 2", Refusal(Save(network, "three"), 3), StringComparison.Ordinal);
        Assert.Equal(4, FsrcnnWeights.Load(Save(network, null), "x", 4).Scale);
    }

    [Fact]
    public void Tensors_that_are_not_an_FSRCNNs_are_refused_by_name()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("conv.weight", [1], new float[1]);
        Assert.Contains("shrink.weight", Refusal(Stream(writer), 3), StringComparison.Ordinal);
        Assert.Contains("map.0.bias", Refusal(Save(Network(new(3, 5, 2, 1)), 3, without: "map.0.bias"), 3), StringComparison.Ordinal);
        string refusal = Refusal(Save(Network(new(3, 5, 2, 1)), 3, reshape: "upsample.weight"), 3);
        Assert.Contains("FSRCNN(5, 2, 1) has the shape [5, 1, 9, 9] here, and the file [405]", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_shipped_loads_and_what_is_not_says_so()
    {
        foreach (int scale in FsrcnnWeights.ShippedScales) Assert.Equal(scale, FsrcnnWeights.Shipped(scale).Scale);
        Assert.Contains("and none for 9", Assert.Throws<ArgumentOutOfRangeException>(() => FsrcnnWeights.Shipped(9)).Message, StringComparison.Ordinal);
    }

    private static FsrcnnNetwork Network(FsrcnnSettings settings) => FsrcnnNetwork.Create(settings, new RandomSource(7));

    private static MemoryStream Save(FsrcnnNetwork network, object? scale, string? without = null, string? reshape = null)
    {
        var writer = new SafetensorsWriter();
        if (scale is not null) writer.Metadata[FsrcnnWeights.ScaleKey] = $"{scale}";
        foreach ((string name, var parameter) in network.Parameters)
            if (name != without) writer.Add<float>(name, name == reshape ? [parameter.Values.Length] : parameter.Shape.AsSpan(), parameter.Values.ToArray());
        return Stream(writer);
    }

    private static MemoryStream Stream(SafetensorsWriter writer)
    {
        var stream = new MemoryStream();
        writer.Write(stream);
        stream.Position = 0;
        return stream;
    }

    private static string Refusal(MemoryStream stream, int? scale) => Assert.Throws<SafetensorsException>(() => FsrcnnWeights.Load(stream, "x", scale)).Message;
}
