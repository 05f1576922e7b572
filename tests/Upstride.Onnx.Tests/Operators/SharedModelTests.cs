using Upstride.Testing;

namespace Upstride.Onnx.Tests.Operators;

/// <summary>Models of other people find every operator that they need.</summary>
public class SharedModelTests
{
    [Theory]
    [InlineData("bvae-mnist", "ae_decoder")]
    [InlineData("bvae-mnist", "ae_encoder")]
    [InlineData("bvae-mnist", "architecture_decoder")]
    [InlineData("bvae-mnist", "architecture_encoder")]
    [InlineData("onnxruntime-testdata", "nhwc_resize_scales_opset11")]
    [InlineData("onnxruntime-testdata", "nhwc_resize_scales_opset18")]
    [InlineData("onnxruntime-testdata", "nhwc_resize_sizes_opset11")]
    [InlineData("onnxruntime-testdata", "test_conv_follow_convtrans")]
    [InlineData("onnxruntime-testdata", "test_resize")]
    [InlineData("unet-cloud", "unet")]
    public void A_model_runs_to_finite_numbers(string folder, string name)
    {
        using OnnxSession session = OnnxSession.Load(SharedData.Path("models", folder, $"{name}.onnx"));
        Dictionary<string, OnnxTensor> inputs = session.Inputs.ToDictionary(
            static input => input.Name, static input => Make(input.ElementType, [.. input.Dimensions!.Value.Select(static length => (nint)(length.Length ?? 2))]), StringComparer.Ordinal);
        IReadOnlyDictionary<string, OnnxTensor> outputs = session.Run(inputs);
        Assert.All(session.Outputs, output =>
        {
            OnnxTensor result = outputs[output.Name];
            Assert.True(result.Length > 0);
            if (result.ElementType == OnnxElementType.Float32) Assert.Equal(-1, result.Floats.ToArray().AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue));
        });
    }

    private static OnnxTensor Make(OnnxElementType type, nint[] shape) => type == OnnxElementType.Float32
        ? Values.Random(1, shape)
        : OnnxTensor.Create<long>(type, new long[OneNode.Count(shape)], shape);
}
