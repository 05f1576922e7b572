using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>
/// Makes a picture of another size by nearest neighbours, bilinear interpolation or MATLAB's bicubic imresize, a few rows at a time.
/// Colours are weighted by alpha where a method mixes pixels and the picture has one that is transparent.
/// </summary>
/// <param name="method">How; a linear one smooths where the picture shrinks. <see cref="ResizeMethod.MatlabBicubic"/> rounds 8-bit samples
/// after each axis, as MATLAB does.</param>
/// <param name="size">How large the result is.</param>
internal sealed class ResizeUpscaler(ResizeMethod method, TargetSize size) : IPictureUpscaler
{
    // What a byte's full value is in the unit range that pictures are computed in.
    private const float ByteScale = 255;

    // The cubic is four samples wide, two on either side.
    private const int CubicReach = 2;

    private readonly bool _isMatlab = method == ResizeMethod.MatlabBicubic;

    private delegate void Planes(Span<float> planes);

    public PictureFormat FormatOf(PictureFormat format)
    {
        (int width, int height) = size.Of(format.Width, format.Height);

        // The geometry of all channels together refuses what no array holds.
        if (IsWeighted(format))
            _ = ResizeGeometry.ToSize(
                [1, format.Channels, format.Height, format.Width], PerAxis.Create([height, width]), ResizeMethod.PyTorchNearest);
        return format with { Width = width, Height = height };
    }

    public void Upscale(PictureFormat format, RowSource source, RowTarget target, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        PictureFormat result = FormatOf(format);
        using var rows = new TransparencySearch(format, source, IsWeighted(format), cancellationToken);
        bool isWeighted = rows.IsTransparent;
        var read = new ImageBuffer(format with { Height = 1 });
        Resize(
            format, result, roundsBetween: !isWeighted,
            planes =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                rows.Read(read.Row(0));
                read.CopyToPlanes(planes);
                if (isWeighted) Alpha.Multiply(planes, format.Width);
            },
            planes =>
            {
                if (!isWeighted) return;
                int width = planes.Length / format.Channels;
                Alpha.Limit(planes[^width..]);
                Alpha.Divide(planes, width);
            },
            row =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                target(row);
            },
            progress);
    }

    /// <remarks>Bilinear positions are rounded in single precision as PyTorch rounds them, which differs along the picture; and with
    /// alpha a whole picture's opacity decides how it is computed.</remarks>
    public int? RowReachOf(PictureFormat format) =>
        size.Factor is not { } factor || factor < 1 || Math.Truncate(factor) != factor || IsWeighted(format) ? null
        : _isMatlab ? CubicReach
        : method == ResizeMethod.PyTorchNearest ? 0
        : null;

    // Nearest neighbours mix no pixels, and need no weights.
    private bool IsWeighted(PictureFormat format) => format.HasAlpha && method.Mode != ResizeMode.Nearest;

    private void Resize(PictureFormat format, PictureFormat result, bool roundsBetween, Planes read, Planes finish,
        RowTarget target, IProgress<double>? progress)
    {
        ReadOnlySpan<nint> shape = [1, format.Height, format.Width];
        if (!_isMatlab)
        {
            ResizeMethod how = method.Mode == ResizeMode.Linear && (result.Width < format.Width || result.Height < format.Height)
                ? ResizeMethod.PyTorchLinear(antialias: true) : method;
            ResizeGeometry geometry = size.Factor is { } factor && Math.Truncate(factor) == factor
                ? ResizeGeometry.ByScale([1, .. shape], [(float)factor], how)
                : ResizeGeometry.ToSize([1, .. shape], PerAxis.Create([result.Height, result.Width]), how);
            Run(
                new ResizeBands<float>(format.Channels, geometry.Axes[^2], geometry.Axes[^1], how), format, result, read, finish, target,
                progress);
            return;
        }
        ResizeGeometry imresize = size.Factor is { } scale
            ? ResizeGeometry.MatlabBicubic(shape, scale) : ResizeGeometry.MatlabBicubic(shape, result.Height, result.Width);
        bool isBytes = format.SampleType == SampleType.UInt8 && roundsBetween;
        var bands = new ResizeBands<double>(format.Channels, imresize.Axes[^2], imresize.Axes[^1], method,
            isBytes ? Imresize.RoundToByte : null);
        if (!isBytes)
        {
            Run(bands, format, result, read, finish, target, progress);
            return;
        }

        // MATLAB rounds images of class uint8 to whole values after each axis.
        Run(
            bands, format, result,
            planes =>
            {
                read(planes);
                TensorPrimitives.Multiply(planes, ByteScale, planes);
                TensorPrimitives.Round(planes, planes);
            },
            planes =>
            {
                TensorPrimitives.Divide(planes, ByteScale, planes);
                finish(planes);
            },
            target, progress);
    }

    private static void Run<T>(ResizeBands<T> bands, PictureFormat format, PictureFormat result, Planes read, Planes finish,
        RowTarget target, IProgress<double>? progress) where T : unmanaged, IFloatingPoint<T>
    {
        var rows = new ImageBuffer(result with { Height = bands.BandRows });
        ImageBuffer? part = null;
        int taken = 0;
        for (int made = 0; made < result.Height;)
        {
            int count = bands.RowsFrom(made);
            for (; taken < bands.RowsNeededBy(made + count - 1); taken++) read(bands.Add());
            bands.Make(made, count, (planes, row, column) =>
            {
                finish(planes);
                int width = planes.Length / result.Channels;
                if (part?.Width != width) part = new(result with { Width = width, Height = 1 });
                part.CopyFromPlanes(planes);
                part.Bytes.CopyTo(rows.Row(row)[(column * result.PixelBytes)..]);
            });
            for (int row = 0; row < count; row++) target(rows.Row(row));
            made += count;
            progress?.Report((double)made / result.Height);
        }

        // Rows that no output depends on are read as well, so that what is wrong with them is found.
        if (taken == format.Height) return;
        float[] unused = bands.Add();
        for (; taken < format.Height; taken++) read(unused);
    }
}
