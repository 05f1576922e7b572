using System.Text;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Services;
using Upstride.Files;
using Upstride.Onnx.Checkerboards;

namespace Upstride.Explorer.Tests;

/// <summary>Model files: their limits, their way from the worker to the page, and what is kept of a layer.</summary>
public class ModelFileTests
{
    public static TheoryData<string> Names => ["decoder.onnx", "fsrcnn-x2.safetensors", "kernel.npy"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_model_comes_over_as_it_was_read(string name)
    {
        ModelFile read = await ReadAsync(name, Whole(name)), come = ModelBytes.Read(ModelBytes.Write(read));
        Assert.Equal(ModelFigure.Json(read), ModelFigure.Json(come));
        Assert.Equal((read.Name, read.Kind, read.Parameters, read.PeakBytes), (come.Name, come.Kind, come.Parameters, come.PeakBytes));
        Assert.Equal(read.Chains.AsEnumerable(), come.Chains);
        Assert.Equal(read.Open.AsEnumerable(), come.Open);
        Assert.Contains(read.Layers, static layer => layer.Worst is not null);
        foreach ((ModelLayer one, ModelLayer other) in read.Layers.Zip(come.Layers))
        {
            Assert.Equal(one.Algorithm, other.Algorithm);
            Assert.Equal((one.Worst?.Input, one.Worst?.Output), (other.Worst?.Input, other.Worst?.Output));
            Assert.Equal(one.Worst?.StateOn(Page.Operator, Language.English), other.Worst?.StateOn(Page.Operator, Language.English));
        }
    }

    [Fact]
    public void Why_a_file_was_not_read_comes_over()
    {
        var fault = Assert.Throws<InvalidDataException>(() => ModelBytes.Read(ModelBytes.Fault("it is cut short")));
        Assert.Equal("it is cut short", fault.Message);
    }

    [Fact]
    public async Task The_worst_pair_says_what_the_whole_layer_says()
    {
        byte[] file = Whole("decoder.onnx");
        ModelFile read = await ReadAsync("decoder.onnx", file);
        Dictionary<string, LayerDiagnosis> whole =
            OnnxCheckerboard.Load(new MemoryStream(file)).Layers.ToDictionary(static one => one.Node, static one => one.Diagnosis);
        int met = 0;
        foreach (ModelLayer layer in read.Layers)
            if (layer.Worst is { } worst)
            {
                LayerDiagnosis all = whole[layer.Name];
                Assert.Equal((all.WorstPair.Input, all.WorstPair.Output), (worst.Input, worst.Output));
                Assert.Equal(all.PatternDb, worst.Diagnosis.PatternDb);
                Assert.Equal(all.WorstPair.Gains.AsEnumerable(), worst.Diagnosis.WorstPair.Gains);
                Assert.Equal((all.Overlap.Min, all.Overlap.Max), (worst.Diagnosis.Overlap.Min, worst.Diagnosis.Overlap.Max));
                met++;
            }
        Assert.Equal(whole.Count, met);
    }

    [Theory]
    [InlineData("a.onnx", 64 << 20)]
    [InlineData("a.safetensors", 64 << 20)]
    [InlineData("a.NPY", 4 << 20)]
    public void A_file_is_refused_by_its_size_before_it_is_read(string name, long most)
    {
        Assert.Null(ModelWorks.Refusal(name, most, Texts.Of(Language.English)));
        Assert.Equal($"{name} has {most + 1} bytes, and at most {most} are read: make it smaller.",
            ModelWorks.Refusal(name, most + 1, Texts.Of(Language.English)));
    }

    [Theory]
    [InlineData(ModelFile.MostNodes, false)]
    [InlineData(ModelFile.MostNodes + 1, true)]
    public async Task More_tensors_than_are_drawn_are_refused(int count, bool refused)
    {
        string header = "{" + string.Join(',', Enumerable.Range(0, count).Select(static number =>
            $"\"t{number}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}";
        byte[] text = Encoding.UTF8.GetBytes(header.PadRight((header.Length + 7) / 8 * 8)),
            file = [.. BitConverter.GetBytes((ulong)text.Length), .. text];
        Task<ModelFile> reading = ReadAsync("many.safetensors", file);
        if (!refused) Assert.Equal(count, (await reading).Layers.Length);
        else
            Assert.Equal($"the file has {count} tensors, and at most {count - 1} are drawn",
                (await Assert.ThrowsAsync<InvalidDataException>(() => reading)).Message);
    }

    [Theory]
    [InlineData(ModelFile.MostNodes, false)]
    [InlineData(ModelFile.MostNodes + 1, true)]
    public async Task More_nodes_than_are_drawn_are_refused(int count, bool refused)
    {
        Task<ModelFile> reading = ReadAsync("many.onnx", Chain(count));
        if (!refused) Assert.Equal(count, (await reading).Layers.Length);
        else
            Assert.Equal($"the model has {count} nodes, and at most {count - 1} are drawn",
                (await Assert.ThrowsAsync<InvalidDataException>(() => reading)).Message);
    }

    // Abs after Abs of one number, as ONNX's protocol buffer.
    private static byte[] Chain(int count)
    {
        static byte[] Number(int field, int value) => [(byte)(field << 3), .. Length(value)];
        static byte[] Text(int field, string text) => Block(field, System.Text.Encoding.UTF8.GetBytes(text));
        static byte[] Block(int field, params byte[][] parts)
        {
            byte[] all = [.. parts.SelectMany(static part => part)];
            return [(byte)(field << 3 | 2), .. Length(all.Length), .. all];
        }
        static IEnumerable<byte> Length(int value)
        {
            for (; value > 127; value >>= 7) yield return (byte)(value | 128);
            yield return (byte)value;
        }
        static byte[] Value(int field, string name) =>
            Block(field, Text(1, name), Block(2, Block(1, Number(1, 1), Block(2, Block(1, Number(1, 1))))));
        byte[][] nodes = [.. Enumerable.Range(0, count).Select(static at =>
            Block(1, Text(1, $"v{at}"), Text(2, $"v{at + 1}"), Text(4, "Abs")))];
        return
        [
            .. Number(1, 8), .. Block(7, [.. nodes, Text(2, "chain"), Value(11, "v0"), Value(12, $"v{count}")]),
            .. Block(8, Number(2, 13)),
        ];
    }

    [Theory]
    [InlineData("decoder.onnx")]
    [InlineData("fsrcnn-x2.safetensors")]
    public async Task Reading_tells_how_far_it_is_and_ends_where_it_is_cancelled(string name)
    {
        List<double> told = [];
        await ModelFile.ReadAsync(name, Whole(name), 2, null, Texts.Of(Language.English), done =>
        {
            told.Add(done);
            return Task.CompletedTask;
        }, TestContext.Current.CancellationToken);
        Assert.True(told.Count >= 2, string.Join(' ', told));
        Assert.Equal(told.Order(), told);
        Assert.All(told, static done => Assert.InRange(done, 0, 1));

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelFile.ReadAsync(
            name, Whole(name), 2, null, Texts.Of(Language.English), _ => stop.CancelAsync(), stop.Token));
    }

    private static Task<ModelFile> ReadAsync(string name, byte[] bytes) => ModelFile.ReadAsync(
        name, bytes, 2, null, Texts.Of(Language.English), static _ => Task.CompletedTask, TestContext.Current.CancellationToken);

    private static byte[] Whole(string name)
    {
        if (name.EndsWith(".npy", StringComparison.Ordinal))
        {
            using var npy = new MemoryStream();
            NpyFile.Write(npy, new([2, 2], (double[])[1, 2, 3, 4]), TestContext.Current.CancellationToken);
            return npy.ToArray();
        }
        string folder = name.EndsWith(".onnx", StringComparison.Ordinal) ? Path.Combine("Upstride.Explorer", "wwwroot")
            : Path.Combine("Upstride.Models", "Weights");
        return File.ReadAllBytes(Path.Combine(SharedData.Checkout, "src", folder, name));
    }
}
