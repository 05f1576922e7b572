using System.ComponentModel;
using System.Diagnostics;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Videos;

/// <summary>The program ffmpeg, or ffprobe beside it, as a child process whose complaints are kept, and which ends with the
/// command.</summary>
internal sealed class FfmpegProcess : IDisposable
{
    private const int MaxComplaint = 2000;

    private readonly Process _process;
    private readonly CancellationTokenRegistration _registration;
    private readonly Task _errors;
    private readonly List<string> _complaints = [];

    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="onLine">Given every line of its error stream, and null at the end; tells whether it was no complaint. Null where all
    /// are.</param>
    /// <param name="cancellation">Kills it.</param>
    public FfmpegProcess(string program, IEnumerable<string> arguments, Func<string?, bool>? onLine, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Find(program), arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
                CreateNoWindow = true,
        };
        try
        {
            _process = Process.Start(start) ?? throw new IOException($"the program {program} did not start");
        }
        catch (Win32Exception fault)
        {
            throw new IOException($"the program {program} did not start: {fault.Message}", fault);
        }
        _registration = cancellation.Register(Kill);
        _errors = Task.Factory.StartNew(() => Listen(onLine), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Whether the program is there.</summary>
    /// <exception cref="CommandException">It is not.</exception>
    public static void Require() => _ = Find("ffmpeg");

    /// <summary>Runs it to its end and gives what it writes.</summary>
    /// <exception cref="FfmpegException">It fails.</exception>
    public static byte[] Run(string program, IEnumerable<string> arguments, string what, CancellationToken cancellation)
    {
        using var process = new FfmpegProcess(program, arguments, onLine: null, cancellation);
        process.Input.Close();
        using var output = new MemoryStream();
        process.Output.CopyTo(output);
        process.Finish(what, cancellation);
        return output.ToArray();
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="what">What it was to do, for the message.</param>
    /// <param name="cancellation">Whether it was killed for that.</param>
    /// <exception cref="FfmpegException">It has failed.</exception>
    public void Finish(string what, CancellationToken cancellation)
    {
        _process.WaitForExit();
        _errors.Wait(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (_process.ExitCode != 0 || FfmpegException.IsUnwritten(Complaint)) throw new FfmpegException($"{what}: {Complaint}");
    }

    /// <summary>What it has complained of, in a line.</summary>
    public string Complaint
    {
        get
        {
            lock (_complaints)
                return _complaints.Count > 0 ? string.Join("; ", _complaints) : "ffmpeg ended and says nothing about why";
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        Kill();
        _process.WaitForExit();
        _errors.Wait(CancellationToken.None);
        _process.Dispose();
    }

    private static string Find(string program)
    {
        string found = Ffmpeg.Find() ?? throw new CommandException(
            ExitCode.File, "picture",
            "videos are read and written by the program ffmpeg, and there is none on the PATH: install it (apt-get install ffmpeg, "
            + "brew install ffmpeg, winget install ffmpeg), or give a y4m video and take one");
        return Path.Combine(Path.GetDirectoryName(found)!, program + Path.GetExtension(found));
    }

    private void Listen(Func<string?, bool>? onLine)
    {
        while (_process.StandardError.ReadLine() is { } line)
        {
            if (onLine?.Invoke(line) == true) continue;
            lock (_complaints)
                if (line.Trim().Length > 0 && _complaints.Sum(static one => one.Length) < MaxComplaint) _complaints.Add(line.Trim());
        }
        onLine?.Invoke(null);
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
