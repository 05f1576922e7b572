using Upstride.Files;
using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Models.Classification;
using Upstride.Models.Data;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Generation;
using Upstride.Models.Inference;
using Upstride.Models.Segmentation;
using Upstride.Onnx;
using Upstride.Onnx.Export;
using static Upstride.Architecture.Tests.PublicCalls.Spans;

namespace Upstride.Architecture.Tests.PublicCalls;

internal static partial class SpanCalls
{
    private static IEnumerable<SpanCall> Imaging()
    {
        yield return SpanCall.Of(typeof(ImageBuffer), new ImageBuffer(4, 3, 3), "CopyToPlanes", Floats(36));
        yield return SpanCall.Of(typeof(ImageBuffer), null, "FromPlanes", Floats(36), 4, 3, 3);
        yield return SpanCall.Of(typeof(ImageBuffer), new ImageBuffer(4, 3, 3), "CopyFromPlanes", Floats(36));
        yield return SpanCall.Of(typeof(Ssim), null, "Plane", Floats(400), Floats(400), 20, 20);
        yield return SpanCall.Of(typeof(NpyArray), null, ".ctor", Of(Lengths.Exact, -77, 2, 3), new float[6]);
        yield return SpanCall.Of(typeof(Psnr), null, "Plane", Floats(36), Floats(36), 6, 6, 1);
        foreach (string name in (string[])["FromRgb", "ToRgb"])
        {
            yield return SpanCall.Of(typeof(YCbCr), null, name, Zeros(12, (byte)77), Zeros(12, (byte)77));
            yield return SpanCall.Of(typeof(YCbCr), null, name, Floats(12), Floats(12));
        }
        var stream = new MemoryStream();
        yield return SpanCall.Of(typeof(PngWriter), new PngWriter(stream, 4, 1000, 3, SampleType.UInt8), "WriteRow", Zeros(12, (byte)77));
        var picture = new MemoryStream();
        using (var writer = new PngWriter(picture, 4, 100, 3, SampleType.UInt8))
            for (int row = 0; row < 100; row++) writer.WriteRow(new byte[12]);
        var reader = ImageReader.Open(new MemoryStream(picture.ToArray()), "memory");
        yield return SpanCall.Of(typeof(ImageReader), reader, "ReadRow", Zeros(12, (byte)77));
        var written = new ImageWriter(new MemoryStream(), ImageFileFormat.Png, new PictureFormat(4, 1000, 3, SampleType.UInt8));
        yield return SpanCall.Of(typeof(ImageWriter), written, "WriteRow", Zeros(12, (byte)77));
        picture = new MemoryStream(picture.ToArray());
        yield return SpanCall.Of(typeof(PngReader), new PngReader(picture, "memory"), "ReadRow", Zeros(12, (byte)77));
    }

    private static IEnumerable<SpanCall> Models()
    {
        PatchSet patches = PatchSet.Create([new LumaPlane(40, 40, new float[1600])], 2, 5);
        yield return SpanCall.Of(typeof(PatchSet), patches, "Draw", new RandomSource(1), Floats(25), Floats(100));
        yield return SpanCall.Of(typeof(PatchSet), patches, "Draw", new RandomSource(1), 2, Floats(25), Floats(100));
        PlaneNetwork network = PlaneNetwork.Of(new FsrcnnNetwork(FsrcnnSettings.Small(2), new RandomSource(1)));
        var bands = new BandSettings { Threads = 1, BandRows = 4 };
        var rows = new BandUpscaler(network, 8, 400, bands);
        yield return SpanCall.Of(typeof(BandUpscaler), rows, "Next", Floats(rows.BandRows * 8));
        yield return SpanCall.Of(typeof(BandUpscaler), new BandUpscaler(network, 8, 8, bands), "Run", Floats(64), Floats(256));
        var planes = new PlaneUpscaler(network, 8, 400, bands);
        yield return SpanCall.Of(typeof(PlaneUpscaler), planes, "Next", Floats(planes.BandRows * 8));
        yield return SpanCall.Of(typeof(PlaneUpscaler), new PlaneUpscaler(network, 8, 8, bands), "Run", Floats(64), Floats(256));
        var ensemble = new EnsembleUpscaler(network, 8, 400, bands);
        yield return SpanCall.Of(typeof(EnsembleUpscaler), ensemble, "Next", Floats(ensemble.BandRows * 8));
        yield return SpanCall.Of(typeof(PlaneLayer), null, "Convolution", 2, 3, 3, Floats(54), Floats(3, Lengths.OrEmpty),
            Floats(3, Lengths.OrEmpty));
        yield return SpanCall.Of(typeof(PlaneLayer), null, "Upsampling", 3, 2, 9, 2, 4, Floats(486), Floats(2, Lengths.OrEmpty),
            Floats(1, Lengths.Any));
    }

    private static IEnumerable<SpanCall> Decoders()
    {
        yield return SpanCall.Of(typeof(ClassPalette), null, "Mask", Zeros(6, (byte)77), 3, 2);
        yield return SpanCall.Of(typeof(ClassPalette), null, "Overlay", Zeros(18, (byte)77), Zeros(6, (byte)77), 3, 2);
        yield return SpanCall.Of(typeof(ConfusionMatrix), new ConfusionMatrix(78), "Add", Zeros(6, (byte)77), Zeros(6, (byte)77));
        yield return SpanCall.Of(typeof(ConfusionMatrix), new ConfusionMatrix(3), "Add", Zeros(9, 1L));
        var picture = new LabelledPicture("x", 4, 3, new byte[36], new byte[12]);
        yield return SpanCall.Of(typeof(Augmentation), new Augmentation { Width = 3, Height = 2 }, "Draw", picture, new RandomSource(1),
            Floats(18), Ints(6));
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(
            new(SegmentationArchitecture.UNet, ["a", "b"], 1.0 / 64), new RandomSource(1));
        network.Eval();
        yield return SpanCall.Of(typeof(Segmenter), new Segmenter(network, 1), "Segment", Zeros(18, (byte)77), 3, 2);
        var generator = new DcganGenerator<float>(new(28, 1, 1, 3), new RandomSource(1));
        yield return SpanCall.Of(typeof(DcganSampler), new DcganSampler(generator, 1), "Make", Floats(6), Floats(2 * 28 * 28));
        yield return SpanCall.Of(typeof(FrechetDistance), null, "Between", Floats(6), Floats(9), 3);
        PictureSet pictures = PictureSet.Create(2, 1, new float[8]);
        yield return SpanCall.Of(typeof(PictureSet), null, "Create", 2, 1, Floats(8));
        yield return SpanCall.Of(typeof(GenerationEvaluation), null, "NearestOf", Floats(4), pictures);
        yield return SpanCall.Of(typeof(LatentSource), new LatentSource(1, 3), "Fill", 0L, Floats(6, Lengths.Any));
        yield return SpanCall.Of(typeof(LatentSource), null, "Interpolate", Floats(3), Floats(3), 0.5, Floats(3));
        yield return SpanCall.Of(typeof(PictureGrid), null, "Create", Floats(8), 1, 2, 1, 2);
        yield return SpanCall.Of(typeof(ClassReader), new ClassReader(new PictureClassifier<float>(new(8, 1, 2), new RandomSource(1)), 1),
            "Read", Floats(128, Lengths.Any));
    }

    private static IEnumerable<SpanCall> Onnx()
    {
        var model = new MemoryStream();
        OnnxExport.Write(model, new ReLU<float>(), new() { InputShape = [new(1, null), new(2, null), new(3, null)] });
        model.Position = 0;
        OnnxSession session = OnnxSession.Load(model);
        yield return SpanCall.Of(typeof(OnnxSession), session, "Run", Tensor(1, 2, 3));
        yield return SpanCall.Of(typeof(OnnxSession), session, "Run", Tensor(1, 2, 3), Tensor(1, 2, 3));
        OnnxExport.Write(new MemoryStream(), new Joining(), new() { InputShape = [new(1, null), new(2, null), new(3, null)] });
        yield return Joining.Call!;
        yield return SpanCall.Of(typeof(OnnxTensor), null, "Create", Floats(6), Shape(2, 3));
        yield return SpanCall.Of(typeof(OnnxTensor), null, "Create", Zeros(6, -77L), Shape(2, 3));
        yield return SpanCall.Of(typeof(OnnxTensor), null, "Create", Zeros(6, canary: true), Shape(2, 3));
        yield return SpanCall.Of(typeof(OnnxTensor), null, "Create", OnnxElementType.Float16, Floats(6), Shape(2, 3));
        yield return SpanCall.Of(typeof(OnnxTensor), null, "Create", TensorOf(12345.5f, Lengths.Any, [2, 3]));
        yield return SpanCall.Of(typeof(OnnxTensor), null, "Zeros", OnnxElementType.Float32, Of<nint>(Lengths.Any, -77, 2, 3));
    }

    // An export's graph lives while it is written: the call is made in the middle of one.
    private sealed class Joining : Module<float>, IOnnxExportable<float>
    {
        public static SpanCall? Call { get; private set; }

        public ExportValue Export(ExportGraph<float> graph, ExportValue input)
        {
            Call = SpanCall.Of(typeof(ExportGraph<float>), graph, "Concat", 1, Of(Lengths.AtLeastOne, null!, input, input));
            return graph.ReLU(input);
        }

        public override Variable<float> Forward(Variable<float> input) => Functions.Concat(1, input, input);
    }
}
