namespace Upstride.Explorer.Tests.Browsing;

/// <summary>The page that measures runs; its figures go to artifacts/explorer-bench.md where UPSTRIDE_BENCH is set.</summary>
public class BenchPageTests(Site site)
{
    [Fact]
    public async Task The_bench_page_measures_the_kernels()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("UPSTRIDE_BENCH") is { Length: > 0 },
            "measures for a minute: bench/explorer runs it");
        await using Visit visit = await site.VisitAsync("#bench");
        await visit.SeesAsync("#bench-status", "done", seconds: 600);
        string[] rows = await visit.Page.Locator("#bench tr").EvaluateAllAsync<string[]>(
            "rows => rows.map(row => '| ' + [...row.children].map(cell => cell.textContent).join(' | ') + ' |')");
        await File.WriteAllLinesAsync(
            Path.Combine(Site.Screenshots, "..", "explorer-bench.md"), [rows[0], "|---|---|---|---|", .. rows[1..]],
            TestContext.Current.CancellationToken);
        Assert.Equal(40, rows.Length);
    }
}
