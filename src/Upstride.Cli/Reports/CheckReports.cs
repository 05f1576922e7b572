using Upstride.Explain.Diagnosis;
using Upstride.Geometry;
using Upstride.Onnx.Checkerboards;

namespace Upstride.Cli.Reports;

/// <summary>The checkerboards of layers. The names are stable.</summary>
/// <param name="Layers">Every upsampling.</param>
/// <param name="Chains">The compounded patterns of a model's chains; empty elsewhere.</param>
/// <param name="Cures">What helps a single layer, with its price; empty for models and files.</param>
/// <param name="Settings">Settings of an even overlap that keep the size; empty where no size was given.</param>
/// <param name="WorstDb">The highest pattern in decibels; null where every layer is flat.</param>
/// <param name="Threshold">What was allowed; null where nothing was said.</param>
/// <param name="Passed">Whether no pattern is above the threshold.</param>
internal sealed record CheckReport(
    LayerReport[] Layers, ChainReport[] Chains, CureReport[] Cures, SettingsReport[] Settings, double? WorstDb, double? Threshold,
        bool Passed);

/// <summary>One layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pass">forward, or backward for the gradient of a strided convolution.</param>
/// <param name="Kernel">Taps on each axis.</param>
/// <param name="Stride">On each axis.</param>
/// <param name="Dilation">On each axis.</param>
/// <param name="Overlap">How many products land on an output.</param>
/// <param name="PatternDb">The worst pair's pattern on a flat input against its mean; null where there is none.</param>
/// <param name="MeanDb">The same of all pairs together, by energy.</param>
/// <param name="Flat">Whether a flat input stays flat.</param>
/// <param name="Assumed">Whether there were no weights, so that equal ones stand for them.</param>
/// <param name="Frequency">The pattern's strongest frequency on each axis, as a multiple of 1/stride.</param>
/// <param name="WorstPair">The pair of channels with the largest pattern.</param>
internal sealed record LayerReport(
    string Name, string Pass, int[] Kernel, int[] Stride, int[] Dilation, OverlapReport Overlap, double? PatternDb, double? MeanDb,
        bool Flat, bool Assumed, int[] Frequency,
    PairReport WorstPair)
{
    public static LayerReport Of(LayerDiagnosis diagnosis)
    {
        PairGains pair = diagnosis.WorstPair;
        return new(
            diagnosis.Layer.Name, diagnosis.Layer.IsBackward ? "backward" : "forward", [.. diagnosis.Layer.Kernel],
                [.. diagnosis.Layer.Stride], [.. diagnosis.Layer.Dilation],
            OverlapReport.Of(diagnosis.Overlap), diagnosis.PatternDb, diagnosis.MeanDb, diagnosis.IsFlat, diagnosis.Layer.Assumed,
                [.. diagnosis.Frequency],
            new(pair.Input, pair.Output, [.. pair.Gains], pair.Mean, pair.PatternDb));
    }
}

/// <summary>A pair of channels: the gain of each phase, by residues in row-major order.</summary>
internal sealed record PairReport(int Input, int Output, double[] Gains, double Mean, double? PatternDb);

/// <summary>The compounded pattern of several layers.</summary>
internal sealed record ChainReport(string[] Layers, double? PatternDb, string[] LeftOut)
{
    public static ChainReport Of(OnnxPatternChain chain) => new([.. chain.Nodes], chain.PatternDb, [.. chain.LeftOut]);
}

/// <summary>A cure with its price.</summary>
/// <param name="Cure">Its name.</param>
/// <param name="Kernel">The kernel with it.</param>
/// <param name="AddedTaps">How much longer it is on each axis.</param>
/// <param name="LargestChange">The largest change of a weight.</param>
/// <param name="BeforeDb">The pattern before; null where there is none.</param>
/// <param name="AfterDb">The pattern after; null where there is none.</param>
/// <param name="Refused">Why the layer does not allow it; null where it does.</param>
internal sealed record CureReport(
    string Cure, int[]? Kernel, int[]? AddedTaps, double? LargestChange, double? BeforeDb, double? AfterDb, string? Refused)
{
    public static CureReport Of(string name, UpsamplingLayer layer)
    {
        try
        {
            return Of(Cures.Named(name, layer));
        }
        catch (GeometryException refused)
        {
            return new(name, null, null, null, null, null, refused.Error.Message);
        }
    }

    public static CureReport Of(Cure cure) => new(
        cure.Name, [.. cure.Layer.Kernel], [.. cure.AddedTaps], cure.LargestChange, cure.Before.PatternDb, cure.After.PatternDb, null);
}

/// <summary>A picture's spectrum.</summary>
/// <param name="Picture">The file.</param>
/// <param name="Stride">The stride that was looked for.</param>
/// <param name="Window">Side of the windows in pixels.</param>
/// <param name="Peaks">The multiples of 1/stride: [row, column] and the power against the power around, in decibels.</param>
/// <param name="Azimuthal">Mean power by cycles a window, in decibels.</param>
/// <param name="WorstDb">The highest peak.</param>
/// <param name="Threshold">What was allowed; null where nothing was said.</param>
/// <param name="Passed">Whether no peak is above the threshold.</param>
internal sealed record PictureCheckReport(
    string Picture, int Stride, int Window, PeakReport[] Peaks, double[] Azimuthal, double WorstDb, double? Threshold, bool Passed);

/// <summary>A multiple of 1/stride.</summary>
internal sealed record PeakReport(int[] Frequency, double Db);

/// <summary>A model with cured weights.</summary>
/// <param name="File">What was written.</param>
/// <param name="Changes">What was changed, by node.</param>
/// <param name="WorstDb">The highest pattern that is left; null where every layer is flat.</param>
/// <param name="Threshold">What was allowed; null where nothing was said.</param>
/// <param name="Passed">Whether no pattern is above the threshold.</param>
internal sealed record FixReport(string File, NodeCureReport[] Changes, double? WorstDb, double? Threshold, bool Passed);

/// <summary>What was changed at a node.</summary>
internal sealed record NodeCureReport(string Node, CureReport Cure);

/// <summary>A line of code.</summary>
internal sealed record CodeReport(string Framework, string Code);
