using System.Diagnostics;

namespace Upstride.Imaging.Tests;

/// <summary>Programs of others that make and judge picture files. A test that needs one that is not installed is skipped, saying
/// so.</summary>
internal static class OtherPrograms
{
    /// <summary>ImageMagick's convert by the names that Debian gives it; other programs are called convert as well.</summary>
    public static string ImageMagick => Require("imagemagick", "convert-im6.q16", "magick");

    public static string ExifTool => Require("libimage-exiftool-perl", "exiftool");

    public static string Require(string package, params string[] names)
    {
        string? found = names.SelectMany(static name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"needs the program {names[0]} on the PATH: apt-get install {package}");
        return found!;
    }

    /// <summary>Runs a program to its end and gives what it writes to standard output.</summary>
    public static byte[] Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true,
            RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output.ToArray();
    }

    /// <summary>A file as ImageMagick decodes it, in our form.</summary>
    public static byte[] Decode(string file, ImageBuffer form, params string[] options)
    {
        string map = form.Channels switch { 1 => "gray", 2 => "graya", 3 => "rgb", _ => "rgba" };
        string[] alpha = form.HasAlpha ? ["-alpha", "set"] : ["-alpha", "off"];
        return Run(ImageMagick, [file, .. options, .. alpha, "-depth", form.SampleType == SampleType.UInt8 ? "8" : "16", "-endian", "LSB",
            $"{map}:-"]);
    }

    /// <summary>The greatest and the mean difference of two pictures' samples.</summary>
    public static (int Greatest, double Mean) Difference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        int greatest = 0;
        long sum = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            int difference = Math.Abs(expected[i] - actual[i]);
            greatest = Math.Max(greatest, difference);
            sum += difference;
        }
        return (greatest, (double)sum / expected.Length);
    }
}
