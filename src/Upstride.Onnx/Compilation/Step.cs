using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>One node of an executable: its computation, and where its tensors lie.</summary>
internal sealed class Step
{
    // For descriptions; without the constants, which may be large.
    private readonly Operator _operator;
    private readonly string _operatorName;
    private readonly NodeInputs _operands;
    private readonly ImmutableArray<TensorType> _types;

    /// <exception cref="OnnxFormatException">The operator refuses its inputs.</exception>
    public Step(GraphNode node, BufferPlan buffers, ComputeSettings settings)
    {
        NodeInputs operands = node.Operands();
        _operator = node.Operator;
        _operatorName = node.OperatorName;
        _operands = operands.WithoutConstants();
        _types = node.Operator.Infer(operands);
        Computation = node.Operator.IsView ? null : OutputRounding.After(node.Operator.Prepare(operands, _types, settings), _types);
        Name = node.Name;

        // A computation that holds its weights in packed form does not hold on to the unpacked ones.
        Inputs = [.. node.Inputs.Select(
            input => input is null || (input.Constant is not null && Computation is { HoldsWeights: true })
                ? null : buffers.PlaceOf(input))];
        Outputs = [.. node.Outputs.Select(output => output is null ? null : buffers.PlaceOf(output))];
    }

    /// <summary>What messages call the node.</summary>
    public string Name { get; }

    /// <summary>How it is computed; null for a view.</summary>
    public PreparedNode? Computation { get; }

    public TensorLocation?[] Inputs { get; }

    /// <summary>The types of the inputs; null for one that the node leaves out.</summary>
    public ReadOnlySpan<TensorType?> InputTypes => _operands.Types;

    public TensorLocation?[] Outputs { get; }

    /// <summary>Floating-point operations of one run.</summary>
    public long Flops => Computation is null ? 0 : Computation.Flops ?? Named().Sum(static type => (long)type.Shape.Count);

    /// <summary>Computes it.</summary>
    /// <exception cref="OnnxFormatException">What its inputs hold breaks a rule; the message names the node.</exception>
    public void Run(NodeContext frame)
    {
        if (Computation is null) return;
        try
        {
            Computation.Run(frame);
        }
        catch (Exception fault) when (NodeErrors.Refusal(Name, fault) is not null)
        {
            throw NodeErrors.Refusal(Name, fault)!;
        }
    }

    /// <summary>What it does, for people.</summary>
    public OnnxPlanStep Describe(TimeSpan? time)
    {
        string name = _operatorName;
        OverlapMap? overlap = null;
        if (_operator is ResizeConvolutionOperator) name = $"Resize + {name}";
        if (_operator is ConvolutionOperator window)
        {
            if (_operands.Has(ConvolutionOperator.Residual)) name += " + residual";
            if (!window.IsPlain) name += $" + {window.Activation.Name}";
            overlap = window.Overlap(_operands);
        }
        long flops = 0, bytes = 0;
        if (Computation is not null)
        {
            flops = Flops;
            bytes = Named().Sum(static type => type.Bytes);
            foreach (TensorType? type in _operands.Types) bytes += type?.Bytes ?? 0;
        }
        string inputs = string.Join(", ", _operands.Types.ToArray().Select(static type => type?.ToString() ?? "-"));
        return new(Name, name, inputs, _types[0].ToString(), Computation?.Algorithm ?? "view", flops, bytes, overlap, time);
    }

    private IEnumerable<TensorType> Named() => _types.Where((_, output) => _operands.Wants(output));
}
