namespace Upstride.Imaging.Tests;

public sealed class FfmpegTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);


    [Fact]
    public void The_program_is_looked_for_on_the_path_given()
    {
        string name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        Assert.Null(Ffmpeg.Find(_folder));
        Assert.Null(Ffmpeg.Find(""));
        Assert.Null(Ffmpeg.Find(null));
        System.IO.File.WriteAllText(File(name), "");
        Assert.Equal(File(name), Ffmpeg.Find($"{Path.Combine(_folder, "none")}{Path.PathSeparator}{_folder}"));
    }

    [Theory]
    [InlineData("a.tif", 1, SampleType.UInt8)]
    [InlineData("a.tif", 3, SampleType.UInt8)]
    [InlineData("a.tiff", 3, SampleType.UInt16)]
    [InlineData("a.tga", 3, SampleType.UInt8)]
    [InlineData("100%d done, ü.tif", 3, SampleType.UInt8)]
    [InlineData("-y.tif", 3, SampleType.UInt8)]
    public void Lossless_formats_go_there_and_back(string name, int channels, SampleType type)
    {
        FfmpegProgram.Require();
        ImageBuffer image = Pictures.Smooth(33, 21, channels, type, 1);
        ImageFile.Write(File(name), image);
        Assert.Equal([File(name)], Directory.GetFiles(_folder));
        Pictures.AssertSame(image, ImageFile.Read(File(name)), name);
    }

    [Theory]
    [InlineData("a.jpg", 40)]
    [InlineData("a.webp", 30)]
    public void Lossy_formats_come_near(string name, double least)
    {
        FfmpegProgram.Require();
        ImageBuffer image = Pictures.Smooth(64, 48, 3, SampleType.UInt8, 1);
        for (int c = 0; c < 3; c++) // no colour noise, which these formats do not keep
            for (int i = 0; i < 64 * 48; i++) image.Bytes[3 * i + c] = image.Bytes[3 * i];
        ImageFile.Write(File(name), image);
        double psnr = Psnr.Luma(ImageFile.Read(File(name)), image, 0);
        Assert.True(psnr > least, $"{psnr:F2} dB");
    }

    [Fact]
    public void Damaged_files_and_files_that_are_no_pictures_are_refused_with_its_words()
    {
        FfmpegProgram.Require();
        ImageFile.Write(File("a.jpg"), Pictures.Smooth(200, 150, 3, SampleType.UInt8, 1));
        byte[] file = System.IO.File.ReadAllBytes(File("a.jpg"));
        System.IO.File.WriteAllBytes(File("cut.jpg"), file[..(file.Length / 2)]);
        var e = Assert.Throws<ImageFormatException>(() => ImageFile.Read(File("cut.jpg")));
        Assert.StartsWith(File("cut.jpg") + ": ", e.Message, StringComparison.Ordinal);
        System.IO.File.WriteAllText(File("text.jpg"), "This is no picture.");
        e = Assert.Throws<ImageFormatException>(() => ImageFile.Read(File("text.jpg")));
        Assert.StartsWith("it is no picture that ffmpeg can read: ", e.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_playlist_does_not_make_it_open_other_files()
    {
        FfmpegProgram.Require();
        ImageFile.Write(File("secret.jpg"), Pictures.Smooth(20, 15, 3, SampleType.UInt8, 1));
        System.IO.File.WriteAllText(
            File("list.jpg"), $"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{File("secret.jpg")}\n#EXT-X-ENDLIST\n");
        Assert.Throws<ImageFormatException>(() => ImageFile.Read(File("list.jpg")));
        System.IO.File.WriteAllText(File("list.jpg"), $"ffconcat version 1.0\nfile '{File("secret.jpg")}'\n");
        Assert.Throws<ImageFormatException>(() => ImageFile.Read(File("list.jpg")));
    }

    [Fact]
    public void The_limit_on_pixels_holds()
    {
        FfmpegProgram.Require();
        ImageFile.Write(File("a.jpg"), Pictures.Smooth(200, 150, 3, SampleType.UInt8, 1));
        Assert.Throws<ImageFormatException>(() => ImageFile.Read(File("a.jpg"), new ImageReadSettings { MaxPixels = 29_999 }));
        Assert.Equal(200, ImageFile.Read(File("a.jpg"), new ImageReadSettings { MaxPixels = 30_000 }).Width);
    }

    [Fact]
    public void Cancelling_leaves_nothing()
    {
        FfmpegProgram.Require();
        ImageFile.Write(File("a.jpg"), Pictures.Smooth(20, 15, 3, SampleType.UInt8, 1));
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => ImageFile.Read(File("a.jpg"), cancellationToken: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => ImageFile.Write(
            File("b.jpg"), Pictures.Smooth(20, 15, 3, SampleType.UInt8, 1), cancellationToken: cancelled));
        Assert.Equal([File("a.jpg")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Alpha_is_not_dropped_silently()
    {
        FfmpegProgram.Require();
        var e = Assert.Throws<ArgumentException>(() => ImageFile.Write(File("a.jpg"), new ImageBuffer(2, 2, 4)));
        Assert.Equal($"JPEG has no alpha channel and the picture has one: write .png, or drop the channel first (Parameter 'format')",
            e.Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
