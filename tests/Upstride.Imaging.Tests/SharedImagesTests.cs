using Upstride.Testing;

namespace Upstride.Imaging.Tests;

public class SharedImagesTests
{
    // Few child processes, each with many files: starting ffmpeg costs more than decoding.
    private const int FilesPerProcess = 24, Processes = 2;

    [Theory]
    [InlineData("set5", 1)]
    [InlineData("set5-pairs", 1)]
    [InlineData("t91", 1)]
    [InlineData("camvid-240x180/train", 20)]
    [InlineData("camvid-240x180/trainannot", 20)]
    [InlineData("camvid-240x180/test", 20)]
    [InlineData("camvid-240x180/testannot", 20)]
    [InlineData("camvid-240x180/val", 20)]
    [InlineData("camvid-240x180/valannot", 20)]
    public void Every_picture_decodes_as_ffmpeg_decodes_it(string folder, int everyNth)
    {
        string[] files = [.. Directory.EnumerateFiles(SharedData.Path("images", folder), "*.png", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Where((_, i) => i % everyNth == 0)];
        Assert.NotEmpty(files);
        FfmpegProgram.Require();
        Parallel.ForEach(files.Chunk(FilesPerProcess), new ParallelOptions { MaxDegreeOfParallelism = Processes }, chunk =>
        {
            ImageBuffer[] ours = [.. chunk.Select(file => ImageFile.Read(file))];
            byte[][] theirs = FfmpegProgram.Decode([.. chunk.Zip(ours, (file, image) => (file, FfmpegProgram.PixelFormat(image)))]);
            for (int i = 0; i < chunk.Length; i++) Pictures.AssertSame(theirs[i], ours[i].Bytes, ours[i], chunk[i]);
        });
    }
}
