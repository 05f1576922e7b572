using System.Text.Json;

namespace Upstride.Bench.Networks;

/// <summary>What was measured of one contender on one network.</summary>
/// <param name="Name">The contender.</param>
/// <param name="Milliseconds">Median of a run.</param>
/// <param name="ColdMilliseconds">Preparation plus first run.</param>
/// <param name="PeakBytes">Memory beyond the input, where the system says.</param>
/// <param name="Details">What it says it does.</param>
internal sealed record NetworkTiming(string Name, double Milliseconds, double ColdMilliseconds, long? PeakBytes, string Details);

/// <summary>One network's outcome.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Timings">Upstride first.</param>
/// <param name="Disagreement">Where two results differ by more than they may; then nothing was timed.</param>
internal sealed record NetworkResult(string Network, IReadOnlyList<NetworkTiming> Timings, string? Disagreement)
{
    /// <summary>The best peer's time over Upstride's; null without a peer.</summary>
    public double? Ratio => Timings.Count > 1 ? Timings.Skip(1).Min(t => t.Milliseconds) / Timings[0].Milliseconds : null;
}

/// <summary>The figures of the networks, for a reader and for a program.</summary>
internal static class NetworkReport
{
    /// <summary>One network.</summary>
    public static void Write(TextWriter writer, NetworkResult result)
    {
        writer.WriteLine(result.Network);
        if (result.Disagreement is { } wrong) writer.WriteLine($"  WRONG RESULT {wrong}");
        foreach (var t in result.Timings)
            writer.WriteLine(
                $"  {t.Name,-10} {t.Milliseconds,9:f2} ms  cold {t.ColdMilliseconds,8:f1} ms  peak "
                    + $"{(t.PeakBytes is { } bytes ? $"{bytes / 1048576.0:f1} MB" : "-"),9}  {t.Details}");
        if (result.Ratio is { } ratio) writer.WriteLine($"  peer / upstride: {ratio:f2}");
    }

    /// <summary>Mean and minimum of the ratios.</summary>
    public static void WriteSummary(TextWriter writer, IReadOnlyList<NetworkResult> results)
    {
        if (Summary(results) is { } s)
            writer.WriteLine($"peer / upstride: geometric mean {s.Mean:f2}, minimum {s.Least:f2}, {s.Count} networks");
    }

    /// <summary>Writes the file whole: beside it first, then in its place.</summary>
    public static void WriteJson(string path, int threads, IReadOnlyList<NetworkResult> results)
    {
        var temporary = path + ".new";
        using (var stream = File.Create(temporary))
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("threads", threads);
            json.WriteStartArray("networks");
            foreach (var result in results)
            {
                json.WriteStartObject();
                json.WriteString("name", result.Network);
                if (result.Disagreement is { } wrong) json.WriteString("disagreement", wrong);
                if (result.Timings.Count > 0) WriteTiming(json, result.Timings[0]);
                json.WriteStartObject("peers");
                foreach (var timing in result.Timings.Skip(1)) WriteTiming(json, timing);
                json.WriteEndObject();
                WriteNumber(json, "ratio", result.Ratio);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            var summary = Summary(results);
            WriteNumber(json, "geomean", summary?.Mean);
            WriteNumber(json, "min", summary?.Least);
            json.WriteEndObject();
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static void WriteTiming(Utf8JsonWriter json, NetworkTiming timing)
    {
        json.WriteStartObject(timing.Name);
        WriteNumber(json, "milliseconds", timing.Milliseconds);
        WriteNumber(json, "coldMilliseconds", timing.ColdMilliseconds);
        if (timing.PeakBytes is { } bytes) json.WriteNumber("peakBytes", bytes);
        else json.WriteNull("peakBytes");
        json.WriteString("details", timing.Details);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, Math.Round(number, 4));
        else json.WriteNull(name);
    }

    private static (double Mean, double Least, int Count)? Summary(IReadOnlyList<NetworkResult> results)
    {
        var ratios = results.Where(r => r.Ratio is not null).Select(r => r.Ratio!.Value).ToList();
        return ratios.Count == 0 ? null : (Math.Exp(ratios.Average(Math.Log)), ratios.Min(), ratios.Count);
    }
}
