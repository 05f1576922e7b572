using System.Globalization;
using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.OnnxRuntime;
using Upstride.Bench.Peers.Torch;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Networks;

/// <summary>The command 'network': whole networks, checked against each other, then timed in turn.</summary>
internal static class NetworkCommand
{
    private const string Usage = """
        usage: Upstride.Bench network [options]
          --peers LIST         whom to compare with: ort,torch (default ort), or none; torch runs the networks of 'training'
          --clock wall|cpu     time runs by the wall (default) or by processor time, for a busy machine; cpu needs one thread
          --threads N          threads of each contender (default 1)
          --json FILE          write the figures there as well
          --filter TEXT        only networks whose name contains TEXT
          --memory CONTENDER   only run CONTENDER, in a process that reports its peak memory
          --quick              0.3 s of counted runs for each contender instead of 2
        """;

    private const string Ort = "ort", Torch = "torch";

    /// <summary>Runs the command.</summary>
    /// <returns>1 where two results disagree.</returns>
    public static int Run(string[] arguments, IReadOnlyList<string> all)
    {
        string[] peers = [Ort];
        Clock clock = default;
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
                    case "--peers": peers = PeersOf(Value()); break;
                    case "--clock": clock = new(Value() is "cpu" or "wall" ? arguments[i] == "cpu"
                        : throw new FormatException($"--clock is '{arguments[i]}'; it must be wall or cpu")); break;
                    case "--threads": threads =
                        int.TryParse(Value(), CultureInfo.InvariantCulture, out var n) && n > 0
                        ? n : throw new FormatException("--threads needs a positive number"); break;
                    case "--json": json = Value(); break;
                    case "--filter": filter = Value(); break;
                    case "--memory": memory =
                        Value() is Ort or Torch or Contenders.Upstride
                        ? arguments[i] : throw new FormatException($"'{arguments[i]}' is not a contender"); break;
                    case "--quick": quick = true; break;
                    default: throw new FormatException($"'{name}' is not an option");
                }
            }
            if (clock.Processor && threads > 1)
                throw new FormatException($"--clock cpu adds up the time of {threads} threads; it needs --threads 1");
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{Usage}");
            return 2;
        }

        if (NativeEnvironment.Ensure(threads, avx2: false, all) is { } code) return code;
        string? missing = null;
        if ((peers.Contains(Torch) || memory == Torch) && !LibTorch.TryLoad(out missing))
            peers = [.. peers.Where(static peer => peer != Torch)];
        var networks = BenchNetworks.All.Where(n => n.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToList();
        if (memory is not null)
        {
            foreach (var network in networks) RunForMemory(network, memory, threads);
            return 0;
        }

        Console.WriteLine(
            $"networks, {threads} thread{(threads == 1 ? "" : "s")}, {FmaPeak.Bits}-bit FMA peak {FmaPeak.Measure(threads, 20):f0} GFLOP/s");
        if (peers.Contains(Ort)) Console.WriteLine($"ort: ONNX Runtime {OrtRunnable.Version}");
        if (peers.Contains(Torch)) Console.WriteLine($"torch: {LibTorch.Name}");
        if (missing is not null) Console.WriteLine($"torch: missing, {missing}");
        var turns = new Rounds(quick ? 0.3 : 2, null, clock);
        var results = new List<NetworkResult>();
        foreach (var network in networks)
        {
            results.Add(Measure(network, peers, threads, turns, clock));
            NetworkReport.Write(Console.Out, results[^1]);
        }

        NetworkReport.WriteSummary(Console.Out, results);
        if (json is not null) NetworkReport.WriteJson(json, threads, results);
        return results.Exists(r => r.Disagreement is not null) ? 1 : 0;
    }

    private static NetworkResult Measure(BenchNetwork network, string[] peers, int threads, Rounds turns, Clock clock)
    {
        using var input = NativeBuffer.Random(network.InputLength, 1);
        var entrants = Prepare(network, input, peers, threads, clock);
        try
        {
            foreach (var entrant in entrants)
            {
                entrant.Estimate = entrant.Runnable.TimedRun(clock);
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

    private static string[] PeersOf(string text) => text == "none" ? [] : [.. text.Split(',').Select(static peer =>
        peer is Ort or Torch ? peer : throw new FormatException($"'{peer}' is not a peer; peers are {Ort} and {Torch}, or none"))];

    private static void RunForMemory(BenchNetwork network, string contender, int threads)
    {
        using var input = NativeBuffer.Random(network.InputLength, 1);
        PeakMemory.Report(() =>
        {
            using var runnable = contender == Ort ? OfOrt(network, input, threads)
                : contender == Torch ? network.Torch!(input, threads) : network.Prepare(input, threads);
            for (var run = 0; run < 3; run++) runnable.Run();
        });
    }

    private static List<Entrant> Prepare(BenchNetwork network, NativeBuffer input, string[] peers, int threads, Clock clock)
    {
        var entrants = new List<Entrant>();
        void Add(string name, Func<IRunnable> prepare, bool compiles)
        {
            var start = clock.Now();
            var runnable = prepare();
            entrants.Add(new(name, runnable, compiles) { Cold = runnable.PreparationMilliseconds ?? clock.Now() - start });
        }

        Add(Contenders.Upstride, () => network.Prepare(input, threads), compiles: true);
        if (peers.Contains(Ort)) Add(Ort, () => OfOrt(network, input, threads), compiles: false);
        if (peers.Contains(Torch) && network.Torch is { } torch) Add(Torch, () => torch(input, threads), compiles: false);
        return entrants;
    }

    private static OrtRunnable OfOrt(BenchNetwork network, NativeBuffer input, int threads) => new(
        network.Model(), threads, input, [.. network.InputShape.Select(s => (long)s)], [.. network.OutputShape.Select(s => (long)s)],
            default, network.InputName, network.OutputName, network.OutputIsBytes);

    private static string? Disagreement(BenchNetwork network, NativeBuffer input, List<Entrant> entrants)
    {
        foreach (var peer in entrants.Skip(1))
        {
            ReadOnlySpan<float> own = entrants[0].Runnable.Output, other = peer.Runnable.Output;
            var bound = network.Bound(input, other);
            for (var i = 0; i < bound.Length; i++)
                if (!(Math.Abs(own[i] - other[i]) <= bound[i]))
                    return $"output {i}: {entrants[0].Name} {own[i]:R}, {peer.Name} {other[i]:R}, which may differ by {bound[i]:g3}";
        }

        return null;
    }
}
