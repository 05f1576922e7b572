using System.ComponentModel;
using System.CommandLine;
using System.Diagnostics;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Explore;

/// <summary><c>upstride explore</c>: serves the explorer, a site of files beside the program, to this machine alone.</summary>
internal sealed class ExploreCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Option<int> _port = new("--port") { Description = "The port on 127.0.0.1; default any that is free.", HelpName =
        "port" };
    private readonly Option<bool> _noBrowser = new("--no-browser") { Description = "Prints the address and opens no browser." };
    private readonly Option<string?> _site = new("--site")
    {
        Description = "The folder of the site; default the one beside the program.", HelpName = "folder",
    };

    public ExploreCommand(Report report) : base(
        "explore",
        "Opens the explorer in the browser: the operator in five views that move together, checkerboards and what helps, pictures enlarged, "
            + "models layer by layer. It is computed in the browser by the library itself; nothing leaves this machine. Ctrl-C ends it.",
        new Example("explore --no-browser", "Prints the address, to be opened by hand."),
        new Example("explore --port 8080", "At http://127.0.0.1:8080/, in the browser."))
    {
        _report = report;
        foreach (Option option in (Option[])[_port, _noBrowser, _site]) Add(option);
        _port.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
                result.AddError($"--port: {result.GetValueOrDefault<int>()} must be 0 .. 65535");
        });
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using SiteServer server = SiteServer.Start(parsed.GetValue(_site) ?? Path.Combine(AppContext.BaseDirectory, "site"),
            parsed.GetValue(_port));
        _report.Line(_report.Json ? $"{{\"address\":\"{server.Address}\"}}" : server.Address);
        if (!parsed.GetValue(_noBrowser)) Open(server.Address);
        await server.RunAsync(cancellation).ConfigureAwait(false);
        return ExitCode.Done;
    }

    private void Open(string address)
    {
        try
        {
            using Process? browser = Process.Start(new ProcessStartInfo(address) { UseShellExecute = true });
        }
        catch (Exception fault) when (fault is Win32Exception or PlatformNotSupportedException or FileNotFoundException)
        {
            _report.Note($"no browser could be opened: {fault.Message}; open {address} by hand");
        }
    }
}
