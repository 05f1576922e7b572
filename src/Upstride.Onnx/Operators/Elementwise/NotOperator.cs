using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>Not</c> of truth values, and <c>BitwiseNot</c> of each bit of integers.</summary>
internal sealed class NotOperator(bool bits) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [inputs.Require(0, bits ? Storage.Integer : Storage.Boolean)];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType element = outputs[0].Element;
        if (!bits) return Truth(settings);
        return new(frame => ParallelRanges.Run<long, long>(frame.Input<long>(0), frame.Output<long>(0), settings, (input, destination) =>
        {
            for (int i = 0; i < input.Length; i++) destination[i] = ~input[i];
            element.Wrap(destination);
        }));
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => true;

    private static PreparedNode Truth(ComputeSettings settings) =>
        new(frame => ParallelRanges.Run<bool, bool>(frame.Input<bool>(0), frame.Output<bool>(0), settings, static (input, destination) =>
        {
            for (int i = 0; i < input.Length; i++) destination[i] = !input[i];
        }));
}
