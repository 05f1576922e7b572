namespace Upstride.Onnx.Tests.Operators;

/// <summary>Conv and ConvTranspose against the sums of their definition, on whole numbers.</summary>
public class ConvolutionTests
{
    private static readonly OnnxElementType[] Types =
        [OnnxElementType.Float32, OnnxElementType.Float16, OnnxElementType.Float64, OnnxElementType.BFloat16];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_convolution_is_the_sum_of_its_definition(int axes)
    {
        var random = new Random(axes);
        for (int round = 0; round < 40; round++)
        {
            string autoPad =
                (string[])["NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] is var words ? words[random.Next(words.Length)] : "";
            int group = random.Next(1, 4);
            int[] kernel = Numbers(random, axes, 1, 4), stride = Numbers(random, axes, 1, 4), dilation = Numbers(random, axes, 1, 3);
            int[] size = [.. kernel.Select((k, a) => (k - 1) * dilation[a] + 1 + random.Next(0, 7))];
            int[] heads = new int[axes], tails = new int[axes], output = new int[axes];
            for (int a = 0; a < axes; a++)
            {
                int extent = (kernel[a] - 1) * dilation[a] + 1;
                if (autoPad == "NOTSET") (heads[a], tails[a]) = (random.Next(0, 3), random.Next(0, 3));
                if (autoPad.StartsWith("SAME", StringComparison.Ordinal))
                {
                    int total = Math.Max(0, ((size[a] + stride[a] - 1) / stride[a] - 1) * stride[a] + extent - size[a]);
                    (heads[a], tails[a]) = autoPad == "SAME_UPPER" ? (total / 2, total - total / 2) : (total - total / 2, total / 2);
                }
                output[a] = (size[a] + heads[a] + tails[a] - extent) / stride[a] + 1;
            }
            OnnxElementType type = Types[random.Next(Types.Length)];
            OnnxTensor x = OneNode.Whole(random, type, [2, 2 * group, .. size.Select(static s => (nint)s)]);
            OnnxTensor w = OneNode.Whole(random, type, [3 * group, 2, .. kernel.Select(static k => (nint)k)]);
            OnnxTensor b = OneNode.Whole(random, type, 3 * group);
            bool bias = random.Next(2) == 0;

            nint[] shape = [2, 3 * group, .. output.Select(static o => (nint)o)];
            float[] expected = [.. OneNode.Places(shape).Select(place =>
            {
                float sum = bias ? b.Floats[place[1]] : 0;
                foreach (int[] tap in OneNode.Places([2, .. kernel.Select(static k => (nint)k)]))
                {
                    int from = OneNode.IndexOf(x.Shape,
                        [place[0], place[1] / 3 * 2 + tap[0],
                        .. Enumerable.Range(0, axes).Select(a => place[a + 2] * stride[a] - heads[a] + tap[a + 1] * dilation[a])]);
                    if (from >= 0) sum += x.Floats[from] * w.Floats[OneNode.IndexOf(w.Shape, [place[1], .. tap])];
                }
                return sum;
            })];

            List<(string, object)> attributes =
                [("strides", Longs(stride)), ("dilations", Longs(dilation)), ("group", group), ("auto_pad", autoPad)];
            if (autoPad == "NOTSET") attributes.Add(("pads", Longs([.. heads, .. tails])));
            if (random.Next(2) == 0) attributes.Add(("kernel_shape", Longs(kernel)));
            OnnxTensor actual = OneNode.Run("Conv", 11, bias ? [x, w, b] : [x, w], [.. attributes]);
            Assert.Equal(type, actual.ElementType);
            OneNode.Same(shape, expected, actual,
                $"round {round}, {autoPad}, input {x}, weight {w}, strides {string.Join('x', stride)}, dilations "
                + $"{string.Join('x', dilation)}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_transposed_convolution_is_the_sum_of_its_definition(int axes)
    {
        var random = new Random(10 + axes);
        for (int round = 0; round < 40; round++)
        {
            string way = (string[])["pads", "pads", "SAME_UPPER", "SAME_LOWER", "VALID", "output_shape",
                "output_shape SAME_UPPER"] is var words ? words[random.Next(words.Length)] : "";
            int group = random.Next(1, 4);
            int[] kernel = Numbers(random, axes, 1, 4), stride = Numbers(random, axes, 1, 4), dilation = Numbers(random, axes, 1, 3),
                size = Numbers(random, axes, 2, 5);
            int[] heads = new int[axes], tails = new int[axes], output = new int[axes], outputPadding = new int[axes];
            for (int a = 0; a < axes; a++)
            {
                int full = stride[a] * (size[a] - 1) + (kernel[a] - 1) * dilation[a] + 1;
                if (way == "pads" && full > 4) (heads[a], tails[a]) = (random.Next(0, 3), random.Next(0, 2));
                if (way is "pads" or "VALID") outputPadding[a] = random.Next(0, stride[a]);
                output[a] = full + outputPadding[a] - heads[a] - tails[a];
                if (way is "pads" or "VALID") continue;
                output[a] = way.StartsWith("output_shape", StringComparison.Ordinal)
                    ? Math.Max(1, full - random.Next(-2, 3)) : size[a] * stride[a];
                int total = full - output[a];

                // What the output has beyond the products all stands at the end.
                heads[a] = total <= 0 ? 0 : way.EndsWith("SAME_UPPER", StringComparison.Ordinal) ? total / 2 : total - total / 2;
            }
            OnnxElementType type = Types[random.Next(Types.Length)];
            OnnxTensor x = OneNode.Whole(random, type, [2, 2 * group, .. size.Select(static s => (nint)s)]);
            OnnxTensor w = OneNode.Whole(random, type, [2 * group, 3, .. kernel.Select(static k => (nint)k)]);
            OnnxTensor b = OneNode.Whole(random, type, 3 * group);

            nint[] shape = [2, 3 * group, .. output.Select(static o => (nint)o)];
            var expected = new float[OneNode.Count(shape)];
            int index = 0;
            foreach (int[] place in OneNode.Places(shape)) expected[index++] = b.Floats[place[1]];
            foreach (int[] from in OneNode.Places(x.Shape))
                foreach (int[] tap in OneNode.Places([3, .. kernel.Select(static k => (nint)k)]))
                {
                    int to = OneNode.IndexOf(shape,
                        [from[0], from[1] / 2 * 3 + tap[0],
                        .. Enumerable.Range(0, axes).Select(a => from[a + 2] * stride[a] + tap[a + 1] * dilation[a] - heads[a])]);
                    if (to >= 0) expected[to] += x.Floats[OneNode.IndexOf(x.Shape, from)]
                        * w.Floats[OneNode.IndexOf(w.Shape, [from[1], .. tap])];
                }

            List<(string, object)> attributes = [("strides", Longs(stride)), ("dilations", Longs(dilation)), ("group", group)];
            if (way == "pads") attributes.Add(("pads", Longs([.. heads, .. tails])));
            if (way is "pads" or "VALID") attributes.Add(("output_padding", Longs(outputPadding)));
            if (way is "SAME_UPPER" or "SAME_LOWER" or "VALID") attributes.Add(("auto_pad", way));
            if (way == "output_shape SAME_UPPER") attributes.Add(("auto_pad", "SAME_UPPER"));
            if (way.StartsWith("output_shape", StringComparison.Ordinal)) attributes.Add(("output_shape", Longs(output)));
            OnnxTensor actual = OneNode.Run("ConvTranspose", 11, [x, w, b], [.. attributes]);
            OneNode.Same(shape, expected, actual,
                $"round {round}, {way}, input {x}, weight {w}, strides {string.Join('x', stride)}, dilations "
                + $"{string.Join('x', dilation)}, output {string.Join('x', output)}");
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        OnnxTensor x = Values.Random(1, 1, 2, 4, 4), w = Values.Random(2, 2, 3, 3, 3);
        Assert.Equal(
            "node 'node-y0' (ConvTranspose): the bias is float32 [2], and must be [3] for 3 output channels",
            OneNode.Refusal("ConvTranspose", 11, [x, w, Values.Random(3, 2)]));
        Assert.Equal(
            "node 'node-y0' (ConvTranspose): attribute auto_pad = 'SAME', and must be one of NOTSET, SAME_UPPER, SAME_LOWER, VALID",
            OneNode.Refusal("ConvTranspose", 11, [x, w], ("auto_pad", "SAME")));
        Assert.Equal(
            "node 'node-y0' (Conv): weight has 3 input channels per group and input has 2 / 1 = 2, and both must be equal: change one of "
                + "them",
            OneNode.Refusal("Conv", 11, [x, w]));
        Assert.Equal(
            "node 'node-y0' (Conv): the operator has no attribute output_padding at opset 11",
            OneNode.Refusal("Conv", 11, [x, w], ("output_padding", new long[] { 1, 1 })));
    }

    private static int[] Numbers(Random random, int count, int least, int below) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(least, below))];

    private static long[] Longs(IEnumerable<int> values) => [.. values.Select(static value => (long)value)];
}
