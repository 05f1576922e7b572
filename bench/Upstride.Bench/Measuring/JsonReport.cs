using System.Text.Json;

namespace Upstride.Bench.Measuring;

/// <summary>
/// The figures for a program. 'ratio', 'geomean' and 'min' are against the best peer under the same contract;
/// 'onednnAny' holds the same against oneDNN in its own layout.
/// </summary>
internal static class JsonReport
{
    /// <summary>Writes the file whole: beside it first, then in its place.</summary>
    public static void Write(string path, int threads, IReadOnlyList<Outcome> outcomes)
    {
        var temporary = path + ".new";
        using (var stream = File.Create(temporary))
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
            Write(json, threads, outcomes);
        File.Move(temporary, path, overwrite: true);
    }

    private static void Write(Utf8JsonWriter json, int threads, IReadOnlyList<Outcome> outcomes)
    {
        json.WriteStartObject();
        json.WriteNumber("threads", threads);
        json.WriteNumber("peakGflops", Round(outcomes.Select(o => o.PeakGflops).DefaultIfEmpty().Max()));
        json.WriteStartArray("shapes");
        foreach (var outcome in outcomes) WriteShape(json, outcome);
        json.WriteEndArray();
        var same = Ratios.Over(outcomes, Contenders.Upstride, t => t.SameContract);
        WriteNumber(json, "geomean", same?.GeometricMean);
        WriteNumber(json, "min", same?.Minimum);
        var own = Ratios.Over(outcomes, Contenders.Upstride, t => !t.SameContract);
        json.WriteStartObject("onednnAny");
        WriteNumber(json, "geomean", own?.GeometricMean);
        WriteNumber(json, "min", own?.Minimum);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteShape(Utf8JsonWriter json, Outcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("name", outcome.Problem.Name);
        if (outcome.Timings.FirstOrDefault(t => t.Name == Contenders.Upstride) is { } own)
        {
            json.WriteStartObject(Contenders.Upstride);
            WriteTime(json, outcome, own);
            WriteNumber(json, "workspaceBytes", own.WorkspaceBytes);
            WriteNumber(json, "coldMilliseconds", own.ColdMilliseconds);
            WriteNumber(json, "planMilliseconds", own.PlanMilliseconds);
            json.WriteString("algorithm", own.Algorithm);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull(Contenders.Upstride);
        }

        json.WriteStartObject("peers");
        foreach (var peer in outcome.Timings.Where(t => t.Name != Contenders.Upstride))
        {
            json.WriteStartObject(peer.Name);
            WriteTime(json, outcome, peer);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteNumber(json, "ratio", Ratios.Of(outcome, Contenders.Upstride, t => t.SameContract));
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, Outcome outcome, Timing timing)
    {
        WriteNumber(json, "milliseconds", timing.Milliseconds);
        WriteNumber(json, "gflops", TextReport.Gflops(outcome.Problem, timing));
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, Round(number));
        else json.WriteNull(name);
    }

    // Five significant digits: more than a timing holds.
    private static double Round(double value) =>
        value == 0 ? 0 : Math.Round(value, Math.Clamp(4 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15));
}
