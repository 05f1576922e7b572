using System.Runtime.InteropServices;
using Upstride.Cli;

using var cancellation = new CancellationTokenSource();

// Ctrl-C and a polite kill cancel: the command ends by itself, leaves no partial file, and says so by its exit code.
void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancellation.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
return CommandLineApplication.Run(args, Console.Out, Console.Error, cancellation.Token);
