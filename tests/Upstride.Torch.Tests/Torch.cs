using System.Numerics;
using Upstride.Bench.Peers.Torch;
using Upstride.Learning.Randomness;
using static TorchSharp.torch;

namespace Upstride.Torch.Tests;

/// <summary>PyTorch's libraries as an oracle: they share no code with what they judge. They compute in double, whatever they
/// judge.</summary>
internal static class Torch
{
    /// <summary>Rounding of a number of each type: half of what stands between 1 and the next number.</summary>
    public const double SingleRounding = 1.0 / (1 << 24), DoubleRounding = SingleRounding / (1 << 29);

    /// <summary>Skips the test, saying why, where the libraries are not installed. Where UPSTRIDE_PEERS_REQUIRED is set (continuous
    /// integration), that is a failure.</summary>
    public static void Require()
    {
        bool loaded = LibTorch.TryLoad(out string? missing);
        if (!loaded && Environment.GetEnvironmentVariable("UPSTRIDE_PEERS_REQUIRED") is { Length: > 0 }) Assert.Fail(missing!);
        if (!loaded) Assert.Skip($"needs libtorch: {missing}");
        set_num_threads(1);
    }

    /// <summary>Numbers of a seed in [-1, 1).</summary>
    public static T[] Random<T>(long seed, ReadOnlySpan<nint> shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint length = 1;
        foreach (nint size in shape) length *= size;
        var values = new T[length];
        new RandomSource(seed).FillUniform(-1, 1, values.AsSpan());
        return values;
    }

    /// <summary>A tensor with these elements, in double.</summary>
    public static Tensor Of<T>(ReadOnlySpan<T> values, ReadOnlySpan<nint> shape, bool requiresGradient = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sizes = new long[shape.Length];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = shape[i];
        return tensor(Array.ConvertAll(values.ToArray(), double.CreateChecked), sizes, requires_grad: requiresGradient);
    }

    /// <summary>The elements of a tensor in row-major order.</summary>
    public static double[] Values(Tensor tensor)
    {
        using Tensor dense = tensor.detach().to(ScalarType.Float64).contiguous();
        return dense.data<double>().ToArray();
    }

    /// <summary>The gradients of what a function makes, each of an input's shape, for a gradient of the output.</summary>
    public static double[][] Gradients(Tensor output, Tensor[] inputs, Tensor outputGradient) =>
        [.. autograd.grad([output], inputs, [outputGradient]).Select(Values)];

    /// <summary>Compares element by element.</summary>
    /// <param name="expected">The oracle's.</param>
    /// <param name="actual">Upstride's.</param>
    /// <param name="bound">How far apart two elements may lie.</param>
    /// <param name="what">What they are, for the message.</param>
    public static void AssertNear<T>(double[] expected, ReadOnlySpan<T> actual, Func<int, double> bound, string what)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double value = double.CreateChecked(actual[i]), difference = Math.Abs(value - expected[i]), allowed = bound(i);
            Assert.True(
                difference <= allowed,
                $"{what} {i} is {value:R}, and in PyTorch {expected[i]:R}: they differ by {difference:g3} and may by {allowed:g3}");
        }
    }
}
