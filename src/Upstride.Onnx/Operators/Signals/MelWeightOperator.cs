using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Signals;

/// <summary>
/// <c>MelWeightMatrix</c> (opset 17 on): [frequencies, bands], by which a spectrum becomes one of bands that lie as far apart on the mel
/// scale, 2595 log10(1 + f / 700). A band is a triangle that begins at the middle of the one before and ends at the middle of the next.
/// </summary>
internal sealed class MelWeightOperator : Operator
{
    private readonly OnnxElementType _type;

    public MelWeightOperator(NodeAttributes node)
    {
        node.RequireOpset(17);
        _type = node.ElementType("output_datatype") ?? OnnxElementType.Float32;
        if (_type.Storage != Storage.Float) throw node.Unsupported($"a matrix of {_type.Text} is not supported");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        var shape = TensorShape.Of([(Integer(inputs, 1) / 2) + 1, Integer(inputs, 0)]);
        Edges(inputs, shape);
        return [new(_type, shape)];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        int bands = outputs[0].Shape[1];
        var matrix = new float[outputs[0].Shape.Count];
        int[] edges = Edges(inputs, outputs[0].Shape);
        for (int band = 0; band < bands; band++)
        {
            (int low, int middle, int high) = (edges[band], edges[band + 1], edges[band + 2]);
            for (int row = low; row < middle; row++) matrix[(row * bands) + band] = (float)(row - low) / (middle - low);
            for (int row = middle; row < high; row++) matrix[(row * bands) + band] = (float)(high - row) / (high - middle);
            matrix[(middle * bands) + band] = 1;
        }
        return new(frame => matrix.CopyTo(frame.Output<float>(0))) { HoldsWeights = true };
    }

    // The rows at which bands begin, have their middle and end.
    private static int[] Edges(NodeInputs inputs, TensorShape shape)
    {
        (int rows, int bands) = (shape[0], shape[1]);
        (long length, long rate) = (Integer(inputs, 1), Integer(inputs, 2));
        (float low, float high) = (Number(inputs, 3), Number(inputs, 4));
        if (!(low >= 0 && high >= low && rate > 0))
            throw inputs.Fault($"the bands go from {low} to {high} Hz at {rate} samples a second: the first must not be negative, and "
                + "neither the second below it nor the rate 0");
        double first = Mel(low), step = (Mel(high) - first) / (bands + 2);
        var edges = new int[bands + 2];
        for (int i = 0; i < edges.Length; i++)
        {
            double hertz = 700 * (Math.Pow(10, (first + (i * step)) / 2595) - 1), row = Math.Floor((length + 1) * hertz / rate);
            if (row >= rows)
                throw inputs.Fault($"a band reaches {hertz:f0} Hz, and {rows} frequencies of a transform of {length} at {rate} samples a "
                    + $"second end at {rate / 2.0:f0} Hz");
            edges[i] = (int)row;
        }
        return edges;

        static double Mel(double hertz) => 2595 * Math.Log10(1 + (hertz / 700));
    }

    private static long Integer(NodeInputs inputs, int input) => inputs.Integers(input) is [>= 0 and <= int.MaxValue and var value] ? value
        : throw inputs.Fault($"input {input} is {inputs[input]}, and must be one number from 0 to {int.MaxValue}");

    private static float Number(NodeInputs inputs, int input) => inputs.Floats(input) is [var value] ? value
        : throw inputs.Fault($"input {input} is {inputs[input]}, and must be one number");
}
