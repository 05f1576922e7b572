using System.CommandLine;
using System.Globalization;
using System.Text;
using Upstride.Cli.Reports;
using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Teaching;
using Upstride.Files;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Explain;

/// <summary>The options that write figures to files: SVG, HTML, PNG frames, GIF.</summary>
internal sealed class FigureFiles
{
    // A page's worth; a picture of more pixels is no figure any more.
    private const long MaxPixels = 400_000_000;

    private readonly Option<string?> _svg = CommandOptions.File("--svg", "An SVG to write: one still, or moving with --animate.");
    private readonly Option<bool> _animate =
        new("--animate") { Description =
        "Makes the SVG or the page move step by step, by CSS alone; readers who prefer reduced motion see its end." };
    private readonly Option<string?> _html = CommandOptions.File("--html", "A page to write that needs nothing else.");
    private readonly Option<string?> _frames =
        new("--frames") { Description = "A folder for the steps as PNG pictures.", HelpName = "folder" };
    private readonly Option<string?> _gif = CommandOptions.File("--gif", "An animated GIF to write.");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_svg, _animate, _html, _frames, _gif]) command.Add(option);
    }

    /// <summary>Whether any file is asked for.</summary>
    public bool IsGiven(ParseResult parsed)
    {
        if (parsed.GetValue(_animate) && parsed.GetValue(_svg) is null && parsed.GetValue(_html) is null)
            throw CommandException.BadInput("animate", "--animate asks for --svg or --html too");
        return ((Option<string?>[])[_svg, _html, _frames, _gif]).Any(option => parsed.GetValue(option) is not null);
    }

    /// <summary>Writes what is asked for.</summary>
    /// <param name="parsed">The options.</param>
    /// <param name="report">Is told each file.</param>
    /// <param name="title">Of the page.</param>
    /// <param name="language">Of the page.</param>
    /// <param name="still">The figures as they are at the end; all but the page take one.</param>
    /// <param name="moving">The same with their steps.</param>
    /// <param name="lines">Text of the page.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public void Write(
        ParseResult parsed, Report report, string title, Language language, Func<Figure[]> still, Func<Figure[]> moving,
            IEnumerable<string> lines, CancellationToken cancellation)
    {
        bool animate = parsed.GetValue(_animate);
        if (parsed.GetValue(_svg) is { } svg) WriteText(
            report, "svg", svg, SvgRenderer.Render(One("svg", animate ? moving() : still())), cancellation);
        if (parsed.GetValue(_html) is { } html) WriteText(
            report, "html", html, HtmlRenderer.Render(title, language, animate ? moving() : still(), lines), cancellation);
        if (parsed.GetValue(_gif) is { } gif) WriteGif(report, gif, One("gif", moving()), cancellation);
        if (parsed.GetValue(_frames) is { } folder) WriteFrames(report, folder, One("frames", moving()), cancellation);
    }

    private static Figure One(string parameter, Figure[] figures) => figures is [var one]
        ? one
        : throw CommandException.BadInput(
            parameter, $"--{parameter} takes one view, and {figures.Length} are asked for: name one with --view, or use --html");

    private static void WriteText(Report report, string parameter, string path, string text, CancellationToken cancellation)
    {
        CommandException.OnFile(parameter, () => WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), cancellation));
        Tell(report, path);
    }

    private static void WriteGif(Report report, string path, Figure figure, CancellationToken cancellation)
    {
        RequirePixels("gif", figure);
        (Raster, int)[] frames = [.. figure.Frames.Select((frame, i) => Drawn(figure, i, frame.Duration, cancellation))];
        CommandException.OnFile("gif", () => WholeFile.Write(path, stream => GifWriter.Write(stream, frames), cancellation));
        Tell(report, path);
    }

    private static (Raster, int) Drawn(Figure figure, int frame, int duration, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return (Raster.Draw(figure, frame), duration);
    }

    private static void WriteFrames(Report report, string folder, Figure figure, CancellationToken cancellation)
    {
        RequirePixels("frames", figure);
        CommandException.OnFile("frames", () => Directory.CreateDirectory(folder));
        for (int i = 0; i < figure.Frames.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var raster = Raster.Draw(figure, i);
            var image = new ImageBuffer(raster.Width, raster.Height, 3);
            raster.Pixels.CopyTo(image.Bytes);
            string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"frame-{i:000}.png"));
            CommandException.OnFile("frames", () => ImageFile.Write(path, image, cancellationToken: cancellation));
        }
        Tell(report, $"{folder}: {figure.Frames.Length} frames");
    }

    private static void RequirePixels(string parameter, Figure figure)
    {
        double pixels = Math.Ceiling(figure.Width) * Math.Ceiling(figure.Height) * figure.Frames.Length;
        if (pixels > MaxPixels) throw CommandException.BadInput(
            parameter, $"the figure has {pixels:F0} pixels in {figure.Frames.Length} frames, more than {MaxPixels}: use a smaller input");
    }

    private static void Tell(Report report, string written)
    {
        if (!report.Json) report.Line(written);
    }
}
