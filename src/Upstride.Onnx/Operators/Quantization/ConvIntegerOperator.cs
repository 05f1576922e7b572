using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// <c>ConvInteger</c> (opset 10 on): a convolution of 8-bit numbers less their zero points into 32-bit sums; and <c>QLinearConv</c>, whose
/// sums, with a bias of 32 bits, become 8-bit numbers again. Between a dequantization and a quantization <c>Conv</c> and
/// <c>ConvTranspose</c> are computed so, too.
/// </summary>
internal sealed class ConvIntegerOperator : Operator
{
    private readonly bool _requantizes;
    private readonly ConvolutionOperator? _window;
    private readonly OnnxAutoPad _autoPad;
    private readonly nint[] _pads;
    private readonly PerAxis _strides;
    private readonly PerAxis _dilations;
    private readonly PerAxis _kernelShape;
    private readonly int _group;

    // The sizes of a part; null for those that follow from the attributes.
    private (ConvTransposeGeometry Geometry, bool Reversed)? _part;

    public ConvIntegerOperator(NodeAttributes node, bool requantizes = false)
    {
        node.RequireOpset(10);
        _requantizes = requantizes;
        _autoPad = node.Choice("auto_pad", "NOTSET",
            ("NOTSET", OnnxAutoPad.NotSet), ("SAME_UPPER", OnnxAutoPad.SameUpper), ("SAME_LOWER", OnnxAutoPad.SameLower),
            ("VALID", OnnxAutoPad.Valid));
        _pads = [.. (node.Integers("pads") ?? []).Select(static pad => (nint)pad)];
        _strides = node.Int32s("strides");
        _dilations = node.Int32s("dilations");
        _kernelShape = node.Int32s("kernel_shape");
        _group = node.Int32("group", 1);
    }

    /// <summary>What computes <paramref name="window"/> of numbers that were dequantized before it and are quantized after it.</summary>
    public ConvIntegerOperator(ConvolutionOperator window)
    {
        (_window, _requantizes) = (window, true);
        _pads = [];
    }

    /// <summary>The sizes: a transposed convolution, or where <c>Reversed</c>, that of which the convolution is the adjoint.</summary>
    public (ConvTransposeGeometry Geometry, bool Reversed) Sizes(NodeInputs inputs) =>
        Transposed(inputs) is { } transposed ? (transposed, false) : (Geometry(inputs).Adjoint, true);

    /// <summary>The same computation of a part, by its own sizes.</summary>
    public ConvIntegerOperator Part(ConvTransposeGeometry geometry, bool reversed)
    {
        var copy = (ConvIntegerOperator)MemberwiseClone();
        copy._part = (geometry, reversed);
        return copy;
    }

    private (int Weight, int InputZero, int WeightZero) Places => _requantizes ? (3, 2, 5) : (1, 2, 3);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        (int weight, int inputZero, int weightZero) = Places;
        IntegerSums.Require(inputs, 0);
        IntegerSums.Require(inputs, weight);
        TensorShape shape = Transposed(inputs) is { } transposed ? new(transposed.OutputShape.AsSpan())
            : new(Geometry(inputs).OutputShape.AsSpan());
        int channels = shape[1];
        IntegerSums.RequireZero(inputs, inputZero, 0, 1);
        IntegerSums.RequireZero(inputs, weightZero, weight, channels);
        if (!_requantizes) return [new(OnnxElementType.Int32, shape)];
        Requantization.RequireBias(inputs, channels);
        return [new(Requantization.Inputs.Require(inputs, 1, channels), shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        (int weight, int inputZero, int weightZero) = Places;
        if (inputs.Constant(weight) is { } known && (!inputs.Has(weightZero) || inputs.Constant(weightZero) is not null)
            && outputs[0].Shape.Count > 0) return PrepareConstant(inputs, outputs[0], known, settings);
        ConvolutionGeometry geometry = Geometry(inputs);
        (int channels, int places) = (geometry.OutputChannels, geometry.Adjoint.InputPlane);
        int each = inputs.Shape(weight).Count / channels;
        bool floatBias = HasFloatBias(inputs);
        return new(frame =>
        {
            int[] x = IntegerSums.Centered(frame.Input<long>(0), frame.Input<long>(inputZero), 1);
            int[] w = IntegerSums.Centered(frame.Input<long>(weight), frame.Input<long>(weightZero), each);
            var sums = new int[geometry.Batch * channels * places];
            IntegerSums.Convolve(geometry, x, w, sums, settings);
            if (!_requantizes)
            {
                for (int i = 0; i < sums.Length; i++) frame.Output<long>(0)[i] = sums[i];
                return;
            }
            Requantize(frame, sums, channels, places, floatBias, outputs[0].Element);
        })
        {
            Algorithm = "integers",
            Flops = 2 * geometry.Adjoint.MultiplyAdds,
            WorkspaceBytes = sizeof(int) * ((long)inputs.Shape(0).Count + inputs.Shape(weight).Count + outputs[0].Shape.Count),
        };
    }

    private PreparedNode PrepareConstant(NodeInputs inputs, TensorType output, OnnxTensor weight, ComputeSettings settings)
    {
        (int place, int inputZero, int weightZero) = Places;
        int channels = output.Shape[1], places = output.Shape.CountOfAxes(2, output.Shape.Rank);
        ReadOnlySpan<long> zeros = inputs.Constant(weightZero) is { } zero ? zero.Integers : default;
        bool floatBias = HasFloatBias(inputs);
        long largest = ExactConvolution.Largest(inputs[0].Element, inputs.Constant(inputZero), inputs.Has(inputZero));
        ConvTransposeGeometry? transposed = Transposed(inputs);
        ExactConvolution exact = transposed is not null
            ? new(transposed, IntegerSums.Centered(weight.Integers, zeros, weight.Length / weight.Type.Shape[0] / weight.Type.Shape[1]),
                largest, settings)
            : new(Geometry(inputs), IntegerSums.Centered(weight.Integers, zeros, weight.Length / channels), largest, settings);
        return new(frame =>
        {
            int[] sums = exact.Run(frame.Input<long>(0), frame.Input<long>(inputZero) is [var point] ? point : 0);
            if (!_requantizes)
            {
                for (int i = 0; i < sums.Length; i++) frame.Output<long>(0)[i] = sums[i];
                return;
            }
            Requantize(frame, sums, channels, places, floatBias, output.Element);
        })
        {
            Algorithm = exact.Algorithm,
            Flops = 2 * (transposed?.MultiplyAdds ?? Geometry(inputs).Adjoint.MultiplyAdds),
            WorkspaceBytes = exact.WorkspaceBytes + (sizeof(double) * ((long)inputs.Shape(0).Count + (2L * output.Shape.Count))),
            WeightBytes = exact.WeightBytes,
            Owned = exact,
        };
    }

    private static bool HasFloatBias(NodeInputs inputs) =>
        inputs.Has(Requantization.Bias) && inputs[Requantization.Bias].Storage == Storage.Float;

    private static void Requantize(NodeContext frame, int[] sums, int channels, int places, bool floatBias, OnnxElementType element)
    {
        if (!floatBias) Requantization.AddBias(frame.Input<long>(Requantization.Bias), sums, channels, places, byColumn: false);
        Requantization.Inputs.Run(frame, sums, channels, places, secondByColumn: false, element,
            floatBias ? frame.Input<float>(Requantization.Bias) : default);
    }

    private ConvTransposeGeometry? Transposed(NodeInputs inputs) => _part is var (part, reversed) ? reversed ? null : part
        : _window is ConvTransposeOperator window
        ? window.Geometry(inputs.Shape(0), inputs.Shape(Places.Weight)) : null;

    private ConvolutionGeometry Geometry(NodeInputs inputs) => _part is var (part, _) ? new(part)
        : _window is ConvOperator window
        ? window.Geometry(inputs.Shape(0), inputs.Shape(Places.Weight))
        : ConvolutionGeometry.Onnx(inputs.Shape(0).Lengths, inputs.Shape(Places.Weight).Lengths, _autoPad, _pads, _strides, _dilations,
            _group, _kernelShape);
}
