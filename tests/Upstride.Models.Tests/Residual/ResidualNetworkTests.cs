using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;
using Upstride.Models.Residual;
using Upstride.Models.Tests.Inference;
using Upstride.Testing;

namespace Upstride.Models.Tests.Residual;

public sealed class ResidualNetworkTests
{
    [Theory]
    [InlineData(16, 5, 15_000)]
    [InlineData(16, 11, 30_000)]
    [InlineData(32, 9, 100_000)]
    public void The_three_sizes_have_at_most_as_many_weights(int features, int blocks, int most)
    {
        foreach (int scale in (int[])[2, 3, 4])
        {
            var settings = new ResidualSettings(scale, features, blocks);
            PlaneNetwork network = new ResidualNetwork(settings).ToPlaneNetwork();
            Assert.InRange(settings.Weights, 1, most);
            Assert.Equal(settings.Weights, network.Layers.Skip(1).Sum(static layer => layer.Weight.Length));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void In_use_it_computes_what_it_computes_on_the_tape(int scale)
    {
        ResidualNetwork network = Draw(new(scale, 5, 3), seed: 3);
        float[] plane = [.. Networks.Draw(new Random(2), 21 * 16, 0.5).Select(static value => value + 0.5f)];
        using var tape = new Tape<float>();
        float[] expected = network.Forward(tape.Constant(plane, [1, 1, 16, 21])).Values.ToArray();
        float[] actual = Upscale(network, plane, 21, 16);
        Assert.Equal(expected.Length, actual.Length);

        // What is negligible is taken off; weights and products are summed in another order, of values up to about 10.
        for (int i = 0; i < actual.Length; i++) Assert.InRange(actual[i] - expected[i], -1e-4, 1e-4);
    }

    // What the patches' border sees is not the picture's; within, training sees what use sees.
    [Fact]
    public void Away_from_the_border_training_computes_the_same_for_less()
    {
        ResidualNetwork network = Draw(new(2, 4, 2), seed: 3);
        int reach = network.ToPlaneNetwork().Reach, size = 2 * reach + 4;
        float[] plane = Networks.Draw(new Random(2), size * size, 1);
        using var tape = new Tape<float>();
        Variable<float> input = tape.Constant(plane, [1, 1, size, size]);
        Variable<float> whole = network.Forward(input), inside = network.ForwardInside(input);
        for (int y = 2 * reach; y < 2 * (size - reach); y++)
            for (int x = 2 * reach; x < 2 * (size - reach); x++)
                Assert.Equal(whole.Values[y * 2 * size + x], inside.Values[y * 2 * size + x], 1e-4f);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void Any_weights_keep_constants_exactly(int scale)
    {
        ResidualNetwork network = Draw(new(scale, 4, 2), seed: 9);
        for (int level = 0; level <= 16; level++)
        {
            float[] larger = Upscale(network, [.. Enumerable.Repeat(level / 16f, 15)], 5, 3);
            Assert.All(larger, value => Assert.Equal(level / 16f, value, 1e-6f));
        }
    }

    [Fact]
    public void The_first_output_is_near_bicubic_interpolation()
    {
        float[] plane = Networks.Draw(new Random(2), 20 * 20, 1);
        float[] first = Upscale(new(new(3), new RandomSource(4)), plane, 20, 20);
        float[] bicubic = Run(new(PlaneLayers.Bicubic(3)), plane, 20, 20);
        for (int i = 0; i < first.Length; i++) Assert.InRange(first[i] - bicubic[i], -0.1, 0.1);
    }

    [Fact]
    public void A_file_holds_the_weights_in_use_and_gives_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        ResidualNetwork network = Draw(new(3, 4, 2), seed: 5);
        network.Write(folder.File("x.safetensors"));
        var read = Assert.IsType<ResidualNetwork>(UpscalingNetworkFile.Read(folder.File("x.safetensors"), 3));
        Assert.Equal(network.Settings, read.Settings);
        float[] plane = Networks.Draw(new Random(2), 20 * 10, 1);
        Assert.Equal(Upscale(network, plane, 20, 10), Upscale(read, plane, 20, 10));
        Assert.EndsWith("it is a network for scale 3, and not for 2",
            Assert.Throws<SafetensorsException>(() => UpscalingNetworkFile.Read(folder.File("x.safetensors"), 2)).Message,
            StringComparison.Ordinal);

        // It learns on from there: as it is, with all that it can learn by.
        var on = new ResidualNetwork(network.Settings, new RandomSource(8));
        on.CopyFrom(read, withUpsampling: true);
        Assert.Equal(Upscale(network, plane, 20, 10), Upscale(on, plane, 20, 10));
        using var tape = new Tape<float>();
        Functions.Sum(on.Forward(tape.Constant(plane, [1, 1, 10, 20]))).Backward();
        Assert.All(on.NamedParameters().Where(static one => one.Name.EndsWith("narrow", StringComparison.Ordinal)),
            static one => Assert.Contains(one.Parameter.Gradient!.Values.ToArray(), static value => value != 0));
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        Refused("its metadata say 'scale' is '', and it must be a number", static _ => { });
        Refused("Scale >= 2 must hold: 1 (Parameter 'Scale')", static writer => Sizes(writer, 1, 2, 0), start: true);
        Refused("it is missing, and an upstride-best network has it", static writer => Sizes(writer, 2, 2, 0));
        Refused("it has the shape [3], and must have [30000, 2, 5, 5]", static writer =>
        {
            Sizes(writer, 2, 30000, 4000);
            writer.Add<float>("feature.weight", [3], new float[3]);
        });

        void Refused(string end, Action<SafetensorsWriter> fill, bool start = false)
        {
            var writer = new SafetensorsWriter();
            writer.Metadata["model"] = ResidualFile.Model;
            fill(writer);
            writer.Write(path);
            string message = Assert.Throws<SafetensorsException>(() => UpscalingNetworkFile.Read(path)).Message;
            Assert.Contains(start ? "Scale >= 2 must hold: 1" : end, message, StringComparison.Ordinal);
        }

        static void Sizes(SafetensorsWriter writer, int scale, int features, int blocks)
        {
            foreach ((string name, int value) in ((string, int)[])[("scale", scale), ("features", features), ("blocks", blocks)])
                writer.Metadata[name] = $"{value}";
        }
    }

    [Fact]
    public void Another_scales_layers_can_be_taken()
    {
        ResidualNetwork from = Draw(new(2, 4, 2), seed: 5), to = Draw(new(4, 4, 2), seed: 6);
        float[] upsampling = to.Upsampling.Values.ToArray();
        to.CopyFrom(from, withUpsampling: false);
        Assert.Equal(from.Convolutions.Select(static one => one.Collapse()), to.Convolutions.Select(static one => one.Collapse()));
        Assert.Equal(upsampling, to.Upsampling.Values.ToArray());
        Assert.StartsWith("the networks must have the same sizes: upstride-best(4, 2) and upstride-best(4, 3)",
            Assert.Throws<ArgumentException>("other", () => new ResidualNetwork(new(2, 4, 3)).CopyFrom(from, true)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Weights as random, and a transposed convolution as large, as no training begins with.</summary>
    internal static ResidualNetwork Draw(ResidualSettings settings, long seed)
    {
        var network = new ResidualNetwork(settings, new RandomSource(seed));
        new RandomSource(seed).FillNormal(0, 0.2, network.Upsampling.Values);
        return network;
    }

    private static float[] Upscale(ResidualNetwork network, float[] plane, int width, int height) =>
        Run(network.ToPlaneNetwork(), plane, width, height);

    private static float[] Run(PlaneNetwork network, float[] plane, int width, int height)
    {
        using var upscaler = new PlaneUpscaler(network, width, height);
        var result = new float[network.Scale * network.Scale * plane.Length];
        upscaler.Run(plane, result);
        return result;
    }
}
