using System.Diagnostics;

namespace Upstride.Imaging.Tests;

/// <summary>ffmpeg as the judge: decodes files to raw samples.</summary>
internal static class FfmpegProgram
{
    /// <summary>Skips the test, saying why, where ffmpeg is not installed.</summary>
    public static string Require()
    {
        string? path = Ffmpeg.Find();
        Assert.SkipWhen(path is null, "needs the program ffmpeg on the PATH as the judge of decoded pixels: apt-get install ffmpeg");
        return path!;
    }

    /// <summary>The samples of each file as ffmpeg decodes it; 16-bit in the
    /// machine's byte order. One child process decodes all of them.</summary>
    public static byte[][] Decode(IReadOnlyList<(string Path, string PixelFormat)> files)
    {
        string program = Require();
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            var arguments = new List<string> { "-v", "error", "-nostdin", "-y" };
            foreach ((string path, _) in files) arguments.AddRange(["-i", path]);
            for (int i = 0; i < files.Count; i++)
                arguments.AddRange(["-map", $"{i}", "-pix_fmt", files[i].PixelFormat, "-f", "rawvideo", Path.Combine(folder, $"{i}.raw")]);
            Run(program, arguments);
            return [.. Enumerable.Range(0, files.Count).Select(i => File.ReadAllBytes(Path.Combine(folder, $"{i}.raw")))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The samples of PNG files that are alike in size and form, one after another through one child process.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="pixelFormat">Of every one.</param>
    /// <param name="bytes">The length of each picture's samples.</param>
    /// <param name="judge">Called for each file with its samples.</param>
    public static void DecodeAlike(IReadOnlyList<string> paths, string pixelFormat, int bytes, Action<string, byte[]> judge)
    {
        string[] arguments = ["-v", "error", "-f", "image2pipe", "-c:v", "png", "-i", "pipe:0", "-fps_mode", "passthrough", "-pix_fmt",
            pixelFormat, "-f", "rawvideo", "pipe:1"];
        using Process process = Process.Start(new ProcessStartInfo(Require(), arguments) { RedirectStandardInput = true,
            RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task feeding = Task.Run(() =>
        {
            using Stream input = process.StandardInput.BaseStream;
            foreach (string path in paths) input.Write(File.ReadAllBytes(path));
        });
        try
        {
            byte[] samples = new byte[bytes];
            foreach (string path in paths)
            {
                process.StandardOutput.BaseStream.ReadExactly(samples);
                judge(path, samples);
            }
            Assert.Equal(-1, process.StandardOutput.BaseStream.ReadByte());
            feeding.Wait();
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
        Assert.Equal("", errors.Result);
    }

    public static void Run(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }

    /// <summary>ffmpeg's name for the form in which a picture holds its samples.</summary>
    public static string PixelFormat(ImageBuffer image) => (image.Channels, image.SampleType) switch
    {
        (1, SampleType.UInt8) => "gray",
        (2, SampleType.UInt8) => "ya8",
        (3, SampleType.UInt8) => "rgb24",
        (4, SampleType.UInt8) => "rgba",
        (1, SampleType.UInt16) => "gray16le",
        (2, SampleType.UInt16) => "ya16le",
        (3, SampleType.UInt16) => "rgb48le",
        (4, SampleType.UInt16) => "rgba64le",
        _ => throw new ArgumentException("floats", nameof(image)),
    };
}
