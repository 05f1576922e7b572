using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>A max-unpooling: each input goes to the place in the output that its index names, everything else is zero.</summary>
public sealed class UnpoolGeometry
{
    private readonly SpatialShape _input;
    private readonly SpatialShape _output;

    private UnpoolGeometry(SpatialShape input, SpatialShape output)
    {
        _input = input;
        _output = output.Checked("output");
        InputShape = input.ToShape();
        OutputShape = output.ToShape();
    }

    /// <summary>Where the channels stand.</summary>
    public Layout Layout => _input.Layout;

    /// <summary>The lengths of the input and of its indices.</summary>
    public ImmutableArray<nint> InputShape { get; }

    /// <summary>The output's lengths.</summary>
    public ImmutableArray<nint> OutputShape { get; }

    /// <summary>Elements of one channel of one output image: indices must lie below it.</summary>
    public int OutputPlane => _output.Plane;

    internal IndexedPlanes Planes => new(_input, _output);

    /// <summary>The unpooling to any size.</summary>
    /// <param name="inputShape">[batch, channels, space...], or with the channels last.</param>
    /// <param name="outputSize">The output's spatial lengths.</param>
    /// <param name="layout">Where the channels stand.</param>
    /// <exception cref="GeometryException">A size below one, or a rank other than 3 to 5.</exception>
    public static UnpoolGeometry ToSize(ReadOnlySpan<nint> inputShape, PerAxis outputSize, Layout layout = Layout.ChannelsFirst)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        return new(input, input with { Space = [.. outputSize.Expand(input.Space.Length, nameof(outputSize)).Select(static size => (long)size)] });
    }

    /// <summary>
    /// PyTorch's unpooling: <c>(input - 1)*stride - 2*padding + kernel</c> outputs, or a size given less than a stride away from that.
    /// </summary>
    /// <param name="inputShape">[batch, channels, space...], or with the channels last.</param>
    /// <param name="kernel">Taps of the pooling's window along each axis.</param>
    /// <param name="stride">The pooling's stride; the kernel where <see langword="null"/>.</param>
    /// <param name="padding">The pooling's padding at both ends.</param>
    /// <param name="outputSize">The output's spatial lengths, where the pooling's rounding left several possible.</param>
    /// <param name="layout">Where the channels stand.</param>
    /// <exception cref="GeometryException">An output size out of reach, or a rank other than 3 to 5.</exception>
    public static UnpoolGeometry PyTorch(
        ReadOnlySpan<nint> inputShape, PerAxis kernel, PerAxis? stride = null, PerAxis padding = default, PerAxis? outputSize = null,
        Layout layout = Layout.ChannelsFirst)
    {
        UnpoolGeometry natural = Create(inputShape, kernel, stride ?? kernel, padding, padding, layout);
        if (outputSize is not { } sizes) return natural;
        int rank = natural._input.Space.Length;
        ImmutableArray<int> chosen = sizes.Expand(rank, nameof(outputSize)), strides = (stride ?? kernel).Expand(rank, nameof(stride));
        for (int a = 0; a < rank; a++)
        {
            long size = natural._output.Space[a];
            if (Math.Abs(chosen[a] - size) >= strides[a])
                throw new GeometryException(new(nameof(outputSize), $"outputSize = {chosen[a]} along spatial axis {a}, and must lie less than stride = {strides[a]} from the natural {size}"));
        }
        return ToSize(inputShape, sizes, layout);
    }

    /// <summary>The natural inverse of a pooling: <c>(input - 1)*stride - head - tail + kernel</c> outputs, as ONNX and PyTorch infer it.</summary>
    /// <param name="inputShape">[batch, channels, space...], or with the channels last.</param>
    /// <param name="kernel">Taps of the pooling's window along each axis.</param>
    /// <param name="stride">The pooling's stride.</param>
    /// <param name="head">The pooling's padding before the input.</param>
    /// <param name="tail">The pooling's padding after the input.</param>
    /// <param name="layout">Where the channels stand.</param>
    /// <exception cref="GeometryException">A kernel or stride below one, an output below one, or a rank other than 3 to 5.</exception>
    public static UnpoolGeometry Create(
        ReadOnlySpan<nint> inputShape, PerAxis kernel, PerAxis stride, PerAxis head = default, PerAxis tail = default, Layout layout = Layout.ChannelsFirst)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        int rank = input.Space.Length;
        ImmutableArray<int> kernels = kernel.Expand(rank, nameof(kernel)), strides = stride.Expand(rank, nameof(stride)),
            heads = head.Expand(rank, "padding", 0), tails = tail.Expand(rank, "padding", 0);
        var space = new long[rank];
        for (int a = 0; a < rank; a++)
        {
            if ((ConvTransposeAxis.AtLeastOne(nameof(kernel), kernels[a]) ?? ConvTransposeAxis.AtLeastOne(nameof(stride), strides[a])) is { } error)
                throw new GeometryException(error);
            space[a] = (input.Space[a] - 1) * strides[a] - heads[a] - tails[a] + kernels[a];
            if (space[a] < 1)
                throw new GeometryException(new("padding", $"the output is (input - 1)*stride - head - tail + kernel = ({input.Space[a]} - 1)*{strides[a]} - {heads[a]} - {tails[a]} + {kernels[a]} = {space[a]}, and must be positive: pad less"));
        }
        return new(input, input with { Space = [.. space] });
    }
}
