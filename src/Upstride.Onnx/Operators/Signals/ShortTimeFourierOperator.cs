using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Signals;

/// <summary>
/// <c>STFT</c> (opset 17 on): the Fourier transforms of pieces of a signal, [batch, samples, 1], or [.., 2] of complex numbers, that begin
/// every so many samples, each times a window: [batch, pieces, frequencies, 2].
/// </summary>
internal sealed class ShortTimeFourierOperator : Operator
{
    private readonly bool _half;

    public ShortTimeFourierOperator(NodeAttributes node)
    {
        node.RequireOpset(17);
        _half = node.Flag("onesided", fallback: true);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape signal = inputs.Float(0).Shape;
        if (signal.Rank is not (2 or 3) || (signal.Rank == 3 && signal[2] is not (1 or 2)))
            throw inputs.Fault($"the signal is {inputs[0]}, and must be [batch, samples, 1] or [batch, samples, 2]");
        (int length, int step) = Frames(inputs);
        int pieces = signal[1] < length ? 0 : ((signal[1] - length) / step) + 1;
        return [inputs[0].WithShape(new(signal[0], pieces, _half ? (length / 2) + 1 : length, 2))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape signal = inputs.Shape(0), output = outputs[0].Shape;
        (int length, int step) = Frames(inputs);
        int parts = signal.Rank == 3 ? signal[2] : 1;
        var transform = new FourierTransform(length, inverse: false);
        return new(frame =>
        {
            float[] window = frame.Input<float>(2).ToArray(), samples = frame.Input<float>(0).ToArray();
            CancellationToken cancellation = frame.CancellationToken;
            ParallelSlices.Run<float, float>([], frame.Output<float>(0), output[0] * output[1], settings, (_, destination, item) =>
            {
                cancellation.ThrowIfCancellationRequested();
                (int image, int piece) = Math.DivRem(item, output[1]);
                Complex[] line = new Complex[length], result = new Complex[length];
                for (int k = 0; k < length; k++)
                {
                    int at = ((image * signal[1]) + (piece * step) + k) * parts;
                    line[k] = new Complex(samples[at], parts == 2 ? samples[at + 1] : 0) * (window.Length > 0 ? window[k] : 1);
                }
                transform.Run(line, result);
                for (int k = 0; k < output[2]; k++)
                    (destination[2 * k], destination[(2 * k) + 1]) = ((float)result[k].Real, (float)result[k].Imaginary);
            });
        })
        {
            Flops = 8L * output[0] * output[1] * FourierTransform.Products(length),
            WorkspaceBytes = inputs[0].Bytes + (48L * length * settings.Threads),
        };
    }

    private (int Length, int Step) Frames(NodeInputs inputs)
    {
        long step = One(inputs, 1, "the step");
        long length = inputs.Has(3) ? One(inputs, 3, "the length of a piece") : inputs.Float(2).Shape.Count;
        if (inputs.Has(2) && inputs.Float(2).Shape != new TensorShape((nint)length))
            throw inputs.Fault($"the window is {inputs[2]}, and must be [{length}], the length of a piece");
        return ((int)length, (int)step);
    }

    private static long One(NodeInputs inputs, int input, string what)
    {
        ReadOnlySpan<long> values = inputs.Integers(input);
        if (values.Length != 1) throw inputs.Fault($"{what} is {inputs[input]}, and must be one number");
        return values[0] is >= 1 and <= int.MaxValue / 64 ? values[0]
            : throw inputs.Fault($"{what} is {values[0]}, and must be from 1 to {int.MaxValue / 64}");
    }
}
