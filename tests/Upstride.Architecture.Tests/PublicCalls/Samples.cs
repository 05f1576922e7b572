using System.Collections.Immutable;
using System.IO.Compression;
using System.Numerics.Tensors;
using System.Reflection;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Classification;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Generation;
using Upstride.Models.Inference;
using Upstride.Models.Residual;
using Upstride.Models.Runs;
using Upstride.Models.Segmentation;
using Upstride.Models.Training;
using Upstride.Onnx;
using Upstride.Onnx.Export;
using Upstride.Operators;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>A value of each type that public members take or belong to, small and right.</summary>
internal static class Samples
{
    private static readonly Dictionary<Type, object?> s_values = Create();

    /// <summary>Where samples of paths point: a folder that the tests may fill.</summary>
    public static string Folder { get; } = Directory.CreateTempSubdirectory("upstride-calls-").FullName;

    /// <summary>A value of a type; false where there is none.</summary>
    public static bool TryGet(Type type, out object? value)
    {
        if (s_values.TryGetValue(type, out value)) return true;
        if (Nullable.GetUnderlyingType(type) is { } inner) return TryGet(inner, out value);
        if (type.IsEnum)
        {
            value = Enum.GetValues(type).GetValue(0);
            return true;
        }
        foreach ((Type known, object? one) in s_values)
        {
            if (!type.IsAssignableFrom(known) || type == typeof(object)) continue;
            value = one;
            return true;
        }
        if (type == typeof(object))
        {
            value = "another type";
            return true;
        }
        // Whatever has a constructor without parameters.
        if (type is { IsAbstract: false, IsGenericTypeDefinition: false } && !type.IsArray && type.GetConstructor([]) is { } simple)
        {
            value = simple.Invoke([]);
            return true;
        }
        return false;
    }

    /// <summary>The arguments of a call with samples in every place; false where a parameter's type has none.</summary>
    public static bool TryArguments(MethodBase method, out object?[] arguments)
    {
        ParameterInfo[] parameters = method.GetParameters();
        arguments = new object?[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            Type type = SpanInvoker.Plain(parameters[i].ParameterType);
            if (parameters[i].IsOut) arguments[i] = type.IsValueType ? Activator.CreateInstance(type) : null;
            else if (parameters[i].IsOptional && !SpanInvoker.IsSpan(parameters[i])) arguments[i] = SpanCall.Default(parameters[i]);
            else if (!TryGet(type, out arguments[i])) return false;
        }
        return true;
    }

    private static Dictionary<Type, object?> Create()
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.PyTorch([1, 4, 5, 5], [4, 3, 3, 3], stride: 2, padding: 1);
        var tape = new Tape<float>();
        Variable<float> variable = tape.Input(new float[36], [1, 4, 3, 3], requiresGradient: true);
        var parameter = new Parameter<float>(new float[4], [4]);
        var network = new FsrcnnNetwork(FsrcnnSettings.Small(2), new RandomSource(1));
        PlaneNetwork planes = PlaneNetwork.Of(network);
        var plane = new LumaPlane(40, 40, new float[1600]);
        (_, PoolIndices<float> indices) = Functions.MaxPool(variable, 2);
        var training = new TrainingSettings { Steps = 1, Batch = 1, Patch = 5, Threads = 1 };
        PatchSet patches = PatchSet.Create([plane], 2, 5);
        OnnxModel model = Model();
        var digits = new DcganSettings(28, 1, 1, 3);
        var generator = new DcganGenerator<float>(digits, new RandomSource(1));
        var streets = new SegmentationSettings(SegmentationArchitecture.UNet, ["a", "b"], 1.0 / 64);
        SegmentationNetwork<float> segmented = SegmentationNetwork<float>.Create(streets, new RandomSource(1));
        segmented.Eval();
        object[] values =
        [
            "sample", 1, 1L, 1d, 0.5f, true, (byte)1, CancellationToken.None, TimeSpan.FromSeconds(1), new MemoryStream(),
                CompressionLevel.Fastest,
            typeof(float), new int[] { 2, 2 }, new float[1600], new float[3, 3], new nint[] { 2, 2 }, (Action)(static () => { }),
            (Action<Stream>)(static _ => { }), (Func<long, double>)(static _ => 1), new Progress<double>(),
                new Progress<TrainingProgress>(),
            ImmutableArray.Create(1, 2), ImmutableArray.Create<nint>(1, 4, 6, 6), ImmutableArray<OnnxPlanStep>.Empty,
                ImmutableArray<Phase>.Empty,
            ImmutableArray.Create(new OnnxDimension(1, null)), new List<double>(), new List<string>(), new List<TrainingPoint>(),
                new List<ImageQuality>(),
            new List<LumaPlane> { plane }, new Dictionary<string, string>(), new Dictionary<string, OnnxTensor>(),
            Activation.Relu, AlgorithmList.All[0], new ComputeSettings { Threads = 1 }, ConvolutionMatrix.Create(geometry),
                new WorkspacePool(),
            new Files.WholeFile(Path.Combine(Path.GetTempPath(), "upstride-sample")),
            BedOfNailsGeometry.Create([1, 2, 3, 3], 2), ConvTransposeAxis.Create(5, 3, 2), geometry.Axes, geometry,
                new ConvTransposeSettings(3, 2, 1, 0),
            geometry.Adjoint, EquivalentConvolution.Of(geometry)[0], FrameworkComparison.Of(new() { Input = 5, Kernel = 3 }),
            new HyperParameters { Input = 5, Kernel = 3 }, new GeometryError("input", "fault"), OverlapMap.Of(geometry), Padding.Same,
                (PerAxis)2,
            PhaseGrid.Of(geometry), PhaseGrid.Of(geometry)[0], geometry.Axes[0].GetPhase(0), new PhaseTap(0, 0),
                new List<ConvTransposeAxis>(geometry.Axes),
            PixelShuffleGeometry.Create([1, 4, 3, 3], 2), PoolAxis.Create(6, 2, 2), PoolGeometry.PyTorch([1, 2, 4, 4], 2),
                new List<PoolAxis>(),
            ResizeAxis.ToSize(4, 7), new List<ResizeAxis>(), ResizeGeometry.ToSize([1, 2, 4, 4], 7, ResizeMethod.PyTorchLinear()),
                ResizeMethod.PyTorchLinear(),
            new ResizePosition(0, 0.5), ResizeTaps.Create(ResizeAxis.ToSize(4, 7), ResizeMethod.PyTorchLinear()),
                UnpoolGeometry.PyTorch([1, 2, 2, 2], 2),
            FrameworkComparison.Of(new() { Input = 5, Kernel = 3 }).Outcomes[0],
            ConvTransposePlan.Create(geometry, new float[108]),
                ResizePlan<float>.Create(ResizeGeometry.ToSize([1, 2, 4, 4], 7, ResizeMethod.PyTorchLinear())),
            Tensor.Create(new float[36], [1, 4, 3, 3]),

            tape, variable, parameter, indices, new ParameterGroup<float>([parameter], 0.1), new List<Parameter<float>> { parameter },
            Schedule.Constant, new Fans(1, 1), Initializer.PyTorch, new RandomSource(1), new RandomSource(1).State,
                new MovingAverage<float>([parameter]),
            new Adam<float>([parameter]), new AdamW<float>([parameter]), new Sgd<float>([parameter], 0.1), new Checkpoint<float>(),
                new SafetensorsWriter(), Reader(),
            new SafetensorsTensor("x", SafetensorsType.F32, [4], 0, 16), tape.NoGradient(),
            new BatchNorm<float>(4), new Conv1d<float>(4, 2, 3), new Conv2d<float>(4, 2, 3), new Conv3d<float>(4, 2, 3),
                new ConvTranspose1d<float>(4, 2, 3),
            new ConvTranspose2d<float>(4, 2, 3), new ConvTranspose3d<float>(4, 2, 3), new Dropout<float>(0.5, new RandomSource(1)),
                new InstanceNorm<float>(4),
            new Linear<float>(3, 2), new Upstride.Learning.Layers.MaxPool<float>(2), new PReLU<float>(),
                new Upstride.Learning.Layers.PixelShuffle<float>(2),
            new ResizeConv2d<float>(4, 2, 3, 2), new SubPixelConv2d<float>(4, 2, 3, 2), new Upsample<float>(2), new LeakyReLU<float>(),
                new Sequential<float>(),

            new GroupNorm<float>(2, 4), new LayerNorm<float>([3]), new NormalizationOptions(), new ConvolutionOptions(),
            new ConvTransposeOptions(), new AvgPool<float>(2), new AdaptiveAvgPool<float>(2), new AdaptiveMaxPool<float>(2),
            new ZeroPad<float>(1), new ConstantPad<float>(2, 1), new ReflectionPad<float>(1), new ReplicationPad<float>(1),
            new CircularPad<float>(1), new SiLU<float>(), new GELU<float>(), new ELU<float>(), new Softplus<float>(), new ReLU6<float>(),
            new Softmax<float>(), new HeldConvTranspose2d<float>(4, 2, 3, 2), new Dropout2d<float>(0.5, new RandomSource(1)),
            new Embedding<float>(3, 2), new Flatten<float>(), new Permute<float>(0, 2, 3, 1), new NAdam<float>([parameter]),
            new RmsProp<float>([parameter]), new ReduceOnPlateau<float>(new Sgd<float>([parameter], 0.1)), new PlateauState(1, 1, 1),
            ImmutableArray.Create((1, 1), (1, 1)), ImmutableArray.Create(1.5, 2),

            new RunSettings { Steps = 1, Batch = 2, Threads = 1 }, new RunFiles("sample"), new RunPoint(1, 1, [1]),
                new RunCurve("x", "F1", true),
            new RunProgress(1, [1], 1, 1, TimeSpan.Zero), new List<RunPoint>(), new List<RunCurve>(), new Progress<RunProgress>(),
            digits, generator, new DcganDiscriminator<float>(digits, new RandomSource(1)), new DcganSampler(generator, 1),
            PictureSet.Create(28, 1, new float[3 * 784]), new LatentSource(1, 3),
            new PictureClassifier<float>(new(28, 1, 2), new RandomSource(1)), new ClassifierSettings(28, 1, 2),
            new ClassReader(new PictureClassifier<float>(new(28, 1, 2), new RandomSource(1)), 1), new NeighbourDistances(1, 1),
            streets, segmented, new Segmenter(segmented, 1), new ConfusionMatrix(2), new Augmentation { Width = 16, Height = 16 },
            new LabelledPicture("x", 16, 16, new byte[768], new byte[256]), new List<LabelledPicture>(),
            new SegmentationRunSettings { Steps = 1, Batch = 1, Threads = 1 },

            new ImageBuffer(4, 3, 3), new ImageReadSettings(), new ImageWriteSettings(),
                new PngWriter(new MemoryStream(), 4, 3, 3, SampleType.UInt8), Png(),

            new DeadLeaves(40, 40, 1), plane, LumaPair.Create(plane, 2), patches, new PatchLoader(patches, 1, 1),
                new PatchBatch(1, new float[25], new float[100]),
            new TrainingPictures([plane], [plane]), new BicubicUpscaler(2), new Quality(1, 1, 1), new ImageQuality("file", new(1, 1, 1)),
                network,
            FsrcnnSettings.Small(2), FsrcnnSettings.Small(2).Layers[0], planes, planes.Layers[0], new List<PlaneLayer>(planes.Layers),
                new BandSettings { Threads = 1 },
            new BandUpscaler(planes, 8, 8), new PlaneUpscaler(planes, 8, 8),
                new ResidualNetwork(new(2, 2, 1), new RandomSource(1)), new ResidualSettings(2, 2, 1),
                new Degradation(30, 90, 1),
                new EnsembleUpscaler(planes, 8, 8), new NetworkLumaUpscaler(planes), new PictureSettings(),
                new PictureUpscaler(planes),
            (RowSource)(static row => row.Clear()), (RowTarget)(static _ => { }), training, new TrainingPoint(1, 1, 1, 1, 1),
                new TrainingFiles("sample"),
            new TrainingProgress(1, 1, 1, 1, 1, TimeSpan.Zero), new UpscalingStep(network, training),
                new UpscalingTrainer(network, patches, [plane], training),

            model, new OnnxSession(model), OnnxTensor.Create([1f, 2f], 2), new OnnxDimension(1, null), new OnnxSessionSettings(),
                new OnnxExportSettings(),
            new OnnxValueInfo("x", OnnxElementType.Float32, null), new OnnxPlan([], 0, 0, 0, 0), new OnnxTestResult("x", true, 0, ""),
            new OnnxPlanStep("x", "Relu", "", "", "", 0, 0, null, null),
        ];
        Dictionary<Type, object?> samples = values.GroupBy(static value => value.GetType())
            .ToDictionary(static group => group.Key, static group => (object?)group.First());
        samples[typeof(Type)] = typeof(float);
        return samples;
    }

    private static OnnxModel Model()
    {
        var stream = new MemoryStream();
        OnnxExport.Write(stream, new ReLU<float>(), new() { InputShape = [new(1, null), new(2, null), new(3, null)] });
        stream.Position = 0;
        return OnnxModel.Load(stream);
    }

    private static SafetensorsReader Reader()
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", [4], (ReadOnlyMemory<float>)new float[4]);
        var stream = new MemoryStream();
        writer.Write(stream);
        stream.Position = 0;
        return new(stream, "memory");
    }

    private static PngReader Png()
    {
        var picture = new MemoryStream();
        using (var writer = new PngWriter(picture, 4, 3, 3, SampleType.UInt8))
            for (int row = 0; row < 3; row++) writer.WriteRow(new byte[12]);
        return new(new MemoryStream(picture.ToArray()), "memory");
    }
}
