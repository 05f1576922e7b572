using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Quantization;

/// <summary>
/// A convolution or transposed convolution of whole numbers by constant ones, exact: in single precision where no sum can leave the whole
/// numbers that it holds, 2^24, whatever the order; else in double precision.
/// </summary>
internal sealed class ExactConvolution : IDisposable
{
    private const long SingleLimit = 1 << 24;

    private readonly Plan<float>? _single;
    private readonly Plan<double>? _double;
    private readonly int _outputs;

    /// <summary>A convolution.</summary>
    /// <param name="geometry">Its sizes.</param>
    /// <param name="weights">Less their zero points.</param>
    /// <param name="largest">The largest size of an input less its zero point.</param>
    /// <param name="settings">Threads and memory.</param>
    public ExactConvolution(ConvolutionGeometry geometry, int[] weights, long largest, ComputeSettings settings)
    {
        // Winograd's algorithm computes with fractions.
        settings = settings with { AllowWinograd = false };
        _outputs = OneNumber(geometry.OutputShape.AsSpan());
        int each = weights.Length / geometry.OutputChannels;
        var sums = new long[geometry.OutputChannels];
        for (int i = 0; i < weights.Length; i++) sums[i / each] += Math.Abs((long)weights[i]);
        if (sums.Max() * largest <= SingleLimit)
            _single = ConvolutionPlan.Create<float>(geometry, Array.ConvertAll(weights, static weight => (float)weight), default,
                Activation.None, false, settings);
        else
            _double = ConvolutionPlan.Create<double>(geometry, Array.ConvertAll(weights, static weight => (double)weight), default,
                Activation.None, false, settings);
    }

    /// <summary>A transposed convolution.</summary>
    /// <inheritdoc cref="ExactConvolution(ConvolutionGeometry, int[], long, ComputeSettings)"/>
    public ExactConvolution(ConvTransposeGeometry geometry, int[] weights, long largest, ComputeSettings settings)
    {
        settings = settings with { AllowWinograd = false };
        _outputs = OneNumber(geometry.OutputShape.AsSpan());
        var shape = new TensorShape(geometry.WeightShape.AsSpan());
        int taps = geometry.KernelTaps;
        var sums = new long[geometry.OutputChannels];
        for (int i = 0; i < weights.Length; i++)
            sums[ConvTransposeOperator.OutputChannel(i / taps, shape, geometry.Groups)] += Math.Abs((long)weights[i]);
        if (sums.Max() * largest <= SingleLimit)
            _single = ConvTransposePlan.Create<float>(geometry, Array.ConvertAll(weights, static weight => (float)weight), default,
                Activation.None, false, settings);
        else
            _double = ConvTransposePlan.Create<double>(geometry, Array.ConvertAll(weights, static weight => (double)weight), default,
                Activation.None, false, settings);
    }

    /// <summary>Bytes of packed weights.</summary>
    public long WeightBytes => _single?.WeightBytes ?? _double!.WeightBytes;

    /// <summary>Bytes of one run beside input and output.</summary>
    public long WorkspaceBytes => _single?.WorkspaceBytes ?? _double!.WorkspaceBytes;

    /// <summary>What computes it.</summary>
    public string Algorithm => $"integers by {_single?.Algorithm ?? _double!.Algorithm}{(_single is null ? " in double precision" : "")}";

    /// <summary>The sums, cut to 32 bits.</summary>
    public int[] Run(ReadOnlySpan<long> input, long zero)
    {
        var sums = new int[_outputs];
        if (_single is not null)
        {
            float[] x = new float[input.Length], y = new float[_outputs];
            for (int i = 0; i < x.Length; i++) x[i] = (int)(input[i] - zero);
            _single.Run(x, default, y);
            for (int i = 0; i < y.Length; i++) sums[i] = (int)y[i];
            return sums;
        }
        double[] wide = new double[input.Length], result = new double[_outputs];
        for (int i = 0; i < wide.Length; i++) wide[i] = (int)(input[i] - zero);
        _double!.Run(wide, default, result);
        for (int i = 0; i < result.Length; i++) sums[i] = (int)(long)result[i];
        return sums;
    }

    /// <summary>The largest size of a number of a type less its zero point.</summary>
    public static long Largest(OnnxElementType element, OnnxTensor? zero, bool hasZero)
    {
        (long least, long most) = element.Range;
        if (hasZero && zero is null) return most - least;
        long point = zero?.Integers[0] ?? 0;
        return Math.Max(Math.Abs(most - point), Math.Abs(least - point));
    }

    public void Dispose()
    {
        _single?.Dispose();
        _double?.Dispose();
    }

    private static int OneNumber(ReadOnlySpan<nint> shape) => new TensorShape(shape).Count;
}
