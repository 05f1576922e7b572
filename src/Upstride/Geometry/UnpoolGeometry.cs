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

    /// <summary>The position of the channels.</summary>
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
    /// <param name="layout">The position of the channels.</param>
    /// <exception cref="GeometryException">A size below one, or a rank other than 3 to 5.</exception>
    public static UnpoolGeometry ToSize(ReadOnlySpan<nint> inputShape, PerAxis outputSize, Layout layout = Layout.ChannelsFirst)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        return new(input,
            input with { Space = [.. outputSize.Expand(input.Space.Length, nameof(outputSize)).Select(static size => (long)size)] });
    }

    /// <summary>
    /// PyTorch's unpooling: <c>(input - 1)*stride - 2*padding + kernel</c> outputs, or a size given less than a stride away from that.
    /// </summary>
    /// <param name="inputShape">[batch, channels, space...], or with the channels last.</param>
    /// <param name="kernel">Taps of the pooling's window along each axis.</param>
    /// <param name="stride">The pooling's stride; the kernel where <see langword="null"/>.</param>
    /// <param name="padding">The pooling's padding at both ends.</param>
    /// <param name="outputSize">The output's spatial lengths, or its whole shape, where the pooling's rounding left several
    /// possible.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <exception cref="GeometryException">An output size out of reach, or a rank other than 3 to 5.</exception>
    public static UnpoolGeometry PyTorch(
        ReadOnlySpan<nint> inputShape, PerAxis kernel, PerAxis? stride = null, PerAxis padding = default, PerAxis? outputSize = null,
        Layout layout = Layout.ChannelsFirst)
    {
        if (outputSize is not { } sizes) return Create(inputShape, kernel, stride ?? kernel, padding, padding, layout);
        (SpatialShape input, long[] natural, ImmutableArray<int> strides) =
            Natural(inputShape, kernel, stride ?? kernel, padding, padding, layout);
        ImmutableArray<int> chosen = SpatialSizes(sizes, input, layout);
        for (int a = 0; a < natural.Length; a++)
        {
            // The pooling's own input may be shorter than the window was, and the natural size then below 1.
            if (Math.Abs(chosen[a] - natural[a]) >= strides[a])
                throw new GeometryException(new(nameof(outputSize),
                    $"outputSize = {chosen[a]} along spatial axis {a}, and must lie less than stride = {strides[a]} from the natural "
                    + $"{natural[a]}"));
        }
        return new(input, input with { Space = [.. chosen.Select(static size => (long)size)] });
    }

    /// <summary>
    /// The natural inverse of a pooling: <c>(input - 1)*stride - head - tail + kernel</c> outputs, as ONNX and PyTorch infer it.
    /// </summary>
    /// <param name="inputShape">[batch, channels, space...], or with the channels last.</param>
    /// <param name="kernel">Taps of the pooling's window along each axis.</param>
    /// <param name="stride">The pooling's stride.</param>
    /// <param name="head">The pooling's padding before the input.</param>
    /// <param name="tail">The pooling's padding after the input.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <exception cref="GeometryException">A kernel or stride below one, an output below one, or a rank other than 3 to 5.</exception>
    public static UnpoolGeometry Create(
        ReadOnlySpan<nint> inputShape, PerAxis kernel, PerAxis stride, PerAxis head = default, PerAxis tail = default,
            Layout layout = Layout.ChannelsFirst)
    {
        (SpatialShape input, long[] space, ImmutableArray<int> strides) = Natural(inputShape, kernel, stride, head, tail, layout);
        for (int a = 0; a < space.Length; a++)
        {
            if (space[a] >= 1) continue;
            int kernels = kernel.Expand(space.Length, nameof(kernel))[a], heads = head.Expand(space.Length, "padding", 0)[a],
                tails = tail.Expand(space.Length, "padding", 0)[a];
            throw new GeometryException(new("padding",
                $"the output is (input - 1)*stride - head - tail + kernel = ({input.Space[a]} - 1)*{strides[a]} - {heads} - {tails} + "
                + $"{kernels} = {space[a]}, and must be positive: pad less, or give outputSize"));
        }
        return new(input, input with { Space = [.. space] });
    }

    // The sizes that follow from the pooling's settings, which may be below 1.
    private static (SpatialShape Input, long[] Sizes, ImmutableArray<int> Strides) Natural(
        ReadOnlySpan<nint> inputShape, PerAxis kernel, PerAxis stride, PerAxis head, PerAxis tail, Layout layout)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        int rank = input.Space.Length;
        ImmutableArray<int> kernels = kernel.Expand(rank, nameof(kernel)), strides = stride.Expand(rank, nameof(stride)),
            heads = head.Expand(rank, "padding", 0), tails = tail.Expand(rank, "padding", 0);
        var space = new long[rank];
        for (int a = 0; a < rank; a++)
        {
            if ((ConvTransposeAxis.AtLeastOne(nameof(kernel), kernels[a])
                ?? ConvTransposeAxis.AtLeastOne(nameof(stride), strides[a])) is { } error)
                throw new GeometryException(error);
            space[a] = (input.Space[a] - 1) * strides[a] - heads[a] - tails[a] + kernels[a];
        }
        return (input, space, strides);
    }

    // The spatial sizes of an output size, which PyTorch takes as a whole shape too.
    private static ImmutableArray<int> SpatialSizes(PerAxis outputSize, SpatialShape input, Layout layout)
    {
        int rank = input.Space.Length;
        ImmutableArray<int> values = outputSize.Values;
        if (values.Length != rank + 2) return outputSize.Expand(rank, nameof(outputSize));
        bool first = layout == Layout.ChannelsFirst;
        int channels = first ? values[1] : values[^1];
        if (values[0] != input.Batch || channels != input.Channels)
            throw new GeometryException(new(nameof(outputSize),
                $"outputSize = {outputSize} is a whole shape of batch {values[0]} and {channels} channels, and the input has batch "
                + $"{input.Batch} and {input.Channels} channels: both must be equal"));
        return first ? values[2..] : values[1..^1];
    }
}
