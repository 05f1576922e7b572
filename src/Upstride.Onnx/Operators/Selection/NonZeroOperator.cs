using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>NonZero</c> (opset 9 on): the places of all elements but zeros, in order, a column of indices each. How many there are is a shape, so
/// the elements must be known when a plan is made: each set of them has a plan of its own.
/// </summary>
internal sealed class NonZeroOperator : Operator
{
    public NonZeroOperator(NodeAttributes node) => node.RequireOpset(9);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [new(OnnxElementType.Int64, new(Math.Max(1, inputs.Shape(0).Rank), Places(inputs).Count))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        List<int> places = Places(inputs);
        TensorShape shape = inputs.Shape(0);
        var indices = new long[outputs[0].Shape.Count];
        for (int i = 0; i < places.Count; i++)
        {
            int rest = places[i];
            for (int axis = shape.Rank - 1; axis >= 0; axis--)
                (rest, indices[(axis * places.Count) + i]) = Math.DivRem(rest, shape[axis]);
        }
        return new(frame => indices.CopyTo(frame.Output<long>(0))) { HoldsWeights = true };
    }

    private static List<int> Places(NodeInputs inputs) => inputs[0].Storage switch
    {
        Storage.Float => Places(inputs.Floats(0), 0),
        Storage.Integer => Places(inputs.Integers(0), 0),
        _ => Places(inputs.Booleans(0), false),
    };

    private static List<int> Places<T>(ReadOnlySpan<T> elements, T zero) where T : IEquatable<T>
    {
        var places = new List<int>();
        for (int i = 0; i < elements.Length; i++)
            if (!elements[i].Equals(zero)) places.Add(i);
        return places;
    }
}
