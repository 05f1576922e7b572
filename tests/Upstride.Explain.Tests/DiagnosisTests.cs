using System.Numerics;
using Upstride.Explain.Diagnosis;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Tests;

public class DiagnosisTests
{
    [Fact]
    public void The_worked_examples_gains_and_pattern()
    {
        LayerDiagnosis worked = LayerDiagnosis.Of(UpsamplingLayer.Create("w", [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9], 2));
        Assert.Equal([20.0, 10, 10, 5], worked.WorstPair.Gains);
        Assert.Equal(-6.3, worked.PatternDb!.Value, 0.05);
        LayerDiagnosis equal = LayerDiagnosis.Of(UpsamplingLayer.Equal("w", [3, 3], 2));
        Assert.True(equal.Layer.Assumed);
        Assert.Equal(-6.3, equal.PatternDb!.Value, 0.05);
        LayerDiagnosis even = LayerDiagnosis.Of(
            UpsamplingLayer.Create("w", [1, 1, 4, 4], [.. Enumerable.Range(1, 16).Select(static value => (double)value)], 2));
        Assert.Equal([24.0, 28, 40, 44], even.WorstPair.Gains);
        Assert.Equal(-12.3, even.PatternDb!.Value, 0.05);
        Assert.True(even.Overlap.IsEven);
        Assert.Equal([1, 0], even.Frequency);
    }

    [Fact]
    public void Flat_with_equal_weights_exactly_where_stride_divides_kernel()
    {
        for (int kernel = 1; kernel <= 9; kernel++)
            for (int stride = 1; stride <= 4; stride++)
                Assert.Equal(kernel % stride == 0, LayerDiagnosis.Of(UpsamplingLayer.Equal("w", [kernel, kernel], stride)).IsFlat);
    }

    [Fact]
    public void The_pattern_from_weights_is_the_one_that_a_fourier_transform_measures_on_the_output()
    {
        var random = new Random(5);
        foreach ((int kernel, int stride, int dilation) in new[] { (3, 2, 1), (4, 2, 1), (5, 3, 1), (3, 2, 2), (4, 3, 2), (7, 4, 1),
            (2, 3, 1) })
        {
            double[] weight = [.. Enumerable.Range(0, kernel * kernel).Select(_ => (double)random.Next(1, 10))];
            LayerDiagnosis diagnosis = LayerDiagnosis.Of(UpsamplingLayer.Create("w", [1, 1, kernel, kernel], weight, stride, dilation));

            // As many whole periods as a window of the interior holds, away from every border.
            const int Inputs = 24;
            ConvTransposeGeometry geometry =
                ConvTransposeGeometry.PyTorch([1, 1, Inputs, Inputs], [1, 1, kernel, kernel], stride, dilation: dilation);
            double[] ones = [.. Enumerable.Repeat(1.0, Inputs * Inputs)];
            var output = new double[geometry.OutputLength];
            ConvTranspose.Forward(geometry, ones.AsSpan(), weight.AsSpan(), [], output.AsSpan());
            int first = geometry.Axes[0].Extent, size = stride * 4, width = geometry.Axes[1].Output;
            Complex[] transform = Square(output, width, first, size);
            double mean = transform[0].Magnitude, pattern = Math.Sqrt(transform.Skip(1).Sum(static one => one.Magnitude * one.Magnitude));
            if (diagnosis.PatternDb is { } level) Assert.Equal(20 * Math.Log10(pattern / mean), level, 1e-9);
            else Assert.Equal(0, pattern, 1e-9);

            // All of it lies at the multiples of 1/stride.
            for (int k = 0; k < transform.Length; k++)
                if (k / size % 4 != 0 || k % size % 4 != 0) Assert.Equal(0, transform[k].Magnitude, 1e-6);
        }
    }

    [Fact]
    public void The_hold_makes_flat_output_of_flat_input_exactly_on_integers()
    {
        var random = new Random(6);
        for (int trial = 0; trial < 60; trial++)
        {
            int kernel = random.Next(1, 6), stride = random.Next(2, 5), order = random.Next(1, 3);
            double[] weight = [.. Enumerable.Range(0, 2 * kernel * kernel).Select(_ => (double)random.Next(-9, 10))];
            var layer = UpsamplingLayer.Create("w", [2, 1, kernel, kernel], weight, stride);
            Cure cure = Cures.ZeroOrderHold(layer, order, keepMean: false);
            Assert.Equal(kernel + (stride - 1) * order, cure.Layer.Kernel[0]);
            Assert.Equal([(stride - 1) * order, (stride - 1) * order], cure.AddedTaps);
            Assert.True(cure.After.IsFlat);

            int size = cure.Layer.Kernel[0] + 4;
            ConvTransposeGeometry geometry =
                ConvTransposeGeometry.PyTorch([1, 2, size, size], [2, 1, cure.Layer.Kernel[0], cure.Layer.Kernel[0]], stride);
            double[] ones = [.. Enumerable.Repeat(1.0, geometry.InputLength)];
            var output = new double[geometry.OutputLength];
            ConvTranspose.Forward(geometry, ones.AsSpan(), cure.Layer.Weight.AsSpan(), [], output.AsSpan());
            int first = geometry.Axes[0].Extent, width = geometry.Axes[1].Output;
            for (int y = first; y < width - first; y++)
                for (int x = first; x < width - first; x++)
                    Assert.Equal(output[first * width + first], output[y * width + x]);
        }
    }

    [Fact]
    public void A_hold_of_order_one_is_resize_then_convolution_and_is_taken_out_again()
    {
        double[] weight = [1, 2, -3, 4, 5, 6, -7, 8, 9];
        var layer = UpsamplingLayer.Create("w", [1, 1, 3, 3], weight, 2);
        UpsamplingLayer held = Cures.ZeroOrderHold(layer, 1, keepMean: false).Layer;
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ResizeConvolution([1, 1, 5, 5], [1, 1, 3, 3], 2, 1);

        // The convolution's weights are the held kernel's, turned.
        double[] fused = ResizeConvolution.FuseWeights<double>(geometry, [1, 1, 3, 3], weight.AsEnumerable().Reverse().ToArray());
        Assert.Equal(fused, held.Weight);
        Assert.Equal(weight, Cures.WithoutHold(held)!.Weight);
        Assert.Null(Cures.WithoutHold(layer));
    }

    [Fact]
    public void Equalizing_is_the_nearest_flat_kernel_and_stays_put_on_one()
    {
        var random = new Random(7);
        for (int trial = 0; trial < 50; trial++)
        {
            int kernel = random.Next(3, 7), stride = random.Next(2, 4);
            double[] weight = [.. Enumerable.Range(0, 6 * kernel * kernel).Select(_ => random.NextDouble() - 0.3)];
            var layer = UpsamplingLayer.Create("w", [3, 2, kernel, kernel], weight, stride);
            Cure cure = Cures.Equalize(layer);
            Assert.True(cure.After.IsFlat);
            Cure again = Cures.Equalize(cure.Layer);
            Assert.InRange(again.LargestChange, 0, 1e-12);

            // The change is orthogonal to every flat kernel: to another equalized one less this one.
            double[] other = [.. Enumerable.Range(0, weight.Length).Select(_ => random.NextDouble())];
            Cures.EqualizeInPlace(layer, other);
            for (int at = 0; at < weight.Length; at += kernel * kernel)
            {
                double product = 0;
                for (int tap = at; tap < at + kernel * kernel; tap++) product += (cure.Layer.Weight[tap] - weight[tap]) * (
                    other[tap] - cure.Layer.Weight[tap]);
                Assert.Equal(0, product, 1e-9);
            }
        }
        Assert.Equal(
            "phase 2 of 3 has no tap, so its gain is 0 whatever the weights: use a kernel at least as long as the stride, and a dilation "
                + "without a common factor with it",
            Assert.Throws<GeometryException>(() => Cures.Equalize(UpsamplingLayer.Equal("w", [2], 3))).Error.Message);
    }

    [Fact]
    public void Icnr_and_bilinear_give_all_phases_one_gain()
    {
        var layer = UpsamplingLayer.Create("w", [1, 1, 4, 4], [.. Enumerable.Range(1, 16).Select(static value => (double)value)], 2);
        Cure icnr = Cures.Icnr(layer);
        Assert.True(icnr.After.IsFlat);
        Assert.Equal([3.5, 3.5, 5.5, 5.5, 3.5, 3.5, 5.5, 5.5, 11.5, 11.5, 13.5, 13.5, 11.5, 11.5, 13.5, 13.5], icnr.Layer.Weight);
        Cure bilinear = Cures.Bilinear(layer);
        Assert.Equal(136, bilinear.Layer.Weight.Sum(), 1e-9);
        Assert.True(bilinear.After.IsFlat);
        Assert.Equal(
            "kernel % stride = 3 % 2 = 1, and ICNR needs 0: all phases must have the same taps",
            Assert.Throws<GeometryException>(() => Cures.Icnr(UpsamplingLayer.Equal("w", [3, 3], 2))).Error.Message);
    }

    [Fact]
    public void Even_settings_keep_the_size()
    {
        ConvTransposeAxis axis = new ConvTransposeSettings(3, 2, 1, 1).Apply(8);
        Assert.Equal([new ConvTransposeSettings(2, 2, 0, 0), new ConvTransposeSettings(4, 2, 1, 0)], Cures.EvenSettings(axis));
        foreach (ConvTransposeSettings settings in Cures.EvenSettings(axis)) Assert.Equal(16, settings.Apply(8).Output);
    }

    [Fact]
    public void A_chain_is_what_its_layers_make_of_a_flat_picture()
    {
        var random = new Random(8);
        double[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(1, 6))];
        double[] first = Weights(2 * 3 * 9), second = Weights(3 * 16), blur = Weights(9);
        PatternChain chain = PatternChain.Flat(2, 2)
            .Through(UpsamplingLayer.Create("a", [2, 3, 3, 3], first, 2))
            .Through(UpsamplingLayer.Create("b", [3, 1, 4, 4], second, 2))
            .ThroughConvolution("c", [1, 1, 3, 3], blur, [1, 1], [1, 1], 1);
        Assert.Equal([4, 4], chain.Period);

        const int Size = 12;
        ConvTransposeGeometry a = ConvTransposeGeometry.PyTorch([1, 2, Size, Size], [2, 3, 3, 3], 2);
        double[] x = [.. Enumerable.Repeat(1.0, a.InputLength)];
        double[] y = Run(a, x, first);
        ConvTransposeGeometry b = ConvTransposeGeometry.PyTorch([.. a.OutputShape], [3, 1, 4, 4], 2);
        double[] z = Run(b, y, second);
        ConvolutionGeometry c = ConvolutionGeometry.Create([.. b.OutputShape], [1, 1, 3, 3]);
        var end = new double[(int)(c.OutputShape[2] * c.OutputShape[3])];
        Convolution.Forward(c, z.AsSpan(), blur.AsSpan(), [], end.AsSpan());
        int width = (int)c.OutputShape[3];
        for (int row = 16; row < 28; row++)
            for (int column = 16; column < 28; column++)
                Assert.Equal(chain.Values[row % 4 * 4 + column % 4], end[row * width + column]);
        Assert.NotNull(chain.PatternDb);
    }

    [Fact]
    public void A_pictures_pattern_shows_at_its_frequency_and_noise_has_none()
    {
        var random = new Random(9);
        const int Size = 130;
        var noise = new float[Size * Size];
        for (int i = 0; i < noise.Length; i++) noise[i] = random.NextSingle();
        Assert.InRange(PictureSpectrum.Of(noise, Size, Size, 2).WorstDb, -12, 8);
        var patterned = (float[])noise.Clone();
        for (int i = 0; i < patterned.Length; i++) patterned[i] += i % Size % 3 == 0 ? 0.2f : 0;
        PictureSpectrum spectrum = PictureSpectrum.Of(patterned, Size, Size, 3);
        Assert.Equal(0, spectrum.Peaks.MaxBy(static peak => peak.Decibels)!.Row);
        Assert.InRange(spectrum.WorstDb, 15, 60);
        Assert.Equal(spectrum.Window / 2 + 1, spectrum.Azimuthal.Length);
        Assert.Equal(
            "the picture is 130x15, and must be at least 8*stride = 16 on each side: use a larger picture",
            Assert.Throws<GeometryException>(() => PictureSpectrum.Of(noise.AsSpan(0, 130 * 15), 15, 130, 2)).Error.Message);
    }

    private static double[] Run(ConvTransposeGeometry geometry, double[] input, double[] weight)
    {
        var output = new double[geometry.OutputLength];
        ConvTranspose.Forward(geometry, input.AsSpan(), weight.AsSpan(), [], output.AsSpan());
        return output;
    }

    // The two-dimensional transform by its definition.
    private static Complex[] Square(double[] plane, int width, int first, int size)
    {
        var result = new Complex[size * size];
        for (int k = 0; k < size; k++)
        for (int l = 0; l < size; l++)
        for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            result[k * size + l] += plane[(first + y) * width + first + x] * Complex.Exp(new(0, -2 * Math.PI * (k * y + l * x) / size));
        return result;
    }
}
