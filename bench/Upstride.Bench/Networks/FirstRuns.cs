using System.Globalization;
using Upstride.Bench.Measuring;
using Upstride.Onnx;

namespace Upstride.Bench.Networks;

/// <summary>Loading a file and its first runs in this process, as a process that measures them prints and another reads them.</summary>
internal static class FirstRuns
{
    private const string Mark = "first ";

    /// <summary>Upstride's: the model is read and planned, and its inputs are made, within the first time.</summary>
    /// <param name="file">The model.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cache">A folder for the model's plans; null for none.</param>
    public static void PrintUpstride(string file, int threads, Clock clock, string? cache)
    {
        double start = clock.Now();
        var model = OnnxModel.Load(file);
        using var session = new OnnxSession(model, OnnxSessionSettings.Default with
        {
            Compute = new() { Threads = threads },
            CachePath = cache is null ? null : Path.Combine(cache, Path.GetFileName(file) + ".plans"),
        });
        Dictionary<string, OnnxTensor> inputs = FileInputs.Of(model);
        Print(() => session.Run(inputs), start, clock);
    }

    /// <summary>Milliseconds since <paramref name="start"/> at the end of the first run, and of the second and the third.</summary>
    public static void Print(Action run, double start, Clock clock)
    {
        var times = new double[3];
        for (var i = 0; i < times.Length; i++)
        {
            run();
            double now = clock.Now();
            (times[i], start) = (now - start, now);
        }
        Console.WriteLine(Mark + string.Join(' ', times.Select(static time => time.ToString("f3", CultureInfo.InvariantCulture))));
    }

    /// <summary>The three times in what a process printed; null where it printed none.</summary>
    public static double[]? Read(string text) =>
        text.Split('\n').FirstOrDefault(static line => line.StartsWith(Mark, StringComparison.Ordinal)) is { } line
            ? [.. line[Mark.Length..].Split(' ').Select(static time => double.Parse(time, CultureInfo.InvariantCulture))] : null;
}
