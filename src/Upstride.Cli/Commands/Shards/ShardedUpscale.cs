using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Commands.Videos;
using Upstride.Cli.Reports;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What <c>upscale</c> does with <c>--shard</c>: one part of the work, of the pictures in folders or of one picture's
/// rows.</summary>
internal sealed class ShardedUpscale(Report report, UpscaleOptions options)
{
    private readonly ShardOption _shard = new(report,
        "Folders fall into parts of pictures, one picture into bands of rows, a video into ranges of frames, which 'upstride join' puts "
        + "together.");

    /// <summary>Which shard.</summary>
    public Option<string?> Option => _shard.Option;

    /// <summary>Whether it is asked for.</summary>
    public bool IsAskedFor(ParseResult parsed) => _shard.IsAskedFor(parsed);

    /// <summary>Makes the shard.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="inputs">What it names as pictures.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="cancellation">Asked between parts of the work.</param>
    /// <returns>One of <see cref="ExitCode"/> or <see cref="ShardExit"/>.</returns>
    public int Run(ParseResult parsed, string[] inputs, string output, CancellationToken cancellation) => _shard.Run(parsed, shard =>
    {
        ThrowIfStream(inputs, output);
        (IReadOnlyList<PictureFile> files, string? passedOver) = PictureFiles.Find(inputs, output, options.Naming(parsed));
        if (passedOver is not null) report.Note(passedOver);
        using Upscaler upscaler = options.Choose(parsed);
        PictureStreamSettings settings = options.Files(parsed);
        ShardIdentity identity = ShardIdentity.Of(
            upscaler.Name, parsed, options.ModelOf(parsed), ShardFingerprint.Of(upscaler, cancellation), cancellation);
        if (IsOnePicture(inputs)) return new ShardedBand(report, upscaler, settings, identity).Run(files[0], shard, cancellation);
        var run = new UpscaleRun(upscaler, settings);
        var work = new FileWork((file, token) =>
        {
            UpscaleReport made = run.Run(file, truth: null, SilentProgress.Instance, token);
            if (made.NotKept.Length > 0) report.Note($"{file.Name}: not kept: {string.Join(", ", made.NotKept)}");
        });
        return new ShardedPictures(report, work, settings.Reading, identity).Run(files, output, output, shard, cancellation);
    });

    /// <summary>Makes the shard of a video.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellation">Asked between frames.</param>
    /// <returns>One of <see cref="ExitCode"/> or <see cref="ShardExit"/>.</returns>
    public int RunVideo(ParseResult parsed, VideoRequest request, CancellationToken cancellation) => _shard.Run(parsed, shard =>
    {
        ThrowIfStream([request.Source], request.Output);
        if (request.Resumes)
            throw CommandException.BadInput("resume", "a shard knows by itself what is there: leave out --resume");
        using Upscaler upscaler = options.Choose(parsed);
        ShardIdentity identity = ShardIdentity.Of(
            upscaler.Name, parsed, options.ModelOf(parsed), ShardFingerprint.Of(upscaler, cancellation), cancellation);
        return new ShardedVideo(report, upscaler, request, identity).Run(shard, cancellation);
    });

    /// <summary>Refuses - for a stream.</summary>
    public static void ThrowIfStream(string[] inputs, string output)
    {
        if (output == PictureFiles.Standard || inputs.Contains(PictureFiles.Standard))
            throw CommandException.BadInput("shard", "shards are of files: name files or folders, and not - for a stream");
    }

    /// <summary>Whether the line names one picture, which falls into bands.</summary>
    public static bool IsOnePicture(string[] inputs) => inputs is [var only] && File.Exists(only);

    /// <summary>Pixels as people say them.</summary>
    public static string Megapixels(long pixels) => string.Create(CultureInfo.InvariantCulture, $"{pixels / 1e6:0.###} megapixels");

    // Pictures are many and small: their number is progress enough.
    private sealed class SilentProgress : IProgress<double>
    {
        public static SilentProgress Instance { get; } = new();

        public void Report(double value)
        {
        }
    }
}
