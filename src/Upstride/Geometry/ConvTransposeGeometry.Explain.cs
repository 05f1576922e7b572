using System.Globalization;
using System.Text;

namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// The sizes as equations with their values, and for each axis what is cropped, its phases, the equivalent convolution and the overlap:
    /// several lines for a person to read. Axes that are alike are told once.
    /// </summary>
    public string Explain()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"input {ShapeReading.Text(InputShape.AsSpan())}, weight "
            + $"{ShapeReading.Text(WeightShape.AsSpan())}{(Groups == 1 ? "" : $", groups {Groups}")} -> output "
            + $"{ShapeReading.Text(OutputShape.AsSpan())}");
        foreach (var alike in Axes.Select(static (axis, index) => (axis, index))
            .GroupBy(static pair => pair.axis, static pair => pair.index))
            Explain(text, $"{(alike.Count() == 1 ? "axis" : "axes")} {string.Join(" and ", alike)}", alike.Key);
        if (Axes.Length > 1)
            text.AppendLine(CultureInfo.InvariantCulture, $"all axes: {Count(PhaseCount, "phase")}, {Overlap(OverlapMap.Of(this))}");
        return text.ToString().TrimEnd();
    }

    /// <summary>The phases over all axes: the product of the strides.</summary>
    internal int PhaseCount => Product(static axis => axis.Stride);

    private static void Explain(StringBuilder text, string name, ConvTransposeAxis axis)
    {
        string head = ConvTransposeAxis.Sign(axis.Head), tail = ConvTransposeAxis.Sign(axis.Tail);
        EquivalentConvolution equivalent = EquivalentConvolution.Of(axis);
        OverlapMap overlap = OverlapMap.Of(axis);
        text.AppendLine(CultureInfo.InvariantCulture, $"{name}:");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"  full = (input - 1)*stride + (kernel - 1)*dilation + 1 = ({axis.Input} - 1)*{axis.Stride} + ({axis.Kernel} - "
            + $"1)*{axis.Dilation} + 1 = {axis.Full}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  output = full - head - tail = {axis.Full} - {head} - {tail} = {axis.Output}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {Count(axis.Stride, "phase")} of {Range(overlap, "tap")}");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"  equals a convolution of {Count(equivalent.Input, "input")} ({Count(equivalent.ZerosBetween, "zero")} between "
            + $"neighbours), kernel {equivalent.Kernel}, stride 1, padding {equivalent.PaddingHead} and {equivalent.PaddingTail}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {Overlap(overlap)}");
    }

    private static string Overlap(OverlapMap overlap) => overlap.IsEven
        ? $"even overlap: {Count(overlap.Max, "product")} on every output away from the border"
        : $"uneven overlap: {Range(overlap, "product")} on an output away from the border, which shows as a checkerboard";

    private static string Range(OverlapMap overlap, string noun) =>
        overlap.IsEven ? Count(overlap.Max, noun) : $"{overlap.Min} to {overlap.Max} {noun}s";

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
