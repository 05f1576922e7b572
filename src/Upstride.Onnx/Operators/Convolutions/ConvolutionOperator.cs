using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary>
/// What <c>Conv</c> and <c>ConvTranspose</c> share: inputs X, W and optionally B. The compiler may add an activation, and as input 3 a
/// residual, a tensor of the output's shape that is added before the activation.
/// </summary>
internal abstract class ConvolutionOperator : Operator
{
    /// <summary>The index of the residual among the inputs.</summary>
    public const int Residual = 3;

    /// <summary>Reads the attributes that both have.</summary>
    protected ConvolutionOperator(NodeAttributes node)
    {
        AutoPad = node.Choice("auto_pad", "NOTSET",
            ("NOTSET", OnnxAutoPad.NotSet), ("SAME_UPPER", OnnxAutoPad.SameUpper), ("SAME_LOWER", OnnxAutoPad.SameLower),
            ("VALID", OnnxAutoPad.Valid));
        Pads = [.. (node.Integers("pads") ?? []).Select(static pad => (nint)pad)];
        Strides = node.Int32s("strides");
        Dilations = node.Int32s("dilations");
        KernelShape = node.Int32s("kernel_shape");
        Group = node.Int32("group", 1);
    }

    /// <summary>An operator that computes what <paramref name="other"/> does in another way.</summary>
    protected ConvolutionOperator(ConvolutionOperator other)
    {
        Group = other.Group;
        Pads = [];
    }

    /// <summary>What is applied to the sum of products, bias and residual.</summary>
    public Activation Activation { get; private set; } = Activation.None;

    /// <summary>Whether no activation was added.</summary>
    public bool IsPlain => Activation.Kind == ActivationKind.None;

    protected OnnxAutoPad AutoPad { get; private set; }

    protected nint[] Pads { get; private set; }

    protected PerAxis Strides { get; }

    protected PerAxis Dilations { get; }

    protected PerAxis KernelShape { get; }

    protected int Group { get; }

    /// <summary>
    /// The padding of each axis where it is the same at both ends and given as numbers, and strides and dilations are 1; null else.
    /// </summary>
    public int[]? SymmetricPaddingOfUnitStride(int axes)
    {
        if (AutoPad is not (OnnxAutoPad.NotSet or OnnxAutoPad.Valid) || Strides.Values.Any(static stride => stride != 1)
            || Dilations.Values.Any(static dilation => dilation != 1)) return null;
        if (Pads.Length == 0) return new int[axes];
        return Pads.Length == 2 * axes && Pads.AsSpan(0, axes).SequenceEqual(Pads.AsSpan(axes))
            ? [.. Pads.Take(axes).Select(static pad => (int)pad)] : null;
    }

    /// <summary>The same operator followed by an activation.</summary>
    public ConvolutionOperator With(Activation activation)
    {
        var copy = (ConvolutionOperator)MemberwiseClone();
        copy.Activation = activation;
        return copy;
    }

    /// <summary>
    /// The same operator with more zeros around its input, [starts..., ends...]; null where its padding follows from sizes.
    /// </summary>
    public ConvolutionOperator? WithPadding(ReadOnlySpan<int> pads)
    {
        if (AutoPad is not (OnnxAutoPad.NotSet or OnnxAutoPad.Valid) || (Pads.Length > 0 && Pads.Length != pads.Length)) return null;
        var copy = (ConvolutionOperator)MemberwiseClone();
        copy.AutoPad = OnnxAutoPad.NotSet;
        copy.Pads = [.. pads];
        for (int i = 0; i < Pads.Length; i++) copy.Pads[i] += Pads[i];
        return copy;
    }

    /// <summary>Whether it reads no zeros beyond its input.</summary>
    public bool HasNoPadding => AutoPad == OnnxAutoPad.Valid || (AutoPad == OnnxAutoPad.NotSet && Pads.All(static pad => pad == 0));

    /// <summary>The weights with those of each output channel multiplied by its scale.</summary>
    public OnnxTensor ScaleChannels(OnnxTensor weight, ReadOnlySpan<float> scale)
    {
        var rows = new float[weight.Type.Shape[0] * weight.Type.Shape[1]];
        for (int row = 0; row < rows.Length; row++) rows[row] = scale[OutputChannelOf(row, weight.Type.Shape)];
        return ScaleRows(weight, rows);
    }

    /// <summary>The weights with those of each input channel multiplied by its scale.</summary>
    public OnnxTensor ScaleInputs(OnnxTensor weight, ReadOnlySpan<float> scale)
    {
        var rows = new float[weight.Type.Shape[0] * weight.Type.Shape[1]];
        for (int row = 0; row < rows.Length; row++) rows[row] = scale[InputChannelOf(row, weight.Type.Shape)];
        return ScaleRows(weight, rows);
    }

    /// <summary>For each output channel the sum of its weights, each times the number of its input channel.</summary>
    public float[] SumOfInputs(OnnxTensor weight, ReadOnlySpan<float> inputs, int outputChannels)
    {
        TensorShape shape = weight.Type.Shape;
        int taps = shape.CountOfAxes(2, shape.Rank);
        var sums = new double[outputChannels];
        for (int row = 0; row < shape[0] * shape[1]; row++)
        {
            double sum = 0;
            foreach (float value in weight.Floats.Slice(row * taps, taps)) sum += value;
            sums[OutputChannelOf(row, shape)] += sum * inputs[InputChannelOf(row, shape)];
        }
        return [.. sums.Select(static sum => (float)sum)];
    }

    public sealed override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        inputs.Float(1);
        TensorType output = input.WithShape(OutputShape(inputs));
        if (inputs.Has(2) && (inputs.Float(2).Shape is not { Rank: 1 } bias || bias[0] != output.Shape[1]))
            throw inputs.Fault($"the bias is {inputs[2]}, and must be [{output.Shape[1]}] for {output.Shape[1]} output channels");
        if (inputs.Has(Residual) && inputs.Float(Residual).Shape != output.Shape)
            throw inputs.Fault($"the residual, input {Residual}, is {inputs[Residual]}, and must be {output}");
        return [output];
    }

    public sealed override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        bool residual = inputs.Has(Residual);
        if (inputs.Constant(1) is { } weight && (!inputs.Has(2) || inputs.Constant(2) is not null))
        {
            Plan<float> plan =
                CreatePlan(inputs, weight.Floats, inputs.Constant(2) is { } bias ? bias.Floats : default, residual, settings);
            return new(frame => plan.Run(frame.Input<float>(0), frame.Input<float>(Residual), frame.Output<float>(0)))
            {
                Algorithm = plan.Algorithm,
                Flops = 2 * plan.Geometry.MultiplyAdds,
                WorkspaceBytes = plan.WorkspaceBytes,
                WeightBytes = plan.WeightBytes,
                HoldsWeights = inputs.Constant(Residual) is null,
                Owned = plan,
            };
        }

        // Weights that are computed as the model runs are packed in each run.
        return new(frame =>
        {
            using Plan<float> plan = CreatePlan(inputs, frame.Input<float>(1), frame.Input<float>(2), residual, settings);
            plan.Run(frame.Input<float>(0), frame.Input<float>(Residual), frame.Output<float>(0));
        })
        {
            Flops = 2 * MultiplyAdds(inputs),
        };
    }

    /// <summary>
    /// The sizes: a transposed convolution, run from input to output, or where <c>Reversed</c>, that of which the convolution is the
    /// adjoint.
    /// </summary>
    public abstract (ConvTransposeGeometry Geometry, bool Reversed) Sizes(NodeInputs inputs);

    /// <summary>How many products land on the outputs, where that may be uneven.</summary>
    public virtual OverlapMap? Overlap(NodeInputs inputs) => null;

    protected abstract TensorShape OutputShape(NodeInputs inputs);

    /// <summary>Multiply-adds of the definition.</summary>
    protected abstract long MultiplyAdds(NodeInputs inputs);

    protected abstract Plan<float> CreatePlan(NodeInputs inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual,
        ComputeSettings settings);

    /// <summary>
    /// The output channel of one row of the weights, the taps of one kernel: rows are counted over the first two axes of
    /// <paramref name="weight"/>.
    /// </summary>
    protected abstract int OutputChannelOf(int row, TensorShape weight);

    /// <summary>The input channel of one row of the weights.</summary>
    protected abstract int InputChannelOf(int row, TensorShape weight);

    // A row is the taps of one kernel.
    private static OnnxTensor ScaleRows(OnnxTensor weight, ReadOnlySpan<float> scale)
    {
        float[] scaled = weight.Floats.ToArray();
        int taps = scaled.Length / Math.Max(1, scale.Length);
        for (int row = 0; row < scale.Length; row++)
            TensorPrimitives.Multiply(scaled.AsSpan(row * taps, taps), scale[row], scaled.AsSpan(row * taps, taps));
        return new(weight.Type, scaled);
    }
}
