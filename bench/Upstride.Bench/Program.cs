using Upstride.Bench;
using Upstride.Bench.Draws;
using Upstride.Bench.Measuring;
using Upstride.Bench.Networks;
using Upstride.Bench.Packing;
using Upstride.Bench.Pictures;
using Upstride.Bench.Problems;
using Upstride.Bench.Training;
using Upstride.Onnx;

// The kernels by themselves, under BenchmarkDotNet, which takes the rest of the arguments.
if (args is ["kernels", .. var rest])
{
    BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Options).Assembly)
        .Run(rest.Length > 0 ? rest : ["--filter", "*", "--job", "short"]);
    return 0;
}

if (args is ["network", .. var networkArguments]) return NetworkCommand.Run(networkArguments, args);

if (args is ["files", .. var fileArguments]) return FileCommand.Run(fileArguments, args);

if (args is ["tiles", .. var tilesArguments]) return TilesCommand.Run(tilesArguments, args);

if (args is ["training", .. var trainingArguments]) return TrainingCommand.Run(trainingArguments, args);

Options options;
IReadOnlyList<Work> all;
try
{
    options = Options.Parse(args);
    all = options.ReadWork();
}
catch (Exception e) when (e is FormatException or ArgumentException or FileNotFoundException
    or OnnxFormatException or OnnxUnsupportedException)
{
    Console.Error.WriteLine($"{e.Message}\n{Options.Usage}");
    return 2;
}

if (NativeEnvironment.Ensure(options.Threads, options.Avx2, args) is { } code) return code;

if (options.Random || options.LibTorch)
{
    try
    {
        return options.Random ? RandomCommand.Run(options) : LibTorchCommand.Run(options);
    }
    catch (FormatException e)
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
}

var contenders = Contenders.Load(options);
Console.WriteLine(
    $"{options.Replayed ?? options.Operation.Name()}, {options.Threads} thread{(options.Threads == 1 ? "" : "s")}, "
        + $"{FmaPeak.Bits}-bit FMA peak "
        + $"{FmaPeak.Measure(options.Threads, 20):f0} GFLOP/s");
foreach (var note in contenders.Notes) Console.WriteLine(note);
Console.WriteLine(TextReport.Columns);

var race = new Race(contenders.All, secondsEach: options.Quick ? 0.03 : 0.25, options.Repeat, options.Clock);
var outcomes = new List<Outcome>();
foreach (var (operation, problem) in all)
{
    using var workload = new Workload(problem, operation, options.Threads, options.Winograd);
    outcomes.Add(race.Run(workload));
    if (options.Replayed is not null || options.From is not null) Console.Write($"{operation.Name()} ");
    TextReport.Write(Console.Out, outcomes[^1], operation);
}

TextReport.WriteSummary(Console.Out, outcomes);
if (options.Json is { } path) JsonReport.Write(path, options.Threads, outcomes);
return outcomes.Any(o => o.Disagreements.Count > 0) ? 1 : 0;
