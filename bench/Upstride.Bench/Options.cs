using System.Globalization;
using Upstride.Algorithms;
using Upstride.Bench.Measuring;
using Upstride.Bench.Networks;
using Upstride.Bench.Problems;

namespace Upstride.Bench;

/// <summary>The command line.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: Upstride.Bench forward|input-gradient|weight-gradient|convolution [options]
               Upstride.Bench replay FILE [options]: lines that UPSTRIDE_VERBOSE=1 prints, each with its operation
               Upstride.Bench random [options]: forward over 200 problems drawn from what networks have, others each day
               Upstride.Bench libtorch [options]: the three products against PyTorch, weights kept and packed at each run
               Upstride.Bench network [options]: whole networks against ONNX Runtime
               Upstride.Bench tiles MODEL [options]: a picture in exact tiles against ONNX Runtime's overlapping ones
               Upstride.Bench training [options]: training steps of FSRCNN, U-Net and DCGAN against PyTorch
               Upstride.Bench kernels [options of BenchmarkDotNet]
          --shapes FILE          problems, one a line (default: the shared list; for convolution the list beside the program)
          --from MODEL.onnx      the convolutions of a model instead, of both kinds, with the sizes that they run with
          --input LIST           shapes of the model's inputs, where it leaves sizes open: 1x3x224x224,1x10
          --peers LIST           of onednn,ort,torch (default: all three); none for none
          --threads N            threads of each contender (default 1)
          --json FILE            write the figures there as well
          --filter TEXT          only problems whose name contains TEXT
          --repeat N             N counted runs of each contender (default: 0.25 s of them, at least 5)
          --clock wall|cpu       time runs by the wall (default) or by processor time, for a busy machine; cpu needs one thread
          --isa avx2             hold all contenders to AVX2
          --winograd on|off      whether Upstride may use Winograd's algorithm (default on)
          --position-independent on|off  whether bits may not depend on sizes, as in exact tiles (default off)
          --algorithm NAME       hold Upstride to one algorithm of its list
          --operation NAME       of random: forward (default), input-gradient or weight-gradient
          --seed N               of random: the draw (default the date, as 20260131)
          --count N              of random: how many problems (default 200)
          --limit N              of random: begin no problem after N seconds
          --results FILE         of random: keep what is measured there, and leave out what it holds: a stopped run goes on
          --list                 of random: print the problems as lines of a shape file, and run nothing
          --quick                the short built-in list, 0.03 s each: under a minute
        environment: UPSTRIDE_SHARED the folder of the shared list, UPSTRIDE_ONEDNN a library's file,
          UPSTRIDE_PEERS the folder of bench/install-peers
        """;

    private static readonly string[] KnownPeers = ["onednn", "ort", "torch"];

    public required Operation Operation { get; init; }

    public string? Shapes { get; init; }

    /// <summary>The file of lines to run again, each with its operation.</summary>
    public string? Replayed { get; init; }

    /// <summary>The ONNX model whose convolutions are timed.</summary>
    public string? From { get; init; }

    /// <summary>Shapes of the model's inputs.</summary>
    public IReadOnlyList<int[]> Inputs { get; init; } = [];

    public IReadOnlyList<string> Peers { get; init; } = KnownPeers;

    public int Threads { get; init; } = 1;

    public string? Json { get; init; }

    public string Filter { get; init; } = "";

    public int? Repeat { get; init; }

    public Clock Clock { get; init; }

    public bool Avx2 { get; init; }

    public bool Winograd { get; init; } = true;

    /// <summary>Whether each output's bits follow from what it depends on, whatever the sizes.</summary>
    public bool PositionIndependent { get; init; }

    public string? Algorithm { get; init; }

    public bool Quick { get; init; }

    /// <summary>Whether the three products are timed against PyTorch, weights kept and packed.</summary>
    public bool LibTorch { get; init; }

    /// <summary>Whether problems are drawn instead of read.</summary>
    public bool Random { get; init; }

    /// <summary>What the draw follows from; null for the date.</summary>
    public int? Seed { get; init; }

    /// <summary>How many problems are drawn.</summary>
    public int Count { get; init; } = 200;

    /// <summary>Seconds after which no drawn problem is begun.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Where a run over drawn problems keeps what it measured.</summary>
    public string? Results { get; init; }

    /// <summary>Whether drawn problems are only printed.</summary>
    public bool List { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">An argument is not one of <see cref="Usage"/>.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) throw new FormatException("an operation is needed");
        var replays = arguments[0] == "replay";
        if (replays && arguments.Count < 2) throw new FormatException("replay needs a file of lines");
        var draws = arguments[0] == "random";
        var packs = arguments[0] == "libtorch";
        var operation = replays || draws || packs ? Operation.Forward
            : Operations.Named(arguments[0]) ?? throw new FormatException($"'{arguments[0]}' is not an operation");
        var options = new Options { Operation = operation, Replayed = replays ? arguments[1] : null, Random = draws, LibTorch = packs };
        for (var i = replays ? 2 : 1; i < arguments.Count; i++)
        {
            var name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new FormatException($"{name} needs a value");
            int Count() =>
                int.TryParse(Value(), CultureInfo.InvariantCulture, out var n) && n > 0
                ? n : throw new FormatException($"{name} needs a positive number");
            bool Choice(string yes, string? no) => Value() is var value && value == yes ? true
                : value == no
                ? false : throw new FormatException($"{name} is '{value}'; it must be {yes}{(no is null ? "" : $" or {no}")}");
            options = name switch
            {
                "--operation" when draws => options with
                {
                    Operation = Value() is var word && Operations.Named(word) is { } named and not Operation.Convolution ? named
                        : throw new FormatException($"--operation is '{word}'; it must be forward, input-gradient or weight-gradient"),
                },
                "--shapes" => options with { Shapes = Value() },
                "--from" => options with { From = Value() },
                "--input" => options with { Inputs = ParseShapes(Value()) },
                "--peers" => options with { Peers = ParsePeers(Value()) },
                "--threads" => options with { Threads = Count() },
                "--json" => options with { Json = Value() },
                "--filter" => options with { Filter = Value() },
                "--repeat" => options with { Repeat = Count() },
                "--clock" => options with { Clock = new(Choice("cpu", "wall")) },
                "--isa" => options with { Avx2 = Choice("avx2", null) },
                "--winograd" => options with { Winograd = Choice("on", "off") },
                "--position-independent" => options with { PositionIndependent = Choice("on", "off") },
                "--algorithm" => options with { Algorithm = AlgorithmTable.Named(Value()).Name },
                "--quick" => options with { Quick = true },
                "--seed" when draws => options with { Seed = Count() },
                "--count" when draws => options with { Count = Count() },
                "--limit" when draws => options with { Limit = Count() },
                "--results" when draws => options with { Results = Value() },
                "--list" when draws => options with { List = true },
                _ => throw new FormatException($"'{name}' is not an option"),
            };
        }

        return options is { Clock.Processor: true, Threads: > 1 }
            ? throw new FormatException($"--clock cpu adds up the time of {options.Threads} threads; it needs --threads 1") : options;
    }

    /// <summary>What to run, in order.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public IReadOnlyList<Work> ReadWork()
    {
        if (Random) return [];
        if ((Replayed ?? From) is { } file && !File.Exists(file)) throw new FileNotFoundException($"there is no file {file}");
        var all = Replayed is not null ? Work.ReadFile(Replayed)
            : From is not null ? ModelProblems.Of(From, Inputs, Operation)
            : ReadShapes();
        return [.. all.Where(w => w.Problem.Name.Contains(Filter, StringComparison.OrdinalIgnoreCase))];
    }

    private IReadOnlyList<Work> ReadShapes()
    {
        var convolution = Operation is Operation.Convolution;
        var path = Shapes ?? (convolution ? Beside("convolutions.txt") : Quick && !LibTorch ? Beside("quick.txt") : SharedShapes());
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"there is no shape file {path}: name one with --shapes, or take --quick for the built-in list");
        var problems = Problem.ReadFile(path, convolution).Where(p => p.Name.Contains(Filter, StringComparison.OrdinalIgnoreCase));
        return [.. (Quick && !LibTorch ? problems.Take(9) : problems).Select(problem => new Work(Operation, problem))];
    }

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, name);

    // UPSTRIDE_SHARED, else the folder named shared beside the checkout, found upwards from the program.
    private static string SharedShapes()
    {
        if (Environment.GetEnvironmentVariable("UPSTRIDE_SHARED") is { Length: > 0 } named)
            return Path.Combine(named, "bench", "shapes.txt");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "bench", "shapes.txt") is var path && File.Exists(path))
                return path;
        return Path.Combine("..", "shared", "bench", "shapes.txt");
    }

    private static int[][] ParseShapes(string list) =>
        Array.ConvertAll(list.Split(','), shape => Array.ConvertAll(shape.Split('x'), length =>
            int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value : throw new FormatException($"'{length}' in --input {list} is not a length")));

    private static string[] ParsePeers(string list)
    {
        if (list == "none") return [];
        var peers = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.Find(peers, p => !KnownPeers.Contains(p)) is { } unknown
            ? throw new FormatException($"'{unknown}' is not a peer; peers are {string.Join(',', KnownPeers)}") : peers;
    }
}
