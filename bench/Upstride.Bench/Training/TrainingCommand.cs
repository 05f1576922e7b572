using System.Globalization;
using Upstride.Bench.Measuring;
using Upstride.Bench.Networks;
using Upstride.Bench.Peers.Torch;
using Upstride.Models.Segmentation;
using static TorchSharp.torch;

namespace Upstride.Bench.Training;

/// <summary>
/// The command 'training': training steps of FSRCNN, the segmentation networks and a DCGAN, forward, loss, backward and Adam, whose losses
/// are compared with PyTorch's before they are timed in turn; then each in a process of its own for its memory. Where the losses differ,
/// PyTorch in double decides: libtorch 2.10 computes some convolutions of floats wrongly on some processors (oneDNN 3.7.1 on a Zen 5), and
/// its time counts all the same, but Upstride's does not with a wrong loss.
/// </summary>
internal static class TrainingCommand
{
    private const string Usage = """
        usage: Upstride.Bench training [options]
          --peers torch|none   whom to compare with (default torch)
          --network NAME       only fsrcnn, unet, segnet, deconvnet, fcn32s, fcn16s, fcn8s or dcgan (default all)
          --memory CONTENDER   only take steps of upstride or torch, in a process that reports its peak memory
          --scale N            only this scale of FSRCNN (default 2, 3 and 4)
          --threads N          threads of each contender (default 1)
          --clock wall|cpu     time steps by the wall (default) or by processor time, for a busy machine; cpu needs one thread
          --json FILE          write the figures there as well
          --quick              0.5 s of counted steps for each contender instead of 3
        """;

    private const string Torch = "torch";

    // So many losses are compared.
    private const int ComparedSteps = 10;

    // The rounding of a mean of n squares grows as the root of n in the mean: losses agree to 2^-23 sqrt(n) of themselves, n = 147,456 at
    // scale 3. Later
    // ones too: Adam makes a whole step of a gradient that is rounding alone, but of a weight on which the loss does not depend.
    private const double Epsilon = 1.0 / (1 << 23);

    private sealed record Settings(
        bool Peer, string? Network, int[] Scales, int Threads, Clock Clock, string? Json, bool Quick, string? Memory);

    /// <summary>Runs the command.</summary>
    /// <returns>1 where two results disagree.</returns>
    public static int Run(string[] arguments, IReadOnlyList<string> all)
    {
        Settings settings;
        try
        {
            settings = Parse(arguments);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{Usage}");
            return 2;
        }

        if (NativeEnvironment.Ensure(settings.Threads, avx2: false, all) is { } code) return code;
        string? missing = null;
        if (settings.Memory is not null) return RunForMemory(settings, out missing);
        var withTorch = settings.Peer && LibTorch.TryLoad(out missing);
        Console.WriteLine(
            $"training, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, {FmaPeak.Bits}-bit FMA peak "
                + $"{FmaPeak.Measure(settings.Threads, 20):f0} GFLOP/s");
        if (missing is not null) Console.WriteLine($"torch: missing, {missing}");
        var results = new List<NetworkResult>();
        foreach (var (word, name, bound, own, peer) in Tasks(settings))
        {
            results.Add(Measure(name, bound, own, withTorch ? peer : null, settings));
            if (results[^1].Disagreement is null) results[^1] = WithMemory(results[^1], word, settings);
            NetworkReport.Write(Console.Out, results[^1]);
        }

        NetworkReport.WriteSummary(Console.Out, results);
        if (settings.Json is { } json) NetworkReport.WriteJson(json, settings.Threads, results);
        return results.Exists(r => r.Disagreement is not null) ? 1 : 0;
    }

    // Each with the options that choose it alone, and with the share of a loss that both may differ by: the rounding of a mean of that many
    // values, and more where steps make more of it.
    private static IEnumerable<(string[] Word, string Name, double Bound, Func<Trainee> Own, Func<ScalarType, Trainee> Peer)> Tasks(
        Settings settings)
    {
        foreach (var scale in settings.Network is null or "fsrcnn" ? settings.Scales : [])
        {
            var task = new TrainingTask(scale, settings.Threads);
            yield return (["fsrcnn", "--scale", $"{scale}"], task.Name, Rounding(task.Batches[0].Large.Length),
                () => new UpstrideTrainee(task), type => new TorchTrainee(task, type));
        }

        foreach (var architecture in Enum.GetValues<SegmentationArchitecture>())
        {
            var word = SegmentationTask.Word(architecture);
            if (settings.Network is not null && settings.Network != word) continue;
            var task = new SegmentationTask(architecture, settings.Threads);

            // Adam's first steps are of full size whatever the gradient, so that roundings of those near zero count; and where a rounding
            // decides which of two values is the greatest, an unpooling puts it elsewhere. Ten steps lower the loss by several hundredths.
            yield return ([word], task.Name, 0.01, () => new SegmentationTask.Own(task),
                type => new SegmentationTask.Peer(task, type));
        }

        if (settings.Network is null or "dcgan")
        {
            var task = new DcganTask(settings.Threads);

            // Two networks that answer each other make more of a rounding with every step.
            yield return (["dcgan"], DcganTask.Name, Rounding(4000.0 * task.Real.Length), () => new DcganTask.Own(task),
                type => new DcganTask.Peer(task, type));
        }
    }

    // What each grew by up to its third step.
    private static int RunForMemory(Settings settings, out string? missing)
    {
        missing = null;
        if (settings.Memory == Torch && !LibTorch.TryLoad(out missing)) return 2;
        foreach (var (_, _, _, own, peer) in Tasks(settings))
            PeakMemory.Report(() =>
            {
                using var trainee = settings.Memory == Torch ? peer(ScalarType.Float32) : own();
                for (var step = 0; step < 3; step++) trainee.Run();
            });
        return 0;
    }

    private static NetworkResult WithMemory(NetworkResult result, string[] word, Settings settings) => result with
    {
        Timings = [.. result.Timings.Select(timing => timing with
        {
            PeakBytes = PeakMemory.Of(
                ["training", "--threads", $"{settings.Threads}", "--memory", timing.Name, "--network", .. word]),
        })],
    };

    private static NetworkResult Measure(
        string name, double bound, Func<Trainee> own, Func<ScalarType, Trainee>? peer, Settings settings)
    {
        var entrants = new List<Entrant> { new(Contenders.Upstride, own(), compilesWhileRunning: true) };
        if (peer is not null) entrants.Add(new(Torch, peer(ScalarType.Float32), compilesWhileRunning: false));
        try
        {
            var losses = new double[entrants.Count][];
            for (var i = 0; i < entrants.Count; i++)
            {
                entrants[i].Cold = entrants[i].Runnable.TimedRun(settings.Clock);
                losses[i] = Losses(entrants[i].Runnable, taken: 1);
            }

            string? peerIsWrong = null;
            if (peer is not null && Disagreement(losses[0], losses[1], bound) is not null)
            {
                using var exact = peer(ScalarType.Float64);
                double[] right = Losses(exact, taken: 0);
                if (Disagreement(losses[0], right, bound) is { } wrong) return new(name, [], wrong);
                peerIsWrong = $", WRONG: {Disagreement(losses[1], right, bound)}";
            }

            new Rounds(settings.Quick ? 0.5 : 3, null, settings.Clock).Take(entrants, settings.Threads);
            return new(
                name,
                [.. entrants.Select(
                    (e, i) => new NetworkTiming(e.Name, e.Median, e.Cold, null,
                        $"{e.Runnable.Algorithm}, loss {losses[i][0]:g7} -> {losses[i][^1]:g7} in {ComparedSteps} steps"
                            + $"{(i > 0 ? peerIsWrong : null)}"))],
                null);
        }
        finally
        {
            foreach (var entrant in entrants) entrant.Runnable.Dispose();
        }
    }

    // Of the first steps, so many of which have been taken.
    private static double[] Losses(IRunnable trainee, int taken)
    {
        var losses = new double[ComparedSteps];
        for (var step = 0; step < ComparedSteps; step++)
        {
            if (step >= taken) trainee.Run();
            losses[step] = trainee.Output[0];
        }

        return losses;
    }

    private static double Rounding(double values) => Epsilon * Math.Sqrt(values);

    private static string? Disagreement(double[] losses, double[] others, double relative)
    {
        for (var step = 0; step < ComparedSteps; step++)
        {
            double bound = relative * others[step];
            if (!(Math.Abs(losses[step] - others[step]) <= bound))
                return $"loss of step {step + 1} is {losses[step]:R}, not {others[step]:R}; they may differ by {bound:g3}";
        }

        return null;
    }

    private static Settings Parse(string[] arguments)
    {
        var settings = new Settings(Peer: true, Network: null, [2, 3, 4], Threads: 1, default, Json: null, Quick: false, Memory: null);
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            string Value() => ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} needs a value");
            int Count(int least) =>
                int.TryParse(Value(), CultureInfo.InvariantCulture, out var n) && n >= least
                ? n : throw new FormatException($"{name} needs a number of {least} or more");
            bool Choice(string yes, string no) =>
                Value() is var value && value == yes
                ? true : value == no ? false : throw new FormatException($"{name} is '{value}'; it must be {yes} or {no}");
            settings = name switch
            {
                "--peers" => settings with { Peer = Choice(Torch, "none") },
                "--network" => settings with
                {
                    Network = Value() is var word && (word is "fsrcnn" or "dcgan"
                        || Enum.GetValues<SegmentationArchitecture>().Any(one => SegmentationTask.Word(one) == word)) ? word
                        : throw new FormatException($"--network is '{word}', which is none of them"),
                },
                "--memory" => settings with { Memory = Choice(Torch, Contenders.Upstride) ? Torch : Contenders.Upstride },
                "--scale" => settings with { Scales = [Count(2)] },
                "--threads" => settings with { Threads = Count(1) },
                "--clock" => settings with { Clock = new(Choice("cpu", "wall")) },
                "--json" => settings with { Json = Value() },
                "--quick" => settings with { Quick = true },
                _ => throw new FormatException($"'{name}' is not an option"),
            };
        }

        return settings is { Clock.Processor: true, Threads: > 1 }
            ? throw new FormatException($"--clock cpu adds up the time of {settings.Threads} threads; it needs --threads 1") : settings;
    }
}
