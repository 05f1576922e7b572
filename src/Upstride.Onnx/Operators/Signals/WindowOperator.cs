using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Signals;

/// <summary>
/// <c>HannWindow</c>, <c>HammingWindow</c> and <c>BlackmanWindow</c> (opset 17 on): a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N) for n from
/// 0 on, as many as input 0 says; N is their number, and with <c>periodic</c> = 0 one less.
/// </summary>
internal sealed class WindowOperator : Operator
{
    private readonly double _first;
    private readonly double _second;
    private readonly double _third;
    private readonly bool _periodic;
    private readonly OnnxElementType _type;

    private WindowOperator(NodeAttributes node, double first, double second, double third)
    {
        node.RequireOpset(17);
        (_first, _second, _third) = (first, second, third);
        _periodic = node.Flag("periodic", fallback: true);
        _type = node.ElementType("output_datatype") ?? OnnxElementType.Float32;
        if (_type.Storage != Storage.Float) throw node.Unsupported($"a window of {_type.Text} is not supported");
    }

    public static WindowOperator Hann(NodeAttributes node) => new(node, 0.5, 0.5, 0);

    // The specification's coefficients, which put the first side lobe out exactly; 0.54 and 0.46 are they, rounded.
    public static WindowOperator Hamming(NodeAttributes node) => new(node, 25.0 / 46, 21.0 / 46, 0);

    public static WindowOperator Blackman(NodeAttributes node) => new(node, 0.42, 0.5, 0.08);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => inputs.Integers(0) is [>= 0 and <= int.MaxValue / 64] size
        ? [new(_type, new((nint)size[0]))]
        : throw inputs.Fault($"the size is {inputs[0]}, and must be one number from 0 to {int.MaxValue / 64}");

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) => new(frame =>
    {
        Span<float> window = frame.Output<float>(0);
        int period = Math.Max(1, _periodic ? window.Length : window.Length - 1);
        for (int n = 0; n < window.Length; n++)
        {
            double angle = 2 * Math.PI * n / period;
            window[n] = (float)(_first - (_second * Math.Cos(angle)) + (_third * Math.Cos(2 * angle)));
        }
    });
}
