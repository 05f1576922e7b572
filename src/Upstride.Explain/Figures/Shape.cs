using System.Collections.Immutable;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Figures;

/// <summary>A part of the visual language; a renderer knows its colours in the light and in the dark.</summary>
public enum Token
{
    /// <summary>Nothing: not filled, or no line.</summary>
    None,

    /// <summary>The page and its ink.</summary>
    Page,

    /// <summary>Text of less weight.</summary>
    Muted,

    /// <summary>The input, blue.</summary>
    Input,

    /// <summary>The output, cyan.</summary>
    Output,

    /// <summary>Weights, yellow.</summary>
    Weight,

    /// <summary>Inserted zeros.</summary>
    Inserted,

    /// <summary>Padding.</summary>
    Padding,

    /// <summary>What is cropped: a dashed line.</summary>
    Cropped,

    /// <summary>What is lit or pinned.</summary>
    Highlight,

    /// <summary>A negative number, or an error.</summary>
    Negative,
}

/// <summary>Something drawn; it is seen from <see cref="From"/> to before <see cref="To"/>, in milliseconds of the figure's time.</summary>
public abstract record Shape
{
    /// <summary>When it appears.</summary>
    public int From { get; init; }

    /// <summary>When it goes; <see cref="int.MaxValue"/> for what stays.</summary>
    public int To { get; init; } = int.MaxValue;

    /// <summary>The cell that it shows; null for what is no cell.</summary>
    public CellId? Cell { get; init; }

    /// <summary>Whether it is seen at a time.</summary>
    public bool IsSeenAt(int time) => From <= time && time < To;
}

/// <summary>A rectangle.</summary>
/// <param name="X">Its left side.</param>
/// <param name="Y">Its upper side.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
/// <param name="Fill">The token of its fill.</param>
/// <param name="Line">The token of its line.</param>
public sealed record Box(double X, double Y, double Width, double Height, Token Fill, Token Line) : Shape
{
    /// <summary>The phase whose colour fills it; -1 for the token's own.</summary>
    public int Phase { get; init; } = -1;

    /// <summary>How far the fill goes towards the line, 0 to 0.4.</summary>
    public double Shade { get; init; }

    /// <summary>Whether a negative number stands in it: a notch at the upper left.</summary>
    public bool Notch { get; init; }
}

/// <summary>A line of text.</summary>
/// <param name="X">Where it is anchored.</param>
/// <param name="Y">Its baseline.</param>
/// <param name="Text">The text.</param>
/// <param name="Size">Its size in pixels.</param>
public sealed record Label(double X, double Y, string Text, double Size) : Shape
{
    /// <summary>Whether X is its middle; else its left end.</summary>
    public bool Centered { get; init; } = true;

    /// <summary>Its colour: ink for <see cref="Token.Page"/>.</summary>
    public Token Color { get; init; } = Token.Page;

    /// <summary>Whether it stands on a phase's colour, whose ink is the same in the light and in the dark.</summary>
    public bool OnPhase { get; init; }
}

/// <summary>A line; as an arrow, with a head at its end.</summary>
/// <param name="X1">Where it begins.</param>
/// <param name="Y1">Where it begins.</param>
/// <param name="X2">Where it ends.</param>
/// <param name="Y2">Where it ends.</param>
/// <param name="Color">Its colour.</param>
public sealed record Line(double X1, double Y1, double X2, double Y2, Token Color) : Shape
{
    /// <summary>Whether it has a head.</summary>
    public bool IsArrow { get; init; }

    /// <summary>Its width in pixels.</summary>
    public double Width { get; init; } = 1;
}

/// <summary>Shapes that move together.</summary>
/// <param name="Shapes">The shapes, where they are without a move.</param>
/// <param name="Moves">The moves by ascending time: from then on, after a short slide, the shapes lie so far away.</param>
public sealed record Group(ImmutableArray<Shape> Shapes, ImmutableArray<Move> Moves) : Shape;

/// <summary>Where a group lies from a time on.</summary>
public readonly record struct Move(int At, double X, double Y);

/// <summary>A piece of a figure's time.</summary>
/// <param name="At">Its begin in milliseconds.</param>
/// <param name="Duration">Its length in milliseconds.</param>
/// <param name="Caption">What happens.</param>
public sealed record Frame(int At, int Duration, string Caption);

/// <summary>A drawing with its time; a still one has a single frame.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Title">What it shows, in a few words.</param>
/// <param name="Description">The same for who cannot see it.</param>
/// <param name="Shapes">What is drawn, the hindmost first.</param>
/// <param name="Frames">Its frames; the last one is the rest at the end.</param>
public sealed record Figure(double Width, double Height, string Title, string Description, ImmutableArray<Shape> Shapes,
    ImmutableArray<Frame> Frames)
{
    /// <summary>How long a move slides, in milliseconds.</summary>
    public const int Slide = 200;

    /// <summary>The whole time in milliseconds.</summary>
    public int Duration => Frames[^1].At + Frames[^1].Duration;

    /// <summary>The last moment of a frame, when everything in it has come to rest.</summary>
    public int EndOf(int frame) => Frames[frame].At + Frames[frame].Duration - 1;

    /// <summary>The figure as it stands at the end of a frame, without time.</summary>
    public Figure Still(int frame)
    {
        int time = EndOf(frame);
        return this with { Shapes = Stilled(Shapes, time), Frames = [new(0, 1, Frames[frame].Caption)] };
    }

    private static ImmutableArray<Shape> Stilled(ImmutableArray<Shape> shapes, int time) =>
    [
        .. shapes.Where(shape => shape.IsSeenAt(time)).Select(shape => shape switch
        {
            Group group => group with
            {
                From = 0, To = int.MaxValue, Shapes = Stilled(group.Shapes, time),
                Moves = group.Moves.LastOrDefault(move => move.At <= time) is var last ? [last with { At = 0 }] : [],
            },
            _ => shape with { From = 0, To = int.MaxValue },
        }),
    ];
}
