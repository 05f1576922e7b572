namespace Upstride.Imaging.Tests;

/// <summary>Pictures to test with, and how they are compared.</summary>
internal static class Pictures
{
    /// <summary>Random bytes; every float finite.</summary>
    public static ImageBuffer Random(int width, int height, int channels, SampleType type, int seed)
    {
        var image = new ImageBuffer(width, height, channels, type);
        var random = new Random(seed);
        if (type == SampleType.Float32)
            foreach (ref float sample in image.Samples<float>()) sample = random.NextSingle() * 4 - 1;
        else
            random.NextBytes(image.Bytes);
        return image;
    }

    /// <summary>A smooth picture with some noise, on which every PNG filter gets its turn.</summary>
    public static ImageBuffer Smooth(int width, int height, int channels, SampleType type, int seed)
    {
        var random = new Random(seed);
        float[] planes = new float[channels * height * width];
        for (int i = 0; i < planes.Length; i++)
        {
            int x = i % width, y = i / width % height, c = i / (width * height);
            float noise = y % 8 < 3 ? random.NextSingle() * 0.05f : 0;
            planes[i] = 0.5f + 0.3f * MathF.Sin(x * 0.21f + c) * MathF.Cos(y * 0.13f) + noise;
        }
        return ImageBuffer.FromPlanes(planes, width, height, channels, type);
    }

    public static void AssertSame(ImageBuffer expected, ImageBuffer actual, string what)
    {
        Assert.Equal((what, expected.Width, expected.Height, expected.Channels, expected.SampleType),
            (what, actual.Width, actual.Height, actual.Channels, actual.SampleType));
        AssertSame(expected.Bytes, actual.Bytes, actual, what);
    }

    public static void AssertSame(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, ImageBuffer form, string what)
    {
        if (expected.SequenceEqual(actual)) return;
        int at = expected.CommonPrefixLength(actual);
        Assert.Fail($"{what}: lengths {expected.Length} and {actual.Length}, first difference in row {at / form.RowBytes}, byte "
            + $"{at % form.RowBytes} of it: " +
            $"{(at < expected.Length ? expected[at] : -1)} expected, {(at < actual.Length ? actual[at] : -1)} found");
    }

    public static ImageBuffer Read(byte[] file, ImageReadSettings? settings = null) =>
        ImageFile.Read(new MemoryStream(file), "test", settings ?? new ImageReadSettings { AllowFfmpeg = false });

    /// <summary>What ImageFile.Write puts into a file of this name.</summary>
    public static byte[] Write(ImageBuffer image, string name, ImageWriteSettings? settings = null)
    {
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            string path = Path.Combine(folder, name);
            ImageFile.Write(path, image, settings);
            Assert.Equal([path], Directory.GetFiles(folder));
            return File.ReadAllBytes(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
