using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Upstride.Bench.Measuring;
using OrtInstructions = Upstride.Bench.Peers.OnnxRuntime.OrtInstructions;
using Upstride.Onnx;

namespace Upstride.Bench.Networks;

/// <summary>The command 'files': any ONNX files, timed against ONNX Runtime, or their first runs in processes of their own.</summary>
internal static class FileCommand
{
    private const string Usage = """
        usage: Upstride.Bench files FILE... [options]
          --threads N          threads of each contender (default 1)
          --quick              0.3 s of counted runs for each contender instead of 1
          --first N            N first runs of each instead, each in a process of its own: load and run, milliseconds
          --host PROGRAM       the program of Upstride's processes (default this one): bench/FirstRun, published
          --cache FOLDER       first runs with plans that the folder keeps, written by the first of them
          --clock cpu          by the processor time of the process instead of the wall's
          --isa avx2           hold both to AVX2; not with --first
        """;

    // Beside the sums in another order, by the largest value: a disagreement beyond it is another network.
    private const float Share = 1e-3f;

    /// <summary>Runs the command.</summary>
    /// <returns>1 where two results disagree.</returns>
    public static int Run(string[] arguments, IReadOnlyList<string> all)
    {
        var files = new List<string>();
        int threads = 1, first = 0;
        bool quick = false, avx2 = false;
        var host = Environment.ProcessPath!;
        var clock = default(Clock);
        string? single = null, cache = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--threads" when i + 1 < arguments.Length: threads = int.Parse(arguments[++i], CultureInfo.InvariantCulture); break;
                case "--first" when i + 1 < arguments.Length: first = int.Parse(arguments[++i], CultureInfo.InvariantCulture); break;
                case "--host" when i + 1 < arguments.Length: host = arguments[++i]; break;
                case "--clock" when i + 1 < arguments.Length && arguments[i + 1] is "cpu" or "wall":
                    clock = new(arguments[++i] == "cpu");
                    break;
                case "--isa" when i + 1 < arguments.Length && arguments[i + 1] is "avx2": (avx2, i) = (true, i + 1); break;
                case "--single" when i + 1 < arguments.Length: single = arguments[++i]; break;
                case "--cache" when i + 1 < arguments.Length: cache = arguments[++i]; break;
                case "--quick": quick = true; break;
                case var file when File.Exists(file): files.Add(file); break;
                default: Console.Error.WriteLine($"'{arguments[i]}' is no file and no option\n{Usage}"); return 2;
            }
        }
        if (files.Count == 0)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        if (avx2 && first > 0)
        {
            Console.Error.WriteLine($"first runs are those of the machine: leave out --isa or --first\n{Usage}");
            return 2;
        }
        if (single is not null) return Single(files[0], single, threads, clock, cache);
        if (first > 0) return First(files, first, threads, host, clock, cache);
        if (NativeEnvironment.Ensure(threads, avx2, all) is { } code) return code;
        if (avx2 && OrtInstructions.HoldToAvx2() is { } missing)
        {
            Console.Error.WriteLine($"ONNX Runtime: {missing}");
            return 2;
        }
        Console.WriteLine($"files, {threads} thread{(threads == 1 ? "" : "s")}, {FmaPeak.Bits}-bit FMA peak "
            + $"{FmaPeak.Measure(threads, 20).ToString("f0", CultureInfo.InvariantCulture)} GFLOP/s");
        var ratios = new List<double>();
        var wrong = false;
        foreach (var file in files)
        {
            var inputs = FileInputs.Of(OnnxModel.Load(file));
            using IRunnable ours = FileRunnable.OfUpstride(file, inputs, threads), theirs = FileRunnable.OfOrt(file, inputs, threads);
            Entrant[] entrants = [new("upstride", ours, compilesWhileRunning: true), new("ort", theirs, compilesWhileRunning: false)];
            foreach (var entrant in entrants) entrant.Estimate = entrant.Runnable.TimedRun(clock);
            var agrees = Agrees(ours.Output, theirs.Output);
            wrong |= !agrees;
            new Rounds(quick ? 0.3 : 1, null, clock).Take(entrants, threads);
            ratios.Add(entrants[1].Median / entrants[0].Median);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(file),-30} {entrants[0].Median,9:f3} ms  ort {entrants[1].Median,9:f3} ms  ort / upstride "
                + $"{ratios[^1],5:f2}  {ours.Algorithm}  {Peak(file, "upstride", threads)} MB, ort {Peak(file, "ort", threads)} MB"
                + $"{(agrees ? "" : "  DISAGREES")}"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"geometric mean {Math.Exp(ratios.Average(Math.Log)):f2}, least {ratios.Min():f2}, {ratios.Count} files"));
        return wrong ? 1 : 0;
    }

    // Up to the third run, in a process of its own.
    private static string Peak(string file, string contender, int threads) =>
        PeakMemory.Of(["files", file, "--single", contender, "--threads", threads.ToString(CultureInfo.InvariantCulture)]) is { } bytes
            ? (bytes / 1e6).ToString("f0", CultureInfo.InvariantCulture) : "?";

    private static bool Agrees(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs)
    {
        if (ours.Length != theirs.Length) return false;
        var bound = Share * Math.Max(1e-3f, MathF.Abs(TensorPrimitives.MaxMagnitude(theirs)));
        for (var i = 0; i < ours.Length; i++)
            if (!(Math.Abs(ours[i] - theirs[i]) <= Math.Max(bound, theirs[i] == MathF.Floor(theirs[i]) ? 1 : 0))) return false;
        return true;
    }

    private static int Single(string file, string contender, int threads, Clock clock, string? cache)
    {
        if (contender != "ort")
        {
            PeakMemory.Report(() => FirstRuns.PrintUpstride(file, threads, clock, cache));
            return 0;
        }
        var inputs = FileInputs.Of(OnnxModel.Load(file));
        PeakMemory.Report(() =>
        {
            double start = clock.Now();
            using var runnable = FileRunnable.OfOrt(file, inputs, threads);
            FirstRuns.Print(runnable.Run, start, clock);
        });
        return 0;
    }

    private static int First(List<string> files, int repetitions, int threads, string host, Clock clock, string? cache)
    {
        foreach (var file in files)
        {
            List<double[]>[] times = [[], []];
            if (cache is not null) _ = Times(file, "upstride", threads, host, clock, cache);
            string[] names = ["upstride", "ort"];
            for (var i = 0; i < repetitions; i++)
                for (var contender = 0; contender < 2; contender++)
                    times[contender].Add(Times(file, names[contender], threads, contender == 0 ? host : Environment.ProcessPath!, clock,
                        cache));
            double[] ours = Middle(times[0]), theirs = Middle(times[1]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(file),-30} load and first run {ours[0],8:f1} ms, then {ours[1],7:f1} and {ours[2],7:f1}  ort "
                + $"{theirs[0],8:f1} ms, then {theirs[1],7:f1} and {theirs[2],7:f1}  ort / upstride {theirs[0] / ours[0],5:f2}"));
        }
        return 0;
    }

    private static double[] Middle(List<double[]> times) =>
        [.. Enumerable.Range(0, 3).Select(run => times.Select(one => one[run]).Order().ElementAt(times.Count / 2))];

    private static double[] Times(string file, string contender, int threads, string host, Clock clock, string? cache)
    {
        // Started by dotnet, it is the library that is to be run.
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        using var process = Process.Start(new ProcessStartInfo(host,
            [.. program, "files", file, "--single", contender, "--threads", threads.ToString(CultureInfo.InvariantCulture),
                "--clock", clock.Processor ? "cpu" : "wall", .. cache is null ? (string[])[] : ["--cache", cache]])
        {
            RedirectStandardOutput = true,
        })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return FirstRuns.Read(text) ?? throw new InvalidOperationException($"'{host}' measured nothing of {file}: {text}");
    }
}
