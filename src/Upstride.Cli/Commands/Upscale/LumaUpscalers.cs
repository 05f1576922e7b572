using Upstride.Learning.Saving;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>An upscaling method by its name, or a trained model by its file.</summary>
internal static class LumaUpscalers
{
    public const string Bicubic = "bicubic", Fsrcnn = "fsrcnn";

    private const string Extension = ".safetensors";

    /// <summary>The method.</summary>
    /// <param name="method">A name, or a .safetensors file.</param>
    /// <param name="scale">How much larger.</param>
    /// <exception cref="CommandException">Neither, or a file that holds no network for the scale.</exception>
    public static ILumaUpscaler Create(string method, int scale)
    {
        if (string.Equals(method, Bicubic, StringComparison.OrdinalIgnoreCase)) return new BicubicUpscaler(scale);
        if (string.Equals(method, Fsrcnn, StringComparison.OrdinalIgnoreCase)) return Of(Shipped(scale));
        if (UpscaleQualities.Find(method) is { } quality) return Of(quality, scale);
        if (method.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)) return Of(Read("method", method, scale));
        throw CommandException.BadInput(
            "method", $"'{method}' is none of {Bicubic}, {Fsrcnn}, fast, balanced and best, and no {Extension} file");
    }

    /// <summary>The network in a file.</summary>
    /// <param name="parameter">The parameter that named it.</param>
    /// <param name="file">A .safetensors file.</param>
    /// <param name="scale">Which its scale must be; null where any will do.</param>
    public static UpscalingNetwork Read(string parameter, string file, int? scale = null)
    {
        try
        {
            return CommandException.OnFile(parameter, () => UpscalingNetworkFile.Read(file, scale));
        }
        catch (SafetensorsException fault)
        {
            throw new CommandException(ExitCode.BadInput, parameter, fault.Message, fault);
        }
    }

    /// <summary>The FSRCNN in a file.</summary>
    /// <param name="parameter">The parameter that named it.</param>
    /// <param name="file">A .safetensors file.</param>
    /// <param name="scale">Which its scale must be; null where any will do.</param>
    public static FsrcnnNetwork ReadFsrcnn(string parameter, string file, int? scale = null) =>
        Read(parameter, file, scale) as FsrcnnNetwork
        ?? throw CommandException.BadInput(parameter, $"'{file}' holds a network of another architecture than FSRCNN");

    private static NetworkLumaUpscaler Of(UpscalingNetwork network) => new(network.ToPlaneNetwork());

    // A scale that no network has is made by several, as upscale makes it.
    private static StepwiseUpscaler Of(UpscalingQuality quality, int scale)
    {
        IReadOnlyList<int> scales = UpscalingWeights.ScalesOf(quality);
        int[] steps = UpscaleSteps.Choose(scales, (1, 1), (scale, scale));
        if (steps.Aggregate(1L, static (product, step) => product * step) != scale) throw Missing(scales, scale);
        return new(steps.Select(step => new NetworkLumaUpscaler(
            UpscalingWeights.Find(quality, step)!.ToPlaneNetwork(), new() { SelfEnsemble = quality == UpscalingQuality.Best })));
    }

    private static FsrcnnNetwork Shipped(int scale) => FsrcnnWeights.Find(scale) ?? throw Missing(FsrcnnWeights.Scales, scale);

    private static CommandException Missing(IReadOnlyList<int> scales, int scale) => CommandException.BadInput("method", scales is []
        ? "no weights are in this build: name a file that 'upstride train' wrote"
        : $"weights are here for scale {string.Join(", ", scales)}, and not for {scale}: name a file that 'upstride train' wrote");
}
