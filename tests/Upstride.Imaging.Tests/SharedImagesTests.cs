
using Upstride.Testing;

namespace Upstride.Imaging.Tests;

public class SharedImagesTests
{
    // Few child processes, each with many files: starting ffmpeg costs more than decoding.
    private const int FilesPerProcess = 24, Processes = 2;

    [Theory]
    [InlineData("set5")]
    [InlineData("set5-pairs")]
    [InlineData("t91")]
    public void Every_picture_decodes_as_ffmpeg_decodes_it(string folder)
    {
        string[] files = Files(folder);
        Parallel.ForEach(files.Chunk(FilesPerProcess), new ParallelOptions { MaxDegreeOfParallelism = Processes }, chunk =>
        {
            ImageBuffer[] ours = [.. chunk.Select(file => ImageFile.Read(file))];
            byte[][] theirs = FfmpegProgram.Decode([.. chunk.Zip(ours, (file, image) => (file, FfmpegProgram.PixelFormat(image)))]);
            for (int i = 0; i < chunk.Length; i++) Pictures.AssertSame(theirs[i], ours[i].Bytes, ours[i], chunk[i]);
        });
    }

    [Theory]
    [InlineData("train")]
    [InlineData("trainannot")]
    [InlineData("test")]
    [InlineData("testannot")]
    [InlineData("val")]
    [InlineData("valannot")]
    public void Every_picture_of_camvid_decodes_as_ffmpeg_decodes_it(string folder)
    {
        string[] files = Files(Path.Combine("camvid-240x180", folder));
        ImageBuffer first = ImageFile.Read(files[0]);
        FfmpegProgram.DecodeAlike(files, FfmpegProgram.PixelFormat(first), first.Bytes.Length, (file, theirs) =>
        {
            ImageBuffer ours = ImageFile.Read(file);
            Assert.Equal((first.Width, first.Height, first.Channels, first.SampleType),
                (ours.Width, ours.Height, ours.Channels, ours.SampleType));
            Pictures.AssertSame(theirs, ours.Bytes, ours, file);
        });
    }

    private static string[] Files(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(SharedData.Path("images", folder), "*.png", SearchOption.AllDirectories).Order(
            StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        FfmpegProgram.Require();
        return files;
    }
}
