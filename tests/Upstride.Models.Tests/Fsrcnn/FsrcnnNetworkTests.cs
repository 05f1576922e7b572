using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Data;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Testing;

namespace Upstride.Models.Tests.Fsrcnn;

public sealed class FsrcnnNetworkTests
{
    // The paper's counts, section 3 and table 1.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Has_as_many_weights_as_published(int scale)
    {
        Assert.Equal(12_464, WeightsOf(new(scale)));
        Assert.Equal(3_937, WeightsOf(FsrcnnSettings.Small(scale)));
        Assert.Equal(12_464, new FsrcnnSettings(scale).Weights);
        Assert.Equal(3_937, FsrcnnSettings.Small(scale).Weights);
        Assert.Equal("FSRCNN(56, 12, 4)", new FsrcnnSettings(scale).Name);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void Is_the_scale_times_as_large(int scale)
    {
        var network = new FsrcnnNetwork(FsrcnnSettings.Small(scale), new RandomSource(1));
        using var tape = new Tape<float>();
        Assert.Equal([2, 1, 7 * scale, 5 * scale], network.Forward(tape.Constant(new float[70], [2, 1, 7, 5])).Shape);
    }

    [Fact]
    public void Parameters_have_their_names_and_shapes()
    {
        string[] expected =
        [
            "feature.weight [56, 1, 5, 5]", "feature.bias [56]", "feature.slope [56]", "shrink.weight [12, 56, 1, 1]", "shrink.bias [12]",
                "shrink.slope [12]",
            .. Enumerable.Range(0, 4)
                .SelectMany(static i => (string[])[$"map{i}.weight [12, 12, 3, 3]", $"map{i}.bias [12]", $"map{i}.slope [12]"]),
            "expand.weight [56, 12, 1, 1]", "expand.bias [56]", "expand.slope [56]", "upsample.weight [56, 1, 9, 9]", "upsample.bias [1]",
        ];
        Assert.Equal(expected,
            new FsrcnnNetwork(new(3)).NamedParameters().Select(static one => $"{one.Name} [{string.Join(", ", one.Parameter.Shape)}]"));
    }

    // He's deviation of n normal weights is found to sqrt(1/(2n)) of itself; six of those. Channel 0 passes the luma through.
    [Fact]
    public void First_weights_are_the_papers_but_for_channel_0()
    {
        var network = new FsrcnnNetwork(new(3), new RandomSource(5));
        Dictionary<string, float[]> values = network.NamedParameters()
            .ToDictionary(static one => one.Name, static one => one.Parameter.Values.ToArray());
        void Deviates(string name, int ofChannel0, double expected)
        {
            float[] others = values[name][ofChannel0..];
            double found = Math.Sqrt(others.Average(static value => (double)value * value)), error = 6 / Math.Sqrt(2.0 * others.Length);
            Assert.InRange(found / expected, 1 - error, 1 + error);
        }
        Deviates("feature.weight", 25, Math.Sqrt(2 / (25 * (1 + 0.0625))));
        Deviates("map2.weight", 9 * 12, Math.Sqrt(2 / (9 * 12 * (1 + 0.0625))));
        Deviates("upsample.weight", 81, 0.001);
        Assert.All(values["map1.slope"], static slope => Assert.Equal(0.25f, slope));
        Assert.All(values["expand.bias"], static bias => Assert.Equal(0, bias));
    }

    // Of a flat plane 0.5 away from the border. The other 55 channels, each below 2, add 9 * 55 or, at scale 2, 25 * 55 products with
    // weights of
    // deviation 0.001: 0.075 at most in deviation.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_first_output_is_near_interpolation(int scale)
    {
        var network = new FsrcnnNetwork(new(scale), new RandomSource(5));
        LumaPlane larger = new NetworkLumaUpscaler(PlaneNetwork.Of(network)).Upscale(new(24, 24, [.. Enumerable.Repeat(127.5f, 24 * 24)]));
        Assert.All(larger.CropBorder(10 * scale).Levels.ToArray(), static level => Assert.InRange(level / 255, 0.3, 0.7));
    }

    // A network whose features are the luma itself and whose transposed convolution is a box of the scale: nearest neighbour. A pixel
    // sees nothing but itself, so all is an answer to a constant, and the pixel stands in its place.
    [Fact]
    public void Computes_what_its_weights_say()
    {
        var network = new FsrcnnNetwork(new(3, 1, 1, 1));
        foreach ((string name, Parameter<float> parameter) in network.NamedParameters())
        {
            if (name.EndsWith(".slope", StringComparison.Ordinal)) parameter.Values.Fill(0.25f);
            if (!name.EndsWith(".weight", StringComparison.Ordinal)) continue;
            parameter.Values.Clear();
            if (name == "upsample.weight")
                for (int i = 0; i < 9; i++) parameter.Values[(4 + i / 3) * 9 + 4 + i % 3] = 1;
            else parameter.Values[parameter.Length / 2] = 2;
        }
        using var tape = new Tape<float>();
        Variable<float> input = tape.Constant([1, -1, 0.5f, 3], [1, 1, 2, 2]);
        Variable<float> output = network.ForwardInside(input), kept = network.Forward(input);
        float[] tops = [16, -0.0625f, 8, 48];
        for (int y = 0; y < 6; y++)
            for (int x = 0; x < 6; x++)
            {
                Assert.Equal(tops[y / 3 * 2 + x / 3], output.Values[y * 6 + x]);
                Assert.Equal(input.Values[y / 3 * 2 + x / 3], kept.Values[y * 6 + x]);
            }
    }

    [Fact]
    public void A_file_gives_the_network_back()
    {
        using var folder = new TemporaryFolder();
        var network = new FsrcnnNetwork(new(4, 10, 5, 2), new RandomSource(3));
        FsrcnnFile.Write(folder.File("x.safetensors"), network);
        FsrcnnNetwork read = FsrcnnFile.Read(folder.File("x.safetensors"));
        Assert.Equal(network.Settings, read.Settings);
        Assert.Equal(network.Parameters().SelectMany(static one => one.Values.ToArray()),
            read.Parameters().SelectMany(static one => one.Values.ToArray()));
        Assert.EndsWith("it is a network for scale 4, and not for 3",
            Assert.Throws<SafetensorsException>(() => FsrcnnFile.Read(folder.File("x.safetensors"), 3)).Message, StringComparison.Ordinal);

        network.Save(folder.File("bare.safetensors"));
        Assert.Equal(new FsrcnnSettings(5, 10, 5, 2), FsrcnnFile.Read(folder.File("bare.safetensors"), 5).Settings);
        Assert.EndsWith("its metadata do not say 'scale': give the scale",
            Assert.Throws<SafetensorsException>(() => FsrcnnFile.Read(folder.File("bare.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using var folder = new TemporaryFolder();
        void Refused(string end, Action<SafetensorsWriter> fill)
        {
            var writer = new SafetensorsWriter();
            fill(writer);
            writer.Write(folder.File("x.safetensors"));
            Assert.EndsWith(end, Assert.Throws<SafetensorsException>(() => FsrcnnFile.Read(folder.File("x.safetensors"))).Message,
                StringComparison.Ordinal);
        }

        Refused("it is missing, and an FSRCNN has it", static writer => writer.Add<float>("other", [1], new float[1]));
        Refused("it holds the model 'dcgan', and not 'fsrcnn'", static writer => writer.Metadata["model"] = "dcgan");
        Refused("it has the shape [2, 3], and must have [shrunk, features, 1, 1]",
            static writer => writer.Add<float>("shrink.weight", [2, 3], new float[6]));
        Refused("its metadata say 'scale' is '1', and it must be a number from 2 on", static writer =>
        {
            writer.Metadata["scale"] = "1";
            writer.Add<float>("shrink.weight", [2, 3, 1, 1], new float[6]);
        });
    }

    [Fact]
    public void Another_scales_layers_can_be_taken()
    {
        var from = new FsrcnnNetwork(new(3, 10, 5, 2), new RandomSource(3));
        var to = new FsrcnnNetwork(new(2, 10, 5, 2), new RandomSource(4));
        float[] upsampling = to.Parameters().SkipLast(1).Last().Values.ToArray();
        to.CopyFrom(from, withUpsampling: false);
        Assert.Equal(from.Parameters().First().Values.ToArray(), to.Parameters().First().Values.ToArray());
        Assert.Equal(upsampling, to.Parameters().SkipLast(1).Last().Values.ToArray());
        Assert.StartsWith("the networks must have the same sizes: FSRCNN(10, 5, 2) and FSRCNN(9, 5, 2)",
            Assert.Throws<ArgumentException>("other", () => new FsrcnnNetwork(new(3, 9, 5, 2)).CopyFrom(from, true)).Message,
            StringComparison.Ordinal);
    }

    private static int WeightsOf(FsrcnnSettings settings) =>
        new FsrcnnNetwork(settings).NamedParameters().Where(static one => one.Name.EndsWith(".weight", StringComparison.Ordinal))
        .Sum(static one => one.Parameter.Length);

    // Of a file that claims large shapes for one tensor nothing of their size is allocated: the others must agree first, and lie in the
    // file.
    [Fact]
    public void A_file_whose_shapes_disagree_is_refused_before_a_network_is_built()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Metadata["scale"] = "2";
        writer.Add("shrink.weight", [30000, 1, 1, 1], (ReadOnlyMemory<float>)new float[30000]);
        foreach (string name in (string[])["map0.weight", "map1.weight", "feature.weight", "feature.bias", "feature.slope"])
            writer.Add(name, [1], (ReadOnlyMemory<float>)new float[1]);
        writer.Write(folder.File("x.safetensors"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<SafetensorsException>(() => FsrcnnFile.Read(folder.File("x.safetensors")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.EndsWith("it has the shape [1], and FSRCNN(1, 30000, 2) needs [1, 1, 5, 5]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bomb_that_was_found_is_refused_in_little_memory()
    {
        string path = SharedData.Path("cases", "fsrcnn-bomb.safetensors");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SafetensorsException>(() => FsrcnnFile.Read(path, 2));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }
}
