using System.Numerics.Tensors;
using Upstride.Onnx.Compilation;
using Upstride.Testing;

namespace Upstride.Onnx.Tests;

/// <summary>Networks of other people: they run, for several batch sizes, and the compiler leaves their outputs as they are.</summary>
public class SharedModelTests
{
    /// <summary>Where the models are, and the sizes of their outputs for a batch of one.</summary>
    public static TheoryData<string, int[]> Models => new()
    {
        { "unet-cloud/unet.onnx", [1, 1, 224, 224] },
        { "bvae-mnist/ae_encoder.onnx", [1, 2] },
        { "bvae-mnist/architecture_encoder.onnx", [1, 2] },
        { "bvae-mnist/ae_decoder.onnx", [28, 28, 4] },
        { "bvae-mnist/architecture_decoder.onnx", [28, 28, 4] },
        { "onnxruntime-testdata/test_conv_follow_convtrans.onnx", [1, 32, 29, 30] },
        { "onnxruntime-testdata/test_resize.onnx", [1, 3, 54, 54] },
        { "onnxruntime-testdata/nhwc_resize_scales_opset11.onnx", [1, 3, 4, 5] },
        { "onnxruntime-testdata/nhwc_resize_sizes_opset11.onnx", [1, 3, 4, 5] },
        { "onnxruntime-testdata/nhwc_resize_scales_opset18.onnx", [1, 3, 4, 5] },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_gives_the_same_with_and_without_the_compilers_passes(string model, int[] output)
    {
        string path = SharedData.Path(["models", .. model.Split('/')]);
        using OnnxSession session = OnnxSession.Load(path);
        using OnnxSession plain = OnnxSession.Load(path, new() { SkippedPasses = [.. GraphPass.All.Select(static pass => pass.Name)] });
        Dictionary<string, OnnxTensor> inputs = Inputs(session, batch: 1);
        IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(inputs), expected = plain.Run(inputs);
        Assert.Equal(output.Select(static length => (nint)length), actual[session.Outputs[0].Name].Shape);
        foreach ((string name, OnnxTensor tensor) in expected)
        {
            Assert.Equal(tensor.Shape, actual[name].Shape);

            // Whole numbers that were rounded down may be one apart.
            if (tensor.ElementType == OnnxElementType.UInt8)
                for (int i = 0; i < tensor.Length; i++) Assert.InRange(actual[name].Integers[i] - tensor.Integers[i], -1, 1);
            else
                AssertNear(tensor.Floats, actual[name].Floats);
        }
    }

    [Theory]
    [InlineData("unet-cloud/unet.onnx", 1, 224, 224)]
    [InlineData("bvae-mnist/ae_encoder.onnx", 2)]
    [InlineData("onnxruntime-testdata/test_conv_follow_convtrans.onnx", 32, 29, 30)]
    [InlineData("onnxruntime-testdata/test_resize.onnx", 3, 54, 54)]
    public void A_batch_gives_what_its_parts_give(string model, params int[] output)
    {
        string path = SharedData.Path(["models", .. model.Split('/')]);
        using OnnxSession session = OnnxSession.Load(path);
        Dictionary<string, OnnxTensor> both = Inputs(session, batch: 2);
        (string name, OnnxTensor input) = Assert.Single(both);
        OnnxTensor together = session.Run(both)[session.Outputs[0].Name];
        Assert.Equal(2, together.Shape[0]);
        Assert.Equal(output.Select(static length => (nint)length), together.Shape[1..]);
        int half = input.Length / 2, result = together.Length / 2;
        for (int part = 0; part < 2; part++)
        {
            OnnxTensor alone = session.Run(Values.Named((name, OnnxTensor.Create(input.Floats.Slice(part * half, half), [1, .. input.Shape[1..]]))))[session.Outputs[0].Name];
            AssertNear(alone.Floats, together.Floats.Slice(part * result, result));
        }
    }

    internal static Dictionary<string, OnnxTensor> Inputs(OnnxSession session, int batch) => session.Inputs
        .Select((input, i) => (input.Name, Tensor: Values.Random(i + 1, [.. input.Dimensions!.Value.Select(dimension => (nint)(dimension.Length ?? batch))])))
        .ToDictionary(static input => input.Name, static input => input.Tensor, StringComparer.Ordinal);

    // Fused weights and other algorithms round otherwise: some hundred roundings at most, relative to the largest output.
    private static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = TensorPrimitives.MaxMagnitude(expected);
        Assert.True(float.IsFinite(largest));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-4f * Math.Abs(largest), $"element {i} is {actual[i]}, and should be {expected[i]}");
    }
}
