using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;

namespace Upstride.Imaging;

/// <summary>Formats that this assembly does not read or write itself, through the program ffmpeg as a child process.</summary>
/// <remarks>ffmpeg also plays lists of other files and network streams. A picture from anywhere must not make it do so: it may
/// open files only, and only as the picture formats named here.</remarks>
internal static class Ffmpeg
{
    // 'mov' is the container of AVIF and HEIC; 'image2' takes formats without a signature by extension.
    private const string Readable = "image2,jpeg_pipe,jpegls_pipe,j2k_pipe,jpegxl_pipe,webp_pipe,tiff_pipe,gif,apng,mov,ico,"
        + "exr_pipe,hdr_pipe,phm_pipe,dds_pipe,dpx_pipe,psd_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,pcx_pipe,pam_pipe,pictor_pipe,"
        + "xbm_pipe,xpm_pipe,xwd_pipe,vbn_pipe,gem_pipe,photocd_pipe,qdraw_pipe,cri_pipe";

    /// <summary>What is said where a format needs the program and there is none.</summary>
    public static string Missing(ImageFormatInfo info) =>
        $"{info.Name} is written by the program ffmpeg, and there is none on the PATH: install it, or write .png";

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
        // A copy under a plain name: some formats cannot be read from a pipe, and in names given to ffmpeg % means a pattern.
        string extension = Path.GetExtension(input.Name);
        string copy = Path.Combine(Path.GetTempPath(), "upstride-" + Path.GetRandomFileName()
            + (extension.Skip(1).All(char.IsAsciiLetterOrDigit) ? extension : ""));
        try
        {
            using (var stream = new FileStream(copy, FileMode.CreateNew, FileAccess.Write, FileShare.None)) input.CopyTo(
                stream, cancellationToken);
            return ReadCopy(copy, input, program, cancellationToken);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static ImageBuffer ReadCopy(string copy, ImageInput input, string program, CancellationToken cancellationToken)
    {
        // Its decoders count the padding of their buffers too; the exact limit is on the picture that comes back.
        long maxPixels = Math.Min(2 * Math.Min(input.Settings.MaxPixels, int.MaxValue) + (1 << 20), int.MaxValue);
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-max_pixels", $"{maxPixels}",
            "-protocol_whitelist", "file,pipe", "-format_whitelist", Readable, "-i", $"file:{copy}", "-frames:v", "1",
            "-sws_flags", "bicubic+accurate_rnd+full_chroma_int", "-c:v", "png", "-compression_level", "1", "-f", "image2pipe", "pipe:1",
        ];
        using Process process = Start(program, arguments);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Kill(process));
        Task<string> errors = ReadErrors(process);
        try
        {
            var output = new ImageInput(process.StandardOutput.BaseStream, input.Name, input.Settings);
            using PngReader? reader = output.Peek(1).Length > 0 ? new PngReader(output) : null;
            ImageBuffer? image = reader?.ReadAll(cancellationToken);
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            // A damaged file may yield a picture with invented parts; that ffmpeg complains is the sign of it.
            string complaint = errors.GetAwaiter().GetResult().Replace($"file:{copy}: ", "", StringComparison.Ordinal);
            if (reader is not null && image is not null && process.ExitCode == 0 && complaint.Length == 0)
                return image.With(reader.Metadata);
            throw input.Fault(image is null ? $"it is no picture that ffmpeg can read: {Or(complaint)}"
                : $"ffmpeg finds it damaged: {Or(complaint)}");
        }
        finally
        {
            Kill(process);
            errors.Wait(CancellationToken.None);
            process.WaitForExit();
        }
    }

    /// <summary>Writes a picture to a stream, by a file of its own.</summary>
    public static void Write(Stream destination, ImageBuffer image, ImageFormatInfo info, CancellationToken cancellationToken)
    {
        string program = Find() ?? throw new IOException(Missing(info));
        string path = Path.Combine(Path.GetTempPath(), $"upstride-{Path.GetRandomFileName()}{info.Extensions[0]}");
        try
        {
            Write(path, image, info, program, cancellationToken);
            using FileStream made = File.OpenRead(path);
            made.CopyTo(destination);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Write(string path, ImageBuffer image, ImageFormatInfo info, string program, CancellationToken cancellationToken)
    {
        List<string> arguments = ["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-f", "png_pipe", "-i", "pipe:0",
            "-frames:v", "1"];

        // The muxer for single pictures must be told that the name is no pattern.
        if (info.Format is not ImageFileFormat.Avif) arguments.AddRange(["-f", "image2", "-update", "1"]);
        arguments.AddRange(["-y", $"file:{path}"]);

        using Process process = Start(program, [.. arguments]);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Kill(process));
        Task<string> errors = ReadErrors(process);
        try
        {
            Feed(process.StandardInput.BaseStream, image, cancellationToken);
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            if (process.ExitCode != 0 || !File.Exists(path))
                throw new IOException(
                    $"ffmpeg did not write {info.Name} (exit code {process.ExitCode}): "
                    + $"{Or(errors.GetAwaiter().GetResult().Replace($"file:{path}", info.Name, StringComparison.Ordinal))}");
        }
        finally
        {
            Kill(process);
            process.WaitForExit();
        }
    }

    private static void Feed(Stream destination, ImageBuffer image, CancellationToken cancellationToken)
    {
        try
        {
            using (destination)
                ImageFile.Write(destination, image, ImageFileFormat.Png, new ImageWriteSettings { Compression = CompressionLevel.Fastest },
                    cancellationToken);
        }
        catch (IOException)
        {
            // ffmpeg gave up before it had everything; its exit code and errors say why.
        }
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
