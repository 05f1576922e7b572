using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Upstride.Onnx;

/// <summary>
/// How a session runs its model for inputs of given shapes, node by node; where sizes come out of a run, for those that came out of one.
/// </summary>
/// <param name="Steps">The nodes that are left after the compiler's passes, in the order in which they run.</param>
/// <param name="ArenaBytes">Bytes of the memory in which all tensors of one run lie, one beside or after another; runs that overlap have
/// one each.</param>
/// <param name="ResultBytes">Bytes of the tensors that a run hands out.</param>
/// <param name="WeightBytes">Bytes of the weights as the algorithms read them.</param>
/// <param name="WorkspaceBytes">Bytes of scratch memory of the node that needs most.</param>
public sealed record OnnxPlan(ImmutableArray<OnnxPlanStep> Steps, long ArenaBytes, long ResultBytes, long WeightBytes, long WorkspaceBytes)
{
    /// <summary>Floating-point operations of one run.</summary>
    public long Flops => Steps.Sum(static step => step.Flops);

    /// <summary>Bytes that a run has at once at most: arena, results, weights and workspace.</summary>
    public long PeakBytes => ArenaBytes + ResultBytes + WeightBytes + WorkspaceBytes;

    /// <summary>A line for each node, one for each stage after the first, and one for the memory.</summary>
    public override string ToString()
    {
        string[][] rows = [.. Steps.Select(static step => (string[])
        [
            step.Name, step.Operator, $"{step.Inputs} -> {step.Output}", step.Algorithm,
            string.Create(CultureInfo.InvariantCulture, $"{step.Flops} FLOPs"),
                string.Create(CultureInfo.InvariantCulture, $"{step.Bytes} bytes"),
            step.Time is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F3} ms") : "",
        ])];
        int[] widths = [.. Arrays.Range(0, 7).Select(column => rows.Length == 0 ? 0 : rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        for (int i = 0; i < rows.Length; i++)
        {
            if (Steps[i].Stage > (i > 0 ? Steps[i - 1].Stage : 1))
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"stage {Steps[i].Stage}, planned for the sizes that come out of the one before");
            text.AppendLine(string.Join("  ",
                rows[i].Select((cell, column) => column >= 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        }
        text.Append(CultureInfo.InvariantCulture,
            $"{Flops} FLOPs; {ArenaBytes} bytes of arena, {ResultBytes} of results, {WeightBytes} of weights, {WorkspaceBytes} of "
            + $"workspace: {PeakBytes} in all");
        return text.ToString().ReplaceLineEndings("\n");
    }
}
