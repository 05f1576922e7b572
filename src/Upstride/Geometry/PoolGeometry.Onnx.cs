using System.Collections.Immutable;

namespace Upstride.Geometry;

public sealed partial class PoolGeometry
{
    /// <summary>
    /// The windows of ONNX's operators <c>MaxPool</c> and <c>AveragePool</c>. SAME gives <c>input/strides</c> windows, rounded up, and the
    /// padding that they need; SAME_UPPER takes the larger half at the end. VALID and SAME know no ceil mode.
    /// </summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <param name="kernelShape">Taps of the window along each axis.</param>
    /// <param name="autoPad">The attribute <c>auto_pad</c>.</param>
    /// <param name="pads">[starts..., ends...], none negative; only with NOTSET.</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="dilations">Default 1.</param>
    /// <param name="ceilMode">Whether a last window that does not fit is kept.</param>
    /// <exception cref="GeometryException">Pads together with auto_pad, or sizes that <see cref="PoolAxis.Create"/> refuses.</exception>
    public static PoolGeometry Onnx(
        ReadOnlySpan<nint> input, PerAxis kernelShape, OnnxAutoPad autoPad = OnnxAutoPad.NotSet, ReadOnlySpan<nint> pads = default,
        PerAxis strides = default, PerAxis dilations = default, bool ceilMode = false)
    {
        SpatialShape shape = SpatialShape.Of(input, Layout.ChannelsFirst, nameof(input));
        int rank = shape.Space.Length;
        ImmutableArray<int> kernel = ShapeReading.Expand(kernelShape, rank, nameof(kernelShape), fallback: 0, minimum: 1);
        ImmutableArray<int> stride = ShapeReading.Expand(strides, rank, nameof(strides), fallback: 1, minimum: 1);
        ImmutableArray<int> dilation = ShapeReading.Expand(dilations, rank, nameof(dilations), fallback: 1, minimum: 1);
        ImmutableArray<(int Head, int Tail)> amounts = ShapeReading.ReadOnnxPads(pads, autoPad, rank);
        var axes = new PoolAxis[rank];
        for (int a = 0; a < rank; a++)
        {
            (long head, long tail) = autoPad is OnnxAutoPad.SameUpper or OnnxAutoPad.SameLower
                ? SamePadding(shape.Space[a], kernel[a], stride[a], dilation[a], largerHalfFirst: autoPad == OnnxAutoPad.SameLower)
                : amounts[a];
            axes[a] = PoolAxis.Create(shape.Space[a], kernel[a], stride[a], head, tail, dilation[a],
                ceilMode && autoPad == OnnxAutoPad.NotSet);
        }
        return new(shape, [.. axes]);
    }

    // What the windows need beyond the input; windows further apart than they are long may need none.
    private static (long Head, long Tail) SamePadding(long input, long kernel, long stride, long dilation, bool largerHalfFirst)
    {
        long windows = Integers.DivideUp(input, stride);
        long missing = Math.Max(0, (windows - 1) * stride + (kernel - 1) * dilation + 1 - input);
        return largerHalfFirst ? (missing - missing / 2, missing / 2) : (missing / 2, missing - missing / 2);
    }
}
