namespace Upstride.Onnx.Tests.Operators;

/// <summary>
/// Resize and Upsample: that the attributes reach the geometry, which has tests of its own, against the standard's formulas.
/// </summary>
public class ResizeTests
{
    private static readonly string[] Coordinates =
        ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"];

    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    [InlineData("cubic")]
    public void Every_output_is_weighed_as_the_standard_says(string mode)
    {
        var random = new Random(mode.Length);
        for (int round = 0; round < 120; round++)
        {
            string coordinates = Coordinates[random.Next(Coordinates.Length)],
                nearest = (string[])["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] is var words ? words[random.Next(4)] : "";
            bool exclude = mode == "cubic" && coordinates != "tf_crop_and_resize" && random.Next(2) == 0;
            double a = random.Next(2) == 0 ? -0.75 : -0.5;
            int[] axes = (int[][])[[2, 3], [3, 2], [-1], [1, 3]] is var choices ? choices[random.Next(4)] : [];
            OnnxTensor x = Values.Random(round, 2, 2, random.Next(2, 6), random.Next(2, 6));
            int[] output = [.. x.Shape.Select(static length => (int)length)];
            float[] roi = new float[2 * axes.Length];
            var regions = new (double Start, double End)[4];
            Array.Fill(regions, (0, 1));
            for (int i = 0; i < axes.Length; i++)
            {
                int axis = (axes[i] + 4) % 4;
                output[axis] = random.Next(1, 9);
                (roi[i], roi[axes.Length + i]) = (random.Next(-1, 3) / 4f, random.Next(3, 6) / 4f);
                regions[axis] = (roi[i], roi[axes.Length + i]);
            }

            double[] current = [.. x.Floats.ToArray().Select(static value => (double)value)];
            nint[] shape = [.. x.Shape];
            bool[][] outside = [.. shape.Select(static _ => Array.Empty<bool>())];
            for (int axis = 0; axis < 4; axis++)
            {
                bool named = axes.Any(one => (one + 4) % 4 == axis);
                int size = (int)shape[axis];
                outside[axis] = new bool[output[axis]];
                bool copied = !named || (output[axis] == size && (coordinates != "tf_crop_and_resize" || regions[axis] == (0, 1)));
                if (copied) continue;
                double[][] matrix = [.. Enumerable.Range(0, output[axis]).Select(o =>
                {
                    double place = Place(coordinates, o, size, output[axis], regions[axis]);
                    outside[axis][o] = coordinates == "tf_crop_and_resize" && (place < 0 || place > size - 1);
                    return Row(mode, nearest, place, size, a, exclude);
                })];
                nint[] next = [.. shape];
                next[axis] = output[axis];
                current = [.. OneNode.Places(next).Select(to => Enumerable.Range(0, size).Sum(from =>
                {
                    int[] source = [.. to];
                    source[axis] = from;
                    return matrix[to[axis]][from] * current[OneNode.IndexOf(shape, source)];
                }))];
                shape = next;
            }
            int index = 0;
            foreach (int[] to in OneNode.Places(shape))
            {
                if (to.Where((o, axis) => outside[axis][o]).Any()) current[index] = 7;
                index++;
            }

            OnnxTensor actual = OneNode.Run(
                "Resize", 19,
                    [x, OnnxTensor.Create(roi, roi.Length), null, OneNode.Longs([.. axes.Select(axis => (long)output[(axis + 4) % 4])])],
                ("mode", mode), ("coordinate_transformation_mode", coordinates), ("nearest_mode", nearest), ("cubic_coeff_a", (float)a),
                    ("exclude_outside", exclude ? 1 : 0),
                ("extrapolation_value", 7f), ("axes", axes.Select(static axis => (long)axis).ToArray()));
            Assert.Equal(shape.AsEnumerable(), actual.Shape);

            // At most two axes of four taps, whose weights' magnitudes sum to less than 4 each; crops are placed in single precision.
            for (int i = 0; i < current.Length; i++)
                Assert.True(Math.Abs(current[i] - actual.Floats[i]) <= 1e-5,
                    $"round {round}, {coordinates}, {nearest}, {x} to {actual}: element {i} is {actual.Floats[i]}, and should be "
                    + $"{current[i]}");
        }
    }

    [Fact]
    public void Integers_and_truth_values_are_selected_exactly()
    {
        long[] numbers = [long.MaxValue, long.MinValue + 1, (1L << 53) + 1, 3];
        OnnxTensor scales = OneNode.Floats(1f, 1, 2, 1);
        Assert.Equal(
            [numbers[0], numbers[1], numbers[0], numbers[1], numbers[2], numbers[3], numbers[2], numbers[3]],
            OneNode.Run("Resize", 13, [OnnxTensor.Create(numbers, 1, 1, 2, 2), null, scales]).Integers.ToArray());
        Assert.Equal(
            [true, false, true, false, false, true, false, true],
            OneNode.Run("Resize", 13, [OnnxTensor.Create([true, false, false, true], 1, 1, 2, 2), null, scales]).Booleans.ToArray());
        OnnxTensor line = OnnxTensor.Create<long>(OnnxElementType.UInt8, [10, 21], 1, 1, 2);
        Assert.Equal([10L, 12, 18, 21],
            OneNode.Run("Resize", 13, [line, null, OneNode.Floats(1f, 1, 2)], ("mode", "linear")).Integers.ToArray());
    }

    [Fact]
    public void Interpolated_integers_stay_within_their_type()
    {
        // A cubic swings beyond both neighbours of a step.
        OnnxTensor step = OnnxTensor.Create<long>(OnnxElementType.UInt8, [0, 0, 255, 255], 1, 1, 4);
        long[] actual = OneNode.Run("Resize", 13, [step, null, OneNode.Floats(1f, 1, 2)], ("mode", "cubic")).Integers.ToArray();
        Assert.Equal(0, actual[2]);
        Assert.Equal(255, actual[5]);
        Assert.All(actual, static value => Assert.InRange(value, 0, 255));
    }

    [Fact]
    public void Upsampling_repeats_or_interpolates_from_the_first_sample_on()
    {
        OnnxTensor x = OnnxTensor.Create([1f, 3], 1, 1, 1, 2);
        OneNode.Same([1, 1, 2, 4], [1, 1, 3, 3, 1, 1, 3, 3], OneNode.Run("Upsample", 7, [x], ("scales", new[] { 1f, 1, 2, 2 })),
            "attribute");
        OneNode.Same([1, 1, 1, 4], [1, 2, 3, 3], OneNode.Run("Upsample", 9, [x, OneNode.Floats(1f, 1, 1, 2)], ("mode", "linear")), "input");
        Assert.Equal("node 'node-y0' (Upsample): the operator is of opsets 7 to 9, and the model is of opset 10",
            OneNode.Refusal("Upsample", 10, [x, OneNode.Floats(1f, 1, 1, 2)]));
        Assert.Equal("node 'node-y0' (Upsample): scales = [1, 1, 1, 0.5], and none may be below 1",
            OneNode.Refusal("Upsample", 9, [x, OneNode.Floats(1f, 1, 1, 0.5f)]));
    }

    // Small planes go several at a time.
    [Theory]
    [InlineData(17, 91, 95)]
    [InlineData(60, 61, 45)]
    public void Many_planes_on_many_threads_are_the_same_as_on_one(int channels, int height, int width)
    {
        OnnxTensor x = Values.Random(1, 3, channels, 30, 31);
        ModelBuilder builder = new ModelBuilder(19).Input("x", "3", $"{channels}", "30", "31").Integers("sizes", 3, channels, height, width)
            .Node("Resize", "x - - sizes", "y", ("mode", "cubic")).Output("y");
        using OnnxSession one = builder.Session(new() { Compute = new() { Threads = 1 } }),
            many = builder.Session(new() { Compute = new() { Threads = 7 } });
        Assert.Equal(Values.Run(one, ("x", x)).Floats.ToArray(), Values.Run(many, ("x", x)).Floats.ToArray());
    }

    [Fact]
    public void Exactly_one_of_scales_and_sizes_is_needed()
    {
        OnnxTensor x = Values.Random(1, 1, 1, 2, 2), scales = OneNode.Floats(1f, 1, 2, 2),
            none = OnnxTensor.Create(ReadOnlySpan<float>.Empty, 0);
        Assert.Equal("node 'node-y0' (Resize): neither scales nor sizes are given, and exactly one of them must be",
            OneNode.Refusal("Resize", 13, [x, null, none]));
        Assert.Equal("node 'node-y0' (Resize): both scales and sizes are given, and exactly one of them must be",
            OneNode.Refusal("Resize", 13, [x, null, scales, OneNode.Longs(1, 1, 4, 4)]));
        Assert.Equal("node 'node-y0' (Resize): the operator has no attribute axes at opset 13",
            OneNode.Refusal("Resize", 13, [x, null, scales], ("axes", new long[] { 2, 3 })));
    }

    // Keys' cubic, the triangle, or the one nearest neighbour.
    private static double[] Row(string mode, string nearest, double place, int size, double a, bool exclude)
    {
        var row = new double[size];
        if (mode == "nearest")
        {
            double rounded = nearest switch
            {
                "round_prefer_floor" => Math.Ceiling(place - 0.5),
                "round_prefer_ceil" => Math.Floor(place + 0.5),
                "floor" => Math.Floor(place),
                _ => Math.Ceiling(place),
            };
            row[(int)Math.Clamp(rounded, 0, size - 1)] = 1;
            return row;
        }
        int floor = (int)Math.Floor(place);
        for (int at = floor - 1; at <= floor + 2; at++)
        {
            double distance = Math.Abs(at - place);
            double weight = mode == "linear" ? Math.Max(0, 1 - distance)
                : distance <= 1 ? (a + 2) * Math.Pow(distance, 3) - (a + 3) * distance * distance + 1
                : distance < 2 ? a * Math.Pow(distance, 3) - 5 * a * distance * distance + 8 * a * distance - 4 * a
                : 0;
            if (!exclude || (at >= 0 && at < size)) row[Math.Clamp(at, 0, size - 1)] += weight;
        }
        double sum = row.Sum();
        return exclude ? [.. row.Select(weight => weight / sum)] : row;
    }

    private static double Place(string coordinates, int o, int size, int output, (double Start, double End) region)
    {
        return coordinates switch
        {
            "half_pixel" or "half_pixel_symmetric" => Halfway((2 * o + 1) * size - output, 2 * output),
            "pytorch_half_pixel" => output == 1 ? 0 : Halfway((2 * o + 1) * size - output, 2 * output),
            "align_corners" => output == 1 ? 0 : Halfway(o * (size - 1), output - 1),
            "asymmetric" => Halfway(o * size, output),
            _ => output == 1
                ? 0.5 * (region.Start + region.End) * (size - 1)
                : region.Start * (size - 1) + o * (region.End - region.Start) * (size - 1) / (output - 1),
        };
    }

    // One rounded division: exact where the quotient is a half or a whole number, on which a nearest neighbour hangs.
    private static double Halfway(int numerator, int denominator) => (double)numerator / denominator;
}
