using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>Not</c>.</summary>
internal sealed class NotOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [inputs.Require(0, Storage.Boolean)];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        new(frame => ParallelRanges.Run<bool, bool>(frame.Input<bool>(0), frame.Output<bool>(0), settings, static (input, destination) =>
        {
            for (int i = 0; i < input.Length; i++) destination[i] = !input[i];
        }));

    public override bool MayOverwrite(int input, NodeInputs inputs) => true;
}
