namespace Upstride.Onnx.Tests.Operators;

/// <summary>Fourier transforms and windows, against ONNX Runtime and the definition.</summary>
public class SignalTests
{
    // The sums of up to 60 numbers below 1 in ONNX Runtime's single precision.
    private const float Bound = 1e-5f;

    [Fact]
    public void Transforms_of_every_length_are_the_definition()
    {
        for (int length = 1; length <= 48; length++)
        {
            OnnxTensor input = Values.Random(length, 2, length, 2);
            foreach (int inverse in (int[])[0, 1])
            {
                float[] actual = OneNode.Run("DFT", 17, [input], ("inverse", inverse)).Floats.ToArray();
                for (int row = 0; row < 2 * length; row++)
                {
                    (int image, int k) = Math.DivRem(row, length);
                    double real = 0, imaginary = 0;
                    for (int n = 0; n < length; n++)
                    {
                        double angle = (inverse == 1 ? 2 : -2) * Math.PI * k * n / length;
                        (float a, float b) = (input.Floats[2 * ((image * length) + n)], input.Floats[(2 * ((image * length) + n)) + 1]);
                        real += (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                        imaginary += (a * Math.Sin(angle)) + (b * Math.Cos(angle));
                    }
                    double scale = inverse == 1 ? 1.0 / length : 1;
                    Assert.Equal(real * scale, actual[2 * row], 1e-5);
                    Assert.Equal(imaginary * scale, actual[(2 * row) + 1], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void Transforms_agree_with_ONNX_Runtime()
    {
        var random = new Random(1);
        for (int round = 0; round < 20; round++)
        {
            int length = random.Next(2, 30), parts = random.Next(1, 3), axis = random.Next(1, 3);
            OnnxTensor input = Values.Random(round, 2, length, random.Next(2, 9), parts);
            OneNode.SameAsRuntime("DFT", 17, [input], 1, Bound, ("axis", axis), ("onesided", parts == 1 ? round % 2 : 0));
            OneNode.SameAsRuntime("DFT", 17, [input, OnnxTensor.Create([random.NextInt64(2, 40)])], 1, Bound, ("axis", axis));
            if (parts == 2) OneNode.SameAsRuntime("DFT", 17, [input], 1, Bound, ("axis", axis), ("inverse", 1));
        }
        Assert.Equal([1, 3, 8, 2], OneNode.Run("DFT", 20, [Values.Random(1, 1, 5, 8, 1), OneNode.Longs(3), OneNode.Longs(1)]).Shape);
        Assert.Equal("node 'node-y0' (DFT): axis = 2, which is the last, of real and imaginary parts",
            OneNode.Refusal("DFT", 17, [Values.Random(1, 1, 5, 1)], ("axis", 2)));
    }

    [Fact]
    public void Pieces_of_signals_are_transformed()
    {
        var random = new Random(2);
        for (int round = 0; round < 20; round++)
        {
            int length = random.Next(2, 20), step = random.Next(1, 12), samples = random.Next(length, 60);
            OnnxTensor signal = Values.Random(round, 2, samples, 1), window = Values.Random(round + 1, length);
            OneNode.SameAsRuntime("STFT", 17, [signal, OnnxTensor.Create([(long)step]), window], 1, Bound, ("onesided", round % 2));
            OneNode.SameAsRuntime("STFT", 17, [signal, OnnxTensor.Create([(long)step]), null, OnnxTensor.Create([(long)length])], 1, Bound);
        }
        Assert.Equal([1, 0, 5, 2], OneNode.Run("STFT", 17, [Values.Random(1, 1, 4, 1), OneNode.Longs(1), Values.Random(1, 8)]).Shape);
        Assert.Equal("node 'node-y0' (STFT): the step is 0, and must be from 1 to 33554431",
            OneNode.Refusal("STFT", 17, [Values.Random(1, 1, 8, 1), OneNode.Longs(0), Values.Random(1, 8)]));
    }

    [Theory]
    [InlineData("HannWindow")]
    [InlineData("HammingWindow")]
    [InlineData("BlackmanWindow")]
    public void Windows_agree_with_ONNX_Runtime(string name)
    {
        for (int size = 2; size < 20; size++)
            foreach (int periodic in (int[])[0, 1])
                OneNode.SameAsRuntime(name, 17, [OnnxTensor.Create([(long)size])], 1, 1e-6f, ("periodic", periodic));
    }

    [Theory]
    [InlineData(8, 16, 8192, 0f, 4096f)]
    [InlineData(26, 512, 16000, 0f, 8000f)]
    [InlineData(40, 400, 16000, 20f, 7600f)]
    [InlineData(80, 64, 22050, 0f, 8000f)]
    public void Bands_of_a_spectrum_are_triangles_on_the_mel_scale(int bands, int length, int rate, float low, float high)
    {
        OnnxTensor?[] inputs = [Scalar(bands), Scalar(length), Scalar(rate), OnnxTensor.Create([low]), OnnxTensor.Create([high])];
        OnnxTensor matrix = OneNode.SameAsRuntime("MelWeightMatrix", 17, inputs, 1, 1e-6f)[0];
        Assert.Equal([(length / 2) + 1, bands], matrix.Shape);

        static OnnxTensor Scalar(long value) => OnnxTensor.Create([value]);
    }

    [Fact]
    public void Bands_beyond_the_spectrum_are_refused()
    {
        OnnxTensor?[] inputs = [OnnxTensor.Create([8L]), OnnxTensor.Create([16L]), OnnxTensor.Create([8000L]), OnnxTensor.Create([0f]),
            OnnxTensor.Create([9000f])];
        Assert.Contains("and 9 frequencies of a transform of 16 at 8000 samples a second end at 4000 Hz",
            OneNode.Refusal("MelWeightMatrix", 17, inputs), StringComparison.Ordinal);
        inputs[4] = OnnxTensor.Create([-1f]);
        Assert.Equal("node 'node-y0' (MelWeightMatrix): the bands go from 0 to -1 Hz at 8000 samples a second: the first must not be "
            + "negative, and neither the second below it nor the rate 0", OneNode.Refusal("MelWeightMatrix", 17, inputs));
    }
}
