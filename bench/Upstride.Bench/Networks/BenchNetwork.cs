using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Networks;

/// <summary>A whole network that Upstride and ONNX Runtime both run, from one tensor x to one tensor y.</summary>
/// <param name="Name">What the row is called.</param>
/// <param name="InputShape">[batch, channels, space...].</param>
/// <param name="OutputShape">The same of the result.</param>
/// <param name="Model">The ONNX file's bytes.</param>
/// <param name="Prepare">Upstride's way to run it on an input, with so many threads.</param>
/// <param name="Bound">How far two right results for an input may lie apart, for each element, of which one is given.</param>
internal sealed record BenchNetwork(
    string Name, int[] InputShape, int[] OutputShape, Func<byte[]> Model, Func<NativeBuffer, int, IRunnable> Prepare, BenchBound Bound)
{
    /// <summary>PyTorch's way to run it, which must be there; null where it is compared with ONNX Runtime alone.</summary>
    public Func<NativeBuffer, int, IRunnable>? Torch { get; init; }

    public string InputName { get; init; } = "x";

    public string OutputName { get; init; } = "y";

    /// <summary>Whether the result is of bytes, and not of floats.</summary>
    public bool OutputIsBytes { get; init; }

    public int InputLength => InputShape.Aggregate(1, (a, b) => a * b);

    public int OutputLength => OutputShape.Aggregate(1, (a, b) => a * b);
}

/// <summary>How far two right results may lie apart, for each element.</summary>
/// <param name="input">What both were given.</param>
/// <param name="result">One of them.</param>
internal delegate float[] BenchBound(NativeBuffer input, ReadOnlySpan<float> result);

/// <summary>The networks, in the order of the table.</summary>
internal static class BenchNetworks
{
    public static IReadOnlyList<BenchNetwork> All { get; } =
        [.. new[] { 2, 3, 4 }.Select(scale => FsrcnnNetwork.Create(scale, 640, 360)), .. OnnxNetwork.All, .. OnnxNetwork.Shipped,
            .. DecoderNetwork.All];
}
