using System.Globalization;
using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.OnnxRuntime;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Networks;

/// <summary>The command 'network': whole networks, checked against each other, then timed in turn.</summary>
internal static class NetworkCommand
{
    private const string Usage = """
        usage: Upstride.Bench network [options]
          --peers ort|none     whom to compare with (default ort)
          --threads N          threads of each contender (default 1)
          --json FILE          write the figures there as well
          --filter TEXT        only networks whose name contains TEXT
          --memory CONTENDER   only run CONTENDER, in a process that reports its peak memory
          --quick              0.3 s of counted runs for each contender instead of 2
        """;

    private const string Ort = "ort";

    /// <summary>Runs the command.</summary>
    /// <returns>1 where two results disagree.</returns>
    public static int Run(string[] arguments, IReadOnlyList<string> all)
    {
        var peers = Ort;
        var threads = 1;
        string? json = null, filter = "", memory = null;
        var quick = false;
        try
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                var name = arguments[i];
                string Value() => ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} needs a value");
                switch (name)
                {
                    case "--peers": peers =
                        Value() is Ort or "none"
                        ? arguments[i] : throw new FormatException($"'{arguments[i]}' is not a peer; peers are {Ort}, or none"); break;
                    case "--threads": threads =
                        int.TryParse(Value(), CultureInfo.InvariantCulture, out var n) && n > 0
                        ? n : throw new FormatException("--threads needs a positive number"); break;
                    case "--json": json = Value(); break;
                    case "--filter": filter = Value(); break;
                    case "--memory": memory =
                        Value() is Ort or Contenders.Upstride
                        ? arguments[i] : throw new FormatException($"'{arguments[i]}' is not a contender"); break;
                    case "--quick": quick = true; break;
                    default: throw new FormatException($"'{name}' is not an option");
                }
            }
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{Usage}");
            return 2;
        }

        if (NativeEnvironment.Ensure(threads, avx2: false, all) is { } code) return code;
        var withOrt = peers == Ort;
        var networks = BenchNetworks.All.Where(n => n.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToList();
        if (memory is not null)
        {
            foreach (var network in networks) RunForMemory(network, memory == Ort, threads);
            return 0;
        }

        Console.WriteLine(
            $"networks, {threads} thread{(threads == 1 ? "" : "s")}, {FmaPeak.Bits}-bit FMA peak {FmaPeak.Measure(threads, 20):f0} GFLOP/s");
        if (withOrt) Console.WriteLine($"ort: ONNX Runtime {OrtRunnable.Version}");
        var turns = new Rounds(quick ? 0.3 : 2, null, default);
        var results = new List<NetworkResult>();
        foreach (var network in networks)
        {
            results.Add(Measure(network, withOrt, threads, turns));
            NetworkReport.Write(Console.Out, results[^1]);
        }

        NetworkReport.WriteSummary(Console.Out, results);
        if (json is not null) NetworkReport.WriteJson(json, threads, results);
        return results.Exists(r => r.Disagreement is not null) ? 1 : 0;
    }

    private static NetworkResult Measure(BenchNetwork network, bool withOrt, int threads, Rounds turns)
    {
        using var input = NativeBuffer.Random(network.InputLength, 1);
        var entrants = Prepare(network, input, withOrt, threads);
        try
        {
            foreach (var entrant in entrants)
            {
                entrant.Estimate = entrant.Runnable.TimedRun(default);
                entrant.Cold += entrant.Estimate;
            }

            if (Disagreement(network, input, entrants) is { } wrong) return new(network.Name, [], wrong);
            var peaks = entrants.Select(
                e => PeakMemory.Of(["network", "--threads", $"{threads}", "--filter", network.Name, "--memory", e.Name])).ToList();
            turns.Take(entrants, threads);
            return new(network.Name,
                [.. entrants.Zip(peaks, (e, peak) => new NetworkTiming(e.Name, e.Median, e.Cold, peak, e.Runnable.Algorithm))], null);
        }
        finally
        {
            foreach (var entrant in entrants) entrant.Runnable.Dispose();
        }
    }

    private static void RunForMemory(BenchNetwork network, bool withOrt, int threads)
    {
        using var input = NativeBuffer.Random(network.InputLength, 1);
        PeakMemory.Report(() =>
        {
            using var runnable = withOrt ? OfOrt(network, input, threads) : network.Prepare(input, threads);
            for (var run = 0; run < 3; run++) runnable.Run();
        });
    }

    private static List<Entrant> Prepare(BenchNetwork network, NativeBuffer input, bool withOrt, int threads)
    {
        Clock clock = default;
        var start = clock.Now();
        var entrants = new List<Entrant> { new(Contenders.Upstride, network.Prepare(input, threads), compilesWhileRunning: true) };
        entrants[0].Cold = clock.Now() - start;
        if (!withOrt) return entrants;
        entrants.Add(new(Ort, OfOrt(network, input, threads), compilesWhileRunning: false));
        entrants[1].Cold = entrants[1].Runnable.PreparationMilliseconds ?? 0;
        return entrants;
    }

    private static OrtRunnable OfOrt(BenchNetwork network, NativeBuffer input, int threads) => new(
        network.Model(), threads, input, [.. network.InputShape.Select(s => (long)s)], [.. network.OutputShape.Select(s => (long)s)],
            default, network.InputName, network.OutputName, network.OutputIsBytes);

    private static string? Disagreement(BenchNetwork network, NativeBuffer input, List<Entrant> entrants)
    {
        if (entrants.Count < 2) return null;
        ReadOnlySpan<float> own = entrants[0].Runnable.Output, other = entrants[1].Runnable.Output;
        var bound = network.Bound(input, other);
        for (var i = 0; i < bound.Length; i++)
            if (!(Math.Abs(own[i] - other[i]) <= bound[i]))
                return $"output {i}: {entrants[0].Name} {own[i]:R}, {entrants[1].Name} {other[i]:R}, which may differ by {bound[i]:g3}";
        return null;
    }
}
