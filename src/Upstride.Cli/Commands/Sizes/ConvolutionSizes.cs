using Upstride.Cli.Reports;
using Upstride.Explain.Scenes;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Sizes;

/// <summary>The sizes of the ordinary convolution that a transposed one starts from, in every framework.</summary>
internal static class ConvolutionSizes
{
    /// <summary>Writes them.</summary>
    /// <param name="report">Where to.</param>
    /// <param name="parameters">What was typed; the input is the convolution's.</param>
    /// <param name="only">The one framework that was asked for; every one where null.</param>
    public static int Write(Report report, HyperParameters parameters, Framework? only)
    {
        // A single framework's refusal is the command's.
        if (only is { } one) parameters.LowerConvolution(one);
        ConvolutionSizeReport[] all =
            [.. Enum.GetValues<Framework>().Where(framework => only is null || framework == only).Select(framework => Of(parameters, framework))];
        if (report.Json)
        {
            report.Write(new ConvolutionSizesReport(all), JsonReports.Readable.ConvolutionSizesReport);
            return ExitCode.Done;
        }
        foreach (ConvolutionSizeReport found in all)
        {
            if (found.Error is { } error)
            {
                report.Line($"{found.Framework}: refused: {error.Parameter}: {error.Message}");
                continue;
            }
            report.Line($"{found.Framework}: {string.Join('x', found.Input)} -> {string.Join('x', found.Output!)} -> {string.Join('x', found.Back!)}");
            foreach (string equation in found.Equations!.Distinct(StringComparer.Ordinal)) report.Line($"  {equation}");
        }
        report.Line("the transposed convolution of the same settings brings every size back, the values it does not");
        return ExitCode.Done;
    }

    private static ConvolutionSizeReport Of(HyperParameters parameters, Framework framework)
    {
        string name = FrameworkName.Of(framework);
        int[] input = [.. parameters.Input.Values];
        try
        {
            ConvolutionGeometry geometry = parameters.LowerConvolution(framework);
            ConvTransposeAxis[] axes = [.. geometry.Adjoint.Axes];
            return new(
                name, input, [.. axes.Select(static axis => axis.Input)],
                    [.. axes.Select((axis, a) => new[] { axis.Head, ConvolutionEquation.PaddingTail(axis, a, parameters) })],
                [.. axes.Select((axis, a) => ConvolutionEquation.Dropped(axis, a, parameters))],
                [.. axes.Select((axis, a) => ConvolutionEquation.Of(axis, a, parameters, framework))], [.. axes.Select(static axis => axis.Output)], null);
        }
        catch (GeometryException refused)
        {
            return new(name, input, null, null, null, null, null, new(refused.Error.Parameter, refused.Error.Message));
        }
    }
}
