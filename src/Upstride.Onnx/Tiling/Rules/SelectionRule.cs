using System.Globalization;
using System.Text;
using Upstride.Geometry;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>Each element of the output is one of the input's, found along each axis by itself, or a constant: padding, slices.</summary>
/// <param name="axes">The axes of the picture, of both sides.</param>
/// <param name="sources">For each axis and each index of the output's that of the input's, -1 for the constant; null for an axis that is
/// taken as it is.</param>
/// <param name="value">The constant.</param>
/// <param name="open">The operator for pictures of other sizes; null where the node's own serves these.</param>
internal sealed class SelectionRule(PictureAxes axes, int[]?[] sources, double value, Operator? open = null) : TileRule(axes)
{
    // Of a list the pixels that are wanted are cut out, and taken as they come.
    public override bool TakesMore(int input, int direction) => !Output.IsList;

    public override Interval Needs(int input, int direction, Interval part)
    {
        if (sources[Output[direction]] is not { } all) return part;
        Interval needed = Interval.None;
        for (int o = part.Start; o < part.End; o++)
            if (all[o] >= 0) needed = needed.Union(new(all[o], all[o] + 1));
        return needed;
    }

    public override TileStep Step(int direction, Interval part, Interval taken)
    {
        int[] indices = sources[Output[direction]] is { } all ? all[part.Start..part.End] : [.. Arrays.Range(part.Start, part.Length)];
        for (int i = 0; i < indices.Length; i++)
            if (indices[i] >= 0) indices[i] -= taken.Start;
        return new(KeyOf(indices), indices);
    }

    public override Operator Build(TileStep rows, TileStep columns)
    {
        if (Output.IsList) return new SelectionOperator(sources, value);
        int[]?[] parts = [.. sources];
        (parts[Output.Rows], parts[Output.Columns]) = ((int[])rows.Data!, (int[])columns.Data!);
        return new SelectionOperator(parts, value);
    }

    public override Operator? Open() => open;

    /// <summary>Whether elements of a list of pixels are moved, or left out.</summary>
    public bool MovesList => Output.IsList && sources[Output.Rows] is not null;

    /// <summary>The indices as text, runs of neighbours by their ends.</summary>
    internal static string KeyOf(ReadOnlySpan<int> indices)
    {
        var text = new StringBuilder();
        for (int i = 0; i < indices.Length;)
        {
            int run = 1, step = i + 1 < indices.Length ? indices[i + 1] - indices[i] : 1;
            while (i + run < indices.Length && indices[i + run] == indices[i] + (run * step)) run++;
            text.Append(CultureInfo.InvariantCulture, $"{indices[i]}+{step}*{run} ");
            i += run;
        }
        return text.ToString();
    }
}
