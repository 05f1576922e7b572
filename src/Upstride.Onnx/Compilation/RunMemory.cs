using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Compilation;

/// <summary>The tensors of one run: constants, the inputs as they were given, an arena, and the results.</summary>
internal sealed class RunMemory(Step[] steps, Arena arena) : INodeMemory
{
    private OnnxTensor?[] _inputs = [];
    private OnnxTensor[] _results = [];

    public Arena Arena { get; } = arena;

    /// <summary>Begins a run with its inputs and its results to be.</summary>
    public void Begin(OnnxTensor?[] inputs, OnnxTensor[] results) => (_inputs, _results) = (inputs, results);

    /// <summary>Releases both.</summary>
    public void End() => Begin([], []);

    public ReadOnlySpan<T> Input<T>(int node, int index) where T : unmanaged =>
        steps[node].Inputs is var inputs && index < inputs.Length && inputs[index] is { } place ? Read<T>(place) : default;

    public OnnxTensor? InputTensor(int node, int index) => steps[node].Inputs[index] is not { } place ? null : (place switch
    {
        TensorLocation.Constant constant => constant.Tensor,
        TensorLocation.Input input => _inputs[input.Index]!,
        TensorLocation.Result result => _results[result.Index],
        TensorLocation.InArena block => new OnnxTensor(block.Type, Arena.Address(block.Offset)),
        _ => throw new InvalidOperationException($"{place} is no place"),
    }).WithShape(steps[node].InputTypes[index]!.Value.Shape);

    public Span<T> Output<T>(int node, int index) where T : unmanaged =>
        steps[node].Outputs is var outputs && index < outputs.Length && outputs[index] is { } place ? Write<T>(place) : default;

    /// <summary>The elements at a place.</summary>
    public ReadOnlySpan<T> Read<T>(TensorLocation place) where T : unmanaged => place switch
    {
        TensorLocation.Constant constant => constant.Tensor.Elements<T>(),
        TensorLocation.Input input => _inputs[input.Index]!.Elements<T>(),
        _ => Write<T>(place),
    };

    private Span<T> Write<T>(TensorLocation place) where T : unmanaged => place switch
    {
        TensorLocation.Result result => _results[result.Index].Writable<T>(),
        TensorLocation.InArena block => Arena.Elements<T>(block.Offset, block.Type.Shape.Count),
        _ => throw new InvalidOperationException($"{place} is only read"),
    };
}
