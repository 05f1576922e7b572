using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Tests;

public class GifTests
{
    [Fact]
    public void Every_frame_is_read_back_pixel_by_pixel_with_its_time()
    {
        Figure figure = SceneFigure.Create(Worked.Source(null).Show(View.Scatter), moving: true);
        (Raster Picture, int Milliseconds)[] frames = [.. figure.Frames.Select((frame, i) => (Raster.Draw(figure, i), frame.Duration))];
        using var stream = new MemoryStream();
        GifWriter.Write(stream, frames);
        byte[] gif = stream.ToArray();
        Assert.Equal("GIF89a"u8.ToArray(), gif[..6]);
        int at = 13 + 768, found = 0, delay = 0;
        while (gif[at] != 0x3B)
        {
            if (gif[at] == 0x21)
            {
                if (gif[at + 1] == 0xF9) delay = (gif[at + 4] | gif[at + 5] << 8) * 10;
                at += 2;
                while (gif[at] != 0) at += gif[at] + 1;
                at++;
                continue;
            }
            Assert.Equal(0x2C, gif[at]);
            at += 11;
            var data = new List<byte>();
            while (gif[at] != 0)
            {
                data.AddRange(gif.AsSpan(at + 1, gif[at]));
                at += gif[at] + 1;
            }
            at++;
            byte[] pixels = [.. Decode(data).SelectMany(index => gif[(13 + 3 * index)..(16 + 3 * index)])];
            Assert.Equal(frames[found].Picture.Pixels.ToArray(), pixels);
            Assert.Equal(frames[found].Milliseconds, delay);
            found++;
        }
        Assert.Equal(frames.Length, found);
    }

    [Fact]
    public void A_noisy_frame_fills_the_table_of_codes_and_is_still_right()
    {
        // Shades of a ramp with noise: thousands of codes, so that they grow to 12 bits and are cleared.
        Figure figure = SceneFigure.Create(Worked.Source(null).Show(View.Gather), moving: false);
        Raster raster = Raster.Draw(figure, 0, scale: 4);
        using var stream = new MemoryStream();
        GifWriter.Write(stream, [(raster, 100)]);
        Assert.True(stream.Length > 4096);
        Assert.Throws<ArgumentException>(() => GifWriter.Write(stream, []));
    }

    // The decoder of the specification, code by code.
    private static IEnumerable<int> Decode(List<byte> data)
    {
        var table = new List<int[]>();
        void Clear()
        {
            table.Clear();
            for (int i = 0; i < 258; i++) table.Add(i < 256 ? [i] : []);
        }
        Clear();
        int size = 9, bit = 0;
        int[]? before = null;
        while (true)
        {
            int code = 0;
            for (int i = 0; i < size; i++, bit++) code |= (data[bit / 8] >> (bit % 8) & 1) << i;
            if (code == 257) yield break;
            if (code == 256)
            {
                Clear();
                size = 9;
                before = null;
                continue;
            }
            int[] now = code < table.Count ? table[code] : [.. before!, before![0]];
            if (before is not null && table.Count < 4096) table.Add([.. before, now[0]]);
            if (table.Count == 1 << size && size < 12) size++;
            before = now;
            foreach (int index in now) yield return index;
        }
    }
}
