using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Onnx.Export;
using Upstride.Onnx.Tests.Runtime;

namespace Upstride.Onnx.Tests.Export;

/// <summary>What is exported computes what the module computes, here and in ONNX Runtime; what cannot be is refused by name.</summary>
public class ExportTests
{
    private const float Epsilon = 1f / (1 << 23);

    public static TheoryData<string> Names => new(Network.All.Select(static network => network.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_session_gives_what_the_module_gives(string name)
    {
        (Network network, Module<float> module, byte[] model) = Exported(name);
        using OnnxSession session = OnnxSession.Load(new MemoryStream(model));
        foreach (nint[] shape in network.Shapes)
        {
            OnnxTensor input = network.InputOf(shape);
            AssertSame(network, Network.Forward(module, input), Values.Run(session, ("x", input)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_Runtime_gives_what_the_module_gives(string name)
    {
        (Network network, Module<float> module, byte[] model) = Exported(name);
        foreach (nint[] shape in network.Shapes)
        {
            OnnxTensor input = network.InputOf(shape);
            AssertSame(network, Network.Forward(module, input), OnnxRuntime.Run(model, Values.Named(("x", input)), "y")["y"]);
        }
    }

    [Fact]
    public void The_first_layer_says_what_the_model_takes()
    {
        var module = new Sequential<float>(new ReLU<float>(),
            new ConvTranspose2d<float>(56, 1, 9, stride: 3, padding: 4, outputPadding: 2, random: new(1)));
        OnnxModel model = Model(module);
        Assert.Equal("x: float32 [batch, 56, height, width]", Assert.Single(model.Inputs).ToString());
        Assert.Equal("y: float32 [batch, 1, y_2, y_3]", Assert.Single(model.Outputs).ToString());
        Assert.Equal(18, model.Opset);
    }

    [Fact]
    public void Names_and_shape_may_be_chosen()
    {
        OnnxModel model =
            Model(new ReLU<float>(), new() { InputName = "latent", OutputName = "image", InputShape = [new(1, null), new(null, "n")] });
        Assert.Equal("latent: float32 [1, n]", Assert.Single(model.Inputs).ToString());
        Assert.Equal("image: float32 [1, n]", Assert.Single(model.Outputs).ToString());
    }

    [Fact]
    public void A_module_that_does_nothing_gives_its_input()
    {
        using OnnxSession session = new(Model(new Sequential<float>(), new() { InputShape = [new(null, "n")] }));
        Assert.Equal([1f, 2], session.Run(Tensor.Create<float>([1, 2], [2])).ToArray());
    }

    [Fact]
    public void A_parameter_that_serves_twice_is_written_once()
    {
        var shared = new Conv2d<float>(2, 2, 3, padding: 1, random: new(1));
        var module = new Sequential<float>(shared, new ReLU<float>(), shared);
        Assert.Equal(2 * 2 * 9 + 2, Model(module).Parameters);
        using OnnxSession session = new(Model(module));
        OnnxTensor input = Values.Random(1, 1, 2, 5, 5);
        AssertNear(Network.Forward(module, input), Values.Run(session, ("x", input)), 64 * Epsilon);
    }

    [Fact]
    public void Double_precision_is_rounded_to_single()
    {
        var module = new Sequential<double>(new Linear<double>(1, 1, bias: false));
        ((Linear<double>)module.Children[0].Module).Weight.Values[0] = 1.0 / 3;
        using OnnxSession session = new(Model(module));
        Assert.Equal([1f / 3], session.Run(Tensor.Create<float>([1], [1, 1])).ToArray());
    }

    [Fact]
    public void What_cannot_be_exported_is_named()
    {
        Refused("module 'features.1' cannot be exported: Odd has no ONNX form and does not implement IOnnxExportable<Single>", new Odd());
        Refused("module 'features.1' cannot be exported: ONNX shuffles height and width by one factor, and this is by 2x1 over 2 axes",
            new PixelShuffle<float>(PerAxis.Create([2, 1])));
        Refused("module 'features.1' cannot be exported: ONNX of operator set 18 has no circular padding", new CircularPad<float>(1));
        Refused("module 'features.1' cannot be exported: ONNX has no adaptive pooling, and 2 windows are of one size where they divide a "
            + "known "
            + "length: axis 2 of 'features.0/Conv_output' [batch, 4, ?, ?]", new AdaptiveAvgPool<float>(2));
        Refused("module 'features.1' cannot be exported: ONNX has no softplus that becomes a line at 3, and from 17 on none is needed",
            new Softplus<float>(threshold: 3));
        Refused("module 'features.1' cannot be exported: ONNX has no resize that mirrors the image at its border",
            new Upsample<float>(2, ResizeMethod.PyTorchBicubic() with { Border = ResizeBorder.Reflect }));

        static void Refused(string message, Module<float> second)
        {
            var features = new Sequential<float>(new Conv2d<float>(1, 4, 3, random: new(1)), second);
            var module = new Sequential<float>();
            module.Add("features", features);
            Assert.Equal(message, Assert.Throws<OnnxUnsupportedException>(() => Model(module)).Message);
        }
    }

    [Fact]
    public void Layers_that_do_not_fit_are_named()
    {
        var module = new Sequential<float>(new Conv2d<float>(1, 4, 3, random: new(1)), new Conv2d<float>(3, 1, 3, random: new(1)));
        Assert.StartsWith(
            "module '1': it takes 3 channels and is given '0/Conv_output' [batch, 4, ?, ?]: both must be equal",
            Assert.Throws<ArgumentException>(() => Model(module)).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "the first layer does not say what the model takes: give settings.InputShape",
            Assert.Throws<ArgumentException>(() => Model(new Sequential<float>(new BatchNorm<float>(3)))).Message,
                StringComparison.Ordinal);
        Assert.Equal(
            "the weights '0.weight' were never set: initialise the module, load it, or write their values",
            Assert.Throws<InvalidOperationException>(() => Model(new Sequential<float>(new Conv2d<float>(1, 4, 3)))).Message);
        Assert.StartsWith(
            "settings.InputName and settings.OutputName are both 'y', and must differ",
            Assert.Throws<ArgumentException>(
                () => Model(new ReLU<float>(), new() { InputName = "y", InputShape = [new(1, null)] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_written_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory("upstride-").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            OnnxExport.Write(path, new Linear<float>(2, 3, random: new(1)));
            byte[] written = File.ReadAllBytes(path);
            Assert.Throws<OnnxUnsupportedException>(() => OnnxExport.Write(path, new Odd(), new() { InputShape = [new(1, null)] }));
            Assert.Throws<OperationCanceledException>(
                () => OnnxExport.Write(path, new Linear<float>(3, 3, random: new(1)), cancellationToken: new(canceled: true)));
            Assert.Equal(written, File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (Network Network, Module<float> Module, byte[] Model) Exported(string name)
    {
        var network = Network.Of(name);
        Module<float> module = network.Trained();
        using var stream = new MemoryStream();
        OnnxExport.Write(stream, module, new() { InputShape = network.InputShape });
        return (network, module, stream.ToArray());
    }

    private static OnnxModel Model<T>(Module<T> module, OnnxExportSettings? settings = null)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        using var stream = new MemoryStream();
        OnnxExport.Write(stream, module, settings);
        stream.Position = 0;
        return OnnxModel.Load(stream);
    }

    // Sums of whole numbers are exact in every order. What normalises or interpolates makes a dozen roundings of each of at most seven
    // layers,
    // of values below 64, and a normalisation divides by deviations above 1/4.
    private static void AssertSame(Network network, OnnxTensor expected, OnnxTensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        if (network.Exact) Assert.Equal(expected.Floats.ToArray(), actual.Floats.ToArray());
        else AssertNear(expected, actual, 7 * 12 * 4 * Epsilon);
    }

    private static void AssertNear(OnnxTensor expected, OnnxTensor actual, float tolerance)
    {
        float largest = Math.Max(1, Math.Abs(TensorPrimitives.MaxMagnitude(expected.Floats)));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected.Floats[i] - actual.Floats[i]) <= tolerance * largest,
                $"element {i} is {actual.Floats[i]:R}, and should be {expected.Floats[i]:R}");
    }

    private sealed class Odd : Module<float>
    {
        public override Variable<float> Forward(Variable<float> input) => input;
    }
}
