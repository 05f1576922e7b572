using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Tests.Algorithms;

namespace Upstride.Tests.Conformance;

public sealed class ConvTransposeConformanceTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases =>
        from row in LiteralCases.Rows("conv_transpose")
        from algorithm in AlgorithmTable.All
        select new TheoryDataRow<string, string>(row.Data, algorithm.Name)
        { TestDisplayName = $"{row.TestDisplayName} by {algorithm.Name}" };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_case_comes_out(string name, string algorithm)
    {
        LiteralCase one = LiteralCases.Get(name);
        if (one.ExpectedError is not null)
        {
            var error = Assert.Throws<GeometryException>(() => Geometry(one));
            Assert.Equal("kernelShape = 1x1x1x5 and weight's kernel is 1x5, and both must be equal: leave kernelShape out", error.Message);
            Assert.Equal("kernelShape", error.ParamName);
            return;
        }
        ConvTransposeGeometry geometry = Geometry(one);
        var settings = new ComputeSettings { Algorithm = algorithm, Threads = 2, CyclesPerThread = 1 };
        float[] x = one.Input.Floats, w = InputOutputKernel(one, one.Weight!).Floats, bias = one.Bias?.Floats ?? [];
        Activation activation =
            one.Parameters.Text("activation", "none") switch { "none" => Activation.None, "relu" => Activation.Relu, var other =>
            throw new NotSupportedException(other) };
        int expectations = 0;

        if (Refused(geometry, Pass.Forward, w, settings)) return;
        var output = new float[geometry.OutputLength];
        Array.Fill(output, float.NaN);
        using (Plan<float> plan = ConvTransposePlan.Create<float>(geometry, w, bias, activation, settings: settings)) plan.Run(x, output);
        Expect(one.Expected, geometry.OutputShape.AsSpan(), output);

        if (OutputGradient(one, output) is { } gradient)
        {
            if (!Refused(geometry, Pass.InputGradient, w, settings))
            {
                var inputGradient = new float[geometry.InputLength];
                ConvTranspose.InputGradient<float>(geometry, gradient, w, inputGradient, settings);
                Expect(one.ExpectedInputGradient, geometry.InputShape.AsSpan(), inputGradient);
            }
            if (!Refused(geometry, Pass.WeightGradient, w, settings))
            {
                var weightGradient = new float[geometry.WeightLength];
                ConvTranspose.WeightGradient<float>(geometry, x, gradient, weightGradient, settings);
                Expect(one.ExpectedWeightGradient is { } expected ? InputOutputKernel(one, expected) : null, geometry.WeightShape.AsSpan(),
                    weightGradient);
            }
            var biasGradient = new float[geometry.OutputChannels];
            ConvTranspose.BiasGradient<float>(geometry, gradient, biasGradient);
            Expect(one.ExpectedBiasGradient, [geometry.OutputChannels], biasGradient);
        }
        if (one.ExpectedLoss is { } loss)
        {
            // The sources print the losses without decimals.
            Assert.InRange(Loss(one, output), loss - 0.5 - one.Relative * loss, loss + 0.5 + one.Relative * loss);
            expectations++;
        }
        if (one.ExpectedTangent is { } tangent)
        {
            float[] left = Forward(one.InputTangent!.Floats, w), right = Forward(x, InputOutputKernel(one, one.WeightTangent!).Floats);
            Expect(tangent, geometry.OutputShape.AsSpan(), [.. left.Zip(right, static (a, b) => a + b)]);
        }
        Assert.True(
            expectations > 0 || algorithm is "zero-insertion" or "winograd" or "taps" or "point" or "windows" or "planes" or "rows"
                or "strips",
            "the case expects something");

        void Expect(LiteralTensor? expected, ReadOnlySpan<nint> shape, float[] actual)
        {
            if (expected is null) return;
            one.AssertClose(expected, shape, actual, algorithm == "winograd" ? Rounding() : 0);
            expectations++;
        }

        // The cases' tolerances are for sums of the products themselves; sums of transformed ones round more.
        double Rounding() => Math.Max(
            WinogradTests.Bound(geometry, Pass.Forward, Math.ScaleB(1, -23), Largest(x) * Largest(w)),
            WinogradTests.Bound(geometry, Pass.InputGradient, Math.ScaleB(1, -23),
                Largest(OutputGradient(one, output) ?? [0]) * Largest(w)));

        static double Largest(float[] values) => values.Select(static value => Math.Abs((double)value)).DefaultIfEmpty().Max();

        float[] Forward(float[] input, float[] weight)
        {
            var result = new float[geometry.OutputLength];
            ConvTranspose.Forward<float>(geometry, input, weight, default, result, settings);
            return result;
        }
    }

    /// <summary>
    /// Zero insertion has no gradients, planes have nothing else, rows and strips take neighbouring taps alone, Winograd's tiles do not fit
    /// every window, taps are several over planes of their own, a point is a point and windows have eight columns, and they say so; nothing
    /// else refuses any of these cases.
    /// </summary>
    private static bool Refused(ConvTransposeGeometry geometry, Pass pass, float[] weight, ComputeSettings settings)
    {
        if (AlgorithmTable.Named(settings.Algorithm!).Refusal(new(geometry, pass, typeof(float), settings)) is not { } reason) return false;
        Assert.True(settings.Algorithm is "winograd" or "taps" or "point" or "windows" or "rows" or "strips"
            || settings.Algorithm == (pass == Pass.WeightGradient ? "zero-insertion" : "planes")
            || (settings.Algorithm == "zero-insertion" && pass != Pass.Forward), $"{settings.Algorithm} refuses {pass}: {reason}");
        Assert.NotEmpty(reason);
        var refusal = Assert.Throws<NotSupportedException>(() => pass switch
        {
            Pass.Forward => ConvTransposePlan.Create<float>(geometry, weight, settings: settings),
            Pass.InputGradient => ConvTransposePlan.CreateInputGradient<float>(geometry, weight, settings),
            _ => ConvTransposePlan.CreateWeightGradient<float>(geometry, settings),
        });
        Assert.Equal($"algorithm {settings.Algorithm} cannot compute this: {reason}", refusal.Message);
        return true;
    }

    private static float[]? OutputGradient(LiteralCase one, float[] output) => one switch
    {
        { Loss: "mean(exp(output))" } => Array.ConvertAll(output, value => MathF.Exp(value) / output.Length),
        { Loss: "sum(output^2)" } => Array.ConvertAll(output, static value => 2 * value),
        { Loss: not null } => throw new NotSupportedException(one.Loss),
        { GradientIsOnes: true } => Array.ConvertAll(output, static _ => 1f),
        _ => one.OutputGradient?.Floats,
    };

    private static double Loss(LiteralCase one, float[] output) =>
        one.Loss == "mean(exp(output))"
        ? output.Average(static value => Math.Exp(value)) : output.Sum(static value => (double)value * value);

    private static ConvTransposeGeometry Geometry(LiteralCase one)
    {
        LiteralParameters parameters = one.Parameters;
        PerAxis strides = parameters.Integers("strides"), dilations = parameters.Integers("dilations");
        nint[] pads = Array.ConvertAll(parameters.Integers("pads"), static pad => (nint)pad);
        nint[] outputShape = Array.ConvertAll(parameters.Integers("output_shape"), static size => (nint)size);
        string autoPad = parameters.Text("auto_pad", "NOTSET");
        if (one.Name.StartsWith("kerasjs", StringComparison.Ordinal))
            return ConvTransposeGeometry.Keras(one.Input.Shape, one.Weight!.Shape, strides,
                autoPad == "VALID" ? Padding.Valid : Padding.Same);
        if (one.Name.StartsWith("tfjs", StringComparison.Ordinal))
        {
            // TensorFlow's padding is that of the forward convolution; a case without any crops nothing.
            Padding padding = autoPad switch
            {
                "VALID" => Padding.Valid,
                "SAME_UPPER" => Padding.Same,
                _ => Padding.Explicit(((int)pads[0], (int)pads[2]), ((int)pads[1], (int)pads[3])),
            };
            return ConvTransposeGeometry.TensorFlow(
                one.Input.Shape, one.Weight!.Shape, [one.Input.Shape[0], .. outputShape, one.Weight.Shape[^2]], strides, padding,
                    dilations);
        }
        bool last = one.Layout == "NHWC";
        nint[] input = last ? [one.Input.Shape[0], one.Input.Shape[^1], .. one.Input.Shape[1..^1]] : one.Input.Shape;
        OnnxAutoPad pad =
            autoPad switch { "NOTSET" => OnnxAutoPad.NotSet, "SAME_UPPER" => OnnxAutoPad.SameUpper, "SAME_LOWER" => OnnxAutoPad.SameLower,
            "VALID" => OnnxAutoPad.Valid, _ => throw new NotSupportedException(autoPad) };
        return ConvTransposeGeometry.Onnx(
            input, InputOutputKernel(one, one.Weight!).Shape, pad, pads, strides, dilations, parameters.Integers("output_padding"),
                outputShape,
            parameters.Integer("groups", 1), parameters.Integers("kernel_shape"))
                .WithLayout(last ? Layout.ChannelsLast : Layout.ChannelsFirst);
    }

    /// <summary>Weights of the case's order, as [input, output, kernel...].</summary>
    private static LiteralTensor InputOutputKernel(LiteralCase one, LiteralTensor weight)
    {
        nint[] s = weight.Shape;
        if (one.WeightLayout is "IOL" or "IOHW" or "IODHW") return weight;
        (nint height, nint width, nint outputs) = one.WeightLayout switch
        {
            "HWOI" => (s[0], s[1], s[2]),
            "OHWI" => (s[1], s[2], s[0]),
            _ => throw new NotSupportedException(one.WeightLayout),
        };
        nint inputs = s[3];
        var data = new List<double>();
        for (nint i = 0; i < inputs; i++)
        for (nint o = 0; o < outputs; o++)
        for (nint h = 0; h < height; h++)
        for (nint w = 0; w < width; w++)
            data.Add(weight.Data[one.WeightLayout == "HWOI"
                ? ((h * width + w) * outputs + o) * inputs + i : ((o * height + h) * width + w) * inputs + i]);
        return new([inputs, outputs, height, width], [.. data]);
    }
}
