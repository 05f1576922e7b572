using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Inference;
using Upstride.Models.Pyramid;
using Upstride.Models.Residual;
using Upstride.Models.Tests.Inference;
using Upstride.Models.Tests.Residual;
using Upstride.Models.Upscaling;
using Upstride.Testing;

namespace Upstride.Models.Tests.Pyramid;

public sealed class PyramidNetworkTests
{
    public static TheoryData<int> Scales => [2, 4, 8];

    [Fact]
    public void However_many_levels_there_are_the_weights_are_as_many()
    {
        Assert.Equal(30_496, new PyramidSettings(3, 16, 11).Weights);
        foreach (int levels in (int[])[1, 2, 3, 6])
            foreach (int recursions in (int[])[1, 2])
            {
                var settings = new PyramidSettings(levels, 32, 8, recursions);
                Assert.InRange(settings.Weights, 1, 100_000);
                Assert.Equal([.. Enumerable.Range(1, levels).Select(static level => 1 << level)], settings.Scales);

                // Trained wide; in a file each convolution is the sum.
                using var folder = new TemporaryFolder();
                new PyramidNetwork(settings, new RandomSource(1)).Write(folder.File("x.safetensors"));
                using SafetensorsReader reader = SafetensorsReader.Open(folder.File("x.safetensors"));
                Assert.Equal(settings.Weights, reader.Tensors
                    .Where(static tensor => tensor.Name.EndsWith("weight", StringComparison.Ordinal))
                    .Sum(static tensor => tensor.Shape.Aggregate(1, static (product, size) => product * (int)size)));
            }
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void In_use_it_computes_what_it_computes_on_the_tape(int scale)
    {
        PyramidNetwork network = Draw(new(3, 5, 2, 2), seed: 3).ForScale(scale);
        float[] plane = [.. Networks.Draw(new Random(2), 11 * 9, 0.5).Select(static value => value + 0.5f)];
        using var tape = new Tape<float>();
        Variable<float> output = network.Forward(tape.Constant(plane, [1, 1, 9, 11]));
        Assert.Equal([1, 1, 9 * scale, 11 * scale], output.Shape);
        float[] expected = output.Values.ToArray(), actual = Upscale(network, plane, 11, 9);

        // Products are summed in another order, of values up to about 10.
        for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    [Fact]
    public void Each_level_makes_the_picture_of_a_smaller_scale()
    {
        PyramidNetwork network = Draw(new(3, 4, 2), seed: 3);
        using var tape = new Tape<float>();
        Variable<float> input = tape.Constant(Networks.Draw(new Random(2), 8 * 6, 1), [1, 1, 6, 8]);
        IReadOnlyList<Variable<float>> levels = network.ForwardLevels(input, 8);
        Assert.Equal([(12, 16), (24, 32), (48, 64)], levels.Select(static level => ((int)level.Shape[2], (int)level.Shape[3])));
        for (int level = 0; level < 3; level++)
            Assert.Equal(network.ForwardLevels(input, 2 << level)[^1].Values.ToArray(), levels[level].Values.ToArray());
        Assert.Equal(network.ForScale(4).ToPlaneNetwork().Reach, network.ToPlaneNetwork(4).Reach);
        Assert.StartsWith("scale must be one of 2, 4, 8, for which upstride-pyramid(4, 2, 1) is: 3",
            Assert.Throws<ArgumentOutOfRangeException>("scale", () => network.ToPlaneNetwork(3)).Message, StringComparison.Ordinal);
        Assert.StartsWith("scale must be that of a level, 2, 4, 8: 16",
            Assert.Throws<ArgumentOutOfRangeException>("scale", () => network.ForScale(16)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void Away_from_the_border_training_computes_the_same_for_less(int scale)
    {
        PyramidNetwork network = Draw(new(3, 3, 1), seed: 3).ForScale(scale);
        int reach = network.ToPlaneNetwork().Reach, size = 2 * reach + 3;
        using var tape = new Tape<float>();
        Variable<float> input = tape.Constant(Networks.Draw(new Random(2), size * size, 1), [1, 1, size, size]);
        Variable<float> whole = network.Forward(input), inside = network.ForwardInside(input);
        for (int y = scale * reach; y < scale * (size - reach); y++)
            for (int x = scale * reach; x < scale * (size - reach); x++)
                Assert.Equal(whole.Values[y * scale * size + x], inside.Values[y * scale * size + x], 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void Any_weights_keep_constants_exactly(int scale)
    {
        PyramidNetwork network = Draw(new(3, 4, 2), seed: 9).ForScale(scale);
        for (int level = 0; level <= 16; level++)
        {
            float[] larger = Upscale(network, [.. Enumerable.Repeat(level / 16f, 15)], 5, 3);
            Assert.All(larger, value => Assert.Equal(level / 16f, value, 1e-6f));
        }
    }

    [Fact]
    public void The_first_output_is_near_bilinear_interpolation()
    {
        float[] plane = Networks.Draw(new Random(2), 12 * 10, 0.5);
        float[] first = Upscale(new(new(2), new RandomSource(4)), plane, 12, 10);
        float[] once = Run(new(PlaneLayers.Bilinear()), plane, 12, 10), twice = Run(new(PlaneLayers.Bilinear()), once, 24, 20);

        // Beyond the border of the middle picture stands what the first level makes there.
        for (int y = 4; y < 36; y++)
            for (int x = 4; x < 44; x++) Assert.InRange(first[y * 48 + x] - twice[y * 48 + x], -0.1, 0.1);
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void One_file_holds_every_scale_and_gives_the_same_bits(int scale)
    {
        using var folder = new TemporaryFolder();
        PyramidNetwork network = Draw(new(3, 4, 2, 2), seed: 5);
        network.ForScale(2).Write(folder.File("x.safetensors"));
        var read = Assert.IsType<PyramidNetwork>(UpscalingNetworkFile.Read(folder.File("x.safetensors"), scale));
        Assert.Equal((network.Settings, scale), (read.Settings, read.Scale));
        Assert.Equal(8, UpscalingNetworkFile.Read(folder.File("x.safetensors")).Scale);
        float[] plane = Networks.Draw(new Random(2), 10 * 7, 1);
        Assert.Equal(Upscale(network.ForScale(scale), plane, 10, 7), Upscale(read, plane, 10, 7));
        Assert.Equal(Upscale(read, plane, 10, 7), Run(network.ToPlaneNetwork(scale), plane, 10, 7));
        Assert.EndsWith("it is a network for scales 2, 4, 8, and not for 3",
            Assert.Throws<SafetensorsException>(() => UpscalingNetworkFile.Read(folder.File("x.safetensors"), 3)).Message,
            StringComparison.Ordinal);

        // It learns on from there: as it is, with all that it can learn by.
        var on = new PyramidNetwork(network.Settings, new RandomSource(8));
        on.CopyFrom(read);
        Assert.Equal(Upscale(network.ForScale(scale), plane, 10, 7), Run(on.ToPlaneNetwork(scale), plane, 10, 7));
        using var tape = new Tape<float>();
        Functions.Sum(on.Forward(tape.Constant(plane, [1, 1, 7, 10]))).Backward();
        Assert.All(on.NamedParameters().Where(static one => !one.Name.EndsWith("wide", StringComparison.Ordinal)),
            static one => Assert.Contains(one.Parameter.Gradient!.Values.ToArray(), static value => value != 0));
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        Refused("its metadata say 'levels' is '', and it must be a number", static _ => { });
        Refused("1 <= Levels <= 6 must hold: 7", static writer => Sizes(writer, 7, 2, 0, 1));
        Refused("1 <= Recursions <= 16 must hold: 2000000000", static writer => Sizes(writer, 2, 2, 0, 2_000_000_000));
        Refused("Features >= 1 must hold: 0", static writer => Sizes(writer, 2, 0, 0, 1));
        Refused("it is missing, and an upstride-pyramid network has it", static writer => Sizes(writer, 2, 2, 0, 1));
        Refused("it has the shape [3], and must have [30000, 2, 5, 5]", static writer =>
        {
            Sizes(writer, 6, 30000, 4000, 16);
            writer.Add<float>("feature.weight", [3], new float[3]);
        });
        Refused("it has the shape [2, 2, 4], and must have [2, 2, 4, 4]", static writer =>
        {
            Sizes(writer, 3, 2, 0, 1);
            writer.Add<float>("feature.weight", [2, 2, 5, 5], new float[100]);
            writer.Add<float>("feature.slope", [2], new float[2]);
            writer.Add<float>("upsample.weight", [2, 2, 4], new float[16]);
        });

        void Refused(string part, Action<SafetensorsWriter> fill)
        {
            var writer = new SafetensorsWriter();
            writer.Metadata["model"] = PyramidFile.Model;
            fill(writer);
            writer.Write(path);
            Assert.Contains(part, Assert.Throws<SafetensorsException>(() => UpscalingNetworkFile.Read(path)).Message,
                StringComparison.Ordinal);
        }

        static void Sizes(SafetensorsWriter writer, int levels, int features, int blocks, int recursions)
        {
            foreach ((string name, int value) in ((string, int)[])[("levels", levels), ("features", features), ("blocks", blocks),
                ("recursions", recursions)])
                writer.Metadata[name] = $"{value}";
        }
    }

    [Fact]
    public void The_convolutions_of_a_residual_network_can_be_taken()
    {
        ResidualNetwork from = ResidualNetworkTests.Draw(new(2, 4, 2), seed: 5);
        PyramidNetwork to = Draw(new(2, 4, 2, 3), seed: 6);
        float[] upsampling = to.Upsampling.Values.ToArray(), residual = to.Residual.Values.ToArray();
        to.CopyFrom(from);
        Assert.Equal(from.Convolutions.Select(static one => one.Collapse()), to.Convolutions.Select(static one => one.Collapse()));
        Assert.Equal(upsampling, to.Upsampling.Values.ToArray());
        Assert.Equal(residual, to.Residual.Values.ToArray());
        Refused("upstride-best(4, 3) and upstride-pyramid(4, 2, 3)", () => to.CopyFrom(new ResidualNetwork(new(2, 4, 3))));
        Refused("upstride-best(5, 2) and upstride-pyramid(4, 2, 3)", () => to.CopyFrom(new ResidualNetwork(new(2, 5, 2))));
        Refused("upstride-pyramid(4, 2, 2) and upstride-pyramid(4, 2, 3)", () => to.CopyFrom(new PyramidNetwork(new(2, 4, 2, 2))));

        static void Refused(string names, Action action) => Assert.StartsWith($"the networks must have the same sizes: {names}",
            Assert.Throws<ArgumentException>("other", action).Message, StringComparison.Ordinal);
    }

    /// <summary>Weights as random, and transposed convolutions as large, as no training begins with.</summary>
    internal static PyramidNetwork Draw(PyramidSettings settings, long seed)
    {
        var network = new PyramidNetwork(settings, new RandomSource(seed));
        new RandomSource(seed).FillNormal(0, 0.2, network.Residual.Values);
        new RandomSource(seed + 1).FillNormal(0, 0.2, network.Upsampling.Values);
        return network;
    }

    private static float[] Upscale(PyramidNetwork network, float[] plane, int width, int height) =>
        Run(network.ToPlaneNetwork(), plane, width, height);

    private static float[] Run(PlaneNetwork network, float[] plane, int width, int height)
    {
        using var upscaler = new PlaneUpscaler(network, width, height);
        var result = new float[network.Scale * network.Scale * plane.Length];
        upscaler.Run(plane, result);
        return result;
    }
}
