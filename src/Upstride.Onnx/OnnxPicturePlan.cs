using System.Globalization;
using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;
using Upstride.Onnx.Tiling;

namespace Upstride.Onnx;

/// <summary>How a picture of one size goes through a model: in tiles, whole or not at all, why, and in how much memory; and its
/// way.</summary>
public sealed class OnnxPicturePlan : IDisposable
{
    private readonly PictureRun? _run;

    private OnnxPicturePlan(OnnxPictureMode mode, string reason, int height, int width, PictureRun? run)
    {
        (Mode, Reason, Height, Width, _run) = (mode, reason, height, width, run);
        if (run is null) return;
        (OutputHeight, OutputWidth, OutputChannels, Bytes) = (run.Output.Rows, run.Output.Columns, run.Output.Channels, run.Bytes);
    }

    /// <summary>In tiles, whole or not at all.</summary>
    public OnnxPictureMode Mode { get; }

    /// <summary>Why: the tiles, or the node that looks at the whole picture, or what the memory does not allow.</summary>
    public string Reason { get; }

    /// <summary>Rows of the picture.</summary>
    public int Height { get; }

    /// <summary>Columns of the picture.</summary>
    public int Width { get; }

    /// <summary>Rows of the output; 0 where it is refused.</summary>
    public int OutputHeight { get; }

    /// <summary>Columns of the output; 0 where it is refused.</summary>
    public int OutputWidth { get; }

    /// <summary>Channels of the output; 0 where it is refused.</summary>
    public int OutputChannels { get; }

    /// <summary>Bytes that a run takes at once: tensors, weights, workspace, and the rows that are held of picture and output.</summary>
    public long Bytes { get; }

    /// <summary>Takes the picture through.</summary>
    /// <param name="reader">Gives the rows of the picture.</param>
    /// <param name="writer">Takes the rows of the output.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked between tiles, and between nodes of one.</param>
    /// <exception cref="InvalidOperationException">The picture is refused.</exception>
    public void Run(OnnxRowReader reader, OnnxRowWriter writer, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(writer);
        if (_run is null) throw new InvalidOperationException($"the picture is refused: {Reason}");
        _run.Run(reader, writer, progress, cancellationToken);
    }

    /// <summary>The mode, the reason and the memory, for people.</summary>
    public override string ToString() => Mode == OnnxPictureMode.Refused
        ? $"refused: {Reason}"
        : string.Create(CultureInfo.InvariantCulture,
            $"{(Mode == OnnxPictureMode.Tiled ? "tiled" : "whole")}: {Reason}; {Height}x{Width} to {OutputHeight}x{OutputWidth} in "
            + $"{Math.Max(1, Math.Round(Bytes / 1e6))} MB");

    /// <summary>Releases the memory.</summary>
    public void Dispose() => _run?.Dispose();

    internal static OnnxPicturePlan Of(OnnxPictureModel model, int height, int width, string? closed)
    {
        OnnxPicturePlan Refused(string reason) => new(OnnxPictureMode.Refused, reason, height, width, null);
        string reason = "it was asked for";
        string declared = $"the model takes pictures of {model.DeclaredHeight}x{model.DeclaredWidth} alone: {closed}";
        bool inParts = closed is not null && (model.DeclaredHeight ?? height, model.DeclaredWidth ?? width) != (height, width);
        if (inParts || !model.Settings.Whole)
        {
            try
            {
                WholePicture whole = inParts ? model.Declared(height, width)
                    : WholePicture.Of(model.Graph, model.Axes, model.PictureType, height, width, model.Compute);
                var run = TiledRun.Of(model, whole);
                string text = inParts ? $"{run.Text}, in parts of {model.DeclaredHeight}x{model.DeclaredWidth}: {closed}" : run.Text;
                return new(OnnxPictureMode.Tiled, text, height, width, run);
            }
            catch (Exception fault) when (fault is TilingRefusedException or OnnxFormatException or OnnxUnsupportedException)
            {
                reason = fault.Message;
            }
        }
        if (inParts) return Refused(reason == closed ? declared : $"{declared}; and in parts: {reason}");
        try
        {
            return new(OnnxPictureMode.Whole, reason, height, width, WholeRun.Of(model, height, width));
        }
        catch (Exception fault) when (fault is TilingRefusedException or OnnxFormatException or OnnxUnsupportedException)
        {
            return Refused(fault.Message == reason ? reason : $"{reason}; and whole: {fault.Message}");
        }
    }
}
