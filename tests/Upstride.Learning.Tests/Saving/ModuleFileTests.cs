using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;

namespace Upstride.Learning.Tests.Saving;

public sealed class ModuleFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    [Fact]
    public void A_module_comes_back_bit_for_bit_under_the_names_of_PyTorch()
    {
        Sequential<float> saved = Network(seed: 1), loaded = Network(seed: 2);
        saved.Save(Path("m"), [new("trained on", "t91")]);
        using (SafetensorsReader reader = SafetensorsReader.Open(Path("m")))
        {
            Assert.Equal(["0.bias", "0.weight", "1.weight", "2.bias", "2.weight"],
                reader.Tensors.Select(static tensor => tensor.Name).Order(StringComparer.Ordinal));
            Assert.Equal([4, 1, 3, 3], reader.Find("2.weight")!.Shape);
            Assert.Equal("t91", reader.Metadata["trained on"]);
        }
        loaded.Load(Path("m"));
        Assert.Equal(saved.Parameters().Select(static one => one.Values.ToArray()),
            loaded.Parameters().Select(static one => one.Values.ToArray()));
    }

    [Fact]
    public void A_module_loads_the_numbers_of_another_precision()
    {
        var wide = new Conv2d<double>(1, 2, 3, random: new RandomSource(1));
        wide.Save(Path("m"));
        var single = new Conv2d<float>(1, 2, 3);
        single.Load(Path("m"));
        Assert.Equal(wide.Weight.Values.ToArray().Select(static value => (float)value), single.Weight.Values.ToArray());
    }

    [Fact]
    public void What_was_loaded_can_be_used_and_what_was_only_saved_still_not()
    {
        var given = new Conv2d<float>(1, 1, 1, random: new RandomSource(1));
        given.Save(Path("m"));
        var loaded = new Conv2d<float>(1, 1, 1);
        loaded.Load(Path("m"));
        using var tape = new Tape<float>();
        Assert.Equal([1, 1, 1, 1], loaded.Forward(tape.Constant([1f], [1, 1, 1, 1])).Shape);
        var empty = new Conv2d<float>(1, 1, 1);
        empty.Save(Path("empty"));
        Assert.Throws<InvalidOperationException>(() => empty.Forward(tape.Constant([1f], [1, 1, 1, 1])));
    }

    [Fact]
    public void A_file_of_another_module_is_refused_whole_with_all_that_differs()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("weight", [2, 1, 3, 4], new float[24]);
        writer.Add<float>("scale", [1], new float[1]);
        writer.Add<float>("mean", [1], new float[1]);
        writer.Write(Path("m"));
        var module = new Conv2d<float>(1, 2, 3, random: new RandomSource(1));
        float[] before = module.Weight.Values.ToArray();
        Assert.Equal(
            $"{Path("m")}: its tensors are not those asked for: missing bias; unexpected mean, scale; different weight is F32 [2, 1, 3, "
                + $"4] in the file and must be F32 [2, 1, 3, 3]",
            Assert.Throws<SafetensorsException>(() => module.Load(Path("m"))).Message);
        Assert.Equal(before, module.Weight.Values);
    }

    [Fact]
    public void PyTorchs_count_of_batches_is_passed_over()
    {
        var writer = new SafetensorsWriter();
        foreach ((string name, float value) in new[] { ("weight", 1f), ("bias", 2), ("running_mean", 3),
            ("running_var", 4) }) writer.Add<float>("0." + name, [1], new[] { value });
        writer.Add<long>("0.num_batches_tracked", [], new[] { 1000L });
        writer.Write(Path("m"));
        var norm = new BatchNorm<float>(1);
        new Sequential<float>(norm).Load(Path("m"));
        Assert.Equal((1f, 2f, 3f, 4f), (norm.Weight!.Value, norm.Bias!.Value, norm.RunningMean.Value, norm.RunningVariance.Value));
    }

    [Fact]
    public void A_million_unexpected_names_are_not_all_listed()
    {
        string header =
            string.Join(',',
            Enumerable.Range(0, 60).Select(static i => $"\"t{i:00}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
        using var reader = new SafetensorsReader(new MemoryStream(SafetensorsBytes.File("{" + header + "}")), "many");
        string message = Assert.Throws<SafetensorsException>(() => new Conv2d<float>(1, 2, 3).Load(reader)).Message;
        Assert.EndsWith("t48, t49 and 10 more", message, StringComparison.Ordinal);
        Assert.StartsWith("many: its tensors are not those asked for: missing bias, weight; unexpected t00, t01", message,
            StringComparison.Ordinal);
    }

    private static Sequential<float> Network(long seed)
    {
        var random = new RandomSource(seed);
        return new(new Conv2d<float>(1, 4, 3, random: random), new PReLU<float>(4), new ConvTranspose2d<float>(4, 1, 3, random: random));
    }
}
