using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Control;

/// <summary>
/// <c>If</c> whose condition, input 0, is known as the model runs: both graphs are ready, and one runs. The inputs after it are those of
/// the first graph and then those of the second.
/// </summary>
/// <param name="first">For true; all its types are known.</param>
/// <param name="second">For false; gives the same types.</param>
/// <param name="limits">What a run may cost.</param>
internal sealed class BranchOperator(Graph first, Graph second, OnnxLimits limits) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        if (inputs.Require(0, Storage.Boolean).Shape.Count != 1)
            throw inputs.Fault($"the condition is {inputs[0]}, and must be one truth value");
        return [.. first.Outputs.Select(static output => output.Type!.Value)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        var owned = new OwnedExecutables();
        Executable yes = owned.Add(first, settings, limits), no = owned.Add(second, settings, limits);
        int count = first.Inputs.Length;
        return new(frame =>
        {
            bool condition = frame.Input<bool>(0)[0];
            var given = new OnnxTensor?[condition ? count : second.Inputs.Length];
            for (int i = 0; i < given.Length; i++) given[i] = frame.InputTensor(1 + i + (condition ? 0 : count));
            var results = new OnnxTensor[outputs.Length];
            for (int i = 0; i < results.Length; i++) results[i] = new(outputs[i], outputs[i].NewUninitializedArray());
            (condition ? yes : no).Run(given, results, frame.CancellationToken);
            for (int i = 0; i < results.Length; i++) frame.Write(i, results[i]);
        })
        {
            Algorithm = "branches",
            Flops = Math.Max(yes.Flops, no.Flops),
            WorkspaceBytes = Math.Max(yes.RunBytes, no.RunBytes) + outputs.Sum(static output => output.Bytes),
            WeightBytes = yes.WeightBytes + no.WeightBytes,
            Owned = owned,
        };
    }
}
