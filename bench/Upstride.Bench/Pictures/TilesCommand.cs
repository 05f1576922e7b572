using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Upstride.Bench.Networks;
using Upstride.Onnx;
using OrtRunnable = Upstride.Bench.Peers.OnnxRuntime.OrtRunnable;

namespace Upstride.Bench.Pictures;

/// <summary>
/// The command 'tiles': a picture through a model in exact tiles, and through ONNX Runtime in the usual ones, which overlap by a margin
/// that
/// somebody guessed and are cut off there; with the seams that these leave.
/// </summary>
internal static class TilesCommand
{
    private const string Usage = """
        usage: Upstride.Bench tiles MODEL [options]: a model of one picture of open size, channels first
          --size N             rows and columns of the picture (default 1024)
          --threads N          threads of each contender (default 1)
          --rounds N           how often each takes the picture through; the least time counts (default 5)
          --tile N             the edge of ONNX Runtime's tiles in pixels of the picture, without their margin (default 192)
          --memory CONTENDER   only run CONTENDER, upstride or a margin, in a process that reports its peak memory
        """;

    private const string Upstride = "upstride";

    // What upscalers use by default, and more.
    private static readonly int[] Margins = [8, 16, 32];

    public static int Run(string[] arguments, IReadOnlyList<string> all)
    {
        if (arguments.Length == 0 || arguments[0].StartsWith('-') || arguments.Length % 2 == 0)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        int size = 1024, threads = 1, tile = 192, rounds = 5;
        string? memory = null;
        for (var i = 1; i < arguments.Length; i += 2)
        {
            switch (arguments[i])
            {
                case "--size": size = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture); break;
                case "--threads": threads = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture); break;
                case "--rounds": rounds = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture); break;
                case "--tile": tile = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture); break;
                case "--memory": memory = arguments[i + 1]; break;
                default:
                    Console.Error.WriteLine($"'{arguments[i]}' is not an option\n{Usage}");
                    return 2;
            }
        }

        if (NativeEnvironment.Ensure(threads, avx2: false, all) is { } code) return code;
        var model = new OnnxPictureModel(
            Onnx.OnnxModel.Load(arguments[0]), new() { Session = new() { Compute = new() { Threads = threads } } });
        var picture = Picture(model.Channels, size);
        if (memory is not null)
        {
            PeakMemory.Report(() => _ = memory == Upstride ? Exact(model, picture, size, out _)
                : Overlapping(arguments[0], model, picture, size, tile, int.Parse(memory, CultureInfo.InvariantCulture), threads));
            return 0;
        }

        var megapixels = size * (double)size / 1e6;
        var exact = Timed(() => Exact(model, picture, size, out _), rounds, out var seconds, out var cpu);
        _ = Exact(model, picture, size, out var plan);
        Console.WriteLine($"{Path.GetFileNameWithoutExtension(arguments[0])}, {size}x{size}, {threads} threads: {plan}");
        Row("Upstride, exact tiles", seconds, cpu, megapixels, PeakMemory.Of([.. all, "--memory", Upstride]), null);
        var whole = Overlapping(arguments[0], model, picture, size, size, 0, threads);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"largest difference of both libraries for the whole picture: {Differences(exact, whole).Largest:G2} of 255"));
        foreach (var margin in Margins)
        {
            var tiled = Timed(() => Overlapping(arguments[0], model, picture, size, tile, margin, threads), rounds,
                out seconds, out cpu);
            Row($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, tiles of {tile} with {margin} around", seconds, cpu, megapixels,
                PeakMemory.Of([.. all, "--memory", margin.ToString(CultureInfo.InvariantCulture)]), Differences(tiled, whole));
        }

        return 0;
    }

    private static void Row(string name, double seconds, double cpu, double megapixels, long? bytes, (double Largest,
        double Share)? seams) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {seconds / megapixels:F2} s a megapixel, {cpu / megapixels:F2} s of processor time, {bytes / 1e6:F0} MB"
                + $"{(seams is var (largest, share) ? $"; seams up to {largest:F2} of 255, {share:P2} of the values by half a level or more"
                : ", no seams")}"));

    private static float[] Timed(Func<float[]> run, int rounds, out double seconds, out double cpu)
    {
        // The first one compiles.
        var result = run();
        var process = Process.GetCurrentProcess();
        (seconds, cpu) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < rounds; round++)
        {
            process.Refresh();
            var before = process.TotalProcessorTime;
            var start = Stopwatch.GetTimestamp();
            result = run();
            seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
            process.Refresh();
            cpu = Math.Min(cpu, (process.TotalProcessorTime - before).TotalSeconds);
        }

        return result;
    }

    // [channels, size, size], soft, with edges and some noise.
    private static float[] Picture(int channels, int size)
    {
        var random = new Random(1);
        var picture = new float[channels * size * size];
        for (var i = 0; i < picture.Length; i++)
        {
            var (y, x) = (i / size % size, i % size);
            picture[i] = 0.5f + (0.3f * MathF.Sin((x * 0.05f) + (y * 0.021f))) + (((x / 37) + (y / 29)) % 2 * 0.15f)
                + (0.04f * random.NextSingle());
        }

        return picture;
    }

    private static float[] Exact(OnnxPictureModel model, float[] picture, int size, out string text)
    {
        using var plan = model.Plan(size, size);
        text = plan.ToString();
        var (channels, width) = (plan.OutputChannels, plan.OutputWidth);
        var output = new float[channels * plan.OutputHeight * width];
        plan.Run(
            (row, planes) =>
            {
                for (var c = 0; c < model.Channels; c++) picture.AsSpan(((c * size) + row) * size, size).CopyTo(planes[(c * size)..]);
            },
            (row, planes) =>
            {
                for (var c = 0; c < channels; c++)
                    planes.Slice(c * width, width).CopyTo(output.AsSpan(((c * plan.OutputHeight) + row) * width));
            });
        return output;
    }

    private static float[] Overlapping(string path, OnnxPictureModel model, float[] picture, int size, int tile, int margin, int threads)
    {
        using SessionOptions options = OrtRunnable.OptionsFor(threads);
        using var session = new InferenceSession(path, options);
        var (scale, channels) = (model.Scale!.Value.Factor, model.Scale.Value.Channels);
        var (width, output) = (scale * size, new float[channels * scale * size * scale * size]);
        for (var y = 0; y < size; y += tile)
        for (var x = 0; x < size; x += tile)
        {
            var (top, left) = (Math.Max(0, y - margin), Math.Max(0, x - margin));
            var (bottom, right) = (Math.Min(size, y + tile + margin), Math.Min(size, x + tile + margin));
            var (h, w) = (bottom - top, right - left);
            var part = new float[model.Channels * h * w];
            for (var c = 0; c < model.Channels; c++)
                for (var row = 0; row < h; row++)
                    picture.AsSpan((((c * size) + top + row) * size) + left, w).CopyTo(part.AsSpan(((c * h) + row) * w));
            using var input = OrtValue.CreateTensorValueFromMemory(part, [1, model.Channels, h, w]);
            using var run = new RunOptions();
            using var results = session.Run(run, [session.InputMetadata.Keys.Single()], [input], [session.OutputMetadata.Keys.First()]);
            var made = results[0].GetTensorDataAsSpan<float>();
            var (rows, columns) = (Math.Min(tile, size - y) * scale, Math.Min(tile, size - x) * scale);
            for (var c = 0; c < channels; c++)
                for (var row = 0; row < rows; row++)
                    made.Slice((((c * h * scale) + ((y - top) * scale) + row) * w * scale) + ((x - left) * scale), columns)
                        .CopyTo(output.AsSpan((((c * width) + (y * scale) + row) * width) + (x * scale)));
        }

        return output;
    }

    // In levels of 255, and the share of values that are half a level or more apart.
    private static (double Largest, double Share) Differences(float[] left, float[] right)
    {
        double largest = 0;
        long apart = 0;
        for (var i = 0; i < left.Length; i++)
        {
            var difference = 255.0 * Math.Abs(left[i] - right[i]);
            largest = Math.Max(largest, difference);
            if (difference >= 0.5) apart++;
        }

        return (largest, (double)apart / left.Length);
    }
}
