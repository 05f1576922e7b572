using System.Runtime.CompilerServices;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

public class PlaneUpscalerTests
{
    public static TheoryData<int, int, int> Sizes => new() { { 1, 1, 2 }, { 1, 9, 3 }, { 9, 1, 4 }, { 13, 8, 2 }, { 40, 23, 3 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_way_to_divide_a_picture_gives_the_bits_of_the_whole(int width, int height, int scale)
    {
        foreach (PlaneNetwork network in (PlaneNetwork[])[Networks.Sum(scale), Networks.Fsrcnn(scale, d: 5, s: 3, m: 1),
            Networks.Pyramid(scale == 3 ? 8 : 4)])
        {
            float[] plane = Networks.Draw(new Random(5), width * height, 1), whole = Networks.Whole(network, plane, width, height);
            foreach (int? band in (int?[])[1, 2, 3, 7, height, height + 40, null])
                foreach ((int stripe, int threads) in ((int, int)[])[(3, 2), (1000, 1)])
                {
                    using var upscaler = new PlaneUpscaler(network, width, height,
                        new() { BandRows = band, StripeColumns = stripe, Threads = threads });
                    var result = new float[whole.Length];
                    for (int time = 0; time < 2; time++)
                    {
                        result.AsSpan().Fill(float.NaN);
                        upscaler.Run(plane, result);
                        Assert.Equal(whole, result);
                    }
                }
        }
    }

    /// <summary>Planes of many sizes in one process would take all memory otherwise.</summary>
    [Fact]
    public void What_a_size_of_plane_took_is_collected_when_it_is_done()
    {
        (WeakReference plans, WeakReference scratch) = Use();
        GC.Collect();
        Assert.False(plans.IsAlive);
        Assert.False(scratch.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (WeakReference Plans, WeakReference Scratch) Use()
        {
            using var plans = new StagePlans(LayerChain.Of(Networks.Fsrcnn(2, d: 5, s: 3, m: 1).Layers)[0], 4, 50);
            StageScratch scratch = plans.TakeScratch();
            plans.Return(scratch);
            return (new(plans), new(scratch));
        }
    }

    [Fact]
    public void Beyond_the_border_stands_what_stands_on_it()
    {
        foreach (PlaneNetwork network in (PlaneNetwork[])[Networks.Sum(2), Networks.Pyramid(4)]) RunContinued(network);
    }

    private static void RunContinued(PlaneNetwork network)
    {
        int border = network.Reach + 3, scale = network.Scale;
        float[] plane = Networks.Draw(new Random(5), 6 * 4, 1), larger = new float[(6 + 2 * border) * (4 + 2 * border)];
        for (int y = 0; y < 4 + 2 * border; y++)
            for (int x = 0; x < 6 + 2 * border; x++)
                larger[y * (6 + 2 * border) + x] = plane[Math.Clamp(y - border, 0, 3) * 6 + Math.Clamp(x - border, 0, 5)];
        float[] result = Run(network, plane, 6, 4), ofLarger = Run(network, larger, 6 + 2 * border, 4 + 2 * border);
        for (int y = 0; y < scale * 4; y++)
            for (int x = 0; x < scale * 6; x++)
                Assert.Equal(ofLarger[(y + scale * border) * scale * (6 + 2 * border) + x + scale * border], result[y * scale * 6 + x]);
    }

    [Fact]
    public void Wrong_lengths_are_refused_with_the_numbers()
    {
        using var upscaler = new PlaneUpscaler(Networks.Sum(2), 8, 6, new() { BandRows = 4 });
        Assert.StartsWith("plane must have width * height = 8 * 6 = 48 elements: 47",
            Assert.Throws<ArgumentException>(() => upscaler.Run(new float[47], new float[192])).Message, StringComparison.Ordinal);
        Assert.StartsWith("destination must have scale * width * scale * height = 16 * 12 = 192 elements: 191",
            Assert.Throws<ArgumentException>(() => upscaler.Run(new float[48], new float[191])).Message, StringComparison.Ordinal);
        Assert.Contains($"= {upscaler.BandRows * 8} elements: 1",
            Assert.Throws<ArgumentException>(() => upscaler.Next(new float[1])).Message, StringComparison.Ordinal);
        upscaler.Run(new float[48], new float[192]);
        Assert.StartsWith("all 12 rows have been returned", Assert.Throws<InvalidOperationException>(() => upscaler.Next(default)).Message,
            StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => upscaler.Run(new float[48], new float[192], new CancellationToken(true)));
    }

    [Fact]
    public void Sums_that_do_not_hold_together_are_refused()
    {
        PlaneNetwork network = Networks.Fsrcnn(2, d: 2, s: 2, m: 0), far = Networks.Fsrcnn(2, d: 2, s: 2, m: 3);
        Refused("networks that are added must have one scale: 2 and 3", () => network.Plus(Networks.Fsrcnn(3, d: 2, s: 2, m: 0)));
        Refused("what is added must be one chain of layers", () => network.Plus(network.Plus(network)));
        Refused("what is added must look no further ahead than this network", () => network.Plus(far));
        Refused("networks that are added must enlarge once: they have 2 and 1 levels",
            () => Networks.Pyramid(4).Over(new(Networks.Upsampling(new(1), 1, 4, 4, 0))));
        Refused("the network has an interpolation already", () => network.Over(network).Over(network));

        static void Refused(string start, Action action) =>
            Assert.StartsWith(start, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    private static float[] Run(PlaneNetwork network, float[] plane, int width, int height)
    {
        using var upscaler = new PlaneUpscaler(network, width, height);
        var result = new float[network.Scale * network.Scale * plane.Length];
        upscaler.Run(plane, result);
        return result;
    }
}
