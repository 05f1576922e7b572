using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation.Control;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Control;

/// <summary>
/// A node with graphs within it, or of sequences of tensors. It is gone once the types are known: its graphs stand in its place, or one
/// operator that runs them.
/// </summary>
internal abstract class ControlOperator : Operator
{
    /// <summary>The graphs; the node reads what they capture after its own inputs.</summary>
    public virtual ImmutableArray<Body> Bodies => [];

    public sealed override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        throw new NotSupportedException("control flow is not supported here");

    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        throw new NotSupportedException("control flow is not supported here");
}

/// <summary><c>If</c> (opset 1 on): one graph or the other, as a truth value says.</summary>
internal sealed class IfOperator(NodeAttributes node) : ControlOperator
{
    public override ImmutableArray<Body> Bodies { get; } = [node.Body("then_branch"), node.Body("else_branch")];

    public Body Then => Bodies[0];

    public Body Else => Bodies[1];
}

/// <summary>
/// <c>Loop</c> (opset 1 on): a graph again and again, at most as often as input 0 says and while input 1 is true, each time on what it gave
/// before; what else it gives is collected.
/// </summary>
internal sealed class LoopOperator(NodeAttributes node) : ControlOperator
{
    public override ImmutableArray<Body> Bodies { get; } = [node.Body("body")];

    public Body Body => Bodies[0];

    /// <summary>Inputs that the node names, before what the body captures.</summary>
    public int InputCount { get; } = node.InputCount;
}

/// <summary>
/// <c>Scan</c> (opset 9 on): a graph on each element of some inputs along an axis, each time on the states that it gave before; what else
/// it gives is collected.
/// </summary>
internal sealed class ScanOperator : ControlOperator
{
    public ScanOperator(NodeAttributes node)
    {
        if (node.Opset < 9) throw node.Unsupported($"the operator of opset {node.Opset} is not supported: 9 changed it");
        Bodies = [node.Body("body")];
        InputCount = node.InputCount;
        ScanInputs = node.Int32("num_scan_inputs", 0);
        if (ScanInputs < 1 || ScanInputs > InputCount)
            throw node.Fault($"attribute num_scan_inputs = {ScanInputs}, and must be from 1 to the number of inputs, {InputCount}");
        InputAxes = node.Integers("scan_input_axes") ?? [];
        OutputAxes = node.Integers("scan_output_axes") ?? [];
        InputDirections = node.Integers("scan_input_directions") ?? [];
        OutputDirections = node.Integers("scan_output_directions") ?? [];
    }

    public override ImmutableArray<Body> Bodies { get; }

    public Body Body => Bodies[0];

    public int InputCount { get; }

    public int ScanInputs { get; }

    public long[] InputAxes { get; }

    public long[] OutputAxes { get; }

    public long[] InputDirections { get; }

    public long[] OutputDirections { get; }
}

/// <summary>What an operator of sequences does.</summary>
internal enum SequenceAction
{
    /// <summary>No tensors.</summary>
    Empty,

    /// <summary>All inputs.</summary>
    Construct,

    /// <summary>One more tensor, at the end or before a place.</summary>
    Insert,

    /// <summary>Without the last tensor, or that at a place.</summary>
    Erase,

    /// <summary>The tensor at a place.</summary>
    At,

    /// <summary>How many there are.</summary>
    Length,

    /// <summary>Parts of a tensor along an axis.</summary>
    Split,

    /// <summary>One tensor of all, along an axis.</summary>
    Concat,
}

/// <summary>
/// The operators of sequences (opset 11 on). Which tensors a sequence holds is known before a model runs: it is a list of values.
/// </summary>
internal sealed class SequenceOperator : ControlOperator
{
    public SequenceOperator(NodeAttributes node, SequenceAction action)
    {
        Action = action;
        Opset = node.Opset;
        if (action == SequenceAction.Empty) node.Ignore("dtype");
        if (action is not (SequenceAction.Split or SequenceAction.Concat)) return;
        if (action == SequenceAction.Concat && !node.Has("axis")) throw node.Fault("attribute axis is needed");
        Axis = node.Integer("axis", 0);
        if (action == SequenceAction.Split) KeepsAxis = node.Flag("keepdims", true);
        else AddsAxis = node.Flag("new_axis", false);
    }

    public SequenceAction Action { get; }

    public int Opset { get; }

    public long Axis { get; }

    /// <summary>Whether parts of length 1 keep the axis.</summary>
    public bool KeepsAxis { get; }

    /// <summary>Whether the tensors are joined along an axis of their own.</summary>
    public bool AddsAxis { get; }
}
