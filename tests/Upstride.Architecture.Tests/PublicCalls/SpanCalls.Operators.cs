using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using static Upstride.Architecture.Tests.PublicCalls.Spans;

namespace Upstride.Architecture.Tests.PublicCalls;

internal static partial class SpanCalls
{
    private static readonly ConvTransposeGeometry s_transposed =
        ConvTransposeGeometry.PyTorch([1, 4, 5, 5], [4, 3, 3, 3], stride: 2, padding: 1);
    private static readonly ConvolutionGeometry s_convolution =
        ConvolutionGeometry.Create([1, 4, 9, 9], [3, 4, 3, 3], stride: 2, padding: 1);
    private static readonly ConvTransposeGeometry s_enlarging = ConvTransposeGeometry.ResizeConvolution([1, 4, 5, 5], [3, 4, 3, 3], 2);
    private static readonly BedOfNailsGeometry s_nails = BedOfNailsGeometry.Create([1, 2, 3, 3], 2);
    private static readonly PoolGeometry s_pool = PoolGeometry.PyTorch([1, 2, 4, 4], 2);
    private static readonly UnpoolGeometry s_unpool = UnpoolGeometry.PyTorch([1, 2, 2, 2], 2);
    private static readonly PixelShuffleGeometry s_shuffle = PixelShuffleGeometry.Create([1, 4, 3, 3], 2);
    private static readonly ResizeGeometry s_resize = ResizeGeometry.ToSize([1, 2, 4, 4], 7, ResizeMethod.PyTorchLinear());
    private static readonly ResizeGeometry s_imresize = ResizeGeometry.MatlabBicubic([3, 4, 4], 2);

    private static IEnumerable<SpanCall> Operators()
    {
        Type type = typeof(ConvTranspose);
        yield return SpanCall.Of(type, null, "Forward", AnyTensor(1, 4, 5, 5), AnyTensor(4, 3, 3, 3), OptionalTensor(3), 2, 1);
        yield return SpanCall.Of(type, null, "Forward", s_transposed, Floats(100), Floats(108), Floats(3, Lengths.OrEmpty), Floats(243));
        yield return SpanCall.Of(type, null, "InputGradient", s_transposed, Tensor(1, 3, 9, 9), Tensor(4, 3, 3, 3));
        yield return SpanCall.Of(type, null, "InputGradient", s_transposed, Floats(243), Floats(108), Floats(100));
        yield return SpanCall.Of(type, null, "WeightGradient", s_transposed, Tensor(1, 4, 5, 5), Tensor(1, 3, 9, 9));
        yield return SpanCall.Of(type, null, "WeightGradient", s_transposed, Floats(100), Floats(243), Floats(108));
        yield return SpanCall.Of(type, null, "BiasGradient", s_transposed, Tensor(1, 3, 9, 9));
        yield return SpanCall.Of(type, null, "BiasGradient", s_transposed, Floats(243), Floats(3));
        yield return SpanCall.Of(type, null, "TensorFlow", Tensor(1, 5, 5, 4), Tensor(3, 3, 3, 4), Shape(1, 10, 10, 3), 2, Padding.Same);
        yield return SpanCall.Of(type, null, "TensorFlow", Dense(1, 5, 5, 4), Dense(3, 3, 3, 4), Shape(1, 10, 10, 3), 2, Padding.Same);
        yield return SpanCall.Of(type, null, "Keras", Tensor(1, 5, 5, 4), Tensor(3, 3, 3, 4), OptionalTensor(3), 2);
        yield return SpanCall.Of(
            type, null, "Onnx", AnyTensor(1, 4, 5, 5), AnyTensor(4, 3, 3, 3), OptionalTensor(3), OnnxAutoPad.NotSet,
            Of<nint>(Lengths.OrEmpty, -77, 1, 1, 1, 1), 2, 1, 0, Of<nint>(Lengths.OrEmpty, -77));
        yield return SpanCall.Of(type, null, "Jax", Tensor(1, 5, 5, 4), AnyTensor(3, 3, 4, 3), 2, Padding.Same);

        type = typeof(Convolution);
        yield return SpanCall.Of(type, null, "Forward", AnyTensor(1, 4, 9, 9), AnyTensor(3, 4, 3, 3), OptionalTensor(3), 2, 1);
        yield return SpanCall.Of(type, null, "Forward", s_convolution, Floats(324), Floats(108), Floats(3, Lengths.OrEmpty), Floats(75));
        yield return SpanCall.Of(type, null, "InputGradient", s_convolution, Tensor(1, 3, 5, 5), Tensor(3, 4, 3, 3));
        yield return SpanCall.Of(type, null, "InputGradient", s_convolution, Floats(75), Floats(108), Floats(324));
        yield return SpanCall.Of(type, null, "WeightGradient", s_convolution, Tensor(1, 4, 9, 9), Tensor(1, 3, 5, 5));
        yield return SpanCall.Of(type, null, "WeightGradient", s_convolution, Floats(324), Floats(75), Floats(108));
        yield return SpanCall.Of(type, null, "BiasGradient", s_convolution, Tensor(1, 3, 5, 5));
        yield return SpanCall.Of(type, null, "BiasGradient", s_convolution, Floats(75), Floats(3));

        yield return SpanCall.Of(type, null, "TensorFlow", AnyTensor(1, 9, 9, 4), AnyTensor(3, 3, 4, 3), 2, Padding.Same);
        yield return SpanCall.Of(type, null, "Keras", AnyTensor(1, 9, 9, 4), AnyTensor(3, 3, 4, 3), OptionalTensor(3), 2);

        yield return SpanCall.Of(typeof(ConvTransposePlan), null, "Create", s_transposed, Floats(108), Floats(3, Lengths.OrEmpty));
        yield return SpanCall.Of(typeof(ConvTransposePlan), null, "CreateInputGradient", s_transposed, Floats(108));
        yield return SpanCall.Of(typeof(ConvolutionPlan), null, "Create", s_convolution, Floats(108), Floats(3, Lengths.OrEmpty));
        yield return SpanCall.Of(typeof(ConvolutionPlan), null, "CreateInputGradient", s_convolution, Floats(108));
        foreach (SpanCall call in Plans()) yield return call;
        foreach (SpanCall call in Sampling()) yield return call;
        foreach (SpanCall call in Pooling()) yield return call;
        foreach (SpanCall call in Algorithms()) yield return call;
    }

    // Every algorithm behind a plan, by every pass: the plan is what stands between a caller and the pointers.
    private static IEnumerable<SpanCall> Plans()
    {
        Type type = typeof(Plan<float>);
        foreach (AlgorithmInfo algorithm in AlgorithmList.All)
        {
            var settings = new ComputeSettings { Algorithm = algorithm.Name, Threads = 1 };
            ConvTransposeGeometry one = algorithm.Name switch
            {
                "point" => ConvTransposeGeometry.PyTorch([1, 4, 1, 1], [4, 3, 3, 3]),
                "windows" => ConvTransposeGeometry.PyTorch([1, 4, 2, 5], [4, 3, 3, 8], stride: 3, padding: 1),
                _ => s_transposed,
            };
            int left = one.InputLength, output = one.OutputLength, weights = one.WeightLength;
            if (algorithm.Refusal(one, settings: settings) is null)
            {
                Plan<float> plan = ConvTransposePlan.Create(one, new float[weights], new float[3], settings: settings);
                yield return SpanCall.Of(type, plan, "Run", Floats(left), Floats(output));
                yield return SpanCall.Of(type, plan, "SetWeight", Floats(weights), Floats(3));
                yield return SpanCall.Of(type, plan, "Run", Tensor([.. one.InputShape]));
                yield return SpanCall.Of(type, plan, "Run", Tensor([.. one.InputShape]), Tensor([.. one.OutputShape]));
                Plan<float> adding = ConvTransposePlan.Create(one, new float[weights], residual: true, settings: settings);
                yield return SpanCall.Of(type, adding, "Run", Floats(left), Floats(output), Floats(output));
                yield return SpanCall.Of(type, adding, "Run", Tensor([.. one.InputShape]), Tensor([.. one.OutputShape]),
                    Tensor([.. one.OutputShape]));
            }
            if (algorithm.Refusal(one, Pass.InputGradient, settings: settings) is null)
                yield return SpanCall.Of(type, ConvTransposePlan.CreateInputGradient(one, new float[weights], settings), "Run",
                    Floats(output), Floats(left));
            if (algorithm.Refusal(one, Pass.WeightGradient, settings: settings) is null)
                yield return SpanCall.Of(type, ConvTransposePlan.CreateWeightGradient<float>(one, settings), "Run", Floats(left),
                    Floats(output), Floats(weights));
        }
    }

    private static IEnumerable<SpanCall> Sampling()
    {
        yield return SpanCall.Of(typeof(BedOfNails), null, "Forward", AnyTensor(1, 2, 3, 3), 2);
        yield return SpanCall.Of(typeof(BedOfNails), null, "Forward", Floats(18), s_nails, Floats(72));
        yield return SpanCall.Of(typeof(BedOfNails), null, "InputGradient", Tensor(1, 2, 6, 6), s_nails);
        yield return SpanCall.Of(typeof(BedOfNails), null, "InputGradient", Floats(72), s_nails, Floats(18));
        yield return SpanCall.Of(typeof(PixelShuffle), null, "Forward", AnyTensor(1, 4, 3, 3), 2);
        yield return SpanCall.Of(typeof(PixelShuffle), null, "Forward", Floats(36), s_shuffle, Floats(36));
        yield return SpanCall.Of(typeof(PixelShuffle), null, "Inverse", Tensor(1, 1, 6, 6), 2);
        yield return SpanCall.Of(typeof(PixelShuffle), null, "Inverse", Floats(36), s_shuffle, Floats(36));
        yield return SpanCall.Of(typeof(Imresize), null, "Bicubic", AnyTensor(3, 4, 4), 2d);
        yield return SpanCall.Of(typeof(Imresize), null, "Bicubic", AnyTensor(3, 4, 4), 8, 8);
        yield return SpanCall.Of(typeof(Imresize), null, "Bicubic", Floats(48), s_imresize, ImresizeRounding.Byte, Floats(192));
        yield return SpanCall.Of(typeof(Resize), null, "Forward", AnyTensor(1, 2, 4, 4), 7, ResizeMethod.PyTorchLinear());
        yield return SpanCall.Of(typeof(Resize), null, "Forward", Tensor(1, 2, 4, 4), s_resize);
        yield return SpanCall.Of(typeof(Resize), null, "Forward", Floats(32), s_resize, Floats(98));
        yield return SpanCall.Of(typeof(Resize), null, "InputGradient", Tensor(1, 2, 7, 7), s_resize);
        yield return SpanCall.Of(typeof(Resize), null, "InputGradient", Floats(98), s_resize, Floats(32));
        ResizePlan<float> plan = ResizePlan<float>.Create(s_resize);
        yield return SpanCall.Of(typeof(ResizePlan<float>), plan, "Run", Floats(32), Floats(98));
        yield return SpanCall.Of(typeof(ResizePlan<float>), plan, "Run", Tensor(1, 2, 4, 4), Tensor(1, 2, 7, 7));
        yield return SpanCall.Of(typeof(ResizePlan<float>), plan, "RunGradient", Floats(98), Floats(32));
        yield return SpanCall.Of(typeof(ResizePlan<float>), plan, "RunGradient", Tensor(1, 2, 7, 7), Tensor(1, 2, 4, 4));
        yield return SpanCall.Of(typeof(ResizeConvolution), null, "Forward", AnyTensor(1, 4, 5, 5), AnyTensor(3, 4, 3, 3), 2,
            OptionalTensor(3));
        yield return SpanCall.Of(typeof(ResizeConvolution), null, "FuseWeights", s_enlarging, Shape(3, 4, 3, 3), Floats(108));
        yield return SpanCall.Of(typeof(WeightOrder), null, "FromInputOutputKernel", Floats(108), Shape(3, 3, 3, 4),
            WeightLayout.KernelOutputInput);
        yield return SpanCall.Of(typeof(WeightOrder), null, "ToInputOutputKernel", AnyTensor(3, 3, 3, 4), WeightLayout.KernelOutputInput);
    }

    private static IEnumerable<SpanCall> Pooling()
    {
        yield return SpanCall.Of(typeof(MaxPool), null, "Forward", Tensor(1, 2, 4, 4), s_pool);
        yield return SpanCall.Of(typeof(MaxPool), null, "Forward", Floats(32), s_pool, Floats(8), Ints(8));
        yield return SpanCall.Of(typeof(MaxPool), null, "InputGradient", Tensor(1, 2, 2, 2), IntTensor(1, 2, 2, 2), s_pool);
        yield return SpanCall.Of(typeof(MaxPool), null, "InputGradient", Floats(8), Ints(8), s_pool, Floats(32));
        yield return SpanCall.Of(typeof(MaxUnpool), null, "Forward", Tensor(1, 2, 2, 2), IntTensor(1, 2, 2, 2), s_unpool);
        yield return SpanCall.Of(typeof(MaxUnpool), null, "Forward", Floats(8), Ints(8), s_unpool, Floats(32));
        yield return SpanCall.Of(typeof(MaxUnpool), null, "InputGradient", Tensor(1, 2, 4, 4), IntTensor(1, 2, 2, 2), s_unpool);
        yield return SpanCall.Of(typeof(MaxUnpool), null, "InputGradient", Floats(32), Ints(8), s_unpool, Floats(8));
        yield return SpanCall.Of(
            typeof(MaxPoolIndices), null, "FromWholeTensor", Of(Lengths.Exact, -77L, 0, 1, 2, 3, 16, 17, 18, 19), 2, 16, Ints(8));
        yield return SpanCall.Of(typeof(MaxPoolIndices), null, "ToWholeTensor", Ints(8), 2, 16, Zeros(8, -77L));
    }

    private static IEnumerable<SpanCall> Algorithms()
    {
        yield return SpanCall.Of(typeof(Activation), null, "PRelu", Floats(3, Lengths.AtLeastOne));
        ConvolutionMatrix matrix = ConvolutionMatrix.Create(s_transposed);
        Type type = typeof(ConvolutionMatrix);
        yield return SpanCall.Of(type, matrix, "MultiplyAdd", Floats(9), Floats(81), Floats(25));
        yield return SpanCall.Of(type, matrix, "TransposeMultiplyAdd", Floats(9), Floats(25), Floats(81));
        yield return SpanCall.Of(type, matrix, "CorrelateAdd", Floats(25), Floats(81), Floats(9));
        yield return SpanCall.Of(type, matrix, "ToDense", Floats(9));
    }
}
