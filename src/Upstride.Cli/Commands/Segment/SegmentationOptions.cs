using System.CommandLine;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Learning.Saving;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Segment;

/// <summary>What the commands of segmentation have in common.</summary>
internal static class SegmentationOptions
{
    public static Option<int> Void() => new("--void")
    {
        Description = "The label of pixels that do not count; default 255.",
        HelpName = "value",
        DefaultValueFactory = static _ => SegmentationSet.Void,
    };

    public static Option<bool> SelfEnsemble(string condition = "") => UpscaleOptions.Flag("--self-ensemble",
        $"{condition}Look at each picture mirrored, too, and add the classes' probabilities: somewhat better, twice the work.");

    /// <summary>A network from its file.</summary>
    public static SegmentationNetwork<float> ReadNetwork(string parameter, string path)
    {
        try
        {
            return CommandException.OnFile(parameter, () => SegmentationFile.Read(path));
        }
        catch (SafetensorsException fault)
        {
            throw new CommandException(ExitCode.BadInput, parameter, fault.Message, fault);
        }
    }

    /// <summary>Pictures with their labels.</summary>
    public static LabelledPicture[] Read(Report report, string images, string labels, int classes, int voidLabel,
        CancellationToken cancellation)
    {
        LabelledPicture[] pictures = [];
        report.WithProgress("pictures", progress => pictures = CommandException.OnFile("images",
            () => SegmentationSet.Read(images, labels, classes, voidLabel, progress, cancellation)));
        return pictures;
    }
}
