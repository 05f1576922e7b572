using System.Collections.Immutable;

namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// The sizes as equations with their values, and for each axis what is cropped, its phases, the equivalent convolution and the overlap:
    /// several lines for a person to read. Axes that are alike are told once.
    /// </summary>
    public string Explain() => string.Join(Environment.NewLine, Equations());

    /// <summary>The lines of <see cref="Explain()"/>.</summary>
    internal ImmutableArray<Sentence> Equations()
    {
        var lines = ImmutableArray.CreateBuilder<Sentence>();
        lines.Add(Line($"input {ShapeReading.Text(InputShape.AsSpan())}, weight {ShapeReading.Text(WeightShape.AsSpan())}{InGroups()} -> "
            + $"output {ShapeReading.Text(OutputShape.AsSpan())}"));
        foreach (var alike in Axes.Select(static (axis, index) => (axis, index))
            .GroupBy(static pair => pair.axis, static pair => pair.index))
            Explain(lines, [.. alike], alike.Key);
        if (Axes.Length > 1) lines.Add(Line($"all axes: {Count(PhaseCount, "phase")}, {Overlap(OverlapMap.Of(this))}"));
        return lines.DrainToImmutable();
    }

    /// <summary>The phases over all axes: the product of the strides.</summary>
    internal int PhaseCount => Product(static axis => axis.Stride);

    private Sentence InGroups()
    {
        if (Groups == 1) return "";
        return Line($", groups {Groups}");
    }

    private static void Explain(ImmutableArray<Sentence>.Builder lines, int[] alike, ConvTransposeAxis axis)
    {
        string head = ConvTransposeAxis.Sign(axis.Head), tail = ConvTransposeAxis.Sign(axis.Tail);
        EquivalentConvolution equivalent = EquivalentConvolution.Of(axis);
        OverlapMap overlap = OverlapMap.Of(axis);
        if (alike.Length == 1) lines.Add(Line($"axis {alike[0]}:"));
        else if (alike.Length == 2) lines.Add(Line($"axes {alike[0]} and {alike[1]}:"));
        else lines.Add(Line($"axes {alike[0]} and {alike[1]} and {alike[2]}:"));
        lines.Add(Line($"  full = (input - 1)*stride + (kernel - 1)*dilation + 1 = ({axis.Input} - 1)*{axis.Stride} + ({axis.Kernel} - "
            + $"1)*{axis.Dilation} + 1 = {axis.Full}"));
        lines.Add(Line($"  output = full - head - tail = {axis.Full} - {head} - {tail} = {axis.Output}"));
        lines.Add(Line($"  {Count(axis.Stride, "phase")} of {Range(overlap, "tap")}"));
        lines.Add(Line($"  equals a convolution of {Count(equivalent.Input, "input")} ({Count(equivalent.ZerosBetween, "zero")} between "
            + $"neighbours), kernel {equivalent.Kernel}, stride 1, padding {equivalent.PaddingHead} and {equivalent.PaddingTail}"));
        lines.Add(Line($"  {Overlap(overlap)}"));
    }

    private static Sentence Overlap(OverlapMap overlap)
    {
        if (overlap.IsEven) return Line($"even overlap: {Count(overlap.Max, "product")} on every output away from the border");
        return Line(
            $"uneven overlap: {Range(overlap, "product")} on an output away from the border, which shows as a checkerboard");
    }

    private static Sentence Range(OverlapMap overlap, string noun)
    {
        if (overlap.IsEven) return Count(overlap.Max, noun);
        Sentence range = Line($"{overlap.Min} to {overlap.Max}");
        range.AppendLiteral($" {noun}s");
        return range;
    }

    private static Sentence Count(int count, string noun)
    {
        Sentence counted = Line($"{count}");
        counted.AppendLiteral(count == 1 ? $" {noun}" : $" {noun}s");
        return counted;
    }

    private static Sentence Line(Sentence line) => line;
}
