using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>
/// The graph for a picture, for each direction: one graph where its tensors are no larger than tensors can be. For a larger picture one has
/// all rows and some columns, and the other some rows and all columns; that neither direction hears of the other is checked. A graph that
/// takes one size alone stands for larger pictures by its parts, see <see cref="AxisRepeat"/>.
/// </summary>
internal sealed class WholePicture
{
    // Rows or columns that stand for all; several, so that what follows from their number is seen.
    private static readonly int[] s_fewElements = [192, 256];

    private readonly PictureGraph[] _graphs;
    private readonly (AxisRepeat Axis, int Input)[]? _repeats;

    private WholePicture(PictureGraph rows, PictureGraph columns, (AxisRepeat, int)[]? repeats = null) =>
        (_graphs, _repeats) = ([rows, columns], repeats);

    /// <summary>The graph by which nodes are built.</summary>
    public PictureGraph Graph => _graphs[0];

    /// <summary>The graph of a direction.</summary>
    public PictureGraph this[int direction] => _graphs[direction];

    /// <summary>Elements of the output along a direction.</summary>
    public int OutputLength(int direction) => _repeats?[direction] is var (axis, input) ? axis.OutputFor(input)
        : this[direction].Whole(this[direction].Output, direction).Length;

    /// <summary>Elements of the picture along a direction.</summary>
    public int InputLength(int direction) => _repeats?[direction].Input ?? this[direction].Whole(this[direction].Input, direction).Length;

    /// <summary>The longest part of the output that is computed as one.</summary>
    public int LongestPart => _repeats?.Min(static repeat => repeat.Axis.LongestPart) ?? int.MaxValue;

    /// <summary>How many rows and columns of the output one more of the picture makes; null where it is no whole number for both.</summary>
    public int? FactorInParts => _repeats is [var (rows, _), var (columns, _)] && rows.OutputStep % rows.Step == 0
        && rows.OutputStep / rows.Step * columns.Step == columns.OutputStep ? rows.OutputStep / rows.Step : null;

    /// <summary>How a part of the output along a direction is computed.</summary>
    public PlacedPlan Plan(int direction, Interval part) => _repeats?[direction] is var (axis, input) ? axis.Plan(input, part)
        : new(new(this[direction], direction, part));

    /// <summary>What a part of the output reads of the picture, and how it is computed.</summary>
    public string TextOf(int direction, int start, int end)
    {
        var plan = new AxisPlan(this[direction], direction, new(start, end));
        return $"{plan.Input.Start}..{plan.Input.End}: {plan.Key}";
    }

    /// <summary>The graph for a picture.</summary>
    /// <param name="graph">As it was read, or opened.</param>
    /// <param name="axes">The picture's axes of the input.</param>
    /// <param name="picture">The input for a picture of any size: element type, and a shape whose picture axes are replaced.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="settings">Those of the computation, of position-independent bits.</param>
    /// <exception cref="TilingRefusedException">The graph does not go through in tiles.</exception>
    /// <exception cref="OnnxFormatException">A node refuses the sizes.</exception>
    public static WholePicture Of(Graph graph, PictureAxes axes, TensorType picture, int height, int width, OnnxSessionSettings settings)
    {
        try
        {
            PictureGraph whole = PictureGraph.Of(graph, axes, Sized(picture, axes, height, width), settings);
            return new(whole, whole);
        }
        catch (OnnxFormatException) when ((long)height * width > s_fewElements[1] * (long)s_fewElements[1])
        {
            // Too large as one, or wrong: the narrow ones say what is wrong.
            return OfNarrow(graph, axes, picture, height, width, settings);
        }
    }

    /// <summary>The graph of one size for a larger picture, in parts of that size.</summary>
    /// <param name="graph">As it was read.</param>
    /// <param name="axes">The picture's axes of the input.</param>
    /// <param name="declared">The input as the graph takes it.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns.</param>
    /// <param name="settings">Those of the computation, of position-independent bits.</param>
    /// <exception cref="TilingRefusedException">The graph does not go through in tiles, or not in this size.</exception>
    public static WholePicture OfDeclared(Graph graph, PictureAxes axes, TensorType declared, int height, int width,
        OnnxSessionSettings settings)
    {
        PictureGraph whole = PictureGraph.Of(graph, axes, declared, settings);
        (AxisRepeat Axis, int Input)[] repeats = [(AxisRepeat.Of(whole, 0), height), (AxisRepeat.Of(whole, 1), width)];
        foreach ((AxisRepeat axis, int input) in repeats) _ = axis.OutputFor(input);
        return new(whole, whole, repeats);
    }

    /// <summary>The picture's type at a size.</summary>
    public static TensorType Sized(TensorType picture, PictureAxes axes, int height, int width)
    {
        nint[] lengths = [.. picture.Shape.Lengths];
        (lengths[axes.Rows], lengths[axes.Columns]) = (height, width);
        return picture.WithShape(new(lengths));
    }

    /// <summary>As <see cref="Of"/>, by narrow graphs.</summary>
    public static WholePicture OfNarrow(Graph graph, PictureAxes axes, TensorType picture, int height, int width,
        OnnxSessionSettings settings)
    {
        PictureGraph At(int rows, int columns) => PictureGraph.Of(graph, axes, Sized(picture, axes, rows, columns), settings);
        int[] rows = [.. s_fewElements.Select(few => Few(height, few))], columns = [.. s_fewElements.Select(few => Few(width, few))];
        (PictureGraph tall, PictureGraph wide) = (At(height, columns[0]), At(rows[0], width));
        foreach (PictureGraph other in (PictureGraph[])[At(height, columns[1]), At(rows[1], width), wide])
            RequireAlike(tall, other);
        RequireAlong(tall, At(height, columns[1]), direction: 0);
        RequireAlong(wide, At(rows[1], width), direction: 1);
        if (tall.HasConstantPictures || wide.HasConstantPictures)
            throw new TilingRefusedException(null, "it has constants of the picture's size, and the picture is too large for them");
        return new(tall, wide);
    }

    // As many as divide what the number of all divides, so that a graph that wants multiples of 32 gets them.
    private static int Few(int all, int few) => all <= few ? all : few + (all % 64);

    private static void RequireAlike(PictureGraph left, PictureGraph right)
    {
        if (left.Rules.Count != right.Rules.Count
            || left.Graph.Nodes.Zip(right.Graph.Nodes).Any(static pair => pair.First.Name != pair.Second.Name
                || pair.First.OperatorName != pair.Second.OperatorName))
            throw new TilingRefusedException(null, "its nodes are others for other sizes of the picture");
    }

    private static void RequireAlong(PictureGraph left, PictureGraph right, int direction)
    {
        Interval whole = left.Whole(left.Output, direction);
        if (whole != right.Whole(right.Output, direction) || new AxisPlan(left, direction, whole).Key != new AxisPlan(right, direction,
            whole).Key)
            throw new TilingRefusedException(null,
                $"what it does along the {(direction == 0 ? "rows" : "columns")} depends on the number of "
                + (direction == 0 ? "columns" : "rows"));
    }
}
