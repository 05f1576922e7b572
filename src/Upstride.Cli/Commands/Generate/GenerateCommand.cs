using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Generation;

namespace Upstride.Cli.Commands.Generate;

/// <summary><c>upstride generate</c>: a generator's pictures.</summary>
internal sealed class GenerateCommand : CommandWithExamples
{
    private const int FramesPerSecond = 20, MostPictures = 10_000;

    private readonly Report _report;
    private readonly Option<string?> _model =
        CommandOptions.File("--model", "A generator, a .safetensors file that 'upstride train dcgan' made.", required: true);
    private readonly Option<PerAxis> _grid = CommandOptions.PerAxis("--grid", "sizes",
        "Rows and columns of pictures; default 8x8, with --interpolate 1x1.");
    private readonly Option<long> _seed = new("--seed")
        { Description = "Decides the pictures.", HelpName = "number", DefaultValueFactory = static _ => 1 };
    private readonly Option<string?> _interpolate = new("--interpolate")
        { Description = "Go from the pictures of one seed to those of another: two numbers joined by '..'.", HelpName = "from..to" };
    private readonly Option<int> _frames = new("--frames")
        { Description = "How many steps the way has, both ends counted.", HelpName = "count", DefaultValueFactory = static _ => 60 };
    private readonly Option<int> _threads = new("--threads")
        { Description = "Threads.", HelpName = "count", DefaultValueFactory = static _ => Environment.ProcessorCount };
    private readonly Option<string?> _output = CommandOptions.File("--output",
        "The picture to write; with --interpolate, frames where it ends with .gif, else a strip.", required: true, "-o");

    public GenerateCommand(Report report) : base(
        "generate",
        "Makes pictures with a generator that 'upstride train dcgan' made: many side by side, or the way from some to others.",
        new Example("generate --model digits.safetensors --grid 8x8 --seed 3 -o grid.png", "64 pictures, the same for the same seed."),
        new Example("generate --model digits.safetensors --interpolate 1..2 --frames 12 -o walk.gif",
            "One picture becomes another, along the sphere between their random numbers."))
    {
        _report = report;
        foreach (Option option in (Option[])[_model, _grid, _seed, _interpolate, _frames, _threads, _output]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string output = parsed.GetValue(_output)!;
        CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(output));
        (long From, long To)? way = parsed.GetValue(_interpolate) is { } text ? Way(text) : null;
        (int rows, int columns) = Grid(parsed, way is null ? 8 : 1);
        int frames = way is null ? 1 : parsed.GetValue(_frames);
        if (way is not null && frames < 2) throw CommandException.BadInput("frames",
            $"frames = {frames}, and must be at least 2: both ends");
        if ((long)rows * columns * frames > MostPictures)
            throw CommandException.BadInput("grid",
                $"{rows}x{columns} pictures of {frames} frames are {(long)rows * columns * frames}, and at "
                + $"most {MostPictures} are made at once");
        DcganGenerator<float> generator = GenerationOptions.ReadGenerator("model", parsed.GetValue(_model)!);
        float[] latent = Latent(generator.Settings.Latent, rows * columns, frames, way, parsed.GetValue(_seed));
        int length = generator.Settings.Channels * generator.Settings.Size * generator.Settings.Size;
        float[] pictures = new float[rows * columns * frames * length];
        _report.WithProgress("generate", progress =>
        {
            using var sampler = new DcganSampler(generator, parsed.GetValue(_threads));
            sampler.Make(latent, pictures, progress, cancellation);
        });
        (int width, int height, bool moves) = Write(output, generator.Settings, pictures, rows, columns, frames, cancellation);
        var report = new GenerateReport(output, width, height, rows * columns * (moves ? 1 : frames), moves ? frames : 1,
            generator.Settings.ToString());
        if (_report.Json) _report.Write(report, JsonReports.Readable.GenerateReport);
        else _report.Line($"{Count.Of(report.Pictures, "picture")}{(moves ? $", {frames} frames" : "")} in {output}, {width}x{height}");
        return ExitCode.Done;
    }

    private (int Rows, int Columns) Grid(ParseResult parsed, int standard) => parsed.GetValue(_grid).Values switch
    {
        { IsEmpty: true } => (standard, standard),
        [>= 1 and var side] => (side, side),
        [>= 1 and var rows, >= 1 and var columns] => (rows, columns),
        var others => throw CommandException.BadInput("grid",
            $"--grid is rows and columns joined by x, each at least 1, as 8x8: {string.Join('x', others)}"),
    };

    private static (long From, long To) Way(string text) => CommandOptions.Ends<long>(text, NumberStyles.AllowLeadingSign)
        ?? throw CommandException.BadInput("interpolate", $"'{text}' must be two whole numbers joined by '..', as 1..2");

    // [frames, pictures, latent].
    private static float[] Latent(int numbers, int pictures, int frames, (long From, long To)? way, long seed)
    {
        float[] latent = new float[frames * pictures * numbers];
        if (way is not { } ends)
        {
            new LatentSource(seed, numbers).Fill(0, latent);
            return latent;
        }
        float[] from = new float[pictures * numbers], to = new float[pictures * numbers];
        new LatentSource(ends.From, numbers).Fill(0, from);
        new LatentSource(ends.To, numbers).Fill(0, to);
        for (int frame = 0; frame < frames; frame++)
            for (int picture = 0; picture < pictures; picture++)
                LatentSource.Interpolate(from.AsSpan(picture * numbers, numbers), to.AsSpan(picture * numbers, numbers),
                    frame / (frames - 1.0), latent.AsSpan((frame * pictures + picture) * numbers, numbers));
        return latent;
    }

    private static (int Width, int Height, bool Moves) Write(string output, DcganSettings settings, float[] pictures, int rows, int columns,
        int frames, CancellationToken cancellation)
    {
        int length = pictures.Length / frames;
        ImageBuffer[] grids =
        [
            .. Enumerable.Range(0, frames).Select(frame => PictureGrid.Create(
                pictures.AsSpan(frame * length, length), settings.Channels, settings.Size, rows, columns)),
        ];
        bool moves = frames > 1 && output.EndsWith(".gif", StringComparison.OrdinalIgnoreCase);
        if (!moves)
        {
            ImageBuffer strip = SideBySide(grids);
            CommandException.OnFile("output", () => ImageFile.Write(output, strip, cancellationToken: cancellation));
            return (strip.Width, strip.Height, false);
        }
        CommandException.OnFile("output", () => WholeFile.Write(output, stream =>
        {
            using var writer = new ImageWriter(stream, ImageFileFormat.Gif, grids[0].Format, ImageMetadata.Empty, null,
                new ImageAnimation(frames, 0), cancellation);
            foreach (ImageBuffer grid in grids)
            {
                writer.StartFrame(TimeSpan.FromSeconds(1.0 / FramesPerSecond));
                for (int y = 0; y < grid.Height; y++) writer.WriteRow(grid.Row(y));
            }
        }, cancellation));
        return (grids[0].Width, grids[0].Height, true);
    }

    private static ImageBuffer SideBySide(ImageBuffer[] pictures)
    {
        ImageBuffer first = pictures[0];
        var strip = new ImageBuffer(first.Width * pictures.Length, first.Height, first.Channels);
        for (int i = 0; i < pictures.Length; i++)
            for (int y = 0; y < first.Height; y++)
                pictures[i].Row(y).CopyTo(strip.Row(y)[(i * first.RowBytes)..]);
        return strip;
    }
}
