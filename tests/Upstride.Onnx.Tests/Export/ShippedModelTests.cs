using System.Numerics.Tensors;
using Upstride.Learning.Randomness;
using Upstride.Onnx.Tests.Runtime;
using Upstride.Testing;

namespace Upstride.Onnx.Tests.Export;

/// <summary>The models of samples/models: small, readable, and the same here and in ONNX Runtime.</summary>
public class ShippedModelTests
{
    private const long MostBytes = 4_000_000;

    public static TheoryData<string> Models =>
        new(Directory.GetFiles(Path.Combine(SharedData.Checkout, "samples", "models"), "*.onnx").Select(static path =>
            Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Models))]
    public void A_shipped_model_gives_what_ONNX_Runtime_gives(string name)
    {
        string path = Path.Combine(SharedData.Checkout, "samples", "models", name);
        Assert.InRange(new FileInfo(path).Length, 1, MostBytes);
        using OnnxSession session = OnnxSession.Load(path);

        // Two of a batch; heights and widths that are open are 32 and 64.
        nint[] shape = [.. session.Inputs[0].Dimensions!.Value.Select(
            static (dimension, axis) => (nint)(dimension.Length ?? (axis == 0 ? 2 : 16 << (axis - 1))))];
        float[] values = new float[shape.Aggregate((nint)1, static (product, length) => product * length)];
        new RandomSource(1).FillUniform(0, 1, values.AsSpan());
        OnnxTensor input = OnnxTensor.Create(values, shape);
        OnnxTensor actual = Values.Run(session, ("x", input));
        OnnxTensor expected = OnnxRuntime.Run(File.ReadAllBytes(path), Values.Named(("x", input)), "y")["y"];
        Assert.Equal(expected.Shape, actual.Shape);

        // Some twenty layers, each a sum of hundreds of products whose rounding is a small part of its largest value.
        float bound = 20 * 16f / (1 << 23) * Math.Max(1, Math.Abs(TensorPrimitives.MaxMagnitude(expected.Floats)));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected.Floats[i] - actual.Floats[i]) <= bound,
                $"element {i} is {actual.Floats[i]:R}, and should be {expected.Floats[i]:R} within {bound}");
    }
}
