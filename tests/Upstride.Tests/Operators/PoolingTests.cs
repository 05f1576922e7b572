using System.Numerics.Tensors;
using FsCheck;
using FsCheck.Fluent;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

public sealed class PoolingTests
{
    public sealed record Case(int Batch, int Channels, int[] Input, int[] Kernel, int[] Stride, int[] Padding, int[] Dilation, bool Ceil,
        int Seed)
    {
        public nint[] Shape => [Batch, Channels, .. Input.Select(static n => (nint)n)];

        public PoolGeometry? Geometry(Layout layout = Layout.ChannelsFirst)
        {
            try
            {
                return PoolGeometry.PyTorch(layout == Layout.ChannelsFirst ? Shape : OperatorProperty.ChannelsLast(Shape), Kernel,
                    (PerAxis)Stride, Padding, Dilation, Ceil, layout);
            }
            catch (GeometryException)
            {
                return null; // a window longer than the input, or one that steps over it
            }
        }

        public override string ToString() =>
            $"n{Batch} c{Channels} i{string.Join('x', Input)} k{string.Join('x', Kernel)} s{string.Join('x', Stride)} "
            + $"p{string.Join('x', Padding)} d{string.Join('x', Dilation)} ceil {Ceil} seed {Seed}";
    }

    private static Gen<int[]> Three(int low, int high) => Gen.Choose(low, high).ArrayOf(3);

    private static Gen<Case> Cases =>
        from rank in Gen.Choose(1, 3)
        from batch in Gen.Choose(0, 2)
        from channels in Gen.Choose(1, 5)
        from input in Three(1, 9)
        from kernel in Three(1, 4)
        from stride in Three(1, 4)
        from padding in Three(0, 2)
        from dilation in Three(1, 3)
        from ceil in Gen.Elements(false, true)
        from seed in Gen.Choose(0, int.MaxValue)
        select new Case(batch, channels, input[..rank], kernel[..rank], stride[..rank],
            [.. padding[..rank].Select((p, a) => Math.Min(p, ((kernel[a] - 1) * dilation[a] + 1) / 2))], dilation[..rank], ceil, seed);

    // Floats go through vectors where rows are long enough, doubles never do.
    [Theory]
    [InlineData(2, 2, 0, 1)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(2, 1, 1, 3)]
    [InlineData(2, 2, 1, 2)]
    [InlineData(3, 3, 1, 1)]
    [InlineData(1, 2, 0, 1)]
    public void Long_rows_of_floats_find_what_doubles_find(int kernel, int stride, int padding, int dilation)
    {
        float[] values = [0, 1, 2, 3, -1, float.NegativeInfinity, float.PositiveInfinity, float.NaN];
        for (int width = 6; width < 44; width++)
            foreach (bool ceil in (ReadOnlySpan<bool>)[false, true])
            {
                nint[] shape = [2, 1, 4, 5, width];
                var geometry = PoolGeometry.PyTorch(shape, new int[] { 2, 2, kernel }, (PerAxis)new int[] { 2, 1, stride },
                    new int[] { 0, 1, padding }, new int[] { 1, 2, dilation }, ceil);
                var random = new Random(width);
                float[] input =
                    [.. Enumerable.Range(0, 2 * 4 * 5 * width).Select(_ => values[random.Next(random.Next(1, values.Length + 1))])];
                (Tensor<float> output, Tensor<int> indices) = MaxPool.Forward(Tensor.Create(input, shape).AsReadOnlyTensorSpan(), geometry);
                (Tensor<double> wide, Tensor<int> places) = MaxPool.Forward(
                    Tensor.Create([.. input.Select(static x => (double)x)], shape).AsReadOnlyTensorSpan(), geometry);
                Assert.Equal(Elements(places), Elements(indices));
                Assert.Equal(Elements(wide), Elements(output).Select(static x => (double)x));
            }
    }

    private static T[] Elements<T>(Tensor<T> tensor)
    {
        var elements = new T[tensor.FlattenedLength];
        tensor.FlattenTo(elements);
        return elements;
    }

    [Fact]
    public void The_first_window_that_meets_nothing_is_found_without_going_through_them()
    {
        int refused = 0, taken = 0;
        for (int input = 1; input <= 4; input++)
            for (int kernel = 1; kernel <= 4; kernel++)
                for (int stride = 1; stride <= 5; stride++)
                    for (int dilation = 1; dilation <= 7; dilation++)
                        for (int head = 0; head <= 12; head++)
                        {
                            if ((kernel - 1) * dilation + 1 > input + head) continue;
                            int windows = (input + head - (kernel - 1) * dilation - 1) / stride + 1;

                            // The definition: no tap of the window stands inside.
                            int? unmet = Enumerable.Range(0, windows).Select(static o => (int?)o)
                                .FirstOrDefault(o => !Enumerable.Range(0, kernel)
                                .Any(t => o * stride - head + t * dilation is var place && place >= 0 && place < input));
                            try
                            {
                                Assert.Equal(windows, PoolAxis.Create(input, kernel, stride, head, 0, dilation).Output);
                                Assert.Null(unmet);
                                taken++;
                            }
                            catch (GeometryException fault)
                            {
                                Assert.StartsWith($"window {unmet} covers", fault.Error.Message, StringComparison.Ordinal);
                                refused++;
                            }
                        }
        Assert.True(refused > 100 && taken > 100, $"{refused} refused and {taken} taken");
    }

    [Fact]
    public void A_billion_windows_in_the_padding_take_no_time()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        PoolAxis axis = PoolAxis.Create(1 << 29, 3, head: 1 << 30, dilation: 1 << 29);
        Assert.Equal(1 << 29, axis.Output);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Every_output_is_the_first_greatest_of_its_window()
    {
        int run = 0;
        OperatorProperty.Holds(Cases, one =>
        {
            if (one.Geometry() is not { } geometry) return;
            run++;
            int[] input = OperatorProperty.Integers<int>((int)Count(one.Shape), one.Seed);
            (Tensor<int> output, Tensor<int> indices) = MaxPool.Forward<int>(new ReadOnlyTensorSpan<int>(input, one.Shape), geometry);
            int[] sizes = [.. geometry.Axes.Select(static axis => axis.Output)];
            for (int axis = 0; axis < sizes.Length; axis++) Assert.Equal(WindowCount(one, axis), sizes[axis]);
            int at = 0, plane = one.Input.Aggregate(1, static (p, n) => p * n);
            for (int image = 0; image < one.Batch * one.Channels; image++)
            {
                foreach (int[] o in Places(sizes))
                {
                    int best = -1;
                    foreach (int[] t in Places(one.Kernel))
                    {
                        int[] place = [.. o.Select((value, a) => value * one.Stride[a] - one.Padding[a] + t[a] * one.Dilation[a])];
                        if (place.Zip(one.Input).Any(static pair => pair.First < 0 || pair.First >= pair.Second)) continue;
                        int index = place.Zip(one.Input).Aggregate(0, static (sum, pair) => sum * pair.Second + pair.First);
                        if (best < 0 || input[image * plane + index] > input[image * plane + best]) best = index;
                    }
                    Assert.Equal(best, TensorMemory.Contiguous<int>(indices)[at]);
                    Assert.Equal(input[image * plane + best], TensorMemory.Contiguous<int>(output)[at++]);
                }
            }
            Assert.Equal(at, output.FlattenedLength);
        });
        Assert.True(run > 60, $"{run} of the cases were legal");
    }

    [Fact]
    public void Both_layouts_agree_forward_and_backward() => OperatorProperty.Holds(Cases, static one =>
    {
        if (one.Geometry() is not { } geometry) return;
        PoolGeometry last = one.Geometry(Layout.ChannelsLast)!;
        float[] input = OperatorProperty.Integers<float>((int)Count(one.Shape), one.Seed);
        int outputs = (int)Count(geometry.OutputShape.AsSpan());
        float[] y = new float[outputs], yLast = new float[outputs], gradient = OperatorProperty.Integers<float>(outputs, one.Seed + 1),
            x = Nan(input.Length), xLast = Nan(input.Length);
        int[] at = new int[outputs], atLast = new int[outputs];
        MaxPool.Forward(input, geometry, y, at);
        MaxPool.Forward(OperatorProperty.MoveChannels<float>(input, one.Batch, one.Channels, true), last, yLast, atLast);
        Assert.Equal(OperatorProperty.MoveChannels<float>(y, one.Batch, one.Channels, true), yLast);
        Assert.Equal(OperatorProperty.MoveChannels<int>(at, one.Batch, one.Channels, true), atLast);
        MaxPool.InputGradient(gradient, at, geometry, x);
        MaxPool.InputGradient(OperatorProperty.MoveChannels<float>(gradient, one.Batch, one.Channels, true), atLast, last, xLast);
        Assert.Equal(OperatorProperty.MoveChannels<float>(x, one.Batch, one.Channels, true), xLast);
        Assert.Equal(gradient.Sum(), x.Sum());
    });

    // Unpooling puts the maxima back where they stood, and its gradient picks them up again.
    [Fact]
    public void Unpooling_undoes_pooling_at_the_maxima() => OperatorProperty.Holds(Cases, static one =>
    {
        if (one.Geometry() is not { } geometry) return;
        float[] input = OperatorProperty.Integers<float>((int)Count(one.Shape), one.Seed);
        (Tensor<float> output, Tensor<int> indices) = MaxPool.Forward<float>(new ReadOnlyTensorSpan<float>(input, one.Shape), geometry);
        var back = UnpoolGeometry.ToSize(output.Lengths, one.Input);
        Tensor<float> unpooled = MaxUnpool.Forward<float>(output, indices, back);
        ReadOnlySpan<float> elements = TensorMemory.Contiguous<float>(unpooled);
        int plane = geometry.InputPlane, each = one.Batch == 0 ? 1 : (int)output.FlattenedLength / (one.Batch * one.Channels);
        var named = TensorMemory.Contiguous<int>(indices).ToArray().Select((index, i) => i / each * plane + index).ToHashSet();
        for (int i = 0; i < elements.Length; i++) Assert.Equal(named.Contains(i) ? input[i] : 0, elements[i]);
        Assert.Equal(TensorMemory.Contiguous<float>(output).ToArray(),
            TensorMemory.Contiguous<float>(MaxUnpool.InputGradient<float>(unpooled, indices, back)).ToArray());

        // <unpool(x), y> = <x, gather(y)> where no place is named twice.
        var whole = new long[indices.FlattenedLength];
        MaxPoolIndices.ToWholeTensor(TensorMemory.Contiguous<int>(indices), one.Batch * one.Channels, plane, whole);
        Assert.Equal(named, whole.Select(static index => (int)index).ToHashSet());
        var again = new int[whole.Length];
        MaxPoolIndices.FromWholeTensor(whole, one.Batch * one.Channels, plane, again);
        Assert.Equal(TensorMemory.Contiguous<int>(indices).ToArray(), again);
    });

    [Fact]
    public void The_poolings_gradient_is_its_derivative()
    {
        var geometry = PoolGeometry.PyTorch([1, 2, 5, 6], 3, 2, 1);
        double[] input = [.. Enumerable.Range(0, 60).Select(static i => (double)(i * 37 % 61))], gradient = new double[60];
        int outputs = (int)Count(geometry.OutputShape.AsSpan());
        double[] y = new double[outputs], y2 = new double[outputs], weights = OperatorProperty.Integers<double>(outputs, 3);
        int[] indices = new int[outputs], unused = new int[outputs];
        MaxPool.Forward(input, geometry, y, indices);
        MaxPool.InputGradient(weights, indices, geometry, gradient);
        for (int i = 0; i < input.Length; i++)
        {
            double[] moved = [.. input];
            moved[i] += 0.5; // the numbers differ by one at least, so no maximum changes hands and halves are exact
            MaxPool.Forward(moved, geometry, y2, unused);
            Assert.Equal(gradient[i], weights.Select((weight, o) => weight * (y2[o] - y[o])).Sum() / 0.5);
        }
    }

    [Fact]
    public void Nan_wins_and_a_window_of_minus_infinities_names_its_first()
    {
        var geometry = PoolGeometry.PyTorch([1, 1, 6], 3);
        (Tensor<float> output, Tensor<int> indices) = MaxPool.Forward<float>(
            new ReadOnlyTensorSpan<float>([float.NaN, 5, 1, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity],
                [1, 1, 6]), geometry);
        Assert.Equal([float.NaN, float.NegativeInfinity], TensorMemory.Contiguous<float>(output).ToArray());
        Assert.Equal([0, 3], TensorMemory.Contiguous<int>(indices).ToArray());
        (_, indices) =
            MaxPool.Forward<float>(new ReadOnlyTensorSpan<float>([float.NaN, float.NaN, 1, 2, float.NaN, 3], [1, 1, 6]), geometry);
        Assert.Equal([1, 4], TensorMemory.Contiguous<int>(indices).ToArray());
    }

    [Theory]
    [InlineData(5, 2, 2, 0, false, 2)]
    [InlineData(5, 2, 2, 0, true, 3)]
    [InlineData(3, 1, 3, 0, true, 1)] // a second window would start after the input
    [InlineData(4, 3, 2, 1, true, 3)]
    [InlineData(3, 2, 2, 1, true, 2)]
    [InlineData(2, 2, 3, 1, true, 1)] // a second window would start in the padding after it
    public void Ceil_mode_keeps_a_last_window_that_meets_the_input(int input, int kernel, int stride, int padding, bool ceil, int output) =>
        Assert.Equal(output, PoolAxis.Create(input, kernel, stride, padding, padding, 1, ceil).Output);

    [Fact]
    public void PyTorchs_worked_example_comes_out()
    {
        // torch.nn.MaxUnpool2d: 1..16 pooled by 2 and back to 4x4, then to 5x5 with the same indices.
        float[] input = [.. Enumerable.Range(1, 16).Select(static i => (float)i)];
        (Tensor<float> output, Tensor<int> indices) =
            MaxPool.Forward<float>(new ReadOnlyTensorSpan<float>(input, [1, 1, 4, 4]), PoolGeometry.PyTorch([1, 1, 4, 4], 2));
        Assert.Equal([5, 7, 13, 15], TensorMemory.Contiguous<int>(indices).ToArray());
        Tensor<float> back = MaxUnpool.Forward<float>(output, indices, UnpoolGeometry.PyTorch([1, 1, 2, 2], 2));
        Assert.Equal([0, 0, 0, 0, 0, 6, 0, 8, 0, 0, 0, 0, 0, 14, 0, 16], TensorMemory.Contiguous<float>(back).ToArray());
        back = MaxUnpool.Forward<float>(output, indices, UnpoolGeometry.PyTorch([1, 1, 2, 2], 2, outputSize: 5));
        Assert.Equal([0, 0, 0, 0, 0, 6, 0, 8, 0, 0, 0, 0, 0, 14, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            TensorMemory.Contiguous<float>(back).ToArray());
    }

    [Fact]
    public void Strided_tensors_are_pooled_by_their_strides()
    {
        float[] memory = OperatorProperty.Integers<float>(2 * 48, 9);
        var strided = new ReadOnlyTensorSpan<float>(memory, [1, 2, 4, 6], [0, 48, 12, 2]);
        var geometry = PoolGeometry.PyTorch([1, 2, 4, 6], 2);
        float[] dense = TensorMemory.Contiguous(strided).ToArray();
        (Tensor<float> output, Tensor<int> indices) = MaxPool.Forward(strided, geometry);
        (Tensor<float> expected, Tensor<int> expectedIndices) =
            MaxPool.Forward<float>(new ReadOnlyTensorSpan<float>(dense, [1, 2, 4, 6]), geometry);
        Assert.Equal(TensorMemory.Contiguous<float>(expected).ToArray(), TensorMemory.Contiguous<float>(output).ToArray());
        Assert.Equal(TensorMemory.Contiguous<int>(expectedIndices).ToArray(), TensorMemory.Contiguous<int>(indices).ToArray());
        Tensor<float> gradient = MaxPool.InputGradient<float>(output, indices, geometry);
        Assert.Equal(TensorMemory.Contiguous<float>(output).ToArray().Sum(), TensorMemory.Contiguous<float>(gradient).ToArray().Sum());
    }

    [Fact]
    public void Refusals_say_why()
    {
        void Refuses(string message, Action act) =>
            Assert.StartsWith(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
        Refuses("the window's extent (kernel - 1)*dilation + 1 = (3 - 1)*2 + 1 = 5 is longer than the padded input, 2 + 1 + 1 = 4: pad "
            + "more or use a smaller kernel", () => PoolAxis.Create(2, 3, 1, 1, 1, 2));
        Refuses("padding = 2, and must be at most half the window's extent, floor(3/2) = 1: pad less",
            () => PoolGeometry.PyTorch([1, 1, 8], 3, 1, 2));
        Refuses("window 0 covers -4 .. -2 in steps of 1 and meets none of the inputs 0 .. 4: pad less",
            () => PoolAxis.Create(5, 3, 1, 4, 0));
        Refuses("window 2 covers 6 .. 8 in steps of 1 and meets none of the inputs 0 .. 4: pad less", () => PoolAxis.Create(5, 3, 3, 0, 4));
        Refuses("window 0 covers -1 .. 2 in steps of 3 and meets none of the inputs 0 .. 1: pad less",
            () => PoolAxis.Create(2, 2, 3, 1, 1, 3));
        Refuses("padding = -1, and must be 0 .. 2147483647", () => PoolAxis.Create(5, 3, 3, -1));
        Refuses("the axes are 4 long, and the input's are 4x4", () => PoolGeometry.Create([1, 1, 4, 4], [PoolAxis.Create(4, 2)]));
        Refuses("outputSize = 6 along spatial axis 0, and must lie less than stride = 2 from the natural 4",
            () => UnpoolGeometry.PyTorch([1, 1, 2, 2], 2, outputSize: 6));
        Refuses("the output is (input - 1)*stride - head - tail + kernel = (1 - 1)*2 - 1 - 1 + 2 = 0, and must be positive: pad less",
            () => UnpoolGeometry.PyTorch([1, 1, 1], 2, padding: 1));
        Refuses("indices[1] = 4, and must be 0 .. 3: the place in a plane of 4 elements",
            () => MaxUnpool.Forward([1f, 2f], [0, 4], UnpoolGeometry.ToSize([1, 1, 2], 4), new float[4]));
        Refuses("indices[0] = -1, and must be 0 .. 3: the place in a plane of 4 elements",
            () => MaxUnpool.InputGradient(new float[4], [-1, 0], UnpoolGeometry.ToSize([1, 1, 2], 4), new float[2]));
        Refuses("indices[2] = 3 lies outside its own plane 1, whose places over the whole tensor are 4 .. 7",
            () => MaxPoolIndices.FromWholeTensor([0, 1, 3, 5], 2, 4, new int[4]));
        Refuses("planes = 3 does not divide the 4 indices", () => MaxPoolIndices.ToWholeTensor([0, 1, 3, 2], 3, 4, new long[4]));
        float[] memory = new float[8];
        Refuses("destination shares memory with input",
            () => MaxPool.Forward(memory.AsSpan(0, 4), PoolGeometry.PyTorch([1, 1, 4], 2), memory.AsSpan(3, 2), new int[2]));
        Refuses("destination shares memory with input",
            () => MaxUnpool.Forward<float>(memory.AsSpan(0, 2), [0, 1], UnpoolGeometry.ToSize([1, 1, 2], 4), memory.AsSpan(1, 4)));
        Refuses("indices holds 1 elements, and shape [1, 1, 2] needs 2",
            () => MaxPool.Forward(memory.AsSpan(0, 4), PoolGeometry.PyTorch([1, 1, 4], 2), memory.AsSpan(4, 2), new int[1]));
    }

    // PyTorch counts windows by trying: the last one must start inside the input or its padding before it.
    private static int WindowCount(Case one, int axis)
    {
        int padded = one.Input[axis] + 2 * one.Padding[axis], extent = (one.Kernel[axis] - 1) * one.Dilation[axis] + 1, count = 0;
        for (int start = 0; start + extent <= padded; start += one.Stride[axis]) count++;
        int next = count * one.Stride[axis];
        bool left = (padded - extent) % one.Stride[axis] != 0;
        return one.Ceil && left && next < one.Input[axis] + one.Padding[axis] ? count + 1 : count;
    }

    private static IEnumerable<int[]> Places(int[] lengths)
    {
        int count = lengths.Aggregate(1, static (p, n) => p * n);
        for (int i = 0; i < count; i++)
        {
            int rest = i;
            var place = new int[lengths.Length];
            for (int a = lengths.Length - 1; a >= 0; a--) (rest, place[a]) = Math.DivRem(rest, lengths[a]);
            yield return place;
        }
    }

    private static nint Count(ReadOnlySpan<nint> shape)
    {
        nint count = 1;
        foreach (nint length in shape) count *= length;
        return count;
    }

    private static float[] Nan(int length)
    {
        var values = new float[length];
        Array.Fill(values, float.NaN);
        return values;
    }

    // PyTorch and ONNX keep the one window of ceil mode though it is longer than the padded input.
    [Theory]
    [InlineData(1, 2, 2, 0, 1)]
    [InlineData(2, 3, 2, 0, 1)]
    [InlineData(3, 5, 3, 0, 1)]
    [InlineData(2, 3, 4, 0, 1)]
    public void Ceil_mode_keeps_a_window_longer_than_the_input(int input, int kernel, int stride, int padding, int output)
    {
        PoolAxis axis = PoolAxis.Create(input, kernel, stride, padding, padding, ceilMode: true);
        Assert.Equal(output, axis.Output);
        Assert.Equal((0, input), axis.WindowOf(0));
        Assert.Equal(input, axis.PaddedCount(0));
        Assert.Throws<GeometryException>(() => PoolAxis.Create(input, kernel, stride, padding, padding));

        float[] values = [.. Enumerable.Range(1, input).Select(static i => (float)i)], greatest = new float[1];
        var index = new int[1];
        MaxPool.Forward(values, PoolGeometry.PyTorch([1, 1, input], kernel, stride, ceilMode: true), greatest, index);
        Assert.Equal((input, input - 1), (greatest[0], index[0]));
    }

    [Fact]
    public void Unpooling_reaches_the_pools_own_input_whatever_its_natural_size()
    {
        // x of 1, window 2 at stride 2, padding 1: one output, whose natural inverse is (1 - 1)*2 - 2 + 2 = 0 long.
        var pool = PoolGeometry.PyTorch([1, 1, 1], 2, 2, 1);
        var (greatest, index) = (new float[1], new int[1]);
        MaxPool.Forward([7f], pool, greatest, index);
        UnpoolGeometry unpool = UnpoolGeometry.PyTorch([1, 1, 1], 2, 2, 1, outputSize: 1);
        var back = new float[1];
        MaxUnpool.Forward<float>(greatest, index, unpool, back);
        Assert.Equal([7f], back);

        // A whole shape serves as well as the sizes, in either layout.
        Assert.Equal([2, 3, 5, 7], UnpoolGeometry.PyTorch([2, 3, 2, 3], 2, 2, outputSize: [2, 3, 5, 7]).OutputShape);
        Assert.Equal([2, 5, 7, 3],
            UnpoolGeometry.PyTorch([2, 2, 3, 3], 2, 2, outputSize: [2, 5, 7, 3], layout: Layout.ChannelsLast).OutputShape);
        Assert.Equal(
            "outputSize = 2x4x5x7 is a whole shape of batch 2 and 4 channels, and the input has batch 2 and 3 channels: both must be equal",
            Assert.Throws<GeometryException>(static () => UnpoolGeometry.PyTorch([2, 3, 2, 3], 2, 2, outputSize: [2, 4, 5, 7])).Message);
    }
}
