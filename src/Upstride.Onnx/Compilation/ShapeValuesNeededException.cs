namespace Upstride.Onnx.Compilation;

/// <summary>
/// The shapes of a graph depend on the elements of some of its inputs, not on their shapes alone; or, where no input is named, on what
/// is computed as it runs.
/// </summary>
internal sealed class ShapeValuesNeededException(GraphValue[] inputs) : Exception("shapes depend on the elements of inputs")
{
    public GraphValue[] Inputs { get; } = inputs;
}
