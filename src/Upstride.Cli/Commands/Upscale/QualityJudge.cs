using System.CommandLine;
using Upstride.Cli.Commands.Shards;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>Judges an upscaling method by pictures, one at a time.</summary>
/// <param name="method">The method's name or the model's file, as given.</param>
/// <param name="upscaler">The method.</param>
/// <param name="folder">The folder of the pictures.</param>
/// <param name="jpeg">The quality of the JPEG files on the way; null for none.</param>
internal sealed class QualityJudge(string method, ILumaUpscaler upscaler, string folder, int? jpeg) : PictureJudge
{
    public override IReadOnlyList<string> Files { get; } = CommandException.OnFile("images", () => ImageFolder.Files(folder));

    public override ShardEvaluation Evaluation => new(Upscaling: new(upscaler.Scale, method));

    // A file is told by its content.
    public override ShardIdentity Identity(ParseResult parsed, CancellationToken cancellation)
    {
        bool isFile = File.Exists(method);
        return ShardIdentity.Of(isFile ? "model" : method.ToLowerInvariant(), parsed, isFile ? method : null,
            ShardFingerprint.Of(upscaler, cancellation), cancellation);
    }

    public override bool IsThere(MadePicture known, PlannedPicture picture, CancellationToken cancellation) => known.Quality is not null;

    public override MadePicture Make(PlannedPicture picture, FileMark source, CancellationToken cancellation) =>
        new(picture.Name, picture.Pixels, source, null, Quality: Judge(picture.File.Source, cancellation).Quality);

    /// <summary>Judges by one picture.</summary>
    public ImageQuality Judge(string file, CancellationToken cancellation) => CommandException.OnFile(
        "images", () => UpscalingEvaluation.Judge(upscaler, [file], jpeg, cancellationToken: cancellation))[0];
}
