using Upstride.Geometry;

namespace Upstride.Learning.Tests;

public class FunctionTests
{
    [Fact]
    public void Shapes_are_aligned_at_their_last_axes_and_the_smaller_tensor_is_repeated()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Constant([1, 2, 3, 4, 5, 6], [2, 3]);
        Assert.Equal([11, 22, 33, 14, 25, 36], (x + tape.Constant([10, 20, 30], [3])).Values.ToArray());
        Assert.Equal([9, 18, 27, 6, 15, 24], (tape.Constant([10, 20, 30], [1, 3]) - x).Values.ToArray());
        Assert.Equal([10, 20, 30, 80, 100, 120], (x * tape.Constant([10, 20], [2, 1])).Values.ToArray());
        Assert.Equal([0.5f, 1, 1.5f, 2, 2.5f, 3], (x / tape.Constant([2], [])).Values.ToArray());
        Assert.Equal([6, 3, 2, 1.5f, 1.2f, 1],
            (tape.Constant([6], [1]) / x).Values.ToArray().Select(static value => MathF.Round(value, 6)));
        Assert.Equal([1, 2], (tape.Constant([5, 5], [2]) - tape.Constant([4, 3], [1, 2])).Shape);
    }

    [Fact]
    public void A_parameter_may_be_either_operand()
    {
        using var tape = new Tape<float>();
        var parameter = new Parameter<float>([2, 4], [2]);
        Variable<float> x = tape.Constant([1, 2, 3, 4], [2, 2]);
        Assert.Equal([-1, -2, 1, 0], (x - parameter).Values.ToArray());
        Assert.Equal([1, 2, -1, 0], (parameter - x).Values.ToArray());
        Assert.Equal([0.5f, 0.5f, 1.5f, 1], (x / parameter).Values.ToArray());
        Functions.Sum(x / parameter).Backward();
        Assert.Equal([-1, -0.375f], parameter.Gradient!.Values.ToArray());
    }

    [Fact]
    public void Numbers_are_operands_too()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Constant([1, 2], [2]);
        Assert.Equal([4, 5], (x + 3).Values.ToArray());
        Assert.Equal([-1, 0], (x - 2).Values.ToArray());
        Assert.Equal([3, 6], (3 * x).Values.ToArray());
        Assert.Equal([0.5f, 1], (x / 2).Values.ToArray());
        Assert.Equal([-1, -2], (-x).Values.ToArray());
        Assert.Equal([5, 7], Functions.ScaleAndShift(x, 2, 3).Values.ToArray());
    }

    [Fact]
    public void Activations_at_zero_and_beyond_all_numbers()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Input([-2, 0, 3, float.NegativeInfinity, float.NaN], [5], requiresGradient: true);
        Assert.Equal([0, 0, 3, 0, float.NaN], Functions.ReLU(x).Values.ToArray());
        Assert.Equal([-0.5f, 0, 3, float.NegativeInfinity, float.NaN], Functions.LeakyReLU(x, 0.25f).Values.ToArray());
        Assert.Equal([2, 0, 3, float.PositiveInfinity, float.NaN], Functions.Abs(x).Values.ToArray());
        Functions.Sum(Functions.ReLU(x) + Functions.Abs(x)).Backward();
        Assert.Equal([-1, 0, 2, -1], x.Gradient!.Values[..4].ToArray());
        Assert.Equal([0, 1], Functions.Sigmoid(tape.Constant([-200, 200], [2])).Values.ToArray());
    }

    [Fact]
    public void PReLU_has_a_slope_for_each_channel()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Input([-2, 4, -8, 16], [1, 2, 2], requiresGradient: true);
        var slope = new Parameter<float>([0.5f, 0.25f], [2]);
        Variable<float> y = Functions.PReLU(x, slope);
        Assert.Equal([-1, 4, -2, 16], y.Values.ToArray());
        Functions.Sum(y).Backward();
        Assert.Equal([0.5f, 1, 0.25f, 1], x.Gradient!.Values.ToArray());
        Assert.Equal([-2, -8], slope.Gradient!.Values.ToArray());
        Assert.Equal(
            "slope has 3 elements and value has 2 channels: give one slope, or one for each channel",
            Assert.Throws<GeometryException>(() => Functions.PReLU(x, new Parameter<float>([3]))).Message);
    }

    [Fact]
    public void Products_of_matrices()
    {
        using var tape = new Tape<float>();
        Variable<float> left = tape.Constant([1, 2, 3, 4, 5, 6], [2, 3]), right = tape.Constant([1, 0, 2, 1, 0, 3], [3, 2]);
        Assert.Equal([5, 11, 14, 23], Functions.MatMul(left, right).Values.ToArray());
        Assert.Equal([17, 10, 38, 25],
            Functions.Linear(left, tape.Constant([1, 2, 4, 2, 1, 2], [2, 3]), tape.Constant([0, 0], [2])).Values.ToArray());
        Assert.Equal([1, 2, 2], Functions.Linear(Functions.Reshape(left, 1, 2, 3), tape.Constant(new float[6], [2, 3])).Shape);
        Assert.Equal(
            "left has shape [2, 3] and right has [2, 3]: left's columns, 3, and right's rows, 2, must be equal: change one of them",
            Assert.Throws<GeometryException>(() => Functions.MatMul(left, left)).Message);
    }

    [Fact]
    public void A_transposed_convolution_is_the_overlap_of_scaled_kernels()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Constant([1, 2], [1, 1, 2]);
        Assert.Equal([11, 12, 15, 14, 16],
            Functions.ConvTranspose(x, tape.Constant([1, 2, 3], [1, 1, 3]), tape.Constant([10], [1]), stride: 2).Values.ToArray());
        Assert.Equal([8], Functions.Convolution(x, tape.Constant([2, 3], [1, 1, 2])).Values.ToArray());
        Assert.Equal(
            "bias has shape [2], and must have [1]",
            Assert.Throws<GeometryException>(
                () => Functions.ConvTranspose(x, tape.Constant([1, 2, 3], [1, 1, 3]), tape.Constant([1, 2], [2]))).Message);
    }

    [Fact]
    public void Tensors_are_joined_cut_and_reshaped()
    {
        using var tape = new Tape<float>();
        Variable<float> a = tape.Constant([1, 2, 3, 4], [2, 1, 2]), b = tape.Constant([5, 6, 7, 8, 9, 10, 11, 12], [2, 2, 2]);
        Variable<float> joined = Functions.Concat(1, a, b);
        Assert.Equal([2, 3, 2], joined.Shape);
        Assert.Equal([1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12], joined.Values.ToArray());
        Assert.Equal([5, 6, 7, 8, 9, 10, 11, 12], Functions.Slice(joined, 1, 1, 2).Values.ToArray());
        Assert.Equal([1, 2, 3, 4], Functions.Reshape(a, 4).Values.ToArray());
        // Two places of four channels: the block of each is two rows of two.
        Variable<float> shuffled = Functions.PixelShuffle(tape.Constant([1, 2, 3, 4, 5, 6, 7, 8], [1, 4, 1, 2]), 2);
        Assert.Equal([1, 3, 2, 4, 5, 7, 6, 8], shuffled.Values.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Functions.PixelUnshuffle(shuffled, 2).Values.ToArray());
        Assert.Equal(
            "values[1] has shape [2, 2, 2] and values[0] has [2, 1, 2]: all axes but 0 must be equal: change one of them",
            Assert.Throws<GeometryException>(() => Functions.Concat(0, a, b)).Message);
        Assert.Equal(
            "start = 2 and length = 2, and 0 <= start and start + length <= 3 must hold on axis 1 of [2, 3, 2]",
            Assert.Throws<GeometryException>(() => Functions.Slice(joined, 1, 2, 2)).Message);
        Assert.Equal("value holds 4 elements, and shape [3] needs 3",
            Assert.Throws<GeometryException>(() => Functions.Reshape(a, 3)).Message);
        Assert.StartsWith("axis = 3, and must be 0 .. 2 for a tensor of rank 3",
            Assert.Throws<ArgumentOutOfRangeException>(() => Functions.LogSoftmax(a, 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Softmax_adds_up_to_one_over_its_axis()
    {
        using var tape = new Tape<double>();
        Variable<double> x = tape.Constant([0, Math.Log(3), 0, 0], [1, 2, 2]);
        double[] ofChannels = [0.5, 0.75, 0.5, 0.25], ofPlaces = [0.25, 0.75, 0.5, 0.5];
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(ofChannels[i], Functions.Softmax(x).Values[i], 1e-15);
            Assert.Equal(ofPlaces[i], Functions.Softmax(x, 2).Values[i], 1e-15);
        }
    }

    [Fact]
    public void A_plan_that_is_used_again_gives_what_a_new_one_gives()
    {
        using var tape = new Tape<float>();
        float[] input = [.. Enumerable.Range(0, 2 * 6 * 20 * 20).Select(static i => MathF.Sin(i))];
        for (int step = 0; step < 3; step++)
        {
            float[] weight = [.. Enumerable.Range(0, 6 * 6 * 9).Select(i => MathF.Cos(i * (step + 1)))], bias = [step, 1, 2, 3, 4, 5];
            using var fresh = new Tape<float>();
            Assert.Equal(Gradient(fresh, input, weight, bias), Gradient(tape, input, weight, bias));
            tape.Reset();
        }
    }

    private static float[] Gradient(Tape<float> tape, float[] input, float[] weight, float[] bias)
    {
        Variable<float> x = tape.Input(input, [2, 6, 20, 20], requiresGradient: true),
            w = tape.Input(weight, [6, 6, 3, 3], requiresGradient: true), b = tape.Input(bias, [6], requiresGradient: true);
        Variable<float> y = Functions.ConvTranspose(Functions.Convolution(x, w, b, padding: 1), w, b, stride: 2);
        Functions.Sum(y * y).Backward();
        return [.. y.Values, .. x.Gradient!.Values, .. w.Gradient!.Values, .. b.Gradient!.Values];
    }
}
