using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Explain.Computing;

/// <summary>A transposed convolution of one image with its numbers: what the views show.</summary>
public sealed record Problem
{
    /// <summary>The largest integer up to which doubles are exact, 2^53.</summary>
    private const double ExactIntegers = 9007199254740992;

    private Problem(ConvTransposeGeometry geometry, Framework framework, ImmutableArray<double> input, ImmutableArray<double> weight,
        ImmutableArray<double> bias)
    {
        Geometry = geometry;
        Framework = framework;
        Input = input;
        Weight = weight;
        Bias = bias;
    }

    /// <summary>The geometry; one image, channels first.</summary>
    public ConvTransposeGeometry Geometry { get; }

    /// <summary>Whose rules made the geometry.</summary>
    public Framework Framework { get; }

    /// <summary>[input channels, input...] in row-major order.</summary>
    public ImmutableArray<double> Input { get; }

    /// <summary>
    /// [input channels, output channels / groups, kernel...] as the definition uses them. JAX stores its kernels flipped; here they are
    /// turned
    /// already, so that tap t multiplies as <see cref="ConvTransposeAxis"/> says.
    /// </summary>
    public ImmutableArray<double> Weight { get; }

    /// <summary>One number for each output channel.</summary>
    public ImmutableArray<double> Bias { get; }

    /// <summary>Whether names are shown instead of numbers.</summary>
    public bool Symbols { get; init; }

    /// <summary>Whether every input, weight and bias is an integer, so that every sum is exact.</summary>
    public bool IsExact => Input.All(double.IsInteger) && Weight.All(double.IsInteger) && Bias.All(double.IsInteger);

    /// <summary>A problem over the axes of a framework's geometry with channels and groups.</summary>
    /// <param name="geometry">The geometry; its batch must be 1.</param>
    /// <param name="framework">Whose rules made it; JAX's kernels are stored flipped.</param>
    /// <param name="input">[input channels, input...].</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...], the kernel as the framework stores it.</param>
    /// <param name="bias">One for each output channel; none where empty.</param>
    /// <exception cref="GeometryException">Lengths that do not fit the geometry, a batch, or integer sums beyond 2^53.</exception>
    public static Problem Create(
        ConvTransposeGeometry geometry, Framework framework, ReadOnlySpan<double> input, ReadOnlySpan<double> weight,
            ReadOnlySpan<double> bias = default)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        geometry = geometry.WithLayout(Layout.ChannelsFirst);
        if (geometry.Batch != 1) throw ValueSource.Fault("input", $"batch = {geometry.Batch}, and one image is explained: give one");
        Require("input", input.Length, geometry.InputLength);
        Require("weight", weight.Length, geometry.WeightLength);
        if (!bias.IsEmpty) Require("bias", bias.Length, geometry.OutputChannels);
        double[] kernel = weight.ToArray();
        if (framework == Framework.Jax)
            for (int at = 0; at < kernel.Length; at += geometry.KernelTaps) Array.Reverse(kernel, at, geometry.KernelTaps);
        var problem = new Problem(geometry, framework, [.. input], [.. kernel], bias.IsEmpty ? [.. new double[geometry.OutputChannels]]
            : [.. bias]);
        if (problem.IsExact && problem.LargestSum() > ExactIntegers)
            throw ValueSource.Fault(
                "input", $"the sums may reach {problem.LargestSum():R}, beyond 2^53, up to which integers are exact: use smaller numbers");
        return problem;
    }

    /// <summary>The problem of hyper-parameters and value sources.</summary>
    /// <param name="parameters">The spatial sizes and settings.</param>
    /// <param name="framework">Whose rules apply.</param>
    /// <param name="input">Of the input.</param>
    /// <param name="weight">Of the weights.</param>
    /// <param name="bias">Of the bias; zeros where null.</param>
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="groups">Divides both.</param>
    /// <exception cref="GeometryException">The framework refuses the settings, or the values do not fit them.</exception>
    public static Problem Create(
        HyperParameters parameters, Framework framework, ValueSource input, ValueSource weight, ValueSource? bias = null,
        int inputChannels = 1, int outputChannels = 1, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        ConvTransposeGeometry geometry =
            ConvTransposeGeometry.Create(1, inputChannels, outputChannels, groups, parameters.Lower(framework).Axes);
        int[] space = [.. geometry.Axes.Select(static axis => axis.Input)], kernel = [.. geometry.Axes.Select(static axis => axis.Kernel)];
        return Create(
            geometry, framework,
            input.Fill("input", [inputChannels], space).AsSpan(),
            weight.Fill("weight", [inputChannels, geometry.OutputChannelsPerGroup], kernel).AsSpan(),
            bias is null ? [] : bias.Fill("bias", [outputChannels], []).AsSpan()) with
        {
            Symbols = input.IsSymbolic || weight.IsSymbolic,
        };
    }

    private static void Require(string parameter, int given, int needed)
    {
        if (given != needed) throw ValueSource.Fault(
            parameter, $"{parameter} has {given} values, and the geometry needs {needed}: both must be equal");
    }

    // No sum exceeds the largest input times all weights that can meet in it.
    private double LargestSum() =>
        Input.Max(Math.Abs) * Weight.Sum(Math.Abs) + Bias.Max(Math.Abs);
}
