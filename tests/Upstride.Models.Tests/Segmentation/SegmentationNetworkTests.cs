using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using Upstride.Models.Segmentation;
using Upstride.Testing;

namespace Upstride.Models.Tests.Segmentation;

public class SegmentationNetworkTests
{
    public static TheoryData<SegmentationArchitecture, DecoderUpsampling> All =>
        new MatrixTheoryData<SegmentationArchitecture, DecoderUpsampling>(Enum.GetValues<SegmentationArchitecture>(),
            Enum.GetValues<DecoderUpsampling>());

    // The common PyTorch U-Net of two classes, which has batch normalisation too, has this number of parameters.
    [Fact]
    public void UNet_has_the_known_number_of_parameters() =>
        Assert.Equal(31_037_698, Create(SegmentationArchitecture.UNet, 1, 2).Parameters().Sum(static parameter => parameter.Length));

    // The convolutions of VGG-16 have 14,714,688 weights and biases; here a normalisation has two numbers where there was a bias.
    [Fact]
    public void SegNets_encoder_is_that_of_VGG16()
    {
        SegmentationNetwork<float> network = Create(SegmentationArchitecture.SegNet, 1, 11);
        int encoder = network.NamedParameters().Where(static one => one.Name.StartsWith("encoder.", StringComparison.Ordinal))
            .Sum(static one => one.Parameter.Length);
        const int channels = 2 * 64 + 2 * 128 + 3 * 256 + 3 * 512 + 3 * 512;
        Assert.Equal(14_714_688 + channels, encoder);
        Assert.Equal(26, network.NamedParameters().Count(static one => one.Parameter.Shape.Length == 4));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_structure_scores_every_pixel_and_has_the_gradient_of_differences(SegmentationArchitecture architecture,
        DecoderUpsampling upsampling)
    {
        SegmentationSettings settings = Settings(architecture, 1.0 / 64, 3, upsampling);
        SegmentationNetwork<double> network = SegmentationNetwork<double>.Create(settings, new RandomSource(1));
        using (var tape = new Tape<double>())
            Assert.Equal([2, 3, 32, 64], network.Forward(tape.Constant(new double[2 * 3 * 32 * 64], [2, 3, 32, 64])).Shape);

        // What is dropped at random would differ between the sides of a difference; normalisation by running values is a layer like others.
        network.Eval();
        Directions.Check(network, [2, 3, 32, 32]);
    }

    [Theory]
    [InlineData(SegmentationArchitecture.UNet, 16)]
    [InlineData(SegmentationArchitecture.Fcn8s, 32)]
    public void A_size_that_is_no_multiple_is_refused(SegmentationArchitecture architecture, int stride)
    {
        SegmentationNetwork<float> network =
            SegmentationNetwork<float>.Create(Settings(architecture, 1.0 / 64, 3), new RandomSource(1));
        using var tape = new Tape<float>();
        Assert.StartsWith($"input is 8x32, and both must be multiples of {stride}, by which ",
            Assert.Throws<GeometryException>(() => network.Forward(tape.Constant(new float[3 * 32 * 8], [1, 3, 32, 8]))).Error.Message,
            StringComparison.Ordinal);
    }

    // FCN's transposed convolutions begin as bilinear interpolation: away from the border the two networks of one seed agree at first.
    [Fact]
    public void FCN_begins_as_bilinear_interpolation()
    {
        SegmentationNetwork<double>[] both = [.. Enum.GetValues<DecoderUpsampling>().Select(upsampling =>
            SegmentationNetwork<double>.Create(Settings(SegmentationArchitecture.Fcn32s, 1.0 / 64, 3, upsampling), new RandomSource(5)))];
        double[] picture = new double[3 * 128 * 128];
        new RandomSource(2).FillUniform(0, 1, picture.AsSpan());
        using var tape = new Tape<double>();
        double[][] scores = [.. both.Select(network =>
        {
            network.Eval();
            return network.Forward(tape.Constant(picture, [1, 3, 128, 128])).Values.ToArray();
        })];
        for (int y = 32; y < 96; y++)
            for (int x = 32; x < 96; x++)
                Assert.Equal(scores[0][y * 128 + x], scores[1][y * 128 + x], 1e-12);
        Assert.Contains(scores[0], static score => Math.Abs(score) > 1e-3);
    }

    [Fact]
    public void A_network_comes_back_from_its_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(
            Settings(SegmentationArchitecture.Fcn16s, 1.0 / 64, 3, DecoderUpsampling.Bilinear), new RandomSource(1));
        SegmentationFile.Write(path, network);
        SegmentationNetwork<float> read = SegmentationFile.Read(path);
        Assert.Equal(network.Settings, read.Settings);
        Assert.Equal(["c0", "c1", "c2"], read.Settings.Classes);
        byte[] picture = new byte[3 * 40 * 33];
        for (int i = 0; i < picture.Length; i++) picture[i] = (byte)(i * 7);
        network.Eval();
        using Segmenter first = new(network), second = new(read);
        Assert.Equal(first.Segment(picture, 40, 33), second.Segment(picture, 40, 33));

        network.Save(path, [new("model", "segmentation"), new("architecture", "UNet"), new("width", "1"), new("upsampling", "Published"),
            new("classes", "a\tb")]);
        Assert.Contains("U-Net of width 1, 2 classes has a layer of 2359296 weights: it is of another network",
            Assert.Throws<SafetensorsException>(() => SegmentationFile.Read(path)).Message, StringComparison.Ordinal);
        network.Save(path, [new("model", "segmentation"), new("architecture", "VNet"), new("width", "1")]);
        Assert.Contains("its metadata say 'architecture' is 'VNet', and it must be one of Fcn32s, ",
            Assert.Throws<SafetensorsException>(() => SegmentationFile.Read(path)).Message, StringComparison.Ordinal);
    }

    // The best of equal scores is the first; a size that is no multiple is padded by its last row and column and cropped again.
    [Fact]
    public void A_segmenter_takes_the_best_class_of_each_pixel()
    {
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(Settings(SegmentationArchitecture.UNet, 1.0 / 64, 4),
            new RandomSource(1));
        network.Eval();
        byte[] picture = new byte[3 * 30 * 20];
        new Random(1).NextBytes(picture);
        using var segmenter = new Segmenter(network, threads: 1);
        byte[] classes = segmenter.Segment(picture, 30, 20);
        Assert.Equal(30 * 20, classes.Length);

        using var tape = new Tape<float>();
        Variable<float> input = tape.Empty([1, 3, 32, 32]);
        for (int channel = 0; channel < 3; channel++)
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    input.Values[(channel * 32 + y) * 32 + x] = picture[(Math.Min(y, 19) * 30 + Math.Min(x, 29)) * 3 + channel] / 255f;
        float[] scores = network.Forward(input).Values.ToArray();
        for (int y = 0; y < 20; y++)
            for (int x = 0; x < 30; x++)
            {
                float[] four = [.. Enumerable.Range(0, 4).Select(one => scores[(one * 32 + y) * 32 + x])];
                Assert.Equal(Array.IndexOf(four, four.Max()), classes[y * 30 + x]);
            }
    }

    // Of a picture and its mirror image the probabilities are added, whichever of them is given.
    [Theory]
    [InlineData(30, 20)]
    [InlineData(48, 32)]
    public void An_ensemble_adds_the_probabilities_of_the_mirrored_picture(int width, int height)
    {
        SegmentationNetwork<float> network = SegmentationNetwork<float>.Create(Settings(SegmentationArchitecture.UNet, 1.0 / 64, 4),
            new RandomSource(1));
        network.Eval();
        byte[] picture = new byte[3 * width * height];
        new Random(1).NextBytes(picture);
        using var plain = new Segmenter(network, threads: 1);
        using var ensemble = new Segmenter(network, threads: 1) { SelfEnsemble = true };
        byte[] classes = ensemble.Segment(picture, width, height);
        Assert.NotEqual(plain.Segment(picture, width, height), classes);
        Assert.Equal(Mirror(classes, 1), ensemble.Segment(Mirror(picture, 3), width, height));

        float[] one = Probabilities(picture), other = Probabilities(Mirror(picture, 3));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                float[] sums = [.. Enumerable.Range(0, 4).Select(c =>
                    one[(c * height + y) * width + x] + other[(c * height + y) * width + width - 1 - x])];
                Assert.Equal(Array.IndexOf(sums, sums.Max()), classes[y * width + x]);
            }

        byte[] Mirror(byte[] values, int channels)
        {
            byte[] mirrored = new byte[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                (int place, int channel) = Math.DivRem(i, channels);
                mirrored[(place - place % width + width - 1 - place % width) * channels + channel] = values[i];
            }
            return mirrored;
        }

        float[] Probabilities(byte[] colours)
        {
            (int columns, int rows) = ((width + 15) / 16 * 16, (height + 15) / 16 * 16);
            using var tape = new Tape<float>();
            Variable<float> input = tape.Empty([1, 3, rows, columns]);
            for (int channel = 0; channel < 3; channel++)
                for (int y = 0; y < rows; y++)
                    for (int x = 0; x < columns; x++)
                        input.Values[(channel * rows + y) * columns + x] =
                            colours[(Math.Min(y, height - 1) * width + Math.Min(x, width - 1)) * 3 + channel] / 255f;
            ReadOnlySpan<float> all = Functions.Softmax(network.Forward(input), 1).Values;
            float[] inside = new float[4 * width * height];
            for (int i = 0; i < inside.Length; i++)
                inside[i] = all[(i / (width * height) * rows + i / width % height) * columns + i % width];
            return inside;
        }
    }

    internal static SegmentationSettings Settings(SegmentationArchitecture architecture, double width, int classes,
        DecoderUpsampling upsampling = DecoderUpsampling.Published) =>
        new(architecture, [.. Enumerable.Range(0, classes).Select(static i => $"c{i}")], width, upsampling);

    private static SegmentationNetwork<float> Create(SegmentationArchitecture architecture, double width, int classes) =>
        SegmentationNetwork<float>.Create(Settings(architecture, width, classes));
}
