using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>
/// <c>Equal</c>, <c>Less</c>, <c>LessOrEqual</c>, <c>Greater</c> and <c>GreaterOrEqual</c>; a comparison with NaN is false.
/// </summary>
internal sealed class ComparisonOperator : Operator
{
    private readonly Relation _relation;

    public ComparisonOperator(NodeAttributes node, Relation relation)
    {
        BinaryRules.RequireNumpyBroadcasting(node);
        _relation = relation;
    }

    /// <summary>Which comparison.</summary>
    public enum Relation
    {
        Equal,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = BinaryRules.RequireSameElements(inputs);
        if (type.Storage == Storage.Boolean && _relation != Relation.Equal) throw inputs.Fault($"input 0 is {type}, and must be numbers");
        return [new(OnnxElementType.Boolean, BroadcastLoop.Shape(inputs, type.Shape, inputs.Shape(1)))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        BroadcastLoop broadcasting = BroadcastLoop.Of(outputs[0].Shape, inputs.Shape(0), inputs.Shape(1));
        return inputs[0].Storage switch
        {
            Storage.Float => new(frame => broadcasting.Run<float, float, bool>(frame, settings, Compare)),
            Storage.Integer => new(frame => broadcasting.Run<long, long, bool>(frame, settings, Compare)),
            _ => new(frame => broadcasting.Run<bool, bool, bool>(frame, settings, static (left, right, destination) =>
            {
                for (int i = 0; i < destination.Length; i++) destination[i] = left[i] == right[i];
            })),
        };
    }

    private void Compare<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> destination) where T : INumber<T>
    {
        switch (_relation)
        {
            case Relation.Equal:
                for (int i = 0; i < destination.Length; i++) destination[i] = left[i] == right[i];
                break;
            case Relation.Less:
                for (int i = 0; i < destination.Length; i++) destination[i] = left[i] < right[i];
                break;
            case Relation.LessOrEqual:
                for (int i = 0; i < destination.Length; i++) destination[i] = left[i] <= right[i];
                break;
            case Relation.Greater:
                for (int i = 0; i < destination.Length; i++) destination[i] = left[i] > right[i];
                break;
            default:
                for (int i = 0; i < destination.Length; i++) destination[i] = left[i] >= right[i];
                break;
        }
    }

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, inputs.Count);
}
