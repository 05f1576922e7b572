using System.Globalization;
using System.Text;

namespace Upstride.Explorer.Tests.Browsing;

/// <summary>
/// What the site costs to load and to move, written to artifacts/explorer-load.md (bench/explorer prints it). Bytes are held to their
/// budget; times are told, not judged.
/// </summary>
public class LoadTests(Site site)
{
    private const long Budget = 4_000_000;

    [Fact]
    public async Task The_first_page_stays_within_its_bytes_and_other_pages_load_when_they_open()
    {
        await using Visit visit = await site.VisitAsync("#op/i8x8-k4-s2-p1");
        double interactive = await visit.Page.EvaluateAsync<double>("performance.now()");
        double paint = await visit.Page.EvaluateAsync<double>(
            "performance.getEntriesByType('paint').find(entry => entry.name === 'first-contentful-paint')?.startTime ?? 0");
        long first = await BytesAsync(visit);
        double[] answers = await visit.Page.EvaluateAsync<double[]>(
            """
            async () => {
              const slider = document.getElementById('stride'), size = document.getElementById('size'), times = [];
              for (let turn = 0; turn < 16; turn++) {
                const before = size.textContent, start = performance.now();
                slider.value = turn % 2 ? 2 : 1;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                while (size.textContent === before) await new Promise(done => requestAnimationFrame(done));
                await new Promise(done => requestAnimationFrame(done));
                times.push(performance.now() - start);
                await new Promise(done => setTimeout(done, 60));
              }
              return times;
            }
            """);
        await visit.OpenAsync("#model");
        await visit.SeesAsync("#model-about", "ONNX");
        long all = await BytesAsync(visit);
        Array.Sort(answers);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| what | value |").AppendLine("|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| first page, Brotli | {first / 1e6:0.00} MB |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| pictures and models, when opened | {(all - first) / 1e6:0.00} MB more |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| first paint | {paint:0} ms |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| interactive | {interactive:0} ms |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| a slider's answer on the screen, median of 16, 8x8 k4 | {answers[8]:0} ms |");
        await File.WriteAllTextAsync(Path.Combine(Site.Screenshots, "..", "explorer-load.md"), text.ToString(),
            TestContext.Current.CancellationToken);
        Assert.InRange(first, 1, Budget);
        Assert.True(all > first + 100_000, $"{first} bytes at first, {all} with the models");
    }

    private static async Task<long> BytesAsync(Visit visit) => (long)await visit.Page.EvaluateAsync<double>(
        "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].reduce((sum, entry) => sum + entry.transferSize, 0)");
}
