using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Apply;

/// <summary><c>upstride apply</c>: the operators.</summary>
internal static class ApplyGroup
{
    /// <summary>The command with one subcommand for each operator.</summary>
    public static CommandWithExamples Create(Report report) => new(
        "apply",
        "Applies an operator to a .npy file of NumPy (float32 or float64, C or Fortran order, either byte order) and writes a .npy file.")
    {
        new ConvTransposeCommand(2, report),
        new ConvTransposeCommand(1, report),
        new ConvTransposeCommand(3, report),
        new ConvolutionCommand(2, report),
        new ConvolutionCommand(1, report),
        new ConvolutionCommand(3, report),
        new ResizeConvolutionCommand(report),
        new ResizeCommand(report),
        new BedOfNailsCommand(report),
        new MaxPoolCommand(report),
        new MaxUnpoolCommand(report),
        new PixelShuffleCommand(report),
    };
}
