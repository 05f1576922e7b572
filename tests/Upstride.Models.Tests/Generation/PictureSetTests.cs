using System.Buffers.Binary;
using System.IO.Compression;
using Upstride.Imaging;
using Upstride.Models.Data;
using Upstride.Models.Generation;
using Upstride.Models.Runs;
using Upstride.Testing;

namespace Upstride.Models.Tests.Generation;

public class PictureSetTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_idx_files_pictures_get_a_black_border(bool compressed)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(compressed ? "x.gz" : "x.idx");
        WriteIdx(path, [2, 2, 3], [0, 255, 51, 102, 153, 204, 1, 2, 3, 4, 5, 6], compressed);
        PictureSet set = PictureSet.Read(path, 6, 1);
        Assert.Equal((2, 6, 1), (set.Count, set.Size, set.Channels));
        float[] first = set[0].ToArray();
        Assert.Equal(new[] { -1f, 1, 51 / 127.5f - 1 }, first[(2 * 6 + 1)..(2 * 6 + 4)]);
        Assert.Equal(new[] { 102 / 127.5f - 1, 153 / 127.5f - 1, 204 / 127.5f - 1 }, first[(3 * 6 + 1)..(3 * 6 + 4)]);
        Assert.All(first[..12].Concat(first[24..]), static value => Assert.Equal(-1, value));
    }

    [Fact]
    public void A_file_that_is_no_such_file_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.idx");
        File.WriteAllBytes(path, [0, 0, 13, 3, 0, 0, 0, 1]);
        Refused($"{path}: it begins with 00000D03, and an idx file of 3 axes of bytes begins with 00000803: name another file");
        WriteIdx(path, [2, 2, 3], new byte[11], compressed: false);
        Refused($"{path}: the file ends before its last element: it is damaged");
        File.WriteAllBytes(path, [0, 0]);
        Refused($"{path}: the file ends before its last element: it is damaged");
        WriteIdx(path, [int.MaxValue, int.MaxValue, 3], [], compressed: false);
        Refused($"{path}: axis 0 is 2147483647 long: the file is damaged");
        WriteIdx(path, [0, 2, 3], [], compressed: false);
        Refused($"{path}: it holds no picture");
        WriteIdx(path, [1, 7, 3], new byte[21], compressed: false);
        Refused($"{path}: its pictures are 3x7, and must be at most 6x6: use a larger size");

        void Refused(string message) =>
            Assert.Equal(message, Assert.Throws<InvalidDataException>(() => PictureSet.Read(path, 6, 1)).Message);
    }

    [Fact]
    public void The_middle_square_of_a_folders_pictures_is_taken()
    {
        using var folder = new TemporaryFolder();
        var picture = new ImageBuffer(20, 8, 3);
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 20; x++)
                picture.Row(y)[3 * x] = (byte)(x is >= 6 and < 14 ? 255 : 0);
        ImageFile.Write(folder.File("a.png"), picture);
        PictureSet set = PictureSet.Read(folder.Path, 8, 3);
        Assert.Equal((1, 8, 3), (set.Count, set.Size, set.Channels));
        Assert.All(set[0][..64].ToArray(), static red => Assert.Equal(1, red, 1e-5));
        Assert.All(set[0][64..].ToArray(), static other => Assert.Equal(-1, other, 1e-5));
        Assert.All(PictureSet.Read(folder.Path, 4, 1)[0].ToArray(), static grey => Assert.Equal(2 * 0.299 - 1, grey, 1e-5));
        Assert.Equal($"{folder.File("a.png")}: it is 20x8, and must be at least 9x9",
            Assert.Throws<InvalidDataException>(() => PictureSet.Read(folder.Path, 9, 1)).Message);
    }

    [Fact]
    public void Every_epoch_has_every_item_once_in_another_order()
    {
        var order = new EpochOrder(6, seed: 3, stream: 1);
        int[] all = [.. Enumerable.Range(0, 12).Select(draw => order[draw])];
        Assert.Equal(Enumerable.Range(0, 6), all[..6].Order());
        Assert.Equal(Enumerable.Range(0, 6), all[6..].Order());
        Assert.NotEqual(all[..6], all[6..]);
        Assert.Equal(all[2], order[2]);
        Assert.NotEqual(all[..6], Enumerable.Range(0, 6).Select(draw => new EpochOrder(6, 3, 2)[draw]));
    }

    internal static void WriteIdx(string path, int[] shape, byte[] values, bool compressed)
    {
        byte[] head = new byte[4 + 4 * shape.Length];
        (head[2], head[3]) = (8, (byte)shape.Length);
        for (int i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4 + 4 * i), shape[i]);
        using Stream file = File.Create(path), stream = compressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(head);
        stream.Write(values);
    }
}
