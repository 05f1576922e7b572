using Upstride.Geometry;
using static Upstride.Architecture.Tests.PublicCalls.Spans;

namespace Upstride.Architecture.Tests.PublicCalls;

internal static partial class SpanCalls
{
    private static IEnumerable<SpanCall> Geometry()
    {
        SpanArgument input = Shape(1, 4, 5, 5), last = Shape(1, 5, 5, 4), weight = Shape(4, 3, 3, 3), kernelFirst = Shape(3, 3, 3, 4);
        Type type = typeof(ConvTransposeGeometry);
        yield return SpanCall.Of(type, null, "PyTorch", input, weight, 2, 1);
        yield return SpanCall.Of(type, null, "TensorFlow", last, kernelFirst, Shape(1, 10, 10, 3), 2, Padding.Same);
        yield return SpanCall.Of(type, null, "Keras", last, kernelFirst, 2);
        yield return SpanCall.Of(
            type, null, "Onnx", input, weight, OnnxAutoPad.NotSet, Of<nint>(Lengths.OrEmpty, -77, 1, 1, 1, 1), 2, 1, 0,
                Of<nint>(Lengths.OrEmpty, -77));
        yield return SpanCall.Of(type, null, "Jax", last, Shape(3, 3, 4, 3), 2, Padding.Same);
        yield return SpanCall.Of(type, null, "ResizeConvolution", input, Shape(3, 4, 3, 3), 2);
        type = typeof(ConvolutionGeometry);
        yield return SpanCall.Of(type, null, "Create", Shape(1, 4, 9, 9), Shape(3, 4, 3, 3), 2, (PerAxis)1);
        yield return SpanCall.Of(type, null, "Create", Shape(1, 4, 9, 9), Shape(3, 4, 3, 3), 2, Padding.Same);
        yield return SpanCall.Of(
            type, null, "Onnx", Shape(1, 4, 9, 9), Shape(3, 4, 3, 3), OnnxAutoPad.NotSet, Of<nint>(Lengths.OrEmpty, -77, 1, 1, 1, 1), 2);

        SpanArgument shape = Of<nint>(Lengths.AtLeastOne, -77, 1, 4, 6, 6);
        yield return SpanCall.Of(typeof(BedOfNailsGeometry), null, "Create", shape, 2);
        yield return SpanCall.Of(typeof(PixelShuffleGeometry), null, "Create", Of<nint>(Lengths.AtLeastOne, -77, 1, 8, 6, 6), 2);
        yield return SpanCall.Of(typeof(PixelShuffleGeometry), null, "OfOutput", shape, 2);
        PoolAxis[] axes = [PoolAxis.Create(6, 2, 2), PoolAxis.Create(6, 2, 2)];
        yield return SpanCall.Of(typeof(PoolGeometry), null, "Create", Shape(1, 4, 6, 6), axes);
        yield return SpanCall.Of(typeof(PoolGeometry), null, "PyTorch", shape, 2);
        yield return SpanCall.Of(
            typeof(PoolGeometry), null, "Onnx", Shape(1, 4, 6, 6), 2, OnnxAutoPad.NotSet, Of<nint>(Lengths.OrEmpty, -77, 1, 1, 1, 1), 2);
        yield return SpanCall.Of(typeof(UnpoolGeometry), null, "Create", shape, 2, 2);
        yield return SpanCall.Of(typeof(UnpoolGeometry), null, "PyTorch", shape, 2);
        yield return SpanCall.Of(typeof(UnpoolGeometry), null, "ToSize", shape, 12);
        ResizeMethod method = ResizeMethod.PyTorchLinear();
        type = typeof(ResizeGeometry);
        yield return SpanCall.Of(type, null, "ToSize", shape, 7, method);
        yield return SpanCall.Of(type, null, "ByScale", Shape(1, 4, 6, 6), Floats([1.5f, 2f], Lengths.AtLeastOne), method);
        yield return SpanCall.Of(type, null, "ByScale", Shape(1, 4, 6, 6), Of(Lengths.AtLeastOne, -77.0, 1.5, 2), method);
        yield return SpanCall.Of(type, null, "MatlabBicubic", Shape(3, 6, 6), 2d);
        yield return SpanCall.Of(type, null, "MatlabBicubic", Shape(3, 6, 6), 12, 12);
        yield return SpanCall.Of(
            type, null, "OnnxScales", Of<nint>(Lengths.AtLeastOne, -77, 1, 4, 6, 6), Floats([1f, 1f, 2f, 2f]), method,
            Floats([0f, 0f, 0f, 0f, 1f, 1f, 1f, 1f], Lengths.Any), Of(Lengths.OrEmpty, -77L, 0, 1, 2, 3));
        yield return SpanCall.Of(
            type, null, "OnnxSizes", Of<nint>(Lengths.AtLeastOne, -77, 1, 4, 6, 6), Of(Lengths.Exact, -77L, 1, 4, 12, 12), method,
                ResizeAspectRatio.Stretch,
            Floats([0f, 0f, 0f, 0f, 1f, 1f, 1f, 1f], Lengths.Any), Of(Lengths.OrEmpty, -77L, 0, 1, 2, 3));
        yield return SpanCall.Of(typeof(BilinearKernel), null, "Fill", Shape(4, 4), Floats(16));
        yield return SpanCall.Of(typeof(OverlapMap), OverlapMap.Of(s_transposed), "CountAt", Of(Lengths.Exact, -77, 1, 1));
        yield return SpanCall.Of(typeof(Padding), null, "Explicit", Of(Lengths.Any, (-77, -77), (1, 1), (0, 1)));
        yield return SpanCall.Of(typeof(PerAxis), null, "Create", Ints(2, Lengths.Any));
    }
}
