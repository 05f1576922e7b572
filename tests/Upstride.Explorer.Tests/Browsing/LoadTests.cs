using System.Globalization;
using System.Text;
using Microsoft.Playwright;

namespace Upstride.Explorer.Tests.Browsing;

/// <summary>
/// What the site costs to load and to move, written to artifacts/explorer-load.md (bench/explorer prints it). Bytes are held to their
/// budget; times are told, not judged: beside the clock's, which other programs lengthen, what the page's process took of the processor.
/// </summary>
public class LoadTests(Site site)
{
    private const long Budget = 4_000_000;

    // Page, styles, scripts, the runtime's four, and 35 assemblies.
    private const int MostFiles = 50;

    // The page notes the moment by itself, so that nobody has to look for it in every frame.
    internal const string Marks =
        """
        new MutationObserver((_, watch) => {
          if (!document.querySelector('main h1')) return;
          performance.mark('interactive');
          watch.disconnect();
        }).observe(document, { childList: true, subtree: true });
        """;

    // Milliseconds after which nothing is left to be drawn.
    private const int Pause = 1000;

    // Often where it is a bench; once where it is a test.
    private static readonly bool s_isBench = Environment.GetEnvironmentVariable("UPSTRIDE_BENCH") is { Length: > 0 };
    private static readonly int s_visits = s_isBench ? 9 : 1, s_moves = s_isBench ? 40 : 4;

    [Fact]
    public async Task The_first_page_stays_within_its_bytes_and_other_pages_load_when_they_open()
    {
        List<double> paints = [], interactive = [], tasks = [], processes = [], answers = [], moves = [], hovers = [];
        long first = 0, all = 0;
        int files = 0;
        for (int number = 0; number < s_visits; number++)
        {
            await using Visit visit = await site.VisitAsync("#op/i8x8-k4-s2-p1", measured: true, script: Marks);
            interactive.Add(await visit.Page.EvaluateAsync<double>(
                "performance.getEntriesByName('interactive')[0].startTime"));
            tasks.Add(1e3 * await visit.MetricAsync("TaskDuration"));
            processes.Add(1e3 * await visit.MetricAsync("ProcessTime"));
            paints.Add(await visit.Page.EvaluateAsync<double>(
                "performance.getEntriesByType('paint').find(entry => entry.name === 'first-contentful-paint')?.startTime ?? 0"));
            first = await BytesAsync(visit);
            files = await visit.Page.EvaluateAsync<int>("performance.getEntriesByType('resource').length");
            if (number > 0) continue;
            await visit.Page.WaitForTimeoutAsync(Pause);
            await SlideAsync(visit, s_moves);
            answers.AddRange(await SlideAsync(visit, s_moves));
            hovers.AddRange(await HoverAsync(visit, s_moves));
            // One by one, so that what is drawn when sliding has paused is no part of an answer.
            for (int move = 0; move < s_moves; move++)
            {
                await visit.Page.WaitForTimeoutAsync(Pause);
                double before = await visit.MetricAsync("TaskDuration");
                await SlideAsync(visit, 1, move);
                moves.Add(1e3 * (await visit.MetricAsync("TaskDuration") - before));
            }
            await visit.OpenAsync("#model");
            await visit.SeesAsync("#model-about", "ONNX");
            all = await BytesAsync(visit) + (long)await visit.Page.Workers[0].EvaluateAsync<double>(
                "performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.transferSize, 0)");
        }
        var text = new StringBuilder();
        text.AppendLine("| what | value |").AppendLine("|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| first page, Brotli | {first / 1e6:0.00} MB |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| files of it | {files} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| models, when opened | {(all - first) / 1e6:0.00} MB more |");
        void Row(string what, List<double> values)
        {
            values.Sort();
            (double quartile, double median) = (values[values.Count / 4], values[values.Count / 2]);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {what} | least {values[0]:0}, lower quartile {quartile:0}, median {median:0} ms of {values.Count} |");
        }
        Row("first paint", paints);
        Row("interactive", interactive);
        Row("interactive, processor time of the page's thread", tasks);
        Row("interactive, processor time of the page's process", processes);
        Row("a slider's answer on the screen, 8x8 k4", answers);
        Row("pointing at a cell, until it is lit in every view", hovers);
        Row("a slider's move, processor time of the page's thread", moves);
        await File.WriteAllTextAsync(Path.Combine(Site.Screenshots, "..", "explorer-load.md"), text.ToString(),
            TestContext.Current.CancellationToken);
        Assert.InRange(first, 1, Budget);
        Assert.InRange(files, 1, MostFiles);
        Assert.True(all > first + 100_000, $"{first} bytes at first, {all} with the models");
    }

    [Fact]
    public async Task The_worker_loads_the_pages_own_files_and_hardly_any_byte_more()
    {
        await using Visit visit = await site.VisitAsync("#picture");
        await visit.UntilAsync("document.querySelector('#psnr-fsrcnn')?.textContent.length > 0");
        IWorker worker = Assert.Single(visit.Page.Workers);
        Assert.Equal(site.Address + "worker.js", worker.Url);
        double[] bytes = await worker.EvaluateAsync<double[]>(
            """
            () => performance.getEntriesByType('resource').map(one => one.transferSize)
            """);
        Assert.True(bytes.Length > 20, $"{bytes.Length} files");
        // FSRCNN and what it needs, 0.20 MB; of the others it is asked whether they have changed.
        Assert.InRange(bytes.Sum(), 1, 300_000);
    }

    private static async Task<double[]> SlideAsync(Visit visit, int moves, int from = 0) => await visit.Page.EvaluateAsync<double[]>(
        """
        async ([from, moves]) => {
          const slider = document.getElementById('stride'), size = document.getElementById('size'), times = [];
          for (let turn = from; turn < from + moves; turn++) {
            const before = size.textContent, start = performance.now();
            slider.value = turn % 2 ? 2 : 1;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            while (size.textContent === before) await new Promise(done => requestAnimationFrame(done));
            await new Promise(done => requestAnimationFrame(done));
            times.push(performance.now() - start);
            if (moves > 1) await new Promise(done => setTimeout(done, 60));
          }
          return times;
        }
        """, new[] { from, moves });

    // From one output to the next, until that is lit; the drawing of it is the browser's.
    private static async Task<double[]> HoverAsync(Visit visit, int moves) => await visit.Page.EvaluateAsync<double[]>(
        """
        async moves => {
          const times = [];
          for (let turn = 0; turn < moves + 1; turn++) {
            const cell = document.getElementById(`v-2-${40 + turn}`), start = performance.now();
            cell.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }));
            while (!cell.classList.contains('lit')) await new Promise(done => setTimeout(done, 0));
            if (turn > 0) times.push(performance.now() - start);
            await new Promise(done => setTimeout(done, 60));
          }
          return times;
        }
        """, moves);

    private static async Task<long> BytesAsync(Visit visit) => (long)await visit.Page.EvaluateAsync<double>(
        "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].reduce((sum, entry) => sum + entry.transferSize, 0)");
}
