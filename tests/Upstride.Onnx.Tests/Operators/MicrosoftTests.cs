namespace Upstride.Onnx.Tests.Operators;

/// <summary>What ONNX Runtime's optimiser writes into files, and operators of ONNX's first versions that it still has, against
/// it.</summary>
public class MicrosoftTests
{
    private const float Bound = 1e-5f;

    [Theory]
    [InlineData("")]
    [InlineData("Relu")]
    [InlineData("Tanh")]
    [InlineData("Sigmoid")]
    [InlineData("LeakyRelu", 0.2f)]
    [InlineData("Clip", -0.3f, 0.4f)]
    [InlineData("HardSigmoid", 0.3f, 0.4f)]
    public void A_fused_convolution_adds_a_residual_and_applies_an_activation(string activation, params float[] parameters)
    {
        var random = new Random(1);
        for (int round = 0; round < 6; round++)
        {
            nint channels = random.Next(1, 5), outputs = random.Next(1, 9), size = random.Next(4, 12);
            OnnxTensor? bias = round % 2 == 0 ? null : Values.Random(3, outputs), residual = round % 3 == 0 ? null :
                Values.Random(4, 2, outputs, size, size + 1);
            List<(string, object)> attributes = [("pads", (long[])[1, 1, 1, 1]), ("kernel_shape", (long[])[3, 3])];
            if (activation.Length > 0) attributes.Add(("activation", activation));
            if (parameters.Length > 0) attributes.Add(("activation_params", parameters));
            if (residual is not null && bias is null) bias = Values.Random(5, outputs);
            OneNode.SameAsRuntime("com.microsoft:FusedConv", 13,
                [Values.Random(1, 2, channels, size, size + 1), Values.Random(2, outputs, channels, 3, 3), bias, residual], 1, Bound,
                [.. attributes]);
        }
    }

    [Fact]
    public void Gaussian_units_have_a_bias()
    {
        var random = new Random(2);
        for (int round = 0; round < 6; round++)
        {
            nint width = random.Next(1, 40);
            OnnxTensor x = OneNode.Run("Mul", 13, [Values.Random(round, 3, random.Next(1, 5), width), OneNode.Floats(6)]),
                bias = Values.Random(round + 1, width);
            OneNode.SameAsRuntime("com.microsoft:BiasGelu", 13, [x, bias], 1, Bound);
            OneNode.SameAsRuntime("com.microsoft:FastGelu", 13, [x, bias], 1, Bound);
            OneNode.SameAsRuntime("com.microsoft:FastGelu", 13, [x], 1, Bound);
            OneNode.SameAsRuntime("com.microsoft:Gelu", 13, [x], 1, Bound);
            OneNode.SameAsRuntime("com.microsoft:QuickGelu", 13, [x], 1, Bound);
            OneNode.SameAsRuntime("com.microsoft:QuickGelu", 13, [x], 1, Bound, ("alpha", 0.8f));
        }
        Assert.Equal("node 'node-y0' (BiasGelu): the bias is float32 [3], and must have the length of the last axis of input 0, "
            + "float32 [3, 4]", OneNode.Refusal("com.microsoft:BiasGelu", 13, [Values.Random(1, 3, 4), Values.Random(1, 3)]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void A_fused_product_transposes_and_scales(int transA, int transB)
    {
        var random = new Random(3);
        for (int round = 0; round < 5; round++)
        {
            nint rows = random.Next(1, 9), depth = random.Next(1, 9), columns = random.Next(1, 9);
            OnnxTensor a = transA == 1 ? OneNode.Whole(random, 2, 3, depth, rows) : OneNode.Whole(random, 2, 3, rows, depth),
                b = transB == 1 ? OneNode.Whole(random, 2, 3, columns, depth) : OneNode.Whole(random, 2, 3, depth, columns);
            OneNode.SameAsRuntime("com.microsoft:FusedMatMul", 13, [a, b], 1, 0, ("transA", transA), ("transB", transB),
                ("alpha", 0.5f));
        }
    }

    [Fact]
    public void An_activation_that_is_not_known_and_a_residual_that_does_not_fit_are_refused()
    {
        OnnxTensor x = Values.Random(1, 1, 2, 5, 5), w = Values.Random(2, 3, 2, 1, 1), bias = Values.Random(3, 3);
        Assert.Equal("node 'node-y0' (FusedConv): activation 'HardSigmoid' with 1 parameters is not supported",
            OneNode.Refusal("com.microsoft:FusedConv", 13, [x, w], ("activation", "HardSigmoid"),
                ("activation_params", (float[])[0.2f])));
        Assert.Equal("node 'node-y0' (FusedConv): the residual, input 3, is float32 [1, 3, 4, 5], and must be float32 [1, 3, 5, 5]",
            OneNode.Refusal("com.microsoft:FusedConv", 13, [x, w, bias, Values.Random(4, 1, 3, 4, 5)]));
        Assert.Contains("NhwcFusedConv of domain 'com.microsoft'", OneNode.Refusal("com.microsoft:NhwcFusedConv", 13, [x, w]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_of_the_first_versions_scale_shift_and_cut()
    {
        OnnxTensor x = Values.Random(1, 2, 3, 6, 7);
        OneNode.SameAsRuntime("Affine", 7, [x], 1, Bound, ("alpha", 1.5f), ("beta", 0.25f));
        OneNode.SameAsRuntime("ImageScaler", 7, [x], 1, Bound, ("scale", 2f), ("bias", (float[])[1, -2, 3]));
        OneNode.SameAsRuntime("Crop", 7, [x], 1, 0, ("border", (long[])[1, 2, 3, 1]));
        OneNode.SameAsRuntime("Crop", 7, [x], 1, 0, ("border", (long[])[1, 2, 0, 0]), ("scale", (long[])[3, 5]));
        Assert.Equal("node 'node-y0' (Crop): border = [3, 0, 4, 0] leave nothing of, or reach beyond, axis 3 of float32 [2, 3, 6, 7]",
            OneNode.Refusal("Crop", 7, [x], ("border", (long[])[3, 0, 4, 0])));
        Assert.Equal("node 'node-y0' (Crop): border = [0, 0, 0, 0] and scale = [9223372036854775807, 1] leave nothing of, or reach beyond, "
            + "axis 2 of float32 [2, 3, 6, 7]", OneNode.Refusal("Crop", 7, [x], ("border", (long[])[0, 0, 0, 0]),
            ("scale", (long[])[long.MaxValue, 1])));
        Assert.Equal("node 'node-y0' (ImageScaler): attribute bias has 1 numbers, and must have one for each channel, axis 1, of "
            + "float32 [2, 3, 6, 7]", OneNode.Refusal("ImageScaler", 7, [x], ("bias", (float[])[1])));
    }
}
