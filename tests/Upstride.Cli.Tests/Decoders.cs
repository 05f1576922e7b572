using System.Buffers.Binary;
using System.IO.Compression;
using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Generation;
using Upstride.Models.Segmentation;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Small files for the commands of generation and segmentation.</summary>
internal static class Decoders
{
    /// <summary>digits.gz and digit-labels.gz: 20 pictures of 28x28 with a square, whose class is its half.</summary>
    public static void WriteDigits(TemporaryFolder folder)
    {
        byte[] pictures = new byte[20 * 28 * 28], labels = new byte[20];
        var random = new RandomSource(9);
        for (int picture = 0; picture < 20; picture++)
        {
            int top = random.NextInt(18), left = random.NextInt(18);
            labels[picture] = (byte)(top < 9 ? 0 : 1);
            for (int y = 0; y < 10; y++) pictures.AsSpan((picture * 28 + top + y) * 28 + left, 10).Fill(255);
        }
        WriteIdx(folder.File("digits.gz"), [20, 28, 28], pictures);
        WriteIdx(folder.File("digit-labels.gz"), [20], labels);
    }

    /// <summary>A generator that was never trained.</summary>
    public static void WriteGenerator(string path, int size = 28) =>
        DcganFile.Write(path, new DcganGenerator<float>(new(size, 1, 2, 6), new RandomSource(1)));

    /// <summary>photos, classes, names.txt, photo.png and streets.safetensors, a network that was never trained.</summary>
    public static void WriteStreets(TemporaryFolder folder, int width = 40, int height = 36)
    {
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName,
            classes = Directory.CreateDirectory(folder.File("classes")).FullName;
        for (int i = 0; i < 2; i++)
        {
            ImageFile.Write(Path.Combine(photos, $"{i}.png"), UpscaleCommandTests.Noise(width, height, 3, SampleType.UInt8, seed: i));
            var labels = new ImageBuffer(width, height, 1);
            for (int pixel = 0; pixel < labels.Bytes.Length; pixel++) labels.Bytes[pixel] = (byte)(pixel % width < width / 2 ? 0
                : pixel % 7 == 0 ? 255 : 1);
            ImageFile.Write(Path.Combine(classes, $"{i}.png"), labels);
        }
        ImageFile.Write(folder.File("photo.png"), UpscaleCommandTests.Noise(width, height, 3, SampleType.UInt8, seed: 5));
        File.WriteAllText(folder.File("names.txt"), "road\nsky\n");
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(
            new(SegmentationArchitecture.UNet, ["road", "sky"], 1.0 / 32), new RandomSource(1));
        SegmentationFile.Write(folder.File("streets.safetensors"), network);
    }

    private static void WriteIdx(string path, int[] shape, byte[] values)
    {
        byte[] head = new byte[4 + 4 * shape.Length];
        (head[2], head[3]) = (8, (byte)shape.Length);
        for (int i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4 + 4 * i), shape[i]);
        using FileStream file = File.Create(path);
        using var stream = new GZipStream(file, CompressionLevel.Fastest);
        stream.Write(head);
        stream.Write(values);
    }
}
