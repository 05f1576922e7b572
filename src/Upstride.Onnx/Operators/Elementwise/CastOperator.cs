using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// <c>Cast</c> and <c>CastLike</c>. Floating-point numbers are rounded to nearest, ties to even, where the new type is narrower; to
/// integers they lose their fraction, and what the type cannot hold, which the specification leaves open, becomes its nearest number,
/// NaN 0. Integers keep the low bits that fit. True is 1, and everything but 0 is true.
/// </summary>
internal sealed class CastOperator : Operator
{
    private readonly OnnxElementType? _to;

    private CastOperator(OnnxElementType? to) => _to = to;

    public static CastOperator ToType(NodeAttributes node)
    {
        RequireSaturation(node);
        if (!node.Has("to")) throw node.Fault("attribute to is needed");
        int to = node.Int32("to", 0);
        return new(ElementTypes.Of(to) ?? throw node.Unsupported($"a cast to {ElementTypes.NameOf(to)} is not supported"));
    }

    public static CastOperator ToTypeOfInput(NodeAttributes node)
    {
        RequireSaturation(node);
        return new(to: null);
    }

    // Both matter for 8-bit floating-point numbers alone, the second for one type that is not read.
    private static void RequireSaturation(NodeAttributes node)
    {
        node.Ignore("round_mode");
        if (!node.Flag("saturate", fallback: true)) throw node.Unsupported("attribute saturate = 0 is not supported");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [new(_to ?? inputs[1].Element, inputs.Shape(0))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType from = inputs[0].Element, to = outputs[0].Element;
        return (from.Storage, to.Storage) switch
        {
            (Storage.Float, Storage.Float) => from == to || to is OnnxElementType.Float32 or OnnxElementType.Float64
                ? Each<float, float>(static (x, y) => x.CopyTo(y))
                : Each<float, float>((x, y) =>
                {
                    for (int i = 0; i < x.Length; i++) y[i] = to.Round(x[i]);
                }),
            (Storage.Float, Storage.Integer) => Each<float, long>((x, y) => Truncate(x, to.Range, y)),
            (Storage.Float, _) => Each<float, bool>(static (x, y) =>
            {
                for (int i = 0; i < x.Length; i++) y[i] = x[i] != 0;
            }),
            (Storage.Integer, Storage.Float) => Each<long, float>((x, y) =>
            {
                for (int i = 0; i < x.Length; i++) y[i] = to.Round(x[i]);
            }),
            (Storage.Integer, Storage.Integer) => Each<long, long>((x, y) =>
            {
                x.CopyTo(y);
                to.Wrap(y);
            }),
            (Storage.Integer, _) => Each<long, bool>(static (x, y) =>
            {
                for (int i = 0; i < x.Length; i++) y[i] = x[i] != 0;
            }),
            (_, Storage.Float) => Each<bool, float>(static (x, y) =>
            {
                for (int i = 0; i < x.Length; i++) y[i] = x[i] ? 1 : 0;
            }),
            (_, Storage.Integer) => Each<bool, long>(static (x, y) =>
            {
                for (int i = 0; i < x.Length; i++) y[i] = x[i] ? 1 : 0;
            }),
            _ => Each<bool, bool>(static (x, y) => x.CopyTo(y)),
        };

        PreparedNode Each<TSource, TResult>(ParallelRanges.Body<TSource, TResult> body) where TSource : unmanaged
            where TResult : unmanaged =>
            new(frame => ParallelRanges.Run(frame.Input<TSource>(0), frame.Output<TResult>(0), settings, body));
    }

    // Elements of one width are read before they are written; others lie at other places.
    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0 && _to is { } to && to.Storage == inputs[0].Storage;

    private static void Truncate(ReadOnlySpan<float> input, (long Minimum, long Maximum) range, Span<long> destination)
    {
        for (int i = 0; i < input.Length; i++)
            destination[i] = Math.Clamp((long)input[i], range.Minimum, range.Maximum);
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) =>
        _to is null ? null : (this, 1);
}
