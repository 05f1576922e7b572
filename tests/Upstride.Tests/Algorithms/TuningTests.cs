using System.Text;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Operators;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>Algorithms that were measured, in place of the estimates.</summary>
public sealed class TuningTests
{
    private const string Heading = "upstride tuning 1\n";

    // One that the estimates give to Winograd's tiles, and a weight gradient.
    private static readonly ConvTransposeGeometry s_decoder =
        ConvTransposeGeometry.ParseProblem("a n4 ci64 co64 i16x16 k4x4 s2x2 p1x1").Geometry;

    private static int Bits => (int)Simd.Widest;

    private static string Line(string algorithm, string pass = "forward", string element = "float") =>
        $"{pass} v{Bits} {element} {s_decoder} : {algorithm}\n";

    [Fact]
    public void A_plan_follows_it_and_only_where_it_is_given()
    {
        string estimated = AlgorithmList.Choose(s_decoder).Name, other = estimated == "phases" ? "winograd" : "phases";
        Tuning tuning = Read(Heading + Line(other) + Line("planes", "weight-gradient"));
        var settings = new ComputeSettings { Tuning = tuning };
        Assert.Equal(2, tuning.Count);
        Assert.Equal(estimated, AlgorithmList.Choose(s_decoder).Name);
        Assert.Equal(other, AlgorithmList.Choose(s_decoder, settings: settings).Name);
        Assert.Equal("planes", AlgorithmList.Choose(s_decoder, Pass.WeightGradient, settings: settings).Name);
        Assert.Equal(other, tuning.Find(s_decoder)!.Name);

        // Another pass, another type, another size, and a name that is asked for.
        Assert.Null(tuning.Find(s_decoder, Pass.InputGradient));
        Assert.Null(tuning.Find(s_decoder, element: typeof(double)));
        Assert.Null(tuning.Find(s_decoder, element: typeof(int)));
        Assert.Null(tuning.Find(ConvTransposeGeometry.ParseProblem("a n5 ci64 co64 i16x16 k4x4 s2x2 p1x1").Geometry));
        Assert.Equal("column", AlgorithmList.Choose(s_decoder, settings: settings with { Algorithm = "column" }).Name);
        using Plan<float> plan = ConvTransposePlan.Create<float>(s_decoder, new float[s_decoder.WeightLength], settings: settings);
        Assert.Equal(other, plan.Algorithm);
        Assert.Contains($"algorithm {other}, as the tuning has it", plan.Explain(), StringComparison.Ordinal);
        using Plan<Half> half = ConvTransposePlan.Create<Half>(s_decoder, new Half[s_decoder.WeightLength], settings: settings);
        Assert.Equal(other, half.Algorithm);
    }

    [Fact]
    public void Its_results_are_the_algorithms_own_bits_for_any_number_of_threads()
    {
        Tuning tuning = Read(Heading + Line("phases") + Line("phases", "input-gradient") + Line("strips", "weight-gradient"));
        var (x, w, y) = Tensors(s_decoder, RandomProblems.Integers<float>);
        foreach (Pass pass in Passes)
        {
            float[]? first = null;
            foreach (ComputeSettings settings in (ComputeSettings[])
            [
                new() { Threads = 1, Algorithm = pass == Pass.WeightGradient ? "strips" : "phases" },
                .. ((int[])[1, 2, 3, 7]).Select(threads => new ComputeSettings { Threads = threads, CyclesPerThread = 1, Tuning = tuning }),
            ])
            {
                using Plan<float> plan = Plan(s_decoder, pass, w, settings);
                float[] result = Run(plan, x, y);
                Assert.Equal(first ??= result, result);
            }
        }
    }

    [Fact]
    public void Settings_that_leave_an_algorithm_out_go_before_it()
    {
        Tuning tuning = Read(Heading + Line("winograd"));
        Assert.Equal("winograd", AlgorithmList.Choose(s_decoder, settings: new() { Tuning = tuning }).Name);
        Assert.NotEqual("winograd", AlgorithmList.Choose(s_decoder, settings: new() { Tuning = tuning, AllowWinograd = false }).Name);

        // Whatever the size, kernel and channels choose.
        Tuning plain = Read(Heading + Line("column"));
        var independent = new ComputeSettings { PositionIndependent = true };
        Assert.Equal(AlgorithmList.Choose(s_decoder, settings: independent).Name,
            AlgorithmList.Choose(s_decoder, settings: independent with { Tuning = plain }).Name);
    }

    [Fact]
    public void A_line_of_another_width_is_kept_and_not_followed()
    {
        int other = Bits == 256 ? 512 : 256;
        Tuning tuning = Read($"{Heading}forward v{other} float {s_decoder} : column\n");
        Assert.Equal(1, tuning.Count);
        Assert.Null(tuning.Find(s_decoder));
        Assert.Equal(AlgorithmList.Choose(s_decoder).Name, AlgorithmList.Choose(s_decoder, settings: new() { Tuning = tuning }).Name);
    }

    [Fact]
    public void An_algorithm_that_cannot_compute_the_problem_is_refused_by_name_and_line()
    {
        var settings = new ComputeSettings { Tuning = Read(Heading + Line("planes")) };
        NotSupportedException fault = Assert.Throws<NotSupportedException>(() => AlgorithmList.Choose(s_decoder, settings: settings));
        Assert.Equal(
            $"the tuning has algorithm planes for {Line("")[..^4]}, which cannot compute this: it computes the weight gradient alone: "
            + "remove the line, or measure it anew", fault.Message);
    }

    [Fact]
    public void What_is_written_reads_back_whatever_the_order_of_lines()
    {
        string one = Line("phases"), two = Line("strips", "weight-gradient"), three = Line("column", element: "double");
        Tuning tuning = Read($"{Heading}# a comment\r\n\n{two}  {three}{one}{one}");
        Assert.Equal(3, tuning.Count);
        using var written = new MemoryStream();
        tuning.Write(written);
        string text = Encoding.UTF8.GetString(written.ToArray());
        Assert.Equal(Heading + string.Concat(((string[])[one, two, three]).Order(StringComparer.Ordinal)), text);
        Assert.Equal(tuning.Fingerprint, Read(text).Fingerprint);
        Assert.NotEqual(tuning.Fingerprint, Read(Heading + one).Fingerprint);
        Assert.Equal(64, tuning.Fingerprint.Length);

        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.tuning");
        try
        {
            tuning.Save(path);
            Assert.Equal(text, File.ReadAllText(path));
            Assert.Equal(tuning.Fingerprint, Tuning.Load(path).Fingerprint);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("", "line 1: it is '', and must be 'upstride tuning 1'")]
    [InlineData("upstride tuning 2\n", "line 1: it is 'upstride tuning 2', and must be 'upstride tuning 1'")]
    [InlineData(Heading + "nonsense", "line 2: 'nonsense' is not a problem and an algorithm with ' : ' between")]
    [InlineData(Heading + "\nforward v512 : phases", "line 3: 'forward v512' is not a product, a vector width, an element type and sizes")]
    [InlineData(Heading + "sideways v512 float n1 ci1 co1 i1 k1 : phases",
        "line 2: 'sideways' is not one of forward, input-gradient, weight-gradient")]
    [InlineData(Heading + "forward v511 float n1 ci1 co1 i1 k1 : phases", "line 2: 'v511' is not one of v0, v1, v128, v256, v512")]
    [InlineData(Heading + "forward v512 int n1 ci1 co1 i1 k1 : phases", "line 2: 'int' is not one of float, double")]
    [InlineData(Heading + "forward v512 float n1 ci1 co1 i1 k1 : magic",
        "line 2: algorithm 'magic' is not one of winograd, phases, taps, planes, rows, strips, point, windows, column, zero-insertion, "
        + "matrix, scatter")]
    [InlineData(Heading + "forward v512 float n1 ci1 co1 i1 : phases", "line 2: problem '-' has no field k")]
    [InlineData(Heading + "forward v512 float n1 ci1 co1 i99999999999 k1 : phases",
        "line 2: '99999999999' in 'i99999999999' of problem '-' is not a number")]
    [InlineData(Heading + "forward v512 float n1 ci1 co1 i4 k3 c9+9 : phases", "line 2: ")]
    [InlineData(Heading + "forward v512 float n2000000000 ci2000000000 co1 i4 k3 : phases", "line 2: ")]
    [InlineData(Heading + "forward v0 float n1 ci1 co1 i4 k3 : phases\nforward v0 float n1 ci1 co1 g1 i4 k3 s1 d1 c0+0 : column",
        "line 3: 'forward v0 float n1 ci1 co1 g1 i4 k3 s1 d1 c0+0' has algorithm phases above and column here: remove one of the lines")]
    [InlineData(Heading + "\u001b[2J : phases", "line 2: '?[2J' is not")]
    public void What_is_no_tuning_is_refused_with_its_line(string text, string fault)
    {
        TuningFormatException refused = Assert.Throws<TuningFormatException>(() => Read(text));
        Assert.StartsWith($"'given' is not a usable tuning: {fault}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_endless_files_and_lines_are_refused()
    {
        Assert.EndsWith("it is no text in UTF-8",
            Assert.Throws<TuningFormatException>(static () => Tuning.Read(new MemoryStream([0x75, 0xff, 0xfe]), "given")).Message,
            StringComparison.Ordinal);
        Assert.EndsWith("it has more than 16777216 bytes",
            Assert.Throws<TuningFormatException>(static () => Tuning.Read(new EndlessStream(), "given")).Message, StringComparison.Ordinal);
        Assert.Contains("line 2: it has 5000 characters, more than 512",
            Assert.Throws<TuningFormatException>(static () => Read(Heading + new string('x', 5000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_a_tuning_or_is_refused()
    {
        var random = new Random(17);
        string valid = Heading + Line("phases") + Line("strips", "weight-gradient");
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(valid);
            for (int change = random.Next(1, 4); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Tuning read = Tuning.Read(new MemoryStream(bytes), "given");
                Assert.InRange(read.Count, 0, 2);
            }
            catch (TuningFormatException)
            {
            }
        }
    }

    [Theory]
    [InlineData(Pass.Forward)]
    [InlineData(Pass.InputGradient)]
    [InlineData(Pass.WeightGradient)]
    public void What_is_measured_is_followed(Pass pass)
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem("a n1 ci8 co8 i8x8 k4x4 s2x2 p1x1").Geometry;
        TuningMeasurement measured = TuningMeasurement.Of(geometry, pass);
        Assert.Equal(AlgorithmList.Choose(geometry, pass), measured.Estimated);
        Assert.Contains(measured.Times, one => one.Algorithm == measured.Algorithm);
        Assert.Contains(measured.Times, one => one.Algorithm == measured.Estimated);
        Assert.Equal(measured.Times.Select(one => one.Time).Order(), measured.Times.Select(one => one.Time));
        Assert.All(measured.Times, one => Assert.Null(one.Algorithm.Refusal(geometry, pass)));
        Tuning tuning = Tuning.Empty.With(measured);
        Assert.Equal(measured.Algorithm, tuning.Find(geometry, pass));
        Assert.Equal(measured.Algorithm, AlgorithmList.Choose(geometry, pass, settings: new() { Tuning = tuning }));
        Assert.Equal(0, Tuning.Empty.Count);
    }

    [Fact]
    public void Measuring_refuses_other_types_and_ends_when_it_is_cancelled()
    {
        Assert.Throws<ArgumentException>(static () => TuningMeasurement.Of(s_decoder, element: typeof(int)));
        Assert.Throws<OperationCanceledException>(static () =>
            TuningMeasurement.Of(s_decoder, cancellationToken: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Lines_of_runs_are_problems_of_a_measurement()
    {
        Assert.Equal((Pass.WeightGradient, $"{s_decoder}"), Text(ProblemRun.Parse($"weight-gradient run {s_decoder} # 1.3 ms, Single")));
        Assert.Equal((Pass.InputGradient, "n1 ci4 co3 g1 i9x9 k3x3 s1x1 d1x1 c1+1x1+1"),
            Text(ProblemRun.Parse("convolution run n1 ci3 co4 i9x9 k3x3 p1x1")));
        Assert.Throws<FormatException>(static () => ProblemRun.Parse("backward run n1 ci3 co4 i9x9 k3x3 p1x1"));
        Assert.Throws<FormatException>(static () => ProblemRun.Parse("forward"));
    }

    private static (Pass, string) Text((Pass Pass, ConvTransposeGeometry Geometry) problem) => (problem.Pass, $"{problem.Geometry}");

    private static Tuning Read(string text) => Tuning.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "given");

    private sealed class EndlessStream : MemoryStream
    {
        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'#');
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
