using Upstride.Bench.Measuring;
using Upstride.Bench.Peers.Torch;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Packing;

/// <summary>
/// The command 'libtorch': the three products of twenty shapes of the shared list against PyTorch, with Upstride's weights kept from run
/// to run, as inference has them, and packed at each run, as training has them. PyTorch's calls know no packed weights, and do the
/// same in both.
/// </summary>
internal static class LibTorchCommand
{
    /// <summary>The shapes, by their names in the shared list.</summary>
    public static IReadOnlyList<string> Shapes { get; } =
    [
        "dcgan-1", "dcgan-3", "dcgan-4", "dcgan-k5", "pose-3", "unet-2", "unet-4", "cyclegan-2", "fsrcnn-x3", "fcn8-2x", "fcn8-8x",
        "deconvnet-3x3", "depthwise-k4", "grouped-g8", "dilated-d2", "hifigan-1", "hifigan-3", "istft", "unet3d", "vnet3d-k4",
    ];

    private const string Torch = "torch", Packing = "upstride-packing";

    private static readonly Operation[] Operations = [Operation.Forward, Operation.InputGradient, Operation.WeightGradient];

    /// <summary>Runs the command.</summary>
    /// <returns>1 where two results disagree, 2 where there is no PyTorch.</returns>
    /// <exception cref="FormatException">A shape is not in the list.</exception>
    public static int Run(Options options)
    {
        if (!LibTorch.TryLoad(out var missing))
        {
            Console.Error.WriteLine($"torch: missing, {missing}");
            return 2;
        }

        IReadOnlyDictionary<string, Problem> problems = options.ReadWork()
            .ToDictionary(w => w.Problem.Name, w => w.Problem, StringComparer.Ordinal);
        var chosen = Shapes.Where(name => name.Contains(options.Filter, StringComparison.OrdinalIgnoreCase)).ToList();
        if (chosen.Find(name => !problems.ContainsKey(name)) is { } absent)
            throw new FormatException($"the list of shapes has no {absent}: name one with --shapes that has");
        Console.WriteLine(
            $"libtorch, {options.Threads} threads, {FmaPeak.Bits}-bit FMA peak {FmaPeak.Measure(options.Threads, 20):f0} GFLOP/s");
        Console.WriteLine(LibTorch.Name);
        Console.WriteLine("PyTorch's time over Upstride's; packed: Upstride packs the weight at each run");
        Console.WriteLine("| shape | forward | packed | input gradient | packed | weight gradient |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var race = new Race(
            [new UpstrideContender(options.Algorithm), new UpstrideContender(options.Algorithm, Packing), new TorchContender()],
            options.Quick ? 0.03 : 0.25, options.Repeat, options.Clock);
        var columns = new List<double>[5];
        for (var i = 0; i < columns.Length; i++) columns[i] = [];
        var wrong = new List<string>();
        foreach (var name in chosen)
        {
            var row = new List<double>();
            foreach (var operation in Operations)
            {
                using var workload = new Workload(problems[name], operation, options.Threads, options.Winograd);
                var outcome = race.Run(workload);
                wrong.AddRange(outcome.Disagreements.Select(what => $"{name}, {operation.Name()}: {what}"));
                row.Add(Ratio(outcome, Contenders.Upstride));
                if (operation is not Operation.WeightGradient) row.Add(Ratio(outcome, Packing));
            }

            for (var i = 0; i < row.Count; i++) columns[i].Add(row[i]);
            Console.WriteLine($"| {name} | {string.Join(" | ", row.Select(ratio => $"{ratio:f2}"))} |");
        }

        Console.WriteLine($"| geometric mean / least | {string.Join(" | ", columns.Select(Summary))} |");
        foreach (var what in wrong) Console.WriteLine($"WRONG RESULT {what}");
        return wrong.Count > 0 ? 1 : 0;
    }

    private static double Ratio(Outcome outcome, string subject) =>
        Ratios.Of(outcome, subject, static timing => timing.Name == Torch) ?? double.NaN;

    private static string Summary(List<double> ratios)
    {
        var known = ratios.Where(static ratio => !double.IsNaN(ratio)).ToList();
        return known.Count == 0 ? "-" : $"{Math.Exp(known.Average(static ratio => Math.Log(ratio))):f2} / {known.Min():f2}";
    }
}
