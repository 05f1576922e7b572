using System.Buffers;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

public class TapeTests
{
    [Fact]
    public void The_gradient_of_a_product_is_the_other_factor()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Input([1, 2, 3], [3], requiresGradient: true), y = tape.Input([4, 5, 6], [3], requiresGradient: true);
        Functions.Sum(x * y).Backward();
        Assert.Equal([4, 5, 6], x.Gradient!.Values.ToArray());
        Assert.Equal([1, 2, 3], y.Gradient!.Values.ToArray());
    }

    [Fact]
    public void Gradients_add_up_until_they_are_forgotten()
    {
        using var tape = new Tape<float>();
        var weight = new Parameter<float>([3], [1]);
        for (int step = 0; step < 2; step++) (tape.Constant([2], [1]) * weight).Backward();
        Assert.Equal(4, weight.Gradient!.Value);
        tape.Reset();
        Assert.Equal(4, weight.Gradient!.Value);
        weight.ZeroGradient();
        Assert.Null(weight.Gradient);
        (tape.Constant([5], [1]) * weight).Backward();
        Assert.Equal(5, weight.Gradient!.Value);
    }

    [Fact]
    public void The_gradients_of_an_input_add_up_over_two_outputs()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Input([2], [1], requiresGradient: true);
        (x * x).Backward();
        Variable<float> first = x.Gradient!;
        (x * 3).Backward();
        Assert.Equal(7, x.Gradient!.Value);
        Assert.Equal(4, first.Value);
    }

    [Fact]
    public void The_third_derivative_of_a_fourth_power_is_24_x()
    {
        using var tape = new Tape<double>();
        Variable<double> x = tape.Input([1.5], [1], requiresGradient: true);
        Variable<double> value = Functions.Square(Functions.Square(x));
        for (int order = 0; order < 3; order++) value = Gradients.Of(value, [x], createGraph: true)[0];
        Assert.Equal(36, value.Value);
    }

    [Fact]
    public void A_gradient_by_what_lies_between_and_by_what_has_no_part()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Input([3], [1], requiresGradient: true), other = tape.Input([1, 1], [2], requiresGradient: true);
        Variable<float> between = x * x;
        var gradients = Gradients.Of(between * between, [between, other, x, between]);
        Assert.Equal([18f, 0, 108, 18], gradients.Select(static gradient => gradient.Values[0]));
        Assert.Equal([2], gradients[1].Shape);
        Assert.Null(x.Gradient);
    }

    [Fact]
    public void A_frozen_parameter_has_no_gradient_and_what_is_not_recorded_neither()
    {
        using var tape = new Tape<float>();
        Parameter<float> frozen = new([2], [1], requiresGradient: false), free = new([3], [1]);
        (tape.Constant([5], [1]) * frozen * free).Backward();
        Assert.Null(frozen.Gradient);
        Assert.Equal(10, free.Gradient!.Value);
        using (tape.NoGradient())
        {
            using (tape.NoGradient()) Assert.False(tape.IsRecording);
            Assert.False(tape.IsRecording);
            Assert.False((tape.Constant([5], [1]) * free).RequiresGradient);
        }
        Assert.True(tape.IsRecording);
    }

    [Fact]
    public void No_gradient_goes_through_what_is_detached()
    {
        using var tape = new Tape<float>();
        Variable<float> x = tape.Input([3], [1], requiresGradient: true);
        Variable<float> square = x * x;
        (square.Detach() * x).Backward();
        Assert.Equal(9, x.Gradient!.Value);
        Assert.Equal(
            "Parameter [1] is on no tape: set RequiresGradient to false to freeze it",
            Assert.Throws<InvalidOperationException>(() => new Parameter<float>([1]).Detach()).Message);
    }

    [Fact]
    public void A_penalty_on_weights_alone_is_computed_by_attaching_them()
    {
        using var tape = new Tape<float>();
        var weight = new Parameter<float>([3, 4], [2]);
        Assert.Equal(
            "none of the operands, Parameter [2] and Parameter [2], is on a tape, which records and holds the result: put the input "
                + "there by Tape.Input or Tape.Constant, or a parameter by Tape.Attach",
            Assert.Throws<InvalidOperationException>(() => weight * weight).Message);
        Functions.Sum(Functions.Square(tape.Attach(weight))).Backward();
        Assert.Equal([6, 8], weight.Gradient!.Values.ToArray());
    }

    [Fact]
    public void Tensors_of_any_strides_are_put_on_a_tape()
    {
        using var tape = new Tape<float>();
        Tensor<float> tensor = Tensor.Create<float>([1, 2, 3, 4, 5, 6], [2, 3]);
        Assert.Equal([1, 2, 3, 4, 5, 6], tape.Input(tensor).Values.ToArray());
        Assert.Equal([1, 4, 2, 5, 3, 6], tape.Input(Tensor.PermuteDimensions(tensor, [1, 0])).Values.ToArray());
        Assert.Equal([2, 3, 5, 6], tape.Input(tensor.AsReadOnlyTensorSpan().Slice(new NRange(0, 2), new NRange(1, 3))).Values.ToArray());
    }

    [Fact]
    public void Misuse_is_refused_with_what_to_do()
    {
        using var tape = new Tape<float>();
        using var second = new Tape<float>();
        Variable<float> x = tape.Input(new float[6], [2, 3], requiresGradient: true);
        Assert.Equal(
            "a gradient is of one number, and Variable [2, 3] has 6: take its Functions.Mean or Functions.Sum first, or give outputGradient",
            Assert.Throws<InvalidOperationException>(() => (x * x).Backward()).Message);
        Assert.Equal(
            "outputGradient has shape [3], and must have [2, 3]",
            Assert.Throws<GeometryException>(() => (x * x).Backward(tape.Constant(new float[3], [3]))).Message);
        Assert.Equal(
            "Variable [1] was computed from nothing that requires a gradient, or while the tape did not record: compute it from a "
                + "parameter, or from an input put on the tape with requiresGradient",
            Assert.Throws<InvalidOperationException>(() => tape.Constant([1], [1]).Backward()).Message);
        Assert.Equal(
            "Variable [1] does not require a gradient: put it on the tape with requiresGradient, or leave it out",
            Assert.Throws<InvalidOperationException>(() => Gradients.Of(Functions.Sum(x), [tape.Constant([1], [1])])).Message);
        Assert.Equal(
            "left has shape [2, 3] and right has [2]: aligned at their last axes they must be equal, or one of them 1 or missing on an "
                + "axis, and the axes of the smaller that are not 1 must stand together: change one of them",
            Assert.Throws<GeometryException>(() => x + tape.Constant(new float[2], [2])).Message);
        Assert.Equal(
            "the operands, Variable [2, 3] and Variable [2, 3], are on two tapes: put both on one",
            Assert.Throws<InvalidOperationException>(() => x + second.Constant(new float[6], [2, 3])).Message);
        Assert.Equal(
            "values holds 5 elements, and shape [2, 3] needs 6",
            Assert.Throws<GeometryException>(() => tape.Constant(new float[5], [2, 3])).Message);
        Assert.Equal(
            "Value is of one element, and this variable has shape [2, 3]: take Values",
            Assert.Throws<InvalidOperationException>(() => x.Value).Message);
        tape.Reset();
        Assert.Equal(
            "Variable [2, 3] was made before its tape was reset, and its memory belongs to others since: copy Values before Tape.Reset, "
                + "or compute it anew",
            Assert.Throws<InvalidOperationException>(() => x.Values.Length).Message);
        Assert.Throws<InvalidOperationException>(() => x + x);
        Assert.Throws<InvalidOperationException>(() => x.Backward());
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => second.Constant([1], [1]));
    }

    [Fact]
    public void A_step_takes_the_memory_of_the_step_before_and_allocates_only_small_objects()
    {
        using var tape = new Tape<float>(new ComputeSettings { Threads = 2, CyclesPerThread = 1 });
        Sequential<float> network = Network(out float[] input, out float[] target);
        long memory = 0, allocated = 0;
        int operations = 0;
        for (int step = 0; step < 20; step++)
        {
            if (step == 10)
            {
                memory = tape.MemoryBytes;
                allocated = GC.GetAllocatedBytesForCurrentThread();
            }
            Step(tape, network, input, target);
            operations = tape.Operations.Count;
            tape.Reset();
        }
        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / 10;
        Assert.Equal(memory, tape.MemoryBytes);

        // Node, inputs, shape and variable, of the operation and of some operations of its gradient. The activations take about a hundred
        // times that.
        Assert.True(allocated <= 2048 * operations,
            $"a step of {operations} operations allocates {allocated} bytes, {allocated / operations} each");
        Assert.True(memory > 50 * allocated, $"a step holds {memory} bytes");
    }

    [Fact]
    public void Gradients_that_are_used_up_go_back_to_the_pool()
    {
        using var tape = new Tape<float>();
        Variable<float> value = tape.Input(new float[100_000], [100_000], requiresGradient: true);
        for (int i = 0; i < 30; i++) value = Functions.Tanh(value);
        Variable<float> loss = Functions.Sum(value);
        long forward = tape.MemoryBytes;
        loss.Backward();

        // Two gradients at a time, and the one that stays.
        Assert.True(tape.MemoryBytes <= forward + 4 * 5 * 100_000, $"{forward} bytes became {tape.MemoryBytes}");
    }

    [Fact]
    public void A_training_has_the_same_bits_on_any_number_of_threads()
    {
        uint[]? first = null;
        foreach (int threads in (int[])[1, 2, 3, 7])
        {
            using var tape = new Tape<float>(new ComputeSettings { Threads = threads, CyclesPerThread = 1 });
            Sequential<float> network = Network(out float[] input, out float[] target);
            for (int step = 0; step < 3; step++)
            {
                Step(tape, network, input, target);
                foreach (Parameter<float> parameter in network.Parameters())
                    for (int i = 0; i < parameter.Length; i++) parameter.Values[i] -= 0.01f * parameter.Gradient!.Values[i];
                tape.Reset();
            }
            uint[] bits =
                [.. network.Parameters().SelectMany(static parameter => parameter.Values.ToArray())
                .Select(BitConverter.SingleToUInt32Bits)];
            first ??= bits;
            Assert.Equal(first, bits);
        }
    }

    private static void Step(Tape<float> tape, Sequential<float> network, float[] input, float[] target)
    {
        network.ZeroGradient();
        Losses.MeanSquaredError(network.Forward(tape.Constant(input, [4, 1, 48, 48])), tape.Constant(target, [4, 1, 96, 96])).Backward();
    }

    private static Sequential<float> Network(out float[] input, out float[] target)
    {
        var random = new RandomSource(4);
        input = [.. Enumerable.Range(0, 4 * 48 * 48).Select(_ => (float)random.NextUniform())];
        target = [.. Enumerable.Range(0, 4 * 96 * 96).Select(_ => (float)random.NextUniform())];
        return new(
            new Conv2d<float>(1, 12, 5, padding: 2, random: random), new PReLU<float>(12),
                new Conv2d<float>(12, 8, 3, padding: 1, random: random), new BatchNorm<float>(8), new Tanh<float>(),
            new ConvTranspose2d<float>(8, 1, 9, stride: 2, padding: 4, outputPadding: 1, random: random));
    }
}
