using Upstride.Geometry;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

/// <summary>What layers refuse, what their parameters are called, and what they begin with.</summary>
public class LayerRefusalTests
{
    [Fact]
    public void Padding_beyond_what_a_mode_has_is_refused()
    {
        Refused("padding = 3, 0 on axis 2 of size 3, and Reflect has at most 2: use less, or a larger input",
            x => Functions.Pad(x, [(3, 0)], PaddingMode.Reflect));
        Refused("padding = 0, 4 on axis 2 of size 3, and Circular has at most 3: use less, or a larger input",
            x => Functions.Pad(x, [(0, 4)], PaddingMode.Circular));
        Refused("padding = -1, 0 on axis 2, and must be at least 0: take Slice to crop", x => Functions.Pad(x, [(-1, 0)]));
        Refused("padding is of 2 axes, and value [1, 2, 3] has 1 beside batch and channels: both must be equal",
            x => Functions.Pad(x, [(0, 0), (0, 0)]));
        Refused("padding has 4 numbers, and 1 axes beside batch and channels take one or 2: give that many",
            x => new ReflectionPad<double>(1, 1, 1, 1).Forward(x));
        Assert.StartsWith("padding has 3 numbers, and must have one for all sides, or two for each axis",
            Assert.Throws<ArgumentException>(() => new ZeroPad<double>(1, 2, 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_pooling_and_norms_cannot_do_is_refused()
    {
        Refused("outputSize = 0, and must be at least 1", x => Functions.AdaptiveAveragePool(x, 0));
        Refused("channels % groups = 2 % 3, and must be 0 with groups of at least 1: choose groups to divide the channels",
            x => Functions.GroupNorm(x, 3));
        Refused("shape = [2], and must be the last axes of value, [1, 2, 3]", x => Functions.LayerNorm(x, [2]));
        Refused("channels % groups = 4 % 3 = 1, and must be 0: choose groups to divide the channels", _ =>
            new GroupNorm<double>(3, 4).Forward(null!));
        Assert.Throws<ArgumentException>(() => new LayerNorm<double>([3, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InstanceNorm<double>(2, momentum: 2));
        Refused("outputSize = 8 on axis 2, and 2 < outputSize < 6 must hold: (input - 1)*stride - 2*padding + kernel = 4, give or take "
            + "less than "
            + "a stride", x => Functions.MaxUnpool(Functions.MaxPool(Long(x), 2).Output, Functions.MaxPool(Long(x), 2).Indices, 8));
        Refused("an index is 3, and outputSize = 3 has places 0 .. 2: use a larger size",
            x => Functions.MaxUnpool(Functions.MaxPool(Long(x), 2).Output, Functions.MaxPool(Long(x), 2).Indices, 3));

        static Variable<double> Long(Variable<double> x) => Functions.Concat(2, x, Functions.Slice(x, 2, 2, 1) + 1.0);
    }

    [Fact]
    public void What_is_no_row_or_axis_is_refused()
    {
        using var tape = new Tape<double>();
        var table = new Embedding<double>(3, 2, random: new RandomSource(1));
        Assert.StartsWith("indices[1] = 3, and must be 0 .. 2 for a weight of 3 rows",
            Assert.Throws<ArgumentOutOfRangeException>(() => table.Forward(tape, [0, 3], [2])).Message, StringComparison.Ordinal);
        Assert.StartsWith("input[0] = 0.5, and must be a whole number",
            Assert.Throws<ArgumentOutOfRangeException>(() => table.Forward(tape.Constant([0.5], [1]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding<double>(3, 2, -4));
        Assert.Throws<InvalidOperationException>(() => new Embedding<double>(3, 2).Forward(tape, [0], [1]));
        Variable<double> x = tape.Constant(new double[6], [1, 2, 3]);
        Assert.Throws<ArgumentException>(() => Functions.Permute(x, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Functions.Flatten(x, 2, 1));
        Assert.Throws<GeometryException>(() =>
            Functions.GridSample(tape.Constant(new double[12], [1, 2, 2, 3]), tape.Constant(new double[3], [1, 1, 1, 3])));
    }

    [Fact]
    public void A_row_of_padding_is_zero_and_learns_nothing()
    {
        using var tape = new Tape<double>();
        var table = new Embedding<double>(3, 2, paddingIndex: -1, random: new RandomSource(1));
        Assert.Equal([0, 0], table.Weight.Values[4..].ToArray());
        table.Weight.Values[4] = 7;
        Variable<double> rows = table.Forward(tape, [2, 0, 2], [3]);
        Assert.Equal(7, rows.Values[0]);
        Functions.Sum(rows).Backward();
        Assert.Equal([1, 1, 0, 0, 0, 0], table.Weight.Gradient!.Values.ToArray());
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(2, 3)]
    public void Same_keeps_the_size_with_what_is_uneven_at_the_end(int kernel, int dilation)
    {
        using var tape = new Tape<double>();
        double[] x = [.. Enumerable.Range(1, 2 * 7).Select(static i => (double)i)];
        var same = new Conv1d<double>(2, 1, kernel,
            new ConvolutionOptions { Same = true, Dilation = dilation, Random = new RandomSource(1) });
        Variable<double> input = tape.Constant(x, [1, 2, 7]);
        Variable<double> output = same.Forward(input);
        Assert.Equal([1, 1, 7], output.Shape);
        int all = (kernel - 1) * dilation;
        Variable<double> expected = Functions.Convolution(Functions.Pad(input, [(all / 2, all - all / 2)]), same.Weight, same.Bias,
            dilation: dilation);
        Assert.Equal(expected.Values.ToArray(), output.Values.ToArray());
        Assert.Contains("same = true and stride = 2", Assert.Throws<GeometryException>(() =>
            new Conv1d<double>(2, 1, kernel, new ConvolutionOptions { Same = true, Stride = 2 })).Error.Message, StringComparison.Ordinal);
        Assert.Contains("same = true and padding = 1", Assert.Throws<GeometryException>(() =>
            new Conv1d<double>(2, 1, kernel, new ConvolutionOptions { Same = true, Padding = 1 })).Error.Message, StringComparison.Ordinal);
        Assert.Throws<GeometryException>(() =>
            new ConvTranspose1d<double>(2, 1, kernel, new ConvTransposeOptions { PaddingMode = PaddingMode.Reflect }));
    }

    // The largest singular value of what the layer uses is 1, and its gradient that of a difference.
    [Fact]
    public void Spectral_norm_divides_by_the_largest_singular_value()
    {
        foreach (WeightedLayer<double> layer in (WeightedLayer<double>[])[
            new Linear<double>(4, 3, random: new RandomSource(1)), new ConvTranspose2d<double>(2, 3, 2, random: new RandomSource(2))])
        {
            layer.UseSpectralNorm(new RandomSource(3), iterations: 200);
            Assert.Equal(["weight_orig", "bias"], layer.NamedParameters().Select(static one => one.Name));
            Assert.Equal(["weight_u", "weight_v"], layer.NamedBuffers().Select(static one => one.Name));
            using var tape = new Tape<double>();
            nint[] shape = layer is Linear<double> ? [2, 4] : [1, 2, 3, 3];
            layer.Forward(tape.Constant(new double[shape.Aggregate(1, static (product, length) => product * (int)length)], shape));
            double[] used = layer.ComputedWeight().Values.ToArray();
            double scale = used.Zip(layer.Weight.Values.ToArray(), static (one, other) => one / other).First();
            Assert.All(used.Zip(layer.Weight.Values.ToArray()), pair => Assert.Equal(pair.Second * scale, pair.First, 1e-12));

            // Power iteration on the other side: the norm of the used matrix by random vectors never exceeds 1, and comes near to it.
            double largest = Norm(used, [.. layer.Weight.Shape], layer is Linear<double> ? 0 : 1);
            Assert.Equal(1, largest, 1e-9);
            Assert.Throws<InvalidOperationException>(layer.UseWeightNorm);
        }
    }

    [Fact]
    public void Weight_norm_begins_with_the_weights_that_were_there()
    {
        var layer = new Conv2d<double>(2, 3, 2, random: new RandomSource(2));
        double[] before = layer.Weight.Values.ToArray();
        layer.UseWeightNorm();
        Assert.Equal(["weight_v", "bias", "weight_g"], layer.NamedParameters().Select(static one => one.Name));
        double[] after = layer.ComputedWeight().Values.ToArray();
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 1e-15);
        GradientCheck.Run(v => layer.Forward(v[0]), [GradientCheck.Random([1, 2, 3, 3], 1), .. layer.Parameters().Select(Leaf.Of)]);
        Assert.Throws<InvalidOperationException>(() => new Linear<double>(2, 2).UseWeightNorm());
    }

    [Fact]
    public void A_spectral_norms_gradient_is_that_of_a_difference()
    {
        var layer = new Conv2d<double>(2, 3, 2, random: new RandomSource(2));
        layer.UseSpectralNorm(new RandomSource(3), iterations: 50);
        using (var tape = new Tape<double>()) layer.Forward(tape.Constant(new double[18], [1, 2, 3, 3]));
        layer.Eval();
        GradientCheck.Run(v => layer.Forward(v[0]), [GradientCheck.Random([1, 2, 3, 3], 1), .. layer.Parameters().Select(Leaf.Of)]);
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(5, 3)]
    [InlineData(4, 4)]
    public void Orthogonal_weights_are_at_right_angles(int rows, int columns)
    {
        double[] weight = new double[rows * columns];
        Initializer.Orthogonal(2).FillWeight<double>([rows, columns], new RandomSource(1), weight);
        int vectors = Math.Min(rows, columns);
        for (int i = 0; i < vectors; i++)
            for (int j = 0; j < vectors; j++)
            {
                double product = 0;
                for (int k = 0; k < Math.Max(rows, columns); k++)
                    product += rows <= columns ? weight[i * columns + k] * weight[j * columns + k]
                        : weight[k * columns + i] * weight[k * columns + j];
                Assert.Equal(i == j ? 4 : 0, product, 1e-12);
            }
    }

    [Fact]
    public void Truncated_numbers_keep_their_bounds_and_spread()
    {
        double[] weight = new double[20_000];
        Initializer.TruncatedNormal(1, 0.5, 0, 2).FillWeight<double>([200, 100], new RandomSource(1), weight);
        Assert.All(weight, static value => Assert.InRange(value, 0, 2));
        Assert.Equal(1, weight.Average(), 0.02);

        // Of a normal distribution cut at two deviations: 0.8796 of the deviation.
        double spread = Math.Sqrt(weight.Average(static value => (value - 1) * (value - 1)));
        Assert.Equal(0.5 * 0.8796, spread, 0.01);
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializer.TruncatedNormal(0, 1, 10, 11));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializer.TruncatedNormal(0, 1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializer.TruncatedNormal(0, 0));
    }

    [Fact]
    public void Restarts_begin_at_one_again()
    {
        Schedule even = Schedule.WarmRestarts(4), growing = Schedule.WarmRestarts(2, 2, 0.1);
        double[] expected = [1, 0.5 + Math.Sqrt(0.125), 0.5, 0.5 - Math.Sqrt(0.125), 1];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], even.Factor(step), 1e-12);
        foreach (int start in (int[])[0, 2, 6, 14]) Assert.Equal(1, growing.Factor(start), 1e-15);
        Assert.Equal(0.55, growing.Factor(4), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.WarmRestarts(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.OneCycle(1));
    }

    [Fact]
    public void A_plateaus_state_can_be_kept()
    {
        var parameter = new Parameter<double>([1.0], [1]);
        ReduceOnPlateau<double> Make(Sgd<double> optimizer) => new(optimizer) { Patience = 1, Factor = 0.5, Cooldown = 1 };
        Sgd<double> one = new([parameter], 1), other = new([parameter], 1);
        ReduceOnPlateau<double> whole = Make(one), first = Make(other);
        double[] losses = [3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1];
        for (int i = 0; i < losses.Length; i++)
        {
            whole.Report(losses[i]);
            first.Report(losses[i]);
            if (i == 4) first = WithState(Make(other), first.State);
            Assert.Equal(one.Groups[0].LearningRate, other.Groups[0].LearningRate);
        }
        Assert.True(one.Groups[0].LearningRate < 0.5);

        static ReduceOnPlateau<double> WithState(ReduceOnPlateau<double> plateau, PlateauState state)
        {
            plateau.State = state;
            return plateau;
        }
    }

    [Fact]
    public void Channels_are_dropped_as_a_whole()
    {
        var layer = new Dropout2d<double>(0.5, new RandomSource(1));
        using var tape = new Tape<double>();
        double[] ones = new double[4 * 8 * 6];
        Array.Fill(ones, 1);
        double[] output = layer.Forward(tape.Constant(ones, [4, 8, 2, 3])).Values.ToArray();
        for (int channel = 0; channel < 32; channel++)
            Assert.All(output[(channel * 6)..((channel + 1) * 6)], value => Assert.Equal(output[channel * 6], value));
        Assert.Contains(output, static value => value == 0);
        Assert.Contains(output, static value => value == 2);
        layer.Eval();
        Variable<double> input = tape.Constant(ones, [4, 8, 2, 3]);
        Assert.Same(input, layer.Forward(input));
    }

    private static double Norm(double[] weight, nint[] shape, int axis)
    {
        // As a matrix of the axis by all others: W Wᵀ, whose largest eigenvalue is the square of the norm.
        int rows = (int)shape[axis], columns = weight.Length / rows, inner = axis == 0 ? columns
            : weight.Length / (int)(shape[0] * shape[1]);
        double At(int row, int column) => axis == 0 ? weight[row * columns + column]
            : weight[(column / inner * rows + row) * inner + column % inner];
        double[] vector = [.. Enumerable.Range(0, rows).Select(static i => 1.0 + i)];
        double norm = 0;
        for (int step = 0; step < 2000; step++)
        {
            double[] other = [.. Enumerable.Range(0, columns).Select(column =>
                Enumerable.Range(0, rows).Sum(row => At(row, column) * vector[row]))];
            double[] next = [.. Enumerable.Range(0, rows).Select(row =>
                Enumerable.Range(0, columns).Sum(column => At(row, column) * other[column]))];
            norm = Math.Sqrt(next.Sum(static value => value * value));
            vector = [.. next.Select(value => value / norm)];
        }
        return Math.Sqrt(norm);
    }

    private static void Refused(string message, Func<Variable<double>, Variable<double>> compute)
    {
        using var tape = new Tape<double>();
        Assert.Equal(message,
            Assert.Throws<GeometryException>(() => compute(tape.Constant([1, 2, 3, 4, 5, 6.0], [1, 2, 3]))).Error.Message);
    }
}
