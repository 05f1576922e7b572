using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary><c>Not</c>.</summary>
internal sealed class NotOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(Operands inputs) => [inputs.Require(0, Storage.Boolean)];

    public override Computation Prepare(Operands inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        new(frame => Ranges.Run<bool, bool>(frame.Input<bool>(0), frame.Output<bool>(0), settings, static (input, destination) =>
        {
            for (int i = 0; i < input.Length; i++) destination[i] = !input[i];
        }));

    public override bool MayOverwrite(int input, Operands inputs) => true;
}
