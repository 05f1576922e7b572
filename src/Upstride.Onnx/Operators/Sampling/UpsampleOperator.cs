using Upstride.Geometry;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary><c>Upsample</c> (opsets 7 and 9): an enlargement whose first samples meet; nearest takes the lower neighbour.</summary>
internal sealed class UpsampleOperator : ResizingOperator
{
    private readonly ResizeMethod _method;
    private readonly float[]? _scales;

    public UpsampleOperator(NodeAttributes node)
    {
        if (node.Opset is < 7 or > 9) throw node.Fault($"the operator is of opsets 7 to 9, and the model is of opset {node.Opset}");
        _method = new() { Mode = ReadMode(node), Coordinates = ResizeCoordinates.Asymmetric, Nearest = ResizeNearest.Floor };
        if (node.Opset < 9) _scales = node.Floats("scales") ?? throw node.Fault("attribute scales is needed");
    }

    /// <summary>The attribute <c>mode</c> as it was before opset 11.</summary>
    public static ResizeMode ReadMode(NodeAttributes node) =>
        node.Choice("mode", "nearest", ("nearest", ResizeMode.Nearest), ("linear", ResizeMode.Linear));

    public override ResizeGeometry Geometry(NodeInputs inputs)
    {
        ReadOnlySpan<float> scales = _scales ?? inputs.Floats(1);
        foreach (float scale in scales)
            if (!(scale >= 1)) throw inputs.Fault($"scales = [{string.Join(", ", scales.ToArray())}], and none may be below 1");
        return ResizeGeometry.OnnxScales(inputs.Shape(0).Lengths, scales, _method);
    }
}
