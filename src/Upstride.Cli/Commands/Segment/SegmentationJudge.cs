using System.CommandLine;
using System.Diagnostics;
using Upstride.Cli.Commands.Shards;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Segment;

/// <summary>Judges a segmentation network by pictures whose classes are known, one at a time.</summary>
internal sealed class SegmentationJudge : PictureJudge
{
    private readonly string _model;
    private readonly int _void;
    private readonly SegmentationNetwork<float> _network;
    private readonly Segmenter _segmenter;
    private readonly Dictionary<string, string> _labels;

    /// <param name="model">The weights' file.</param>
    /// <param name="images">The folder of the pictures.</param>
    /// <param name="labels">The folder of the classes.</param>
    /// <param name="voidLabel">The label of pixels that do not count.</param>
    /// <param name="selfEnsemble">Whether each picture is looked at mirrored, too.</param>
    public SegmentationJudge(string model, string images, string labels, int voidLabel, bool selfEnsemble)
    {
        (_model, _void, _network) = (model, voidLabel, SegmentationOptions.ReadNetwork("segmentation", model));
        _labels = CommandException.OnFile("images", () => SegmentationSet.Pairs(images, labels))
            .ToDictionary(static pair => pair.Image, static pair => pair.Labels, StringComparer.Ordinal);
        Files = [.. _labels.Keys.Order(StringComparer.Ordinal)];
        _segmenter = new(_network) { SelfEnsemble = selfEnsemble };
    }

    public override IReadOnlyList<string> Files { get; }

    public override ShardEvaluation Evaluation => new(Segmentation: new(_model, _network.Settings.ToString(),
        _network.Parameters().Sum(static parameter => (long)parameter.Length), [.. _network.Settings.Classes]));

    public override ShardIdentity Identity(ParseResult parsed, CancellationToken cancellation) =>
        ShardIdentity.Of("segmentation", parsed, _model, ShardFingerprint.Of(_segmenter), cancellation);

    public override bool IsThere(MadePicture known, PlannedPicture picture, CancellationToken cancellation) =>
        known.Confusion is { } confusion
        && CommandException.OnFile("labels", () => confusion.Truth.Fits(_labels[picture.File.Source], cancellation));

    public override MadePicture Make(PlannedPicture picture, FileMark source, CancellationToken cancellation) =>
        new(picture.Name, picture.Pixels, source, null, Confusion: Judge(picture.File.Source, cancellation) with
        {
            Truth = CommandException.OnFile("labels", () => FileMark.Of(_labels[picture.File.Source], cancellation)),
        });

    /// <summary>Judges by one picture; its classes' file is not marked.</summary>
    public PictureConfusion Judge(string file, CancellationToken cancellation)
    {
        int classes = _network.Settings.Classes.Length;
        LabelledPicture picture = CommandException.OnFile("images", () =>
            SegmentationSet.Read(new SegmentationPair(file, _labels[file]), classes, _void, cancellation));
        long start = Stopwatch.GetTimestamp();
        ConfusionMatrix matrix = _segmenter.Judge([picture], cancellationToken: cancellation);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new(new(0, ""), [.. matrix.Counts], seconds);
    }

    public override void Dispose() => _segmenter.Dispose();
}
