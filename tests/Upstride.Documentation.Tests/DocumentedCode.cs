#region usings
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
#endregion
#region learning usings
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
#endregion
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Generation;
using Upstride.Models.Runs;
using Upstride.Models.Segmentation;
using Upstride.Models.Inference;
using Upstride.Onnx;
using Upstride.Onnx.Export;
using Upstride.Onnx.Tests;

namespace Upstride.Documentation.Tests;

/// <summary>The code of the documents, region by region, with a check of what each region says comes out.</summary>
public sealed class DocumentedCode : IDisposable
{
    private readonly TextWriter _console = Console.Out;
    private readonly StringWriter _printed = new();

    public DocumentedCode() => Console.SetOut(_printed);

    private string Printed => _printed.ToString().ReplaceLineEndings("\n");

    public void Dispose()
    {
        Console.SetOut(_console);
        _printed.Dispose();
    }

    [Fact]
    public void Generation()
    {
        float[] values = new float[6 * 32 * 32];
        new RandomSource(1).FillUniform(-1, 1, values.AsSpan());
        PictureSet pictures = PictureSet.Create(32, 1, values);
        #region generation
        var sizes = new DcganSettings(Size: 32, Channels: 1, Features: 8);
        var generator = new DcganGenerator<float>(sizes, new RandomSource(seed: 1));
        var discriminator = new DcganDiscriminator<float>(sizes, new RandomSource(seed: 2));
        using var trainer = new DcganTrainer(generator, discriminator, pictures, new RunSettings { Steps = 2, Batch = 4 });
        trainer.Run();
        generator.Eval();
        using var sampler = new DcganSampler(generator);
        float[] made = sampler.Make(seed: 3, first: 0, count: 4); // [4, 1, 32, 32], in -1 to 1
        #endregion
        Assert.Equal(4 * 32 * 32, made.Length);
        Assert.All(made, static value => Assert.InRange(value, -1, 1));
    }

    [Fact]
    public void Segmentation()
    {
        LabelledPicture Of(byte label)
        {
            byte[] labels = new byte[48 * 40];
            Array.Fill(labels, label);
            return new("x", 48, 40, new byte[3 * 48 * 40], labels);
        }
        LabelledPicture[] labelled = [Of(0), Of(2)], held = [Of(1)];
        byte[] colours = held[0].Colours;
        #region segmentation
        var settings = new SegmentationSettings(SegmentationArchitecture.UNet, ["ground", "square", "disc"], Width: 1 / 16.0);
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(settings, new RandomSource(seed: 1));
        using var trainer = new SegmentationTrainer(network, labelled, held, new SegmentationRunSettings
        {
            Steps = 2, Batch = 2, Augmentation = new() { Width = 32, Height = 32 },
        });
        trainer.Run();
        network.Eval();
        using var segmenter = new Segmenter(network);
        byte[] classes = segmenter.Segment(colours, width: 48, height: 40); // of every pixel
        ConfusionMatrix matrix = segmenter.Judge(held);
        Console.WriteLine($"mean IoU {matrix.MeanIou:P1}, pixels {matrix.PixelAccuracy:P1}");
        #endregion
        Assert.Equal(48 * 40, classes.Length);
        Assert.StartsWith("mean IoU ", Printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes()
    {
        #region sizes
        var geometry = ConvTransposeGeometry.PyTorch(
            input: [1, 56, 85, 85], weight: [56, 1, 9, 9], stride: 3, padding: 4, outputPadding: 2);
        Console.WriteLine(string.Join(", ", geometry.OutputShape)); // 1, 1, 255, 255
        Console.WriteLine(geometry.Explain());                      // the equations above
        #endregion
        Assert.StartsWith("1, 1, 255, 255\n", Printed, StringComparison.Ordinal);
        Assert.Contains("output = full - head - tail = 261 - 4 - 2 = 255", Printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Once()
    {
        Tensor<float> x = Ones(1, 2, 4, 4), w = Ones(2, 3, 4, 4), bias = Ones(3), value = Ones(1, 2, 2, 1), filter = Ones(3, 3, 1, 1);
        #region once
        Tensor<float> y = ConvTranspose.Forward(x, w, bias, stride: 2, padding: 1);
        Tensor<float> t = ConvTranspose.TensorFlow(value, filter, outputShape: [1, 4, 4, 1], strides: 1, Padding.Valid);
        #endregion
        Assert.Equal([1, 3, 8, 8], y.Lengths);

        // Two channels, two taps on either axis, and the bias.
        Assert.Equal(2 * 4 + 1, y[0, 0, 3, 3]);
        float[] expected = [1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1];
        Assert.Equal(expected, Elements(t));
    }

    [Fact]
    public void Often()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 2, 4, 4], [2, 3, 4, 4], stride: 2, padding: 1);
        float[] weights = Constant(geometry.WeightLength, -1), biases = Constant(3, 5), features = Constant(geometry.InputLength, 1), image = new float[geometry.OutputLength];
        #region often
        using var plan = ConvTransposePlan.Create<float>(geometry, weights, biases, Activation.Relu);
        plan.Run(features, image);
        Console.WriteLine(plan.Explain()); // the algorithm, why not the others, what it costs
        #endregion

        // A corner gets one tap of either channel, the inside four: 5 - 2 and 5 - 8, of which ReLU leaves 0.
        Assert.Equal((3, 0), (image[0], image[9]));
        Assert.StartsWith("Forward of ", Printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_by_input_weights_and_bias()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 2, 4, 4], [2, 3, 4, 4], stride: 2, padding: 1);
        float[] weights = Constant(geometry.WeightLength, 1), features = Constant(geometry.InputLength, 2), outputGradient = Constant(geometry.OutputLength, 3);
        float[] inputGradient = new float[geometry.InputLength], weightGradient = new float[geometry.WeightLength], biasGradient = new float[3];
        #region gradients
        ConvTranspose.InputGradient<float>(geometry, outputGradient, weights, inputGradient);
        ConvTranspose.WeightGradient<float>(geometry, features, outputGradient, weightGradient);
        ConvTranspose.BiasGradient<float>(geometry, outputGradient, biasGradient);
        #endregion

        // Inside, an input reaches 16 outputs of 3 channels; an inner tap sees every input; a bias all 64 outputs.
        Assert.Equal((16 * 3 * 3f, 16 * 2 * 3f, 64 * 3f), (inputGradient[5], weightGradient[5], biasGradient[0]));
    }

    [Fact]
    public void Same_size_other_values()
    {
        #region values
        int[] x = [1, 2, 3], w = [1, 10, 100];
        int[] Values(ConvTransposeGeometry geometry)
        {
            int[] y = new int[geometry.OutputLength];
            ConvTranspose.Forward<int>(geometry, x, w, bias: default, y);
            return y;
        }

        int[] full = Values(ConvTransposeGeometry.PyTorch([1, 1, 3], [1, 1, 3], stride: 2)); // 1 10 102 20 203 30 300
        int[] tensorFlow = Values(ConvTransposeGeometry.TensorFlow([1, 3, 1], [3, 1, 1], outputShape: [1, 6, 1], strides: 2, Padding.Same)); // 1 10 102 20 203 30
        int[] pyTorch = Values(ConvTransposeGeometry.PyTorch([1, 1, 3], [1, 1, 3], stride: 2, padding: 1, outputPadding: 1)); // 10 102 20 203 30 300
        #endregion
        Assert.Equal([1, 10, 102, 20, 203, 30, 300], full);
        Assert.Equal([1, 10, 102, 20, 203, 30], tensorFlow);
        Assert.Equal([10, 102, 20, 203, 30, 300], pyTorch);
    }

    [Fact]
    public void By_every_algorithm()
    {
        #region algorithms
        float[] x = [1, 2, 3], w = [1, 10, 100], y = new float[7];
        var geometry = ConvTransposeGeometry.PyTorch([1, 1, 3], [1, 1, 3], stride: 2);
        foreach (string algorithm in new[] { "phases", "column", "zero-insertion", "matrix", "scatter" })
        {
            ConvTranspose.Forward<float>(geometry, x, w, bias: default, y, new ComputeSettings { Algorithm = algorithm });
            Console.WriteLine($"{algorithm}: {string.Join(' ', y)}"); // 1 10 102 20 203 30 300, every time
        }
        #endregion
        string[] lines = Printed.TrimEnd('\n').Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.All(lines, static line => Assert.EndsWith(": 1 10 102 20 203 30 300", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_checkerboard()
    {
        Tensor<float> x = Ones(1, 1, 4, 4), weight = Ones(1, 1, 3, 3);
        #region resize-convolution
        Tensor<float> smooth = ResizeConvolution.Forward<float>(x, weight, scale: 2, padding: 1);
        #endregion
        Assert.Equal([1, 1, 8, 8], smooth.Lengths);
        for (int row = 1; row < 7; row++)
            for (int column = 1; column < 7; column++) Assert.Equal(9, smooth[0, 0, row, column]);
    }

    [Fact]
    public void Learned()
    {
        string folder = Directory.CreateTempSubdirectory("upstride-").FullName;
        try
        {
            string path = Path.Combine(folder, "decoder.safetensors");
            float[] small = Constant(2 * 3 * 8 * 8, 0.5f), large = Constant(2 * 16 * 16, 1);
            #region learned
            var decoder = new Sequential<float>(
                new ConvTranspose2d<float>(3, 8, kernelSize: 4, stride: 2, padding: 1),
                new PReLU<float>(8),
                new Conv2d<float>(8, 1, kernelSize: 3, padding: 1));
            decoder.Initialize(new RandomSource(seed: 1));
            var adam = new Adam<float>(decoder.Parameters(), learningRate: 0.01) { Schedule = Schedule.Cosine(steps: 100) };
            using var tape = new Tape<float>();
            for (int step = 0; step < 100; step++)
            {
                Variable<float> input = tape.Constant(small, [2, 3, 8, 8]), target = tape.Constant(large, [2, 1, 16, 16]);
                Variable<float> loss = Losses.MeanSquaredError(decoder.Forward(input), target);
                if (step % 33 == 0) Console.WriteLine($"{step}: {loss.Value}");
                adam.ZeroGradients();
                loss.Backward();
                adam.Step();
                tape.Reset(); // the memory serves the next step
            }
            decoder.Save(path); // safetensors, with PyTorch's names: 0.weight, 0.bias, 1.weight, ...
            #endregion
            float[] losses = [.. Printed.TrimEnd('\n').Split('\n').Select(static line => float.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.CurrentCulture))];
            Assert.Equal(4, losses.Length);
            Assert.True(losses[^1] < losses[0] / 20, Printed);
            using var file = File.OpenRead(path);
            using var saved = new SafetensorsReader(file, path);
            Assert.Equal(["0.bias", "0.weight", "1.weight", "2.bias", "2.weight"], saved.Tensors.Select(static tensor => tensor.Name).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Gradients_of_gradients()
    {
        #region gradients of gradients
        using var tape = new Tape<double>();
        Variable<double> x = tape.Input([1, 2, 3], [3], requiresGradient: true);
        Variable<double> y = Functions.Sum(x * x * x);
        Variable<double> first = Gradients.Of(y, [x], createGraph: true)[0]!; // 3x²: 3, 12, 27
        Variable<double> second = Gradients.Of(Functions.Sum(first), [x])[0]!; // 6x: 6, 12, 18
        #endregion
        Assert.Equal([3, 12, 27], first.Values.ToArray());
        Assert.Equal([6, 12, 18], second.Values.ToArray());
    }

    private static float[] Constant(int length, float value) => [.. Enumerable.Repeat(value, length)];

    [Fact]
    public void OnnxOfOneInput()
    {
        string path = Save(new ModelBuilder().Input("x", "1", "2").Node("Relu", "x", "y").Output("y"));
        Tensor<float> latent = Ones(1, 2);
        #region onnx
        using OnnxSession decoder = OnnxSession.Load(path);
        Tensor<float> image = decoder.Run(latent);
        #endregion
        Assert.Equal([1f, 1], image.ToArray());
        File.Delete(path);
    }

    [Fact]
    public void OnnxByName()
    {
        string path = Save(new ModelBuilder().Input("x", "1", "1", "h", "w").Input("shape", OnnxElementType.Int64, "2").Node("Reshape", "x shape", "y").Output("y"));
        #region onnx by name
        using OnnxSession session = OnnxSession.Load(path);
        IReadOnlyDictionary<string, OnnxTensor> outputs = session.Run(new Dictionary<string, OnnxTensor>
        {
            ["x"] = OnnxTensor.Create([1f, 2, 3, 4], 1, 1, 2, 2),
            ["shape"] = OnnxTensor.Create([2L, 2], 2),
        });
        ReadOnlySpan<float> y = outputs["y"].Floats;
        #endregion
        Assert.Equal([1f, 2, 3, 4], y.ToArray());
        Assert.Equal([2, 2], outputs["y"].Shape);
        File.Delete(path);
    }

    [Fact]
    public void OnnxOfPictures()
    {
        string path = Save(new ModelBuilder().Input("x", "1", "1", "h", "w").Node("Neg", "x", "y").Output("y"));
        (int height, int width, float sum) = (3, 5, 0);
        #region onnx pictures
        var model = new OnnxPictureModel(OnnxModel.Load(path));
        using OnnxPicturePlan plan = model.Plan(height, width);
        Console.WriteLine(plan); // tiled, whole or refused, why, and in how much memory
        plan.Run(ReadRow, WriteRow);
        #endregion
        Assert.StartsWith("tiled: 1 tile of 3x5 pixels", Printed, StringComparison.Ordinal);
        Assert.Equal(-15, sum);
        File.Delete(path);

        static void ReadRow(int row, Span<float> planes) => planes.Fill(1);
        void WriteRow(int row, ReadOnlySpan<float> planes) => sum += planes.ToArray().Sum();
    }

    [Fact]
    public void OnnxOfOnesOwn()
    {
        string path = Path.GetTempFileName();
        var generator = new Sequential<float>(new ConvTranspose2d<float>(3, 1, kernelSize: 4, stride: 2, padding: 1, random: new RandomSource(seed: 1)));
        #region onnx export
        OnnxExport.Write(path, generator);
        using OnnxSession session = OnnxSession.Load(path);
        #endregion
        Assert.Equal([2, 1, 8, 6], session.Run(Ones(2, 3, 4, 3)).Lengths.ToArray());
        File.Delete(path);
    }

    [Fact]
    public void Pictures()
    {
        var picture = new ImageBuffer(7, 5, 3);
        picture.Bytes.Fill(128);
        #region pictures
        var network = PlaneNetwork.Of(FsrcnnWeights.Find(scale: 3)!); // or FsrcnnFile.Read("x3.safetensors")
        ImageBuffer larger = new PictureUpscaler(network).Upscale(picture);
        #endregion
        Assert.Equal((21, 15, 3), (larger.Width, larger.Height, larger.Channels));
    }

    [Fact]
    public void ConvolutionOnTensors()
    {
        Tensor<float> x = Ones(1, 2, 6, 6), w = Ones(3, 2, 3, 3);
        #region convolution
        Tensor<float> y = Convolution.Forward(x, w, stride: 2, padding: 1); // [1, 2, 6, 6] and [3, 2, 3, 3] give [1, 3, 3, 3]
        #endregion
        Assert.Equal([1, 3, 3, 3], y.Lengths);
        Assert.Equal(18, y[0, 0, 1, 1]);
    }

    [Fact]
    public void Resizing()
    {
        Tensor<float> image = Ones(1, 3, 4, 6);
        #region resize
        Tensor<float> larger = Resize.Forward<float>(image, size: (int[])[8, 12], ResizeMethod.PyTorchBicubic());
        #endregion
        Assert.Equal([1, 3, 8, 12], larger.Lengths);
        Assert.All(Elements(larger), static value => Assert.Equal(1, value, 1e-6f));
    }

    [Fact]
    public void PictureFiles()
    {
        string path = Path.Combine(SharedData.Checkout, "samples", "scene-small.png"), copy = Path.ChangeExtension(Path.GetTempFileName(), ".ppm");
        #region picture files
        ImageBuffer picture = ImageFile.Read(path);
        Console.WriteLine($"{picture.Width} x {picture.Height}, {picture.Channels} channels of {picture.SampleType}");
        ImageFile.Write(copy, picture); // the format by the name's ending
        #endregion
        Assert.Equal("160 x 108, 3 channels of UInt8\n", Printed);
        Assert.Equal(picture.Bytes.ToArray(), ImageFile.Read(copy).Bytes.ToArray());
        File.Delete(copy);
    }

    [Fact]
    public async Task Applications()
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(SharedData.Checkout, "samples", "scene-small.png"));
        using var request = new MemoryStream(bytes);
        using var response = new MemoryStream();
        #region from stream to stream
        PictureUpscaler upscaler = PictureUpscaler.ForScale(2);
        UpscaledPicture made = await upscaler.UpscaleAsync(request, response, new() { FileFormat = ImageFileFormat.WebP });
        Console.WriteLine($"{made.Format.Width} x {made.Format.Height}, not kept: {string.Join(", ", made.NotKept)}");
        #endregion
        Assert.Equal("320 x 216, not kept: \n", Printed);
        Assert.Equal(320, ImageFile.Decode(response.ToArray()).Width);

        #region pictures in memory
        ImageBuffer picture = ImageFile.Decode(bytes);
        ImageBuffer larger = upscaler.Upscale(picture);
        byte[] jpeg = ImageFile.Encode(larger, ImageFileFormat.Jpeg, new() { Quality = 90 });
        #endregion
        Assert.Equal(larger.Format, ImageFile.Decode(jpeg).Format);

        #region from and to ImageSharp
        using Image<Rgba32> image = larger.ToImageSharp<Rgba32>();
        ImageBuffer same = image.ToImageBuffer();
        #endregion
        Assert.Equal((320, 216, 4), (same.Width, same.Height, same.Channels));
    }

    [Fact]
    public void MeasuredAlgorithms()
    {
        var geometry = ConvTransposeGeometry.PyTorch([1, 2, 5], [2, 1, 3], stride: 2);
        float[] weights = [1, 2, 3, 4, 5, 6], biases = [0.5f], output = new float[geometry.OutputLength], expected = new float[output.Length];
        string path = Path.GetTempFileName();
        #region algorithms by measurement
        Tuning tuning = Tuning.Empty.With(TuningMeasurement.Of(geometry, Pass.Forward));
        tuning.Save(path);
        var settings = new ComputeSettings { Tuning = Tuning.Load(path) };
        using var plan = ConvTransposePlan.Create<float>(geometry, weights, biases, settings: settings);
        #endregion
        Assert.Equal(tuning.Fingerprint, settings.Tuning.Fingerprint);
        float[] input = [.. Enumerable.Range(0, 10).Select(static i => (float)i)];
        plan.Run(input, output);
        ConvTranspose.Forward<float>(geometry, input, weights, biases, expected);
        Assert.Equal(expected, output);
        File.Delete(path);
    }

    private static string Save(ModelBuilder model)
    {
        string path = Path.GetTempFileName();
        model.Save(path);
        return path;
    }

    private static Tensor<float> Ones(params ReadOnlySpan<nint> lengths) => Tensor.Create(Constant(checked((int)TensorPrimitives.Product(lengths)), 1), lengths);

    private static float[] Elements(Tensor<float> tensor)
    {
        var elements = new float[tensor.FlattenedLength];
        tensor.FlattenTo(elements);
        return elements;
    }
}
