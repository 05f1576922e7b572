using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Operators;
using Upstride.Testing;

namespace Upstride.Tests.Operators;

public sealed class ConvTransposeTests
{
    private static readonly ComputeSettings s_exact = new() { Algorithm = "phases", Threads = 2, CyclesPerThread = 1 };

    // [2, 4, 3, 5] -> [2, 6, 7, 9] in two groups.
    private static readonly ConvTransposeGeometry s_geometry =
        ConvTransposeGeometry.PyTorch([2, 4, 3, 5], [4, 3, 3, 3], stride: 2, padding: [0, 1], outputPadding: [0, 0], groups: 2);

    private static readonly float[] s_x = RandomProblems.Integers<float>(s_geometry.InputLength, 1);
    private static readonly float[] s_w = RandomProblems.Integers<float>(s_geometry.WeightLength, 2);
    private static readonly float[] s_y = RandomProblems.Integers<float>(s_geometry.OutputLength, 3);
    private static readonly float[] s_bias = RandomProblems.Integers<float>(6, 4);

    [Fact]
    public void Spans_and_tensors_give_the_definition()
    {
        float[] products = Oracle.Compute(s_geometry, Pass.Forward, s_x, s_w, s_y);
        float[] expected = [.. products.Select(static (value, i) => value + s_bias[i / s_geometry.OutputPlane % 6])];
        float[] actual = TestProblems.Poisoned<float>(expected.Length);
        ConvTranspose.Forward<float>(s_geometry, s_x, s_w, s_bias, actual, s_exact);
        Assert.Equal(expected, actual);
        Tensor<float> tensor = ConvTranspose.Forward(
            new ReadOnlyTensorSpan<float>(s_x, [2, 4, 3, 5]), new ReadOnlyTensorSpan<float>(s_w, [4, 3, 3, 3]), new ReadOnlyTensorSpan<float>(s_bias, [6]),
            stride: 2, padding: [0, 1], groups: 2, settings: s_exact);
        Assert.Equal([2, 6, 7, 9], tensor.Lengths.ToArray());
        Assert.Equal(expected, tensor.ToArray());

        ConvTranspose.Forward<float>(s_geometry, s_x, s_w, default, actual, s_exact);
        Assert.Equal(products, actual);
        tensor = ConvTranspose.Forward(
            new ReadOnlyTensorSpan<float>(s_x, [2, 4, 3, 5]), new ReadOnlyTensorSpan<float>(s_w, [4, 3, 3, 3]), stride: 2, padding: [0, 1], groups: 2, settings: s_exact);
        Assert.Equal(products, tensor.ToArray());
    }

    [Fact]
    public void Gradients_of_tensors_give_the_definition()
    {
        Tensor<float> input = ConvTranspose.InputGradient(s_geometry, new ReadOnlyTensorSpan<float>(s_y, [2, 6, 7, 9]), new ReadOnlyTensorSpan<float>(s_w, [4, 3, 3, 3]), s_exact);
        Assert.Equal([2, 4, 3, 5], input.Lengths.ToArray());
        Assert.Equal(Oracle.Compute(s_geometry, Pass.InputGradient, s_x, s_w, s_y), input.ToArray());
        Tensor<float> weight = ConvTranspose.WeightGradient(s_geometry, new ReadOnlyTensorSpan<float>(s_x, [2, 4, 3, 5]), new ReadOnlyTensorSpan<float>(s_y, [2, 6, 7, 9]), s_exact);
        Assert.Equal([4, 3, 3, 3], weight.Lengths.ToArray());
        Assert.Equal(Oracle.Compute(s_geometry, Pass.WeightGradient, s_x, s_w, s_y), weight.ToArray());
    }

    [Fact]
    public void Tensors_of_any_strides_are_read_by_them()
    {
        var w = new ReadOnlyTensorSpan<float>(s_w, [4, 3, 3, 3]);
        float[] Run(in ReadOnlyTensorSpan<float> input, in ReadOnlyTensorSpan<float> weight) => ConvTranspose.Forward(input, weight, groups: 2, settings: s_exact).ToArray();

        // The last two axes swapped; every other element of a longer row; one image for a whole batch; weights turned.
        float[] transposed = [.. Enumerable.Range(0, s_x.Length).Select(static i => s_x[i / 15 * 15 + i % 5 * 3 + i / 5 % 3])];
        Assert.Equal(Run(new(transposed, [2, 4, 3, 5]), w), Run(new(s_x, [2, 4, 3, 5], [60, 15, 1, 3]), w));

        float[] doubled = [.. s_x.SelectMany(static value => new[] { value, float.NaN })];
        Assert.Equal(Run(new(s_x, [2, 4, 3, 5]), w), Run(new(doubled, [2, 4, 3, 5], [120, 30, 10, 2]), w));

        Assert.Equal(Run(new([.. s_x[..60], .. s_x[..60]], [2, 4, 3, 5]), w), Run(new(s_x, [2, 4, 3, 5], [0, 15, 5, 1]), w));

        var sliced = new ReadOnlyTensorSpan<float>(s_x, [2, 4, 3, 5]).Slice([0..2, 0..4, 1..3, 1..4]);
        float[] cut = [.. from n in Enumerable.Range(0, 8) from r in Enumerable.Range(1, 2) from c in Enumerable.Range(1, 3) select s_x[n * 15 + r * 5 + c]];
        Assert.Equal(Run(new(cut, [2, 4, 2, 3]), w), Run(sliced, w));

        float[] turned = [.. Enumerable.Range(0, s_w.Length).Select(static i => s_w[i / 9 * 9 + i % 3 * 3 + i / 3 % 3])];
        Assert.Equal(Run(new(s_x, [2, 4, 3, 5]), new(turned, [4, 3, 3, 3])), Run(new(s_x, [2, 4, 3, 5]), new(s_w, [4, 3, 3, 3], [27, 9, 1, 3])));
    }

    [Fact]
    public void A_strided_destination_is_written_by_its_strides_and_nowhere_else()
    {
        using Plan<float> plan = ConvTransposePlan.Create<float>(s_geometry, s_w, settings: s_exact);
        float[] expected = new float[s_geometry.OutputLength], memory = new float[2 * expected.Length];
        plan.Run(s_x, expected);
        Array.Fill(memory, -99);
        plan.Run(new ReadOnlyTensorSpan<float>(s_x, [2, 4, 3, 5]), new TensorSpan<float>(memory, [2, 6, 7, 9], [756, 126, 18, 2]));
        for (int i = 0; i < memory.Length; i++) Assert.Equal(i % 2 == 0 ? expected[i / 2] : -99, memory[i]);
    }

    [Fact]
    public void An_empty_batch_gives_an_empty_output_and_zero_gradients()
    {
        ConvTransposeGeometry empty = s_geometry.WithBatch(0);
        foreach (IAlgorithm algorithm in AlgorithmTable.All)
        {
            var settings = new ComputeSettings { Algorithm = algorithm.Name };
            if (algorithm.Refusal(new(empty, Pass.Forward, typeof(float), settings)) is null) ConvTranspose.Forward<float>(empty, [], s_w, s_bias, [], settings);
            if (algorithm.Refusal(new(empty, Pass.InputGradient, typeof(float), settings)) is null) ConvTranspose.InputGradient<float>(empty, [], s_w, [], settings);
            if (algorithm.Refusal(new(empty, Pass.WeightGradient, typeof(float), settings)) is not null) continue;
            float[] gradient = TestProblems.Poisoned<float>(s_w.Length);
            ConvTranspose.WeightGradient<float>(empty, [], [], gradient, settings);
            Assert.All(gradient, static value => Assert.Equal(0, value));
        }
        float[] bias = TestProblems.Poisoned<float>(6);
        ConvTranspose.BiasGradient<float>(empty, [], bias);
        Assert.All(bias, static value => Assert.Equal(0, value));
        Tensor<float> output = ConvTranspose.Forward(Tensor.Create(Array.Empty<float>(), [0, 4, 3, 5]).AsReadOnlyTensorSpan(), new ReadOnlyTensorSpan<float>(s_w, [4, 3, 3, 3]), stride: 2, groups: 2);
        Assert.Equal([0, 6, 7, 11], output.Lengths.ToArray());
    }

    [Fact]
    public void Any_number_is_computed()
    {
        Tensor<BigInteger> big = ConvTranspose.Forward(
            new ReadOnlyTensorSpan<BigInteger>([BigInteger.Pow(10, 30), 1], [1, 1, 2]), new ReadOnlyTensorSpan<BigInteger>([2, BigInteger.Pow(10, 20)], [1, 1, 2]));
        Assert.Equal([2 * BigInteger.Pow(10, 30), BigInteger.Pow(10, 50) + 2, BigInteger.Pow(10, 20)], big.ToArray());
        Tensor<decimal> money = ConvTranspose.Forward(new ReadOnlyTensorSpan<decimal>([0.1m, 0.2m], [1, 1, 2]), new ReadOnlyTensorSpan<decimal>([1.1m], [1, 1, 1]));
        Assert.Equal([0.11m, 0.22m], money.ToArray());
        Tensor<int> whole = ConvTranspose.Forward(new ReadOnlyTensorSpan<int>([1, 2], [1, 1, 2]), new ReadOnlyTensorSpan<int>([3, 4], [1, 1, 2]), new ReadOnlyTensorSpan<int>([5], [1]));
        Assert.Equal([8, 15, 13], whole.ToArray());
    }

    [Fact]
    public void What_does_not_fit_the_geometry_is_refused_with_both_sizes()
    {
        float[] output = new float[s_geometry.OutputLength];
        Refuses("input", "input holds 119 elements, and shape [2, 4, 3, 5] needs 120", () => ConvTranspose.Forward<float>(s_geometry, s_x.AsSpan(1), s_w, default, output));
        Refuses("weight", "weight holds 107 elements, and shape [4, 3, 3, 3] needs 108", () => ConvTranspose.Forward<float>(s_geometry, s_x, s_w.AsSpan(1), default, output));
        Refuses("bias", "bias has 5 elements for 6 output channels: give 6, or none", () => ConvTranspose.Forward<float>(s_geometry, s_x, s_w, s_bias.AsSpan(1), output));
        Refuses("destination", "destination holds 755 elements, and shape [2, 6, 7, 9] needs 756", () => ConvTranspose.Forward<float>(s_geometry, s_x, s_w, default, output.AsSpan(1)));
        Refuses("outputGradient", "outputGradient holds 755 elements, and shape [2, 6, 7, 9] needs 756", () => ConvTranspose.InputGradient<float>(s_geometry, s_y.AsSpan(1), s_w, new float[120]));
        Refuses("outputGradient", "outputGradient holds 755 elements, and shape [2, 6, 7, 9] needs 756", () => ConvTranspose.WeightGradient<float>(s_geometry, s_x, s_y.AsSpan(1), new float[108]));
        Refuses("destination", "destination holds 5 elements, and shape [6] needs 6", () => ConvTranspose.BiasGradient<float>(s_geometry, s_y, new float[5]));
        Refuses("weight", "weight has shape [4, 3, 9], and must have [4, 3, 3, 3]", () => ConvTranspose.InputGradient(s_geometry, new ReadOnlyTensorSpan<float>(s_y, [2, 6, 7, 9]), new ReadOnlyTensorSpan<float>(s_w, [4, 3, 9])));
        Refuses("outputGradient", "outputGradient has shape [2, 6, 63], and must have [2, 6, 7, 9]", () => ConvTranspose.InputGradient(s_geometry, new ReadOnlyTensorSpan<float>(s_y, [2, 6, 63]), new ReadOnlyTensorSpan<float>(s_w, [4, 3, 3, 3])));
        Refuses("weight", "weight has 4 input channels and input has 5, and both must be equal: change one of them", () => ConvTranspose.Forward(new ReadOnlyTensorSpan<float>(new float[15], [1, 5, 3]), new ReadOnlyTensorSpan<float>(new float[12], [4, 1, 3])));

        static void Refuses(string parameter, string message, Action call)
        {
            var error = Assert.Throws<GeometryException>(call);
            Assert.Equal((parameter, message), (error.ParamName, error.Message));
        }
    }

    [Fact]
    public void Memory_that_is_read_and_written_is_refused()
    {
        float[] memory = new float[2000];
        Refuses("input", () => ConvTranspose.Forward<float>(s_geometry, memory.AsSpan(0, 120), s_w, default, memory.AsSpan(119, 756)));
        Refuses("weight", () => ConvTranspose.Forward<float>(s_geometry, s_x, memory.AsSpan(0, 108), default, memory.AsSpan(100, 756)));
        Refuses("bias", () => ConvTranspose.Forward<float>(s_geometry, s_x, s_w, memory.AsSpan(755, 6), memory.AsSpan(0, 756)));
        Refuses("outputGradient", () => ConvTranspose.InputGradient<float>(s_geometry, memory.AsSpan(0, 756), s_w, memory.AsSpan(755, 120)));
        Refuses("weight", () => ConvTranspose.InputGradient<float>(s_geometry, s_y, memory.AsSpan(0, 108), memory.AsSpan(107, 120)));
        Refuses("input", () => ConvTranspose.WeightGradient<float>(s_geometry, memory.AsSpan(0, 120), s_y, memory.AsSpan(0, 108)));
        Refuses("outputGradient", () => ConvTranspose.WeightGradient<float>(s_geometry, s_x, memory.AsSpan(0, 756), memory.AsSpan(700, 108)));
        Refuses("outputGradient", () => ConvTranspose.BiasGradient<float>(s_geometry, memory.AsSpan(0, 756), memory.AsSpan(750, 6)));

        // Side by side they share nothing.
        ConvTranspose.Forward<float>(s_geometry, memory.AsSpan(0, 120), s_w, default, memory.AsSpan(120, 756));

        static void Refuses(string parameter, Action call) =>
            Assert.StartsWith($"destination shares memory with {parameter}, which would be overwritten while it is read: give a destination of its own", Assert.Throws<ArgumentException>(call).Message);
    }
}
