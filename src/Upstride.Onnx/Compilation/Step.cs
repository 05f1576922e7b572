using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>One node of an executable: its computation, and where its tensors lie.</summary>
internal sealed class Step
{
    private readonly long _flops;
    private readonly long _bytes;
    private readonly string _inputTypes;
    private readonly string _outputType;
    private readonly string _operator;
    private readonly OverlapMap? _overlap;

    /// <exception cref="OnnxFormatException">The operator refuses its inputs.</exception>
    public Step(GraphNode node, BufferPlan buffers, ComputeSettings settings)
    {
        Operands operands = node.Operands();
        ImmutableArray<TensorType> types = node.Operator.Infer(operands);
        Computation = node.Operator.IsView ? null : node.Operator.Prepare(operands, types, settings);
        Name = node.Name;

        // A computation that holds its weights in packed form does not hold on to the unpacked ones.
        Inputs = [.. node.Inputs.Select(input => input is null || (input.Constant is not null && Computation is { HoldsWeights: true }) ? null : buffers.PlaceOf(input))];
        Outputs = [.. node.Outputs.Select(output => output is null ? null : buffers.PlaceOf(output))];

        _operator = node.OperatorName;
        if (node.Operator is ResizeConvolutionOperator) _operator = $"Resize + {_operator}";
        if (node.Operator is WindowOperator window)
        {
            if (operands.Has(WindowOperator.Residual)) _operator += " + residual";
            if (!window.IsPlain) _operator += $" + {window.Activation.Kind}";
            _overlap = window.Overlap(operands);
        }
        long outputs = node.Outputs.Sum(static output => (long)(output?.Type!.Value.Shape.Count ?? 0));
        _flops = Computation is null ? 0 : Computation.Flops ?? outputs;
        _bytes = Computation is null ? 0 : node.Inputs.Concat(node.Outputs).Sum(static value => value?.Type!.Value.Bytes ?? 0);
        _inputTypes = string.Join(", ", node.Inputs.Select(static input => input?.Type.ToString() ?? "-"));
        _outputType = types[0].ToString();
    }

    /// <summary>What messages call the node.</summary>
    public string Name { get; }

    /// <summary>How it is computed; null for a view.</summary>
    public Computation? Computation { get; }

    public Place?[] Inputs { get; }

    public Place?[] Outputs { get; }

    public OnnxPlanStep Describe(TimeSpan? time) =>
        new(Name, _operator, _inputTypes, _outputType, Computation?.Algorithm ?? "view", _flops, _bytes, _overlap, time);
}
