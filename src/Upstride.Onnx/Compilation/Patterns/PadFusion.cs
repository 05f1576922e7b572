using Upstride.Algorithms;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Pooling;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Takes a constant padding into what reads it: zeros into a convolution and into an average that counts them; into a maximum pooling minus
/// infinity, or zeros where no input is below zero.
/// </summary>
internal sealed class PadFusion : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        bool changed = false;
        foreach (GraphNode node in graph.Nodes)
        {
            if (node.Inputs is not [{ } padded, ..] || links.WriterOf(padded) is not
                { Operator: PadOperator pad, Inputs: [{ } input, ..] } writer
                || pad.AsSpatialConstant(writer.Operands()) is not var (value, pads)) continue;
            Operator? whole = node.Operator switch
            {
                ConvOperator convolution when value == 0 => convolution.WithPadding(pads),
                AveragePoolOperator average when value == 0 && (average.CountsPadding || average.HasNoPadding) =>
                    average.CountingPadding().WithPadding(pads),
                MaxPoolOperator maximum when node.Outputs.Skip(1).All(static output => output is null)
                    && (IsLeast(value) || (value == 0 && maximum.HasNoPadding && IsNeverNegative(input, links))) =>
                        maximum.WithPadding(pads),
                _ => null,
            };
            if (whole is null) continue;
            var trial = new GraphNode(node.Name, node.OperatorName, whole, [input, .. node.Inputs.Skip(1)], node.Outputs);
            if (whole.Infer(trial.Operands())[0] != node.Outputs[0]!.Type!.Value) continue;
            (node.Operator, node.Inputs) = (whole, trial.Inputs);
            changed = true;
        }
        if (changed) new DeadNodes().Apply(graph);
    }

    private static bool IsLeast(float value) => value is float.NegativeInfinity or float.MinValue;

    private static bool IsNeverNegative(GraphValue input, GraphLinks links)
    {
        if (links.WriterOf(input) is not { } writer) return false;
        if (writer.Operator is ConvolutionOperator convolution) return IsNeverNegative(convolution.Activation);
        return writer.Operator.AsActivation(writer.Operands()) is { } activation && IsNeverNegative(activation);
    }

    private static bool IsNeverNegative(Activation activation) =>
        activation.Kind is ActivationKind.Relu or ActivationKind.Sigmoid || (activation.Kind == ActivationKind.Clip
            && activation.Alpha >= 0);
}
