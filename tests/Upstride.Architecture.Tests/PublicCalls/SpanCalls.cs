using System.Numerics.Tensors;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>For each public method that takes spans a call that succeeds, or several where what stands behind it differs.</summary>
internal static partial class SpanCalls
{
    private static readonly Lazy<IReadOnlyList<SpanCall>> s_all =
        new(static () => [.. Geometry(), .. Operators(), .. Learning(), .. Imaging(), .. Models(), .. Decoders(), .. Onnx(), .. Explain()]);

    public static IReadOnlyList<SpanCall> All => s_all.Value;

    private static Tensor<float> Dense(params nint[] shape) => Tensor.Create(new float[(int)shape.Aggregate((a, b) => a * b)], shape);
}
