using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Compilation;

/// <summary>The tensors of one run: constants, an arena, and the arrays of the results.</summary>
internal sealed class RunMemory(Step[] steps, Arena arena) : IFrameMemory
{
    /// <summary>The arrays of the results of the run in progress.</summary>
    public Array[] Results { get; set; } = [];

    public Arena Arena { get; } = arena;

    public ReadOnlySpan<T> Input<T>(int node, int index) where T : unmanaged =>
        steps[node].Inputs is var inputs && index < inputs.Length && inputs[index] is { } place ? Read<T>(place) : default;

    public Span<T> Output<T>(int node, int index) where T : unmanaged =>
        steps[node].Outputs is var outputs && index < outputs.Length && outputs[index] is { } place ? Write<T>(place) : default;

    public ReadOnlySpan<T> Read<T>(Place place) where T : unmanaged => place.Constant is { } constant ? constant.Elements<T>() : Write<T>(place);

    public Span<T> Write<T>(Place place) where T : unmanaged => place.Result >= 0
        ? (T[])Results[place.Result]
        : Arena.Elements<T>(place.Offset, place.Type.Shape.Count);
}
