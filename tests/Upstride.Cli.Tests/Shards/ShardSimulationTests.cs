using System.Globalization;
using System.Text;
using Upstride.Cli.Commands.Shards;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>
/// A million pictures for up to a thousand workers: how even the plan is, and what it costs. What it prints is docs/cluster-simulation.txt;
/// bench/simulate-shards writes that anew. The costs are of the machine that wrote them, and not compared.
/// </summary>
public sealed class ShardSimulationTests
{
    private const int Pictures = 1_000_000;
    private const string CostMark = "cost: ";

    [Fact]
    public void The_output_shown_is_the_output()
    {
        string path = Path.Combine(SharedData.Checkout, "docs", "cluster-simulation.txt"), now = Simulate();
        if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") == "1") File.WriteAllText(path, now);
        Assert.Equal(WithoutCosts(now), WithoutCosts(File.ReadAllText(path)));
    }

    private static string WithoutCosts(string text) =>
        string.Join('\n', text.Split('\n').Where(static line => !line.StartsWith(CostMark, StringComparison.Ordinal)));

    private static string Simulate()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        (int Width, int Height)[] sizes = Sizes();
        Line($"{sizes.Length} sizes of pictures of BSDS500, T91 and Set5, drawn {Pictures} times with the seed 1");
        foreach ((string name, int[] enlarged) in ((string, int[])[])[
            ("as they are", [1]), ("1, 2, 4, 8 or 16 times as wide and high, from previews to cameras' pictures", [1, 2, 4, 8, 16])])
        {
            long[] pixels = Draw(sizes, enlarged);
            Line(
                $"\n{name}: {pixels.Sum() / 1e12:0.000} million megapixels, from {pixels.Min() / 1e6:0.000} to {pixels.Max() / 1e6:0.000} megapixels");
            Line($"shards  mean pixels     largest over mean  smallest over mean  by name in turn");
            foreach (int count in (int[])[16, 64, 1000])
            {
                long[] loads = new long[count], inTurn = new long[count];
                int[] shards = ShardPlan.Assign(pixels, loads);
                for (int i = 0; i < pixels.Length; i++) inTurn[i % count] += pixels[i];
                Assert.Equal(pixels.Length, shards.Length);
                double mean = (double)pixels.Sum() / count;
                Line(
                    $"{count,6}  {mean,14:0}  {loads.Max() / mean,18:0.000000}  {loads.Min() / mean,18:0.000000}  {inTurn.Max() / mean,15:0.000000}");
                Assert.InRange(loads.Max(), mean, mean + pixels.Max());
            }
        }
        long empty = GC.GetTotalMemory(forceFullCollection: true);
        PlannedPicture[] planned = [.. Draw(sizes, [1]).Select(static (pixels, i) =>
            new PlannedPicture(new($"/photos/{i:000000}.png", $"/larger/{i:000000}.png"), $"{i:000000}.png", (int)pixels, 1))];
        Random.Shared.Shuffle(planned);
        long list = GC.GetTotalMemory(forceFullCollection: true) - empty, before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        var plan = new ShardPlan(planned, 1000);
        _ = plan.Digest;
        double seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        text.Append('\n');
        Line(
            $"{CostMark}the plan of 1000 shards with its digest takes {seconds:0.0} s of a processor, {list / 1e6:0} MB for the list of pictures and");
        Line(
            $"{CostMark}{allocated / 1e6:0} MB that are allocated on the way, on the machine that wrote this; reading the heads comes before it");
        GC.KeepAlive(plan);
        return text.ToString();
    }

    private static long[] Draw((int Width, int Height)[] sizes, int[] enlarged)
    {
        var random = new Random(1);
        var pixels = new long[Pictures];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int width, int height) = sizes[random.Next(sizes.Length)];
            long by = enlarged[random.Next(enlarged.Length)];
            pixels[i] = width * by * height * by;
        }
        return pixels;
    }

    // Width, height and how many pictures have them.
    private static (int Width, int Height)[] Sizes() =>
    [
        .. File.ReadAllLines(Path.Combine(SharedData.Checkout, "tests", "Upstride.Cli.Tests", "Shards", "sizes.txt"))
            .Select(static line => Array.ConvertAll(line.Split(' '), static word => int.Parse(word, CultureInfo.InvariantCulture)))
            .SelectMany(static size => Enumerable.Repeat((size[0], size[1]), size[2])),
    ];
}
