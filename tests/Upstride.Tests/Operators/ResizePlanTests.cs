using System.Numerics.Tensors;
using FsCheck;
using FsCheck.Fluent;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

public sealed class ResizePlanTests
{
    public sealed record Case(int Batch, int Channels, int[] From, int[] To, ResizeMethod Method, int Seed)
    {
        public nint[] Shape => [Batch, Channels, .. From.Select(static n => (nint)n)];

        public ResizeGeometry First => ResizeGeometry.ToSize(Shape, To, Method);

        public ResizeGeometry Last => ResizeGeometry.ToSize(OperatorProperty.ChannelsLast(Shape), To, Method, Layout.ChannelsLast);

        public override string ToString() =>
            $"n{Batch} c{Channels} {string.Join('x', From)} to {string.Join('x', To)} {Method} seed {Seed}";
    }

    // Channels up to 19 and rows up to 7*7*19 cross every width of vector and its tails, in both layouts.
    private static Gen<Case> Cases =>
        from rank in Gen.Choose(1, 3)
        from batch in Gen.Choose(0, 2)
        from channels in Gen.Choose(1, 19)
        from a in Gen.Choose(1, 7)
        from b in Gen.Choose(1, 7)
        from c in Gen.Choose(1, 40)
        from x in Gen.Choose(1, 9)
        from y in Gen.Choose(1, 9)
        from z in Gen.Choose(1, 50)
        from method in Gen.Elements(ResizeMethods.All)
        from seed in Gen.Choose(0, int.MaxValue)
        select new Case(batch, channels, new[] { a, b, c }[^rank..], new[] { x, y, z }[^rank..], method, seed);

    // The definition: each output is a sum over all inputs of the product of the axes' weights.
    [Fact]
    public void The_plan_agrees_with_the_sum_over_all_inputs() => OperatorProperty.Holds(Cases, static one =>
    {
        double[] input = OperatorProperty.Integers<double>(one.First.InputLength, one.Seed), output = Forward(one.First, input);
        ResizeTaps[] taps =
            [.. one.From.Select((n, axis) => ResizeTaps.Create(ResizeAxis.ToSize(n, one.To[axis], one.Method.Coordinates), one.Method))];
        int small = one.From.Aggregate(1, static (p, n) => p * n), large = one.To.Aggregate(1, static (p, n) => p * n);
        for (int at = 0; at < output.Length; at++)
        {
            double sum = 0, magnitude = 0;
            foreach ((int index, double weight) in Products(taps, at % large))
            {
                sum += weight * input[at / large * small + index];
                magnitude += Math.Abs(weight * input[at / large * small + index]);
            }
            int terms = taps.Sum(static t => t.Input);
            Assert.Equal(sum, output[at], 2 * (terms + 3) * MachineEpsilon.Double * magnitude);
        }
    }, 60);

    [Fact]
    public void The_gradient_is_the_adjoint() => OperatorProperty.Holds(Cases, static one =>
    {
        ResizePlan<double> plan = ResizePlan<double>.Create(one.First);
        double[] x = OperatorProperty.Integers<double>(one.First.InputLength, one.Seed),
            y = OperatorProperty.Integers<double>(one.First.OutputLength, one.Seed + 1);
        double[] rx = Poisoned(y.Length), ry = Poisoned(x.Length);
        plan.Run(x, rx);
        plan.RunGradient(y, ry);
        double left = Dot(rx, y), right = Dot(x, ry);
        // Every term is below 81 times the sum of a row's magnitudes, 2 at most for each of three axes, of which each output has one.
        Assert.Equal(left, right, (x.Length + y.Length + 100) * MachineEpsilon.Double * 81 * 8 * (x.Length + y.Length));
    });

    [Fact]
    public void Both_layouts_give_the_same_bits() => OperatorProperty.Holds(Cases, static one =>
    {
        float[] first = [.. OperatorProperty.Integers<float>(one.First.InputLength, one.Seed).Select(static v => v / 7)];
        float[] last = OperatorProperty.MoveChannels<float>(first, one.Batch, one.Channels, toLast: true);
        Assert.Equal(OperatorProperty.MoveChannels<float>(Forward(one.First, first), one.Batch, one.Channels, toLast: true),
            Forward(one.Last, last));
    });

    [Fact]
    public void A_plan_run_again_gives_the_same_bits_and_allocates_nothing()
    {
        var geometry = ResizeGeometry.ToSize([2, 3, 9, 20], [21, 7], ResizeMethod.PyTorchBicubic(antialias: true));
        ResizePlan<float> plan = ResizePlan<float>.Create(geometry);
        float[] input = OperatorProperty.Integers<float>(geometry.InputLength, 1), once = new float[geometry.OutputLength],
            again = Poisoned<float>(once.Length, float.NaN);
        plan.Run(input, once);
        Assert.Equal(0, Allocation.OfEachRun(() => plan.Run(input, again)));
        Assert.Equal(once, again);
    }

    // Large planes go in bands of rows, and planes that are small many at a time; the bits are those of one axis after the other.
    [Theory]
    [InlineData(2, 300, 401, 371, 802)]
    [InlineData(1, 200, 700, 701, 2460)]
    [InlineData(1, 5, 9000, 7, 18001)]
    [InlineData(1, 1000, 300, 100, 290)]
    [InlineData(37, 20, 20, 30, 31)]
    [InlineData(1000, 3, 2, 4, 5)]
    public void A_plane_of_any_size_has_the_bits_of_one_axis_after_the_other(int planes, int height, int width, int tall, int wide)
    {
        foreach (ResizeMethod method in new ResizeMethod[] { new() { Mode = ResizeMode.Linear },
            new() { Mode = ResizeMode.Cubic, Antialias = true }, new() { Mode = ResizeMode.Nearest } })
        {
            float[] input = [.. OperatorProperty.Integers<float>(planes * height * width, 5).Select(static v => v / 7)],
                output = new float[planes * tall * wide];
            Array.Fill(output, float.NaN);
            Resize.Forward<float>(input, ResizeGeometry.ToSize([1, planes, height, width], new[] { tall, wide }, method), output);
            float[] between = new float[planes * tall * width], expected = new float[output.Length];
            var over = ResizeTaps.Create(ResizeAxis.ToSize(height, tall, method.Coordinates), method);
            var along = ResizeTaps.Create(ResizeAxis.ToSize(width, wide, method.Coordinates), method);
            Assert.True((double)tall / height <= (double)wide / width, "the outer axis goes first");
            Multiply(input, planes, width, over, between);
            Multiply(between, planes * tall, 1, along, expected);
            Assert.Equal(expected, output);
        }
    }

    [Fact]
    public void Types_without_vectors_are_resized_too()
    {
        Tensor<decimal> output = Resize.Forward(new ReadOnlyTensorSpan<decimal>([0m, 1m, 4m], [1, 1, 3]), 6, ResizeMethod.PyTorchLinear());
        Assert.Equal([0m, 0.25m, 0.75m, 1.75m, 3.25m, 4m], TensorMemory.Contiguous<decimal>(output).ToArray());
        Tensor<Half> halves =
            Resize.Forward(new ReadOnlyTensorSpan<Half>([(Half)0, (Half)1, (Half)4], [1, 3, 1]), 2, ResizeMethod.Area, Layout.ChannelsLast);
        Assert.Equal([(Half)0.5, (Half)2.5], TensorMemory.Contiguous<Half>(halves).ToArray());
    }

    [Fact]
    public void Strided_tensors_go_in_and_out()
    {
        float[] memory = OperatorProperty.Integers<float>(2 * 3 * 8 * 10, 5);
        // Every second column, rows 1 to 6.
        var strided = new ReadOnlyTensorSpan<float>(memory.AsSpan(10), [2, 3, 6, 5], [240, 80, 10, 2]);
        var geometry = ResizeGeometry.ToSize(strided.Lengths, [9, 4], ResizeMethod.PyTorchLinear());
        float[] expected = Forward(geometry, TensorMemory.Contiguous(strided).ToArray());
        Assert.Equal(expected,
            TensorMemory.Contiguous<float>(Resize.Forward(strided, new int[] { 9, 4 }, ResizeMethod.PyTorchLinear())).ToArray());

        float[] wide = Poisoned<float>(expected.Length * 2, float.NaN);
        var destination = new TensorSpan<float>(wide, [2, 3, 9, 4], [216, 72, 8, 2]);
        ResizePlan<float>.Create(geometry).Run(strided, destination);
        Assert.Equal(expected, TensorMemory.Contiguous<float>(destination).ToArray());
        Assert.All(Enumerable.Range(0, expected.Length), i => Assert.Equal(float.NaN, wide[2 * i + 1]));
    }

    [Fact]
    public void The_gradient_takes_strided_tensors_too()
    {
        var geometry = ResizeGeometry.ToSize([1, 2, 3, 4], 6, ResizeMethod.Area);
        float[] gradient = OperatorProperty.Integers<float>(geometry.OutputLength, 5);
        Tensor<float> dense = Resize.InputGradient<float>(new ReadOnlyTensorSpan<float>(gradient, [1, 2, 6, 6]), geometry);
        // The same numbers, stored with rows and columns exchanged.
        float[] turned = new float[72];
        for (int i = 0; i < 72; i++) turned[i / 36 * 36 + i % 6 * 6 + i / 6 % 6] = gradient[i];
        float[] wide = new float[48];
        ResizePlan<float>.Create(geometry)
            .RunGradient(new ReadOnlyTensorSpan<float>(turned, [1, 2, 6, 6], [0, 36, 1, 6]),
            new TensorSpan<float>(wide, [1, 2, 3, 4], [0, 24, 8, 2]));
        Assert.Equal(TensorMemory.Contiguous<float>(dense).ToArray(), wide.Where(static (_, i) => i % 2 == 0).ToArray());
    }

    [Fact]
    public void A_crop_outside_the_input_takes_the_extrapolation_value_and_no_gradient()
    {
        var method = new ResizeMethod
            { Mode = ResizeMode.Linear, Coordinates = ResizeCoordinates.TensorFlowCropAndResize, ExtrapolationValue = 10 };
        // Positions -1, 0, 1, 2, 3 over three samples.
        var geometry = ResizeGeometry.OnnxSizes([1, 1, 1, 3], [1, 1, 1, 5], method, roi: [0, 0, 0, -0.5f, 1, 1, 1, 1.5f]);
        Assert.Equal([10, 4, 5, 6, 10], Forward(geometry, new float[] { 4, 5, 6 }));
        var gradient = new float[3];
        Resize.InputGradient([1, 2, 4, 8, 16], geometry, gradient);
        Assert.Equal([2, 4, 8], gradient);
        // Backwards: a flip.
        geometry = ResizeGeometry.OnnxSizes([1, 1, 1, 3], [1, 1, 1, 3], method, roi: [0, 0, 0, 1, 1, 1, 1, 0]);
        Assert.Equal([6, 5, 4], Forward(geometry, new float[] { 4, 5, 6 }));
    }

    [Theory]
    [InlineData(ResizeAspectRatio.Stretch, new[] { 7, 8 })]
    [InlineData(ResizeAspectRatio.NotLarger, new[] { 7, 7 })]
    [InlineData(ResizeAspectRatio.NotSmaller, new[] { 8, 8 })]
    public void A_kept_aspect_ratio_bounds_the_sizes(ResizeAspectRatio aspectRatio, int[] expected)
    {
        var geometry = ResizeGeometry.OnnxSizes([1, 1, 2, 2], [7, 8], ResizeMethod.PyTorchLinear(), aspectRatio, axes: [-2, 3]);
        Assert.Equal(expected, geometry.OutputShape[2..].Select(static n => (int)n));
    }

    [Fact]
    public void A_kept_aspect_ratio_rounds_halves_up()
    {
        // 1/4 and 3/4: not larger takes 3/4 of nothing but 2*(1/4) = 1/2, not smaller 2*(3/4) = 3/2.
        Assert.Equal([1, 1, 1, 1],
            ResizeGeometry.OnnxSizes([1, 1, 2, 4], [1, 1], ResizeMethod.PyTorchLinear(), ResizeAspectRatio.NotLarger,
            axes: [2, 3]).OutputShape);
        Assert.Equal([1, 1, 2, 3],
            ResizeGeometry.OnnxSizes([1, 1, 2, 4], [1, 3], ResizeMethod.PyTorchLinear(), ResizeAspectRatio.NotSmaller,
            axes: [2, 3]).OutputShape);
    }

    [Fact]
    public void Scales_apply_to_the_spatial_axes()
    {
        Assert.Equal([1, 2, 6, 15], ResizeGeometry.ByScale([1, 2, 3, 5], [2f, 3f], ResizeMethod.Area).OutputShape);
        Assert.Equal([1, 6, 10, 5], ResizeGeometry.ByScale([1, 3, 5, 5], [2f], ResizeMethod.Area, Layout.ChannelsLast).OutputShape);
    }

    [Fact]
    public void Refusals_say_why()
    {
        var geometry = ResizeGeometry.ToSize([1, 1, 2, 2], 4, ResizeMethod.Area);
        ResizePlan<float> plan = ResizePlan<float>.Create(geometry);
        float[] memory = new float[20];
        void Refuses(string message, Action act) =>
            Assert.StartsWith(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
        Refuses("input holds 3 elements, and shape [1, 1, 2, 2] needs 4", () => plan.Run(memory.AsSpan(0, 3), memory.AsSpan(4)));
        Refuses("destination holds 15 elements, and shape [1, 1, 4, 4] needs 16", () => plan.Run(memory.AsSpan(0, 4), memory.AsSpan(5)));
        Refuses("destination shares memory with input", () => plan.Run(memory.AsSpan(1, 4), memory.AsSpan(4)));
        Refuses("destination shares memory with outputGradient", () => plan.RunGradient(memory.AsSpan(0, 16), memory.AsSpan(15, 4)));
        Refuses("input has shape [1, 1, 1, 4], and must have [1, 1, 2, 2]",
            () => plan.Run(new ReadOnlyTensorSpan<float>(memory, [1, 1, 1, 4]), new TensorSpan<float>(memory, 4, [1, 1, 4, 4], [])));
        Refuses("destination shares memory with input",
            () => plan.Run(new ReadOnlyTensorSpan<float>(memory, [1, 1, 2, 2]), new TensorSpan<float>(memory, 3, [1, 1, 4, 4], [])));
        Refuses("size has 3 values, 1x2x3, for 2 spatial axes: give one value, or 2",
            () => ResizeGeometry.ToSize([1, 1, 2, 2], new int[] { 1, 2, 3 }, ResizeMethod.Area));
        Refuses("input has rank 2, and must have batch, channels and 1 to 3 spatial axes: rank 3 to 5",
            () => ResizeGeometry.ToSize([2, 2], 1, ResizeMethod.Area));
        Refuses("scale has 3 values for 2 spatial axes: give one value, or 2",
            () => ResizeGeometry.ByScale([1, 1, 2, 2], [1f, 2f, 3f], ResizeMethod.Area));
        Refuses("scales has 2 values, and must have one for each of 4 dimensions",
            () => ResizeGeometry.OnnxScales([1, 1, 2, 2], [1f, 2f], ResizeMethod.Area));
        Refuses("axes names dimension 3 twice", () => ResizeGeometry.OnnxScales([1, 1, 2, 2], [1f, 2f], ResizeMethod.Area, axes: [3, -1]));
        Refuses("axes[0] = 4, and must be -4 .. 3 for an input of rank 4",
            () => ResizeGeometry.OnnxSizes([1, 1, 2, 2], [1], ResizeMethod.Area, axes: [4]));
        Refuses("roi has 3 values, and must have a start and an end for each of 2 axes: 4", () => ResizeGeometry.OnnxSizes(
            [1, 1, 2, 2], [2, 2], new ResizeMethod { Coordinates = ResizeCoordinates.TensorFlowCropAndResize }, roi: [0f, 0f, 1f],
                axes: [2, 3]));
        Refuses("the output would have 1 * 65536 * 65536 * 65536 = 281474976710656 elements",
            () => ResizeGeometry.ToSize([0, 65536, 2, 2], 65536, ResizeMethod.Area));
    }

    private static T[] Forward<T>(ResizeGeometry geometry, T[] input) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T[] output = Poisoned<T>(geometry.OutputLength, T.NaN);
        Resize.Forward(input, geometry, output);
        return output;
    }

    private static double[] Poisoned(int length) => Poisoned(length, double.NaN);

    private static T[] Poisoned<T>(int length, T value)
    {
        var values = new T[length];
        Array.Fill(values, value);
        return values;
    }

    private static double Dot(double[] left, double[] right) => left.Zip(right, static (a, b) => a * b).Sum();

    // The inputs of one plane that make one output, with the product of the weights of all axes.
    private static IEnumerable<(int Index, double Weight)> Products(ResizeTaps[] taps, int output)
    {
        IEnumerable<(int Index, double Weight)> all = [(0, 1.0)];
        int rest = taps.Aggregate(1, static (p, t) => p * t.Output);
        foreach (ResizeTaps axis in taps)
        {
            rest /= axis.Output;
            int o = output / rest % axis.Output, first = axis.First[o];
            double[] weights = axis.Weights[axis.Offsets[o]..axis.Offsets[o + 1]].ToArray();
            all = all.SelectMany(one => weights.Select((weight, k) => (one.Index * axis.Input + first + k, one.Weight * weight))).ToArray();
        }
        return all;
    }

    private static void Multiply(float[] source, int outer, int inner, ResizeTaps taps, float[] destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            (int row, int o, int c) = (i / (inner * taps.Output), i / inner % taps.Output, i % inner);
            float sum = 0;
            for (int k = taps.Offsets[o]; k < taps.Offsets[o + 1]; k++)
                sum += (float)taps.Weights[k] * source[(row * taps.Input + taps.First[o] + k - taps.Offsets[o]) * inner + c];
            destination[i] = sum;
        }
    }
}
