namespace Upstride.Onnx.Tests.Operators;

/// <summary>Normalisations and fused products of ONNX Runtime's domain, and cumulated products.</summary>
public class MicrosoftNormalizationTests
{
    private const float Bound = 1e-5f;

    [Fact]
    public void A_skip_is_added_before_it_is_normalised()
    {
        for (int round = 0; round < 8; round++)
        {
            OnnxTensor x = Values.Random(round, 2, 3, 16), skip = round % 2 == 0 ? Values.Random(9, 2, 3, 16) : Values.Random(9, 3, 16);
            OnnxTensor scale = Values.Random(3, 16), shift = Values.Random(4, 16);
            OnnxTensor? bias = round % 4 < 2 ? null : Values.Random(5, 16);
            OneNode.SameAsRuntime("com.microsoft:SkipLayerNormalization", 17, [x, skip, scale, shift, bias], 1, Bound, ("epsilon", 1e-5f));
            OneNode.SameAsRuntime("com.microsoft:SkipLayerNormalization", 17, [x, skip, scale], 1, Bound);
            OneNode.SameAsRuntime("com.microsoft:SkipSimplifiedLayerNormalization", 17, [x, skip, scale, bias], 1, Bound,
                ("epsilon", 1e-5f));
        }
        Assert.Equal(
            "node 'node-y0' (SkipLayerNormalization): the skip is float32 [2, 4], and must be as input 0, float32 [2, 3], for every "
            + "image or for all", OneNode.Refusal("com.microsoft:SkipLayerNormalization", 17,
                [Values.Random(1, 2, 3), Values.Random(2, 2, 4), Values.Random(3, 3)]));
    }

    [Fact]
    public void The_sum_before_the_normalisation_is_an_output()
    {
        OnnxTensor x = OneNode.Whole(new Random(1), 2, 3, 8), skip = OneNode.Whole(new Random(2), 2, 3, 8);
        OnnxTensor[] results = OneNode.Run("com.microsoft:SkipSimplifiedLayerNormalization", 17, [x, skip, Values.Random(3, 8)], 4);
        for (int i = 0; i < x.Length; i++) Assert.Equal(x.Floats[i] + skip.Floats[i], results[3].Floats[i]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(2)]
    public void Root_mean_squares(int axis)
    {
        OnnxTensor x = Values.Random(1, 2, 3, 4, 5), scale = Values.Random(2, axis == 1 ? [3, 4, 5] : axis == 2 ? [4, 5] : [5]);
        OnnxTensor y = OneNode.Run("RMSNormalization", 23, [x, scale], ("axis", axis), ("epsilon", 1e-5f));
        int width = scale.Length;
        for (int row = 0; row < x.Length / width; row++)
        {
            double squares = 0;
            for (int i = 0; i < width; i++) squares += Math.Pow(x.Floats[(row * width) + i], 2);
            for (int i = 0; i < width; i++)
                Assert.Equal(x.Floats[(row * width) + i] / Math.Sqrt((squares / width) + 1e-5f) * scale.Floats[i], y.Floats[(row * width)
                    + i],
                    1e-6);
        }
        if (axis == -1) OneNode.SameAsRuntime("SimplifiedLayerNormalization", 17, [x, scale], 1, Bound, ("axis", -1), ("epsilon", 1e-5f));
        Assert.Equal("node 'node-y0' (RMSNormalization): the operator came with opset 23, and the model is of opset 22",
            OneNode.Refusal("RMSNormalization", 22, [x, scale]));
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Tanh")]
    [InlineData("Sigmoid")]
    [InlineData("LeakyRelu")]
    public void A_fused_product_has_an_activation(string name)
    {
        OnnxTensor a = Values.Random(1, 5, 7), b = Values.Random(2, 7, 9), c = Values.Random(3, 9);
        (string, object)[] attributes = name == "LeakyRelu" ? [("activation", name), ("activation_alpha", 0.3f)] : [("activation", name)];
        OneNode.SameAsRuntime("com.microsoft:FusedGemm", 13, [a, b, c], 1, Bound, [.. attributes, ("alpha", 0.5f), ("beta", 2f)]);
        Assert.Equal("node 'node-y0' (FusedGemm): activation 'Unheard' is not supported",
            OneNode.Refusal("com.microsoft:FusedGemm", 13, [a, b, c], ("activation", "Unheard")));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Products_are_cumulated_along_an_axis(int exclusive, int reverse)
    {
        for (int axis = -1; axis < 2; axis++)
        {
            OnnxTensor x = OneNode.Whole(new Random(4), 3, 5);
            OnnxTensor y = OneNode.Run("CumProd", 26, [x, OnnxTensor.Create([(long)axis])], ("exclusive", exclusive), ("reverse", reverse));
            for (int row = 0; row < 3; row++)
            {
                for (int column = 0; column < 5; column++)
                {
                    float product = 1;
                    int length = axis == 0 ? 3 : 5, at = axis == 0 ? row : column;
                    for (int k = 0; k < length; k++)
                    {
                        bool within = reverse == 1 ? k > at || (k == at && exclusive == 0) : k < at || (k == at && exclusive == 0);
                        if (within) product *= x.Floats[axis == 0 ? (k * 5) + column : (row * 5) + k];
                    }
                    Assert.Equal(product, y.Floats[(row * 5) + column]);
                }
            }
        }
        Assert.Equal([1L, 2, 6], OneNode.Run("CumProd", 26, [OneNode.Longs(1, 2, 3), OnnxTensor.Create([0L])]).Integers.ToArray());
        Assert.Equal("node 'node-y0' (CumProd): the operator came with opset 26, and the model is of opset 25",
            OneNode.Refusal("CumProd", 25, [OneNode.Longs(1), OnnxTensor.Create([0L])]));
    }
}
