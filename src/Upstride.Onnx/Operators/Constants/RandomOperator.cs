using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Constants;

/// <summary>
/// <c>RandomNormal</c>, <c>RandomUniform</c> and those like input 0: numbers drawn anew in each run, or with <c>seed</c> the same ones in
/// each.
/// </summary>
internal sealed class RandomOperator : Operator
{
    private readonly bool _normal;
    private readonly TensorShape? _shape;
    private readonly OnnxElementType? _type;
    private readonly float _first;
    private readonly float _second;
    private readonly int? _seed;

    private RandomOperator(NodeAttributes node, bool normal, bool like)
    {
        _normal = normal;
        _type = node.ElementType("dtype");
        if (!like) _shape = TensorShape.Of(node.Integers("shape") ?? throw node.Fault("attribute shape is needed"));
        (_first, _second) = normal ? (node.Float("mean", 0), node.Float("scale", 1)) : (node.Float("low", 0), node.Float("high", 1));
        if (_type is { } type && type.Storage != Storage.Float)
            throw node.Fault($"attribute dtype is {type.Text}, and must be of floating-point numbers");
        if (node.Has("seed")) _seed = BitConverter.SingleToInt32Bits(node.Float("seed", 0));
    }

    public static RandomOperator Normal(NodeAttributes node) => new(node, normal: true, like: false);

    public static RandomOperator NormalLike(NodeAttributes node) => new(node, normal: true, like: true);

    public static RandomOperator Uniform(NodeAttributes node) => new(node, normal: false, like: false);

    public static RandomOperator UniformLike(NodeAttributes node) => new(node, normal: false, like: true);

    public override bool ComputesAnew => true;

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        if (_shape is { } shape) return [new(_type ?? OnnxElementType.Float32, shape)];
        return [new(_type ?? inputs.Float(0).Element, inputs.Shape(0))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) => new(frame =>
    {
        Random random = _seed is { } seed ? new Random(seed) : Random.Shared;
        foreach (ref float element in frame.Output<float>(0))
            element = (float)(_normal ? _first + (_second * Normal(random)) : _first + ((_second - _first) * random.NextDouble()));
    });

    // Box and Muller's transform; the logarithm's argument is never 0.
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
