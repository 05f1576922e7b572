using Upstride.Imaging;

namespace Upstride.Fuzz.Tests;

/// <summary>Small pictures of every form that a format has, as the library writes them.</summary>
internal static class SeedPictures
{
    /// <summary>Grey and colour, with and without alpha, of 8 and 16 bits; a form that the format has not is left out.</summary>
    public static IEnumerable<byte[]> All(ImageFileFormat fileFormat)
    {
        string folder = Directory.CreateTempSubdirectory("upstride-fuzz-").FullName;
        try
        {
            foreach (int channels in (int[])[1, 2, 3, 4])
            {
                foreach (SampleType type in (SampleType[])[SampleType.UInt8, SampleType.UInt16])
                {
                    string path = Path.Combine(folder, "seed" + ImageFile.ExtensionOf(fileFormat));
                    try
                    {
                        ImageFile.Write(path, Picture(channels, type));
                    }
                    catch (Exception fault) when (fault is ArgumentException or ImageFormatException or NotSupportedException)
                    {
                        continue;
                    }
                    yield return File.ReadAllBytes(path);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ImageBuffer Picture(int channels, SampleType type)
    {
        var picture = new ImageBuffer(13, 9, channels, type);
        new Random(channels).NextBytes(picture.Bytes);
        return picture;
    }
}
