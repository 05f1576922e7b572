namespace Upstride.Onnx.Tests.Operators;

/// <summary>Normalisations against their formulas in double precision.</summary>
public class NormalizationTests
{
    // Single precision: a square root, a quotient, and two operations on each element; scaled values are below 8.
    private const float Tolerance = 8 * 8 * 1.2e-7f;

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(15)]
    public void A_batch_normalisation_uses_the_given_statistics(int opset)
    {
        OnnxTensor x = Values.Random(1, 2, 3, 4, 5), scale = Values.Random(2, 3), shift = Values.Random(3, 3), mean = Values.Random(4, 3),
            variance = Positive(5, 3);
        float[] expected = [.. OneNode.Places(x.Shape).Select((place, i) =>
            (float)(scale.Floats[place[1]] * (x.Floats[i] - (double)mean.Floats[place[1]]) / Math.Sqrt(variance.Floats[place[1]] + 1e-3)
            + shift.Floats[place[1]]))];
        Near(expected, OneNode.Run("BatchNormalization", opset, [x, scale, shift, mean, variance], ("epsilon", 1e-3f)));
        OnnxTensor flat = Values.Random(6, 4, 3);
        Near(
            [.. flat.Floats.ToArray()
                .Select((value,
                    i) => (float)(scale.Floats[i % 3] * (value - (double)mean.Floats[i % 3]) / Math.Sqrt(variance.Floats[i % 3] + 1e-5)
                    + shift.Floats[i % 3]))],
            OneNode.Run("BatchNormalization", opset, [flat, scale, shift, mean, variance]));
    }

    [Fact]
    public void In_training_the_statistics_are_those_of_the_batch_and_move_the_given_ones()
    {
        OnnxTensor x = Values.Random(1, 3, 2, 50, 40), scale = Values.Random(2, 2), shift = Values.Random(3, 2), mean = Values.Random(4, 2),
            variance = Positive(5, 2);
        OnnxTensor[] actual =
            OneNode.Run("BatchNormalization", 15, [x, scale, shift, mean, variance], 3, ("training_mode", 1), ("momentum", 0.75f));
        double[] means = new double[2], variances = new double[2];
        for (int c = 0; c < 2; c++)
        {
            double[] all =
                [.. OneNode.Places(x.Shape).Select((place, i) => (place, i)).Where(one => one.place[1] == c)
                .Select(one => (double)x.Floats[one.i])];
            means[c] = all.Average();
            variances[c] = all.Average(value => (value - means[c]) * (value - means[c]));
        }
        Near([.. OneNode.Places(x.Shape)
            .Select((place,
            i) => (float)(scale.Floats[place[1]] * (x.Floats[i] - means[place[1]]) / Math.Sqrt(variances[place[1]] + 1e-5)
                + shift.Floats[place[1]]))], actual[0]);
        Near([.. means.Select((value, c) => (float)(0.75 * mean.Floats[c] + 0.25 * value))], actual[1]);
        Near([.. variances.Select((value, c) => (float)(0.75 * variance.Floats[c] + 0.25 * value))], actual[2]);
    }

    [Fact]
    public void An_instance_normalisation_uses_the_statistics_of_each_plane()
    {
        OnnxTensor x = Values.Random(1, 2, 3, 7, 5), scale = Values.Random(2, 3), shift = Values.Random(3, 3);
        Near(Grouped(x, 3, c => scale.Floats[c], c => shift.Floats[c], 1e-5), OneNode.Run("InstanceNormalization", 6, [x, scale, shift]));
    }

    [Theory]
    [InlineData(18)]
    [InlineData(21)]
    public void A_group_normalisation_scales_groups_before_opset_21_and_channels_after(int opset)
    {
        OnnxTensor x = Values.Random(1, 2, 6, 7, 5);
        int scales = opset < 21 ? 3 : 6;
        OnnxTensor scale = Values.Random(2, scales), shift = Values.Random(3, scales);
        int Index(int channel) => opset < 21 ? channel / 2 : channel;
        Near(
            Grouped(x, 3, c => scale.Floats[Index(c)], c => shift.Floats[Index(c)], 1e-2),
            OneNode.Run("GroupNormalization", opset, [x, scale, shift], ("num_groups", 3), ("epsilon", 1e-2f)));
    }

    [Theory]
    [InlineData(-1, new[] { 5 }, true)]
    [InlineData(2, new[] { 4, 5 }, true)]
    [InlineData(1, new[] { 3, 4, 5 }, false)]
    [InlineData(1, new[] { 4, 1 }, true)]
    [InlineData(0, new[] { 5 }, true)]
    public void A_layer_normalisation_brings_the_last_axes_to_mean_0_and_variance_1(int axis, int[] scaleShape, bool biased)
    {
        OnnxTensor x = Values.Random(1, 2, 3, 4, 5);
        nint[] shape = [.. scaleShape.Select(static length => (nint)length)];
        OnnxTensor scale = Values.Random(2, shape), shift = Values.Random(3, shape);
        int first = axis < 0 ? axis + 4 : axis, row = OneNode.Count(x.Shape.Skip(first));
        float[][] rows = [.. x.Floats.ToArray().Chunk(row)];
        double[] means = [.. rows.Select(static one => one.Average(static value => (double)value))];
        double[] factors =
            [.. rows.Select((one, r) => 1 / Math.Sqrt(one.Average(value => (value - means[r]) * (value - means[r])) + 1e-5))];
        float[] expected = [.. OneNode.Places(x.Shape).Select((place, i) =>
        {
            int index = OneNode.IndexOf(shape, [.. shape.Select((length, a) => length == 1 ? 0 : place[a + 4 - shape.Length])]);
            return (float)((x.Floats[i] - means[i / row]) * factors[i / row] * scale.Floats[index] + (biased ? shift.Floats[index] : 0));
        })];
        OnnxTensor[] actual = OneNode.Run("LayerNormalization", 17, biased ? [x, scale, shift] : [x, scale], 3, ("axis", axis));
        Near(expected, actual[0]);
        Near([.. means.Select(static value => (float)value)], actual[1]);
        Near([.. factors.Select(static value => (float)value)], actual[2]);
        Assert.Equal([.. x.Shape.Take(first), .. Enumerable.Repeat((nint)1, 4 - first)], actual[1].Shape);
    }

    [Fact]
    public void A_mean_far_from_zero_costs_no_digits_of_the_variance()
    {
        // In single precision 4096 + k/1024 is exact, and sums of many of them or of their squares are not.
        OnnxTensor x = OnnxTensor.Create([.. Enumerable.Range(0, 50_000).Select(static i => 4096 + i % 8 / 1024f)], 1, 1, 50_000);
        OnnxTensor y = OneNode.Run("InstanceNormalization", 6, [x, OneNode.Floats(1f), OneNode.Floats(0f)], ("epsilon", 0f));
        double deviation = Math.Sqrt(Enumerable.Range(0, 8).Average(static i => (i - 3.5) * (i - 3.5)));
        for (int i = 0; i < 8; i++) Assert.Equal((i - 3.5) / deviation, y.Floats[i], Tolerance);
    }

    [Fact]
    public void Statistics_that_do_not_fit_are_refused()
    {
        OnnxTensor x = Values.Random(1, 2, 4, 3), four = Values.Random(2, 4), three = Values.Random(2, 3);
        Assert.Equal("node 'node-y0' (BatchNormalization): input 3 is float32 [3], and must be [4] for 4 channels",
            OneNode.Refusal("BatchNormalization", 15, [x, four, four, three, four]));
        Assert.Equal("node 'node-y0' (BatchNormalization): batch normalisation in training is supported from opset 14 on",
            Assert.Throws<OnnxUnsupportedException>(() => OneNode.Run("BatchNormalization", 9, [x, four, four, four, four], 2)).Message);
        Assert.Equal("node 'node-y0' (GroupNormalization): channels % num_groups = 4 % 3 = 1, and must be 0",
            OneNode.Refusal("GroupNormalization", 21, [x, four, four], ("num_groups", 3)));
        Assert.Equal("node 'node-y0' (GroupNormalization): input 1 is float32 [4], and must be [2] for 2 groups",
            OneNode.Refusal("GroupNormalization", 18, [x, four, four], ("num_groups", 2)));
        Assert.Equal("node 'node-y0' (LayerNormalization): input 1 is float32 [4], and must broadcast to the axes that are normalised, [3]",
            OneNode.Refusal("LayerNormalization", 17, [x, four]));
    }

    private static float[] Grouped(OnnxTensor x, int groups, Func<int, float> scale, Func<int, float> shift, double epsilon)
    {
        int channels = (int)x.Shape[1], plane = OneNode.Count(x.Shape.Skip(2));
        return [.. x.Floats.ToArray().Chunk(channels / groups * plane).SelectMany((one, g) =>
        {
            double mean = one.Average(static value => (double)value), variance = one.Average(value => (value - mean) * (value - mean));
            return one.Select((value, i) =>
            {
                int channel = g % groups * (channels / groups) + i / plane;
                return (float)((value - mean) / Math.Sqrt(variance + epsilon) * scale(channel) + shift(channel));
            });
        })];
    }

    private static OnnxTensor Positive(int seed, int count) =>
        OnnxTensor.Create([.. Values.Random(seed, count).Floats.ToArray().Select(static value => Math.Abs(value) + 0.25f)], count);

    private static void Near(float[] expected, OnnxTensor actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual.Floats[i]) <= Tolerance,
                $"element {i} is {actual.Floats[i]}, and should be {expected[i]}");
    }
}
