using System.ComponentModel;
using System.Diagnostics;

namespace Upstride.Imaging;

/// <summary>Formats that this assembly does not read or write itself, through the program ffmpeg as a child process.</summary>
/// <remarks>A file to be read goes in through a pipe and ffmpeg may open nothing else, so a hostile playlist cannot make it
/// read other files or the network.</remarks>
internal static class Ffmpeg
{
    private static readonly string[] extensions = [".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".jp2", ".tga", ".avif", ".jxl"];

    public static string Extensions => string.Join(", ", extensions);

    public static bool Writes(string extension) => extensions.Contains(extension, StringComparer.Ordinal);

    /// <summary>The program's path, or null.</summary>
    public static string? Find() => Find(Environment.GetEnvironmentVariable("PATH"));

    internal static string? Find(string? searchPath)
    {
        string name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        return (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    public static ImageBuffer Read(ImageInput input, string program, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-max_pixels", $"{Math.Min(input.Settings.MaxPixels, int.MaxValue)}",
            "-protocol_whitelist", "pipe", "-i", "pipe:0", "-frames:v", "1",
            "-sws_flags", "bicubic+accurate_rnd+full_chroma_int", "-c:v", "png", "-compression_level", "1", "-f", "image2pipe", "pipe:1",
        ];
        using Process process = Start(program, arguments);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Kill(process));
        Task<string> errors = ReadErrors(process);
        Task feeding = Feed(process, stream => input.CopyToAsync(stream, cancellationToken));
        try
        {
            var output = new ImageInput(process.StandardOutput.BaseStream, input.Name, input.Settings);
            ImageBuffer? image = output.Peek(1).Length > 0 ? PngReader.Read(output, cancellationToken) : null;
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            // A damaged file may yield a picture with invented parts; that ffmpeg complains is the sign of it.
            string complaint = errors.GetAwaiter().GetResult();
            if (image is not null && process.ExitCode == 0 && complaint.Length == 0) return image;
            throw input.Fault(image is null ? $"it is no picture that ffmpeg can read: {Or(complaint)}" : $"ffmpeg finds it damaged: {Or(complaint)}");
        }
        finally
        {
            Kill(process);
            Task.WaitAll([feeding, errors], CancellationToken.None);
            process.WaitForExit();
        }
    }

    /// <summary>Writes <paramref name="temporaryPath"/>, whose extension gives the format.</summary>
    public static void Write(string temporaryPath, string path, ImageBuffer image, string program, CancellationToken cancellationToken)
    {
        if (image.SampleType == SampleType.Float32)
            throw new ArgumentException($"{path}: ffmpeg is given UInt8 and UInt16 samples, not Float32: convert the picture first", nameof(image));
        List<string> arguments = ["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-f", "png_pipe", "-i", "pipe:0", "-frames:v", "1"];
        // The best of the scale of 2 to 31; the muxer for single pictures must be told that the name is no pattern.
        if (Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg") arguments.AddRange(["-q:v", "2"]);
        if (Path.GetExtension(path).ToLowerInvariant() is not (".gif" or ".webp" or ".avif")) arguments.AddRange(["-f", "image2", "-update", "1"]);
        arguments.AddRange(["-y", $"file:{temporaryPath}"]);

        using Process process = Start(program, [.. arguments]);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Kill(process));
        Task<string> errors = ReadErrors(process);
        Feed(process, stream =>
        {
            PngWriter.Write(stream, image, new ImageWriteSettings { Compression = System.IO.Compression.CompressionLevel.Fastest }, cancellationToken);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0 || !File.Exists(temporaryPath))
            throw new IOException($"{path}: ffmpeg did not write it (exit code {process.ExitCode}): {Or(errors.GetAwaiter().GetResult())}");
    }

    private static Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        try
        {
            return Process.Start(start) ?? throw new IOException($"the program {program} did not start");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"the program {program} did not start: {e.Message}", e);
        }
    }

    // ffmpeg closes its end when it has seen enough, or failed; what it says about that comes through the errors.
    private static async Task Feed(Process process, Func<Stream, Task> write)
    {
        await Task.Yield();
        try
        {
            await write(process.StandardInput.BaseStream);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
        }
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
    }

    private static async Task<string> ReadErrors(Process process)
    {
        const int enough = 2000;
        string text = "";
        while (await process.StandardError.ReadLineAsync() is { } line)
            if (text.Length < enough) text += (text.Length > 0 ? "; " : "") + line.Trim();
        return text;
    }

    private static string Or(string complaint) => complaint.Length > 0 ? complaint : "it says nothing about why";

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
