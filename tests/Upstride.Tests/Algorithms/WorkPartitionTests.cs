using Upstride.Algorithms.Execution;

namespace Upstride.Tests.Algorithms;

public sealed class WorkPartitionTests
{
    [Fact]
    public void Every_chunk_of_every_source_is_done_once_and_threads_get_even_shares()
    {
        for (int sources = 0; sources <= 20; sources++)
        for (int chunks = 1; chunks <= 9; chunks++)
        for (int threads = 1; threads <= 8; threads++)
        {
            var sharing = new WorkPartition(sources, chunks, threads);
            var done = new int[sources, chunks];
            double largest = 0;
            for (int item = 0; item < sharing.Items; item++)
            {
                (int source, int first, int end) = sharing.Of(item, chunks);
                Assert.True(end > first, "an item has work");
                for (int c = first; c < end; c++) done[source, c]++;
                largest = Math.Max(largest, end - first);
            }
            foreach (int times in done) Assert.Equal(1, times);
            Assert.InRange(sharing.Threads, 1, threads);

            // No thread waits for more than one item: whole sources where there are four a thread, else parts of what is left over.
            if (sources % threads != 0 && sources < threads)
                Assert.True(largest <= (chunks + Math.Min(chunks, threads) - 1) / Math.Min(chunks, threads));
        }
    }
}
