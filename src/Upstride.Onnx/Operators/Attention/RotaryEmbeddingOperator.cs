using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Attention;

/// <summary>
/// <c>RotaryEmbedding</c> (opset 23 on): pairs of each head's elements turned by the angle of their place, whose cosines and sines are
/// inputs 1 and 2. Input 0 is [batch, heads, places, size], or [batch, places, heads * size]. (Su et al., RoFormer, 2021.)
/// </summary>
internal sealed class RotaryEmbeddingOperator : Operator
{
    private const int Places = 3;

    private readonly bool _interleaved;
    private readonly int _heads;
    private readonly int _turned;

    public RotaryEmbeddingOperator(NodeAttributes node)
    {
        node.RequireOpset(23);
        _interleaved = node.Flag("interleaved", fallback: false);
        _heads = node.Int32("num_heads", 0);
        _turned = node.Int32("rotary_embedding_dim", 0);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        HeadLayout layout = HeadLayout.Of(inputs, 0, _heads, "num_heads");
        int turned = Turned(layout);
        if (turned > layout.Size || turned % 2 != 0)
            throw inputs.Fault($"{turned} elements of each head are turned, and must be pairs within its {layout.Size}");
        TensorShape cosines = inputs.Float(1).Shape;
        if (inputs.Float(2).Shape != cosines) throw inputs.Fault($"the sines are {inputs[2]}, and must be as the cosines, {inputs[1]}");
        if (inputs.Has(Places))
        {
            if (cosines.Rank != 2 || cosines[1] != turned / 2)
                throw inputs.Fault($"the cosines are {inputs[1]}, and must be [places, {turned / 2}]");
            if (inputs.Require(Places, Storage.Integer).Shape != new TensorShape(layout.Batch, layout.Length))
                throw inputs.Fault($"the places are {inputs[Places]}, and must be [{layout.Batch}, {layout.Length}]");
        }
        else if (cosines != new TensorShape(layout.Batch, layout.Length, turned / 2))
        {
            throw inputs.Fault($"the cosines are {inputs[1]}, and must be [{layout.Batch}, {layout.Length}, {turned / 2}] without places");
        }
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        HeadLayout layout = HeadLayout.Of(inputs, 0, _heads, "num_heads");
        int pairs = Turned(layout) / 2, table = inputs.Shape(1)[0];
        return new(frame =>
        {
            ReadOnlySpan<float> source = frame.Input<float>(0), cosines = frame.Input<float>(1), sines = frame.Input<float>(2);
            ReadOnlySpan<long> places = frame.Input<long>(Places);
            Span<float> destination = frame.Output<float>(0);
            source.CopyTo(destination);
            for (int batch = 0; batch < layout.Batch; batch++)
            {
                frame.CancellationToken.ThrowIfCancellationRequested();
                for (int place = 0; place < layout.Length; place++)
                {
                    int index = (batch * layout.Length) + place;
                    int row = places.IsEmpty ? index : IndexBounds.Place(places[index], table, inputs);
                    for (int head = 0; head < layout.Heads; head++)
                    {
                        int start = layout.Start(batch, head, place);
                        for (int pair = 0; pair < pairs; pair++)
                        {
                            (int first, int second) = _interleaved ? (2 * pair, (2 * pair) + 1) : (pair, pair + pairs);
                            (float x, float y) = (source[start + first], source[start + second]);
                            (float cosine, float sine) = (cosines[(row * pairs) + pair], sines[(row * pairs) + pair]);
                            destination[start + first] = (cosine * x) - (sine * y);
                            destination[start + second] = (sine * x) + (cosine * y);
                        }
                    }
                }
            }
        })
        {
            Flops = 3L * outputs[0].Shape.Count,
        };
    }

    private int Turned(HeadLayout layout) => _turned == 0 ? layout.Size : _turned;
}
