using System.Runtime.InteropServices;
using Upstride.Cli;

using var cancellation = new CancellationTokenSource();
int ending = 0;

// Ctrl-C and a polite kill cancel: the command ends by itself, leaves no partial file, and says so by its exit code. The second does not
// wait for that.
void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    int code = signal.Signal == PosixSignal.SIGTERM ? ExitCode.Terminated : ExitCode.Cancelled;
    if (Interlocked.CompareExchange(ref ending, code, 0) != 0) Environment.Exit(code);
    cancellation.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
int result = CommandLineApplication.Run(args, Console.Out, Console.Error, cancellation.Token);
return result == ExitCode.Cancelled && ending != 0 ? ending : result;
