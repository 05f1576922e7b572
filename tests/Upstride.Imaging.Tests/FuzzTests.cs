using System.Buffers.Binary;
using System.Text;

namespace Upstride.Imaging.Tests;

public class FuzzTests
{
    private const int MutantsPerFile = 150;
    private const int MaxPixels = 1 << 18;

    // 8 bytes a pixel for the picture, and for a picture of one row twice more in the reader; then buffers and errors.
    private const long MaxAllocated = 24L * MaxPixels + (4 << 20);

    // 19 by 13 pixels by cjpeg -quality 30 -sample 2x1 -progressive -restart 1.
    private const string ProgressiveWithRestarts =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/"
            + "2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wgARCAANABMDASEAAhEBAxEB/8QA"
            + "FQABAQAAAAAAAAAAAAAAAAAAAAP/xAAWAQEBAQAAAAAAAAAAAAAAAAABAAL/3QAEAAL/2gAMAwEAAhADEAAAAZkK/9CJyR//xAAVEAEBAAAAAAAAAAAAAAAA"
            + "AAAAEv/dAAQAA//aAAgBAQABBQKlKf/QlKX/xAAWEQEBAQAAAAAAAAAAAAAAAAAAEBH/3QAEAAL/2gAIAQMBAT8Ba//Qn//EABQRAQAAAAAAAAAAAAAAAAAA"
            + "ABD/2gAIAQIBAT8BP//QP//EABQQAQAAAAAAAAAAAAAAAAAAABD/3QAEAAP/2gAIAQEABj8Cf//Qf//EABoQAAICAwAAAAAAAAAAAAAAAAARUXEBITH/2gAI"
            + "AQEAAT8hWBYFg//QuWMadP/dAAQAAv/aAAwDAQACAAMAAAAQAP/Qgf/EABURAQEAAAAAAAAAAAAAAAAAABAR/9oACAEDAQE/EKP/0D//xAAVEQEBAAAAAAAA"
            + "AAAAAAAAAAAAEf/aAAgBAgEBPxBH/9Cq/8QAGxAAAwACAwAAAAAAAAAAAAAAAAERYcEhQVH/3QAEAAP/2gAIAQEAAT8QTuxmCYrR/9DhNRSnqWXDw//Z";

    private static List<byte[]> ValidFiles()
    {
        var files = new List<byte[]>();
        foreach (var row in PngTests.Forms())
        {
            (int colorType, int depth, bool interlaced, bool transparency) = row.Data;
            files.Add(new PngBuilder { Width = 11, Height = 9, ColorType = colorType, Depth = depth, Interlaced = interlaced,
                Transparency = transparency, Seed = files.Count, ChunkSize = 60 }.Make().File);
        }
        foreach (int depth in new[] { 1, 4, 8, 16, 24, 32 })
            foreach (int headerSize in new[] { 12, 40, 108 })
                if (headerSize > 12 || depth is not (16 or 32))
                    files.Add(new BmpBuilder { Width = 7, Height = 5, Depth = depth, HeaderSize = headerSize, Seed = depth }.Make().File);
        files.Add(new BmpBuilder { Width = 7, Height = 5, Depth = 32, HeaderSize = 56,
            Masks = [(8, 0), (8, 8), (8, 16), (8, 24)] }.Make().File);
        files.Add(new BmpBuilder { Width = 6, Height = 4, Depth = 8 }.WithRuns(
            1, [3, 7, 0, 3, 1, 2, 4, 0, 0, 0, 0, 2, 2, 0, 1, 9, 0, 0, 0, 0, 6, 5, 0, 1]));
        files.Add(new BmpBuilder { Width = 5, Height = 3, Depth = 4 }.WithRuns(2, [5, 0x3A, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 1]));
        files.AddRange(new[] { "P1 3 2 101010", "P2 2 2 300 0 1 200 300", "P3 1 2 255 1 2 3 4 5 6", "P4 9 2 abcd", "P5 3 2 120 abcdef",
            "P6 1 2 1000 \u0001a\u0001a\u0001a\u0001a\u0001a\u0001a", "Pf 2 1 -1.0 abcdabcd", "PF 1 1 2e1 abcdabcdabcd" }.Select(
            Encoding.ASCII.GetBytes));
        files.Add(TiledTiff());
        files.Add(Convert.FromBase64String(ProgressiveWithRestarts));
        ImageMetadata metadata = new() { Exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
            IccProfile = [1, 2, 3], Xmp = [60, 62], Density = new(1, 2) };
        ImageFileFormat[] formats = [ImageFileFormat.Jpeg, ImageFileFormat.WebP, ImageFileFormat.Gif, ImageFileFormat.Tiff,
            ImageFileFormat.Tga, ImageFileFormat.Png, ImageFileFormat.Bmp];
        foreach (ImageFileFormat format in formats)
        {
            files.Add(ImageFile.Encode(Pictures.Smooth(19, 13, 3, SampleType.UInt8, 1).With(metadata), format));
            if (format is ImageFileFormat.Jpeg) files.Add(ImageFile.Encode(Pictures.Smooth(19, 13, 1, SampleType.UInt8, 1), format));
            else files.Add(ImageFile.Encode(Pictures.Smooth(9, 7, 4, SampleType.UInt8, 1), format, new() { Lossless = true }));
        }
        using var moving = new MemoryStream();
        foreach (ImageFileFormat format in (ImageFileFormat[])[ImageFileFormat.Gif, ImageFileFormat.Png])
        {
            moving.SetLength(0);
            using var writer = new ImageWriter(moving, format, new(9, 7, 4, SampleType.UInt8), animation: new(2, 0));
            for (int frame = 0; frame < 2; frame++)
            {
                ImageBuffer image = Pictures.Random(9, 7, 4, SampleType.UInt8, frame);
                writer.StartFrame(TimeSpan.FromSeconds(1));
                for (int y = 0; y < 7; y++) writer.WriteRow(image.Row(y));
            }
            files.Add(moving.ToArray());
        }
        return files;
    }

    /// <summary>20 by 18 pixels of grey in four tiles of 16 by 16, as they are.</summary>
    private static byte[] TiledTiff()
    {
        (int Tag, int Type, int[] Values)[] fields =
        [
            (256, 3, [20]), (257, 3, [18]), (258, 3, [8]), (259, 3, [1]), (262, 3, [1]), (277, 3, [1]), (284, 3, [1]), (322, 3, [16]),
            (323, 3, [16]), (324, 4, [300, 556, 812, 1068]), (325, 4, [256, 256, 256, 256]),
        ];
        byte[] file = new byte[1324];
        "II*\0"u8.CopyTo(file);
        (file[4], file[8]) = (8, (byte)fields.Length);
        int at = 10, more = 200;
        foreach ((int tag, int type, int[] values) in fields)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at + 2), (ushort)type);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 4), values.Length);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 8), values.Length == 1 ? values[0] : more);
            for (int i = 0; i < values.Length && values.Length > 1; i++, more += 4)
                BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(more), values[i]);
            at += 12;
        }
        for (int i = 300; i < file.Length; i++) file[i] = (byte)i;
        return file;
    }

    [Fact]
    public void Tiles_lie_where_they_belong()
    {
        ImageBuffer image = Pictures.Read(TiledTiff());
        Assert.Equal(new(20, 18, 1, SampleType.UInt8), image.Format);
        for (int y = 0; y < 18; y++)
            for (int x = 0; x < 20; x++)
                Assert.Equal((byte)(300 + 256 * (2 * (y / 16) + x / 16) + 16 * (y % 16) + x % 16), image.Row(y)[x]);
    }

    [Fact]
    public void The_files_to_be_mutated_are_valid() => Assert.All(ValidFiles(), file => Pictures.Read(file));

    [Fact]
    public void Mutants_of_valid_files_are_read_or_refused_and_nothing_else()
    {
        List<byte[]> files = ValidFiles();
        int refused = 0, read = 0;
        for (int f = 0; f < files.Count; f++)
            for (int seed = 0; seed < MutantsPerFile; seed++)
            {
                var random = new Random(1000 * f + seed);
                byte[] mutant = Mutate(files[f], files[random.Next(files.Count)], random);
                if (random.Next(4) > 0) RepairCheckSums(mutant); // so that faults get past the check sums
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    using ImageReader reader = ImageReader.Open(new MemoryStream(mutant), "test",
                        new ImageReadSettings { AllowFfmpeg = false, MaxPixels = MaxPixels });
                    ImageBuffer image = reader.ReadFrame();
                    Assert.InRange((long)image.Width * image.Height, 1, MaxPixels);
                    for (int frame = 1; frame < 4 && reader.NextFrame(); frame++) reader.ReadFrame();
                    read++;
                }
                catch (ImageFormatException)
                {
                    refused++;
                }
                catch (Exception e)
                {
                    Assert.Fail($"file {f}, seed {seed}: {e}");
                }
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= MaxAllocated, $"file {f}, seed {seed}: {allocated} bytes allocated");
            }
        // Mutants that are all refused, or all read, would test little.
        Assert.True(refused > 1000 && read > 1000, $"{refused} refused, {read} read");
    }

    private static byte[] Mutate(byte[] file, byte[] other, Random random)
    {
        var bytes = new List<byte>(file);
        byte[] telling = [0, 1, 0x7F, 0x80, 0xFF, (byte)'0', (byte)'9'];
        for (int i = random.Next(1, 4); i > 0 && bytes.Count > 8; i--)
        {
            // Heads are where lies are told.
            int at = random.Next(2) == 0 ? random.Next(2, Math.Min(bytes.Count, 64)) : random.Next(2, bytes.Count);
            switch (random.Next(8))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = telling[random.Next(telling.Length)]; break;
                case 3: for (int j = at; j < Math.Min(at + 4, bytes.Count); j++) bytes[j] = telling[random.Next(telling.Length)]; break;
                case 4: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 5: bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                case 6 when random.Next(3) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 7 when random.Next(3) == 0: bytes.InsertRange(at, other[random.Next(other.Length)..]); break;
            }
        }
        return [.. bytes];
    }

    private static void RepairCheckSums(byte[] file)
    {
        if (file.Length < 8 || file[0] != 0x89) return;
        for (long at = 8; at + 12 <= file.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)at));
            if (at + 12 + length > file.Length) return;
            uint crc = PngBuilder.CheckSum(file.AsSpan((int)at + 4, (int)length + 4));
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan((int)(at + 8 + length)), crc);
            at += 12 + length;
        }
    }
}
