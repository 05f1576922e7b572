using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation;
using Upstride.Testing;

namespace Upstride.Onnx.Tests;

/// <summary>What plans chose is kept in a file: the same bits with it and without, whatever it holds.</summary>
public sealed class PlanCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string ModelPath => Path.Combine(_folder, "model.onnx");

    private string CachePath => Path.Combine(_folder, "model.onnx.plans");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_second_session_follows_the_first_ones_choices_and_gives_its_bits()
    {
        Write();
        float[] expected = Run(new());
        Assert.Equal(expected, Run(Cached));
        string kept = File.ReadAllText(CachePath);
        Assert.Contains("algorithm input-gradient v", kept, StringComparison.Ordinal);
        Assert.Matches("in-place .* : [0-9]+", kept);
        Assert.Equal(expected, Run(Cached));
        Assert.Equal(kept, File.ReadAllText(CachePath));

        // Another algorithm in the file is followed: it is what chooses.
        string chosen = Chosen(kept), other = PlanCacheFile.Ended(Naming(kept, chosen == "phases" ? "winograd" : "phases"));
        string before = Algorithms(Cached);
        Assert.Equal(Algorithms(new()), before);
        File.WriteAllText(CachePath, other);
        Assert.NotEqual(before, Algorithms(Cached));
        Assert.Equal(other, File.ReadAllText(CachePath));
    }

    [Fact]
    public void A_file_that_is_damaged_anywhere_or_cut_off_is_ignored_and_written_anew()
    {
        Write();
        float[] expected = Run(Cached);
        byte[] kept = File.ReadAllBytes(CachePath);
        for (int i = 0; i < kept.Length; i += 7)
        {
            byte[] damaged = [.. kept];
            damaged[i] ^= (byte)(1 << (i % 8));
            Check(damaged);
            Check(kept[..i]);
        }
        Check([.. kept, (byte)'\n']);
        Check([.. kept, .. kept]);

        void Check(byte[] content)
        {
            File.WriteAllBytes(CachePath, content);
            Assert.Equal(expected, Run(Cached));
            Assert.Equal(kept, File.ReadAllBytes(CachePath));
        }
    }

    [Fact]
    public void A_file_of_another_model_library_machine_or_settings_is_written_anew()
    {
        Write();
        Run(Cached);
        string kept = File.ReadAllText(CachePath);
        foreach ((string of, string another) in new[] { ("library ", "library 0"), ("model ", "model 0"), ("vectors ", "vectors 1") })
        {
            File.WriteAllText(CachePath, PlanCacheFile.Ended(Body(kept).Replace(of, another, StringComparison.Ordinal)));
            Run(Cached);
            Assert.Equal(kept, File.ReadAllText(CachePath));
        }
        foreach (ComputeSettings compute in new ComputeSettings[]
        {
            new() { AllowWinograd = false }, new() { PositionIndependent = true }, new() { WeightsChange = true },
            new() { MaximalWorkspaceBytes = 1 << 28 },
        })
        {
            Assert.Equal(Run(new() { Compute = compute }), Run(Cached with { Compute = compute }));
            Assert.NotEqual(kept, File.ReadAllText(CachePath));
            Run(Cached);
            Assert.Equal(kept, File.ReadAllText(CachePath));
        }
        Write(seed: 5);
        Assert.Equal(Run(new()), Run(Cached));
        Assert.NotEqual(kept, File.ReadAllText(CachePath));
    }

    /// <summary>The hash is right, and what is said is not: nothing that can be said makes a wrong result or a failure.</summary>
    [Theory]
    [InlineData("algorithm", "scatter")]
    [InlineData("algorithm", "nonsense")]
    [InlineData("algorithm", "planes")]
    [InlineData("algorithm", "point")]
    [InlineData("algorithm", "taps")]
    [InlineData("algorithm", "rows")]
    [InlineData("algorithm", "matrix")]
    [InlineData("algorithm", "")]
    [InlineData("algorithm", "phases : winograd")]
    [InlineData("in-place ", "nothing ")]
    [InlineData("places", "99999999999999999999")]
    [InlineData("places", "-1")]
    [InlineData("places", "0 1 2 3 4 5 6 7 8 9 10 11 2147483647")]
    [InlineData("places", "0")]
    [InlineData("places", "")]
    [InlineData("places", "x")]
    public void A_hostile_file_makes_no_wrong_result(string of, string another)
    {
        Write();
        float[] expected = Run(Cached);
        string body = Body(File.ReadAllText(CachePath));
        string hostile = of == "algorithm" ? Naming(body, another)
            : of == "places" ? Regex.Replace(body, "(in-place .* : )[0-9 ]*", $"${{1}}{another}")
            : body.Replace(of, another, StringComparison.Ordinal);
        Assert.NotEqual(body, hostile);
        File.WriteAllText(CachePath, PlanCacheFile.Ended(hostile));
        float[] actual = Run(Cached);
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i] - expected[i], -1e-3f, 1e-3f);
    }

    [Fact]
    public void More_than_a_cache_has_a_folder_and_a_place_that_is_not_there_are_no_reason_to_fail()
    {
        Write();
        float[] expected = Run(new());
        using (FileStream large = File.Create(CachePath)) large.SetLength(1L << 32);
        Assert.Equal(expected, Run(Cached));
        Assert.InRange(new FileInfo(CachePath).Length, 1, 1 << 14);
        Assert.Equal(expected, Run(new() { CachePath = _folder }));
        Assert.Equal(expected, Run(new() { CachePath = Path.Combine(_folder, "missing", "model.plans") }));
        string body = Body(File.ReadAllText(CachePath));
        string many = string.Concat(Enumerable.Range(0, 5000).Select(static i => $"algorithm forward {i} : phases\n"));
        File.WriteAllText(CachePath, PlanCacheFile.Ended(body + many));
        Assert.Equal(expected, Run(Cached));
        Assert.Equal(PlanCacheFile.Ended(body), File.ReadAllText(CachePath));
    }

    [Fact]
    public void A_model_that_was_read_from_a_stream_has_no_cache()
    {
        Write();
        Assert.StartsWith("settings.CachePath", Assert.Throws<ArgumentException>(() =>
        {
            using var stream = new MemoryStream(File.ReadAllBytes(ModelPath));
            OnnxSession.Load(stream, Cached).Dispose();
        }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sessions_at_once_leave_a_whole_file()
    {
        Write();
        float[] expected = Run(new());
        Parallel.For(0, 24, _ => Assert.Equal(expected, Run(Cached)));
        string kept = File.ReadAllText(CachePath);
        Assert.Equal(PlanCacheFile.Ended(Body(kept)), kept);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Tiles_keep_their_choices_too()
    {
        string model = SharedData.Path("models", "real", "acnet_hdn0.onnx");
        File.Copy(model, ModelPath);
        byte[][] results = [Tiles(null), Tiles(CachePath), Tiles(CachePath)];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
        Assert.Contains("position-independent True", File.ReadAllText(CachePath), StringComparison.Ordinal);

        byte[] Tiles(string? cache)
        {
            var pictures = new OnnxPictureModel(OnnxModel.Load(ModelPath),
                OnnxPictureSettings.Default with { Session = new() { CachePath = cache }, Tile = 64 });
            using OnnxPicturePlan plan = pictures.Plan(70, 80);
            using var written = new MemoryStream();
            plan.Run(Fill, (_, planes) => written.Write(MemoryMarshal.AsBytes(planes)));
            return written.ToArray();
        }

        static void Fill(int row, Span<float> planes)
        {
            for (int i = 0; i < planes.Length; i++) planes[i] = ((row * 31) + (i * 7)) % 64 / 64f;
        }
    }

    public static TheoryData<string> Models =>
        [.. Directory.EnumerateFiles(SharedData.Path("models", "real"), "*.onnx").Select(static path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Networks_of_other_people_have_the_same_bits_with_and_without(string name)
    {
        string path = SharedData.Path("models", "real", name);
        IReadOnlyDictionary<string, OnnxTensor>[] results = [Outputs(null), Outputs(CachePath), Outputs(CachePath)];
        foreach (IReadOnlyDictionary<string, OnnxTensor> result in results.Skip(1))
        {
            foreach ((string output, OnnxTensor tensor) in results[0])
                if (tensor.ElementType == OnnxElementType.Float32) Assert.Equal(tensor.Floats.ToArray(), result[output].Floats.ToArray());
        }

        IReadOnlyDictionary<string, OnnxTensor> Outputs(string? cache)
        {
            using OnnxSession session = OnnxSession.Load(path, new() { CachePath = cache });
            return session.Run(session.Inputs.ToDictionary(static input => input.Name, static input => Values.Random(1,
                [.. input.Dimensions!.Value.Select(static (axis, i) => (nint)(axis.Length ?? (i == 0 ? 1 : 64)))]),
                StringComparer.Ordinal));
        }
    }

    private OnnxSessionSettings Cached => new() { CachePath = CachePath };

    // Two convolutions whose channels are joined: one that Winograd's tiles compute, parts in place.
    private void Write(int seed = 1) => File.WriteAllBytes(ModelPath, new ModelBuilder().Input("x", "1", "16", "64", "64")
        .Random("w", seed, 16, 16, 3, 3).Random("v", seed + 1, 16, 16, 3, 3).Node("Conv", "x w", "a", ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Conv", "x v", "b", ("pads", new long[] { 1, 1, 1, 1 })).Node("Concat", "a b", "c", ("axis", 1)).Node("Softsign", "c", "y")
        .Output("y").ToBytes());

    private float[] Run(OnnxSessionSettings settings)
    {
        using OnnxSession session = OnnxSession.Load(ModelPath, settings);
        return session.Run(Input)["y"].Floats.ToArray();
    }

    private string Algorithms(OnnxSessionSettings settings)
    {
        using OnnxSession session = OnnxSession.Load(ModelPath, settings);
        return string.Join(' ', session.Explain(Input).Steps.Select(static step => step.Algorithm));
    }

    private static Dictionary<string, OnnxTensor> Input => new(StringComparer.Ordinal) { ["x"] = Values.Random(3, 1, 16, 64, 64) };

    // The algorithm of both convolutions, which are one problem.
    private static string Chosen(string text) => Regex.Match(text, "\nalgorithm .* : (.*)\n").Groups[1].Value;

    private static string Naming(string text, string algorithm) =>
        Body(text).Replace($" : {Chosen(text)}\n", $" : {algorithm}\n", StringComparison.Ordinal);

    // All but the hash.
    private static string Body(string text) =>
        text.LastIndexOf("\nend ", StringComparison.Ordinal) is var end and >= 0 ? text[..(end + 1)] : text;

}
