using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Models.Tests.Inference;

/// <summary>What a stream of rows holds in memory. The process is measured, so that no other test may run beside these.</summary>
[Collection(nameof(MeasuredMemory))]
public sealed class PictureMemoryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Memory_does_not_grow_with_the_height(bool selfEnsemble)
    {
        PlaneNetwork network = Networks.Fsrcnn(2, d: 4, s: 2, m: 1);

        // Two thousand rows are enough for tiles at the top, in the middle and at the bottom, each of which has plans of its own.
        Assert.InRange(LiveBytes(4000), 0, LiveBytes(2000) + 2_000_000);

        long LiveBytes(int height)
        {
            // What tests before have left is let go first.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
            int written = 0;
            var settings = new PictureSettings { SelfEnsemble = selfEnsemble, Bands = new() { Threads = 1 } };
            new PictureUpscaler(network, settings).Upscale(
                new(500, height, 3, SampleType.UInt8), static row => row.Fill(77), _ =>
                {
                    if (++written % 500 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                });
            Assert.Equal(2 * height, written);
            return most;
        }
    }

    [Theory]
    [InlineData(100_000, 1000, 4, false)]
    [InlineData(10_000, 10_000, 4, true)]
    public void A_hundred_megapixels_take_less_than_300_MB_however_wide(int width, int height, int scale, bool selfEnsemble)
    {
        // The head of the picture is enough: nothing is taken later that is not taken for the first rows that come out.
        PlaneNetwork network = Networks.Fsrcnn(scale, d: 56, s: 12, m: 4);
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        int written = 0;
        using var cancellation = new CancellationTokenSource();
        var settings = new PictureSettings { SelfEnsemble = selfEnsemble, Bands = new() { Threads = 2 } };
        Assert.Throws<OperationCanceledException>(() => new PictureUpscaler(network, settings).Upscale(
            new(width, height, 4, SampleType.UInt16), static row => row.Fill(77), _ =>
            {
                if (written++ != 0) return;
                most = GC.GetTotalMemory(forceFullCollection: true) - before;
                cancellation.Cancel();
            }, cancellationToken: cancellation.Token));

        // Plans keep their workspaces outside the managed heap: for each layer and thread less than a megabyte.
        Assert.InRange(most, 0, 280_000_000);
    }
}

/// <summary>Tests that measure the memory of the whole process, one after the other and with nothing beside them.</summary>
[CollectionDefinition(nameof(MeasuredMemory), DisableParallelization = true)]
public sealed class MeasuredMemory;
