using System.Runtime.InteropServices;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>Writes a model of one ConvTranspose or Conv node, x to y, with the weight as an initialiser.</summary>
internal static class OnnxModel
{
    /// <summary>The model's bytes.</summary>
    public static byte[] Write(Workload workload)
    {
        var p = workload.Problem;
        var transposed = workload.Operation is Operation.Forward;
        var (input, output) =
            transposed ? ((p.CoarseChannels, p.Coarse), (p.FineChannels, p.Fine))
            : ((p.FineChannels, p.Fine), (p.CoarseChannels, p.Coarse));

        var node = new OnnxMessage();
        node.Text(1, "x").Text(1, "w").Text(2, "y").Text(4, transposed ? "ConvTranspose" : "Conv");
        node.Nested(5, OnnxMessage.Attribute("kernel_shape", p.Kernel)).Nested(5, OnnxMessage.Attribute("strides", p.Stride));
        // What a convolution leaves unread at the end is no negative padding.
        int[] tail = p.IsPaddedAlike ? p.Padding : transposed ? p.PaddingTail : [.. p.PaddingTail.Select(t => Math.Max(t, 0))];
        node.Nested(5, OnnxMessage.Attribute("dilations", p.Dilation))
            .Nested(5, OnnxMessage.Attribute("pads", [.. p.Padding, .. tail]));
        node.Nested(5, OnnxMessage.Attribute("group", p.Groups));
        if (transposed && p.IsPaddedAlike) node.Nested(5, OnnxMessage.Attribute("output_padding", p.OutputPadding));

        var weight = OnnxMessage.Tensor("w", [p.CoarseChannels, p.FineChannels / p.Groups, .. p.Kernel],
            MemoryMarshal.AsBytes(workload.Weight!.Span));
        var graph = new OnnxMessage().Nested(1, node).Text(2, "one node").Nested(5, weight);
        graph.Nested(11, OnnxMessage.Value("x", [p.Batch, input.Item1, .. input.Item2]))
            .Nested(12, OnnxMessage.Value("y", [p.Batch, output.Item1, .. output.Item2]));
        return OnnxMessage.Model(graph);
    }
}
