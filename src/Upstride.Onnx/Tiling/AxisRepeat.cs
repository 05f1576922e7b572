using Upstride.Geometry;

namespace Upstride.Onnx.Tiling;

/// <summary>
/// Along one direction, how a graph for one size of the picture serves larger ones. Between its borders a part of the output is computed
/// alike wherever it stands, in steps; a part of a larger picture is then that part of the graph's which lies as far from the borders,
/// moved: what depends on the first border stands where it does, what depends on the last as far from the end, and between them stands what
/// depends on neither.
/// </summary>
internal sealed class AxisRepeat
{
    // Steps of networks that halve the picture some times, and of Winograd's tiles.
    private const int LargestStep = 96;
    private const int LargestScale = 8;

    private readonly PictureGraph _graph;
    private readonly int _direction;
    private readonly Interval _inside;

    private AxisRepeat(PictureGraph graph, int direction, int step, int outputStep)
    {
        (_graph, _direction, Step, OutputStep) = (graph, direction, step, outputStep);
        int outputs = Outputs, middle = outputs / 2;
        (string Key, int Start) like = At(middle);
        int start = middle, end = middle + outputStep;
        while (start - outputStep >= 0
            && At(start - outputStep) == (like.Key, like.Start - ((middle - start + outputStep) / outputStep * step)))
            start -= outputStep;
        while (end + outputStep <= outputs && At(end) == (like.Key, like.Start + ((end - middle) / outputStep * step))) end += outputStep;
        _inside = new(start, end);
    }

    /// <summary>Rows or columns of the picture from one place to the next that is alike.</summary>
    public int Step { get; }

    /// <summary>Those of the output that belong to them.</summary>
    public int OutputStep { get; }

    /// <summary>The longest part that always has a place.</summary>
    public int LongestPart => _inside.Length - OutputStep + 1;

    private int Inputs => _graph.Whole(_graph.Input, _direction).Length;

    private int Outputs => _graph.Whole(_graph.Output, _direction).Length;

    private static string NameOf(int direction) => direction == 0 ? "rows" : "columns";

    /// <exception cref="TilingRefusedException">Parts are not computed alike anywhere, or borders decide on nearly all of them.</exception>
    public static AxisRepeat Of(PictureGraph graph, int direction)
    {
        int outputs = graph.Whole(graph.Output, direction).Length, middle = outputs / 2;
        for (int step = 1; step <= LargestStep; step++)
        {
            foreach (int outputStep in OutputSteps(step))
            {
                if (middle - outputStep < 0 || middle + (2 * outputStep) > outputs) continue;
                AxisPlan[] parts = [.. Arrays.Range(-1, 3).Select(i =>
                    new AxisPlan(graph, direction, new(middle + (i * outputStep), middle + ((i + 1) * outputStep))))];
                if (parts.Any(part => part.Key != parts[0].Key) || parts[1].Input.Start - parts[0].Input.Start != step
                    || parts[2].Input.Start - parts[1].Input.Start != step) continue;
                var repeat = new AxisRepeat(graph, direction, step, outputStep);
                if (repeat.LongestPart >= Math.Max(repeat.OutputStep, 1)) return repeat;
            }
        }
        throw new TilingRefusedException(null,
            $"of its {graph.Whole(graph.Input, direction).Length} {NameOf(direction)} none are far enough from the "
            + "borders to be computed as those of a larger picture are");
    }

    /// <summary>Rows or columns of the output for so many of the picture.</summary>
    /// <exception cref="TilingRefusedException">So many do not go through.</exception>
    public int OutputFor(int input) => input < Inputs || (input - Inputs) % Step != 0
        ? throw new TilingRefusedException(null,
            $"a picture must have {Inputs} {NameOf(_direction)}{(Step > 1 ? $" and a multiple of {Step} more" : " or more")}, and has {input}")
        : Outputs + ((input - Inputs) / Step * OutputStep);

    /// <summary>How a part of a larger picture's output is computed.</summary>
    /// <param name="input">Rows or columns of the picture.</param>
    /// <param name="part">Of its output, no longer than <see cref="LongestPart"/>.</param>
    public PlacedPlan Plan(int input, Interval part)
    {
        int most = (input - Inputs) / Step;
        int steps = part.End <= _inside.End ? 0
            : part.Start - (most * OutputStep) >= _inside.Start ? most : (part.Start - _inside.Start) / OutputStep;
        return new(new(_graph, _direction, part.Moved(-steps * OutputStep)), steps * Step, steps * OutputStep);
    }

    private static IEnumerable<int> OutputSteps(int step)
    {
        for (int scale = 1; scale <= LargestScale; scale++) yield return step * scale;
        for (int scale = 2; scale <= LargestScale; scale++)
            if (step % scale == 0) yield return step / scale;
    }

    private (string Key, int Start) At(int start)
    {
        var plan = new AxisPlan(_graph, _direction, new(start, start + OutputStep));
        return (plan.Key, plan.Input.Start);
    }
}
