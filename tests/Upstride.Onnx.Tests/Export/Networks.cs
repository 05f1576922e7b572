using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Onnx.Export;

namespace Upstride.Onnx.Tests.Export;

/// <summary>A network to export, and inputs for it.</summary>
/// <param name="Name">Its name in the list of tests.</param>
/// <param name="Make">A new one.</param>
/// <param name="Shapes">Inputs; all but the channels may differ.</param>
/// <param name="Exact">Whether whole numbers come out as they are, whatever the order of sums.</param>
internal sealed record Network(string Name, Func<Module<float>> Make, nint[][] Shapes, bool Exact = true)
{
    /// <summary>One of each kind of layer, and more.</summary>
    public static IReadOnlyList<Network> All { get; } =
    [
        new("down and up", static () => new Sequential<float>(
            new Conv2d<float>(2, 3, 3, stride: 2, padding: 1), new PReLU<float>(3),
                new ConvTranspose2d<float>(3, 4, 4, stride: 2, padding: 1),
            new ReLU<float>(), new Dropout<float>(0.5, new(1)), new MaxPool<float>(3, stride: 2, padding: 1), new PReLU<float>()),
                [[1, 2, 8, 8], [3, 2, 13, 9]]),
        new("one axis", static () => new Sequential<float>(
            new Conv1d<float>(2, 4, 3, dilation: 2, groups: 2), new LeakyReLU<float>(0.25),
                new ConvTranspose1d<float>(4, 6, 5, stride: 3, padding: 1, outputPadding: 2, groups: 2, bias: false)),
                [[1, 2, 9], [2, 2, 14]]),
        new("three axes", static () => new Sequential<float>(
            new ConvTranspose3d<float>(2, 3, 3, stride: PerAxis.Create([2, 1, 2]), dilation: 2),
                new Conv3d<float>(3, 2, PerAxis.Create([1, 3, 2]), padding: PerAxis.Create([0, 1, 1])),
                new MaxPool<float>(2, ceilMode: true)), [[1, 2, 3, 4, 2], [2, 2, 2, 3, 5]]),
        new("ways to enlarge", static () => new Sequential<float>(
            new ResizeConv2d<float>(2, 4, 3, 2, padding: 1, groups: 2),
                new Sequential<float>(new PixelShuffle<float>(2), new SubPixelConv2d<float>(1, 2, 3, 3, padding: 1)),
                new Upsample<float>(PerAxis.Create([1, 2]))), [[1, 2, 3, 4], [2, 2, 5, 2]]),
        new("ways to take the nearest", static () => new Sequential<float>(
            new Conv2d<float>(1, 1, 1), new Upsample<float>(2, ResizeMethod.PyTorchNearestExact),
                new Upsample<float>(3, ResizeMethod.Area)), [[1, 1, 3, 4]]),
        new("features",
            static () => new Sequential<float>(new Linear<float>(5, 7), new ReLU<float>(), new Linear<float>(7, 3, bias: false)),
            [[1, 5], [4, 5]]),
        new("features on the last axis",
            static () => new Sequential<float>(new Conv1d<float>(2, 3, 1), new Linear<float>(5, 4), new Linear<float>(4, 2, bias: false)),
            [[2, 2, 5]]),
        new("a module of one's own", static () => new Unpooling(), [[1, 2, 8, 4], [2, 2, 6, 12]]),
        new("padded", static () => new Sequential<float>(
            new ReflectionPad<float>(1, 2, 0, 1),
                new Conv2d<float>(2, 3, 3, new ConvolutionOptions { Padding = 1, PaddingMode = PaddingMode.Replicate }),
            new ConstantPad<float>(2, 1), new ReplicationPad<float>(2, 0, 0, 1), new ZeroPad<float>(0, 1, 1, 0),
            new Conv2d<float>(3, 2, PerAxis.Create([2, 3]), new ConvolutionOptions { Same = true })), [[1, 2, 5, 6], [2, 2, 7, 4]]),
        new("held", static () =>
            new Sequential<float>(new HeldConvTranspose2d<float>(2, 3, 4, 2), new HeldConvTranspose2d<float>(3, 2, 3, 2, groups: 1)),
            [[1, 2, 5, 6], [2, 2, 3, 4]], Exact: false),
        new("means", static () => new Sequential<float>(
            new AvgPool<float>(3, 1, 1), new AvgPool<float>(2, 2, 1, countIncludePad: false), new AvgPool<float>(2, divisorOverride: 3),
            new AdaptiveAvgPool<float>(1)), [[1, 2, 9, 8], [2, 2, 11, 10]], Exact: false),
        new("the largest of all", static () => new Sequential<float>(new AdaptiveMaxPool<float>(1), new Flatten<float>()),
            [[1, 2, 9, 8], [2, 2, 4, 3]]),
        new("smooth units", static () => new Sequential<float>(
            new SiLU<float>(), new GELU<float>(), new ELU<float>(1.5), new GELU<float>(approximate: true), new Softplus<float>(2),
            new ReLU6<float>(), new Softmax<float>()), [[1, 5], [4, 5]], Exact: false),
        new("normalised in groups", static () => new Sequential<float>(
            new GroupNorm<float>(2, 4), new Permute<float>(0, 2, 3, 1), new LayerNorm<float>([4]),
                new LayerNorm<float>([4], new() { Affine = false }),
            new InstanceNorm<float>(5, trackRunningStats: true)), [[1, 4, 5, 6], [2, 4, 5, 3]], Exact: false),
        new("factors", static () => new Sequential<float>(
            Upsample<float>.ByFactors([1.5, 2.5], ResizeMethod.PyTorchLinear()), Upsample<float>.ByFactors([1.5]),
                new Dropout2d<float>(0.5, new(1))),
            [[1, 2, 4, 6], [2, 2, 6, 4]], Exact: false),
        new("rows", static () => new Sequential<float>(new Embedding<float>(7, 3), new Linear<float>(3, 2)), [[1, 5], [4, 5]]),
        new("parametrized", static () => new Sequential<float>(
            new Conv2d<float>(2, 3, 3, random: new(1)).UseWeightNorm(), new ConvTranspose2d<float>(3, 2, 2).UseSpectralNorm(new(2)),
            new Conv2d<float>(2, 2, 1).UseSpectralNorm(new(2))), [[1, 2, 5, 6], [2, 2, 4, 4]], Exact: false),
        new("normalised", static () => new Sequential<float>(
            new Conv2d<float>(2, 3, 3), new BatchNorm<float>(3), new Tanh<float>(), new InstanceNorm<float>(3),
                new InstanceNorm<float>(3, affine: true), new BatchNorm<float>(3, affine: false), new Sigmoid<float>()),
                [[1, 2, 8, 8], [2, 2, 5, 7]], Exact: false),
        new("interpolated", static () => new Sequential<float>(
            new Conv2d<float>(1, 1, 1), new Upsample<float>(2, ResizeMethod.PyTorchLinear()),
                new Upsample<float>(2, ResizeMethod.PyTorchLinear(alignCorners: true)),
            new Upsample<float>(2, ResizeMethod.PyTorchBicubic()), new Upsample<float>(2, ResizeMethod.PyTorchBicubic(antialias: true))),
                [[1, 1, 3, 4], [2, 1, 5, 3]], Exact: false),
    ];

    public static Network Of(string name) => All.Single(network => network.Name == name);

    /// <summary>A new one in use, with small whole numbers as weights; slopes are quarters.</summary>
    public Module<float> Trained()
    {
        Module<float> module = Make();
        var random = new Random(7);
        foreach ((string _, Parameter<float> parameter) in module.NamedParameters().Concat(module.NamedBuffers()))
            foreach (ref float value in parameter.Values) value = random.Next(-2, 3);
        foreach (Module<float> layer in Leaves(module))
        {
            if (layer is PReLU<float> prelu) foreach (ref float value in prelu.Weight.Values) value /= 4;
            if (layer is InstanceNorm<float> { RunningVariance: { } variance }) foreach (
                ref float value in variance.Values) value = Math.Abs(value) + 1;
            if (layer is WeightedLayer<float> { Parametrization: { } }) module.Initialize(new(5));
            if (layer is BatchNorm<float> norm) foreach (ref float value in norm.RunningVariance.Values) value = Math.Abs(value) + 1;
        }
        module.Eval();
        return module;
    }

    public ImmutableArray<OnnxDimension> InputShape =>
        [.. Shapes[0].Select(static (length, axis) => axis == 1 ? new OnnxDimension(length, null) : new(null, $"axis{axis}"))];

    /// <summary>Whole numbers from -3 to 3; of a table's rows from 0 to 6.</summary>
    public OnnxTensor InputOf(nint[] shape)
    {
        OnnxTensor input = Input(shape);
        return Name == "rows" ? OnnxTensor.Create([.. input.Floats.ToArray().Select(static value => value + 3)], shape) : input;
    }

    /// <summary>Whole numbers from -3 to 3.</summary>
    public static OnnxTensor Input(nint[] shape)
    {
        var random = new Random(3);
        return OnnxTensor.Create([.. Enumerable.Range(0, (int)shape.Aggregate((nint)1, static (product, length) => product * length))
            .Select(_ => (float)random.Next(-3, 4))], shape);
    }

    /// <summary>What the module itself makes of an input.</summary>
    public static OnnxTensor Forward(Module<float> module, OnnxTensor input)
    {
        using var tape = new Tape<float>();
        Variable<float> output = module.Forward(tape.Constant(input.Floats, [.. input.Shape]));
        return OnnxTensor.Create(output.Values, [.. output.Shape]);
    }

    private static IEnumerable<Module<float>> Leaves(Module<float> module) =>
        module.Children.Count == 0 ? [module] : module.Children.SelectMany(static child => Leaves(child.Module));
}

/// <summary>A network that is no chain: a pooling, a convolution on the small size, the unpooling, and what went around it.</summary>
internal sealed class Unpooling : Module<float>, IOnnxExportable<float>
{
    private readonly Conv2d<float> _small;

    public Unpooling() => _small = AddChild("small", new Conv2d<float>(2, 2, 3, padding: 1));

    public override Variable<float> Forward(Variable<float> input)
    {
        (Variable<float> pooled, PoolIndices<float> indices) = Functions.MaxPool(input, 2);
        Variable<float> unpooled = Functions.MaxUnpool(_small.Forward(pooled), indices);
        return Functions.Concat(1, unpooled, Functions.Subtract(Functions.Add(input, unpooled), Functions.Multiply(input, input)));
    }

    public ExportValue Export(ExportGraph<float> graph, ExportValue input)
    {
        (ExportValue pooled, ExportValue indices) = graph.MaxPoolWithIndices(input, 2);
        ExportValue unpooled = graph.MaxUnpool(graph.Apply("small", _small, pooled), indices, 2);
        return graph.Concat(1, unpooled, graph.Subtract(graph.Add(input, unpooled), graph.Multiply(input, input)));
    }
}
