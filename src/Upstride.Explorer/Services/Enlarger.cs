using System.Collections.Immutable;
using System.Diagnostics;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Operators;

namespace Upstride.Explorer.Services;

/// <summary>Makes pictures larger by every method, in pieces between which the page stays alive.</summary>
public static class Enlarger
{
    // A piece that takes as long is not felt; the first is a guess at that, in elements of the result.
    private const double PieceMilliseconds = 12;
    private const int FirstPiece = 4096;

    // Rows on both sides that a band's results can depend on: bicubic interpolation reads two.
    private const int Halo = 2;

    // Of the time that FSRCNN takes, about.
    private const double ChromaShare = 0.1;

    /// <summary>The methods by their names in addresses.</summary>
    public static ImmutableArray<string> Methods { get; } = ["nearest", "bilinear", "bicubic", "nails", "unpool", "transposed", "fsrcnn"];

    /// <summary>The picture a factor smaller, by bicubic interpolation with its kernel widened as MATLAB does it.</summary>
    public static Picture Shrink(Picture picture, int scale)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var geometry = ResizeGeometry.MatlabBicubic([3, picture.Height, picture.Width], picture.Height / scale, picture.Width / scale);
        var small = new float[3 * (picture.Height / scale) * (picture.Width / scale)];
        Imresize.Bicubic(picture.Planes, geometry, ImresizeRounding.None, small);
        return new(picture.Width / scale, picture.Height / scale, small);
    }

    /// <summary>The signal-to-noise ratio of the luma in decibels, without a border as wide as the factor, as papers give it.</summary>
    public static double Psnr(Picture picture, Picture original, int scale)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(original);
        int n = picture.Width * picture.Height;
        float[] one = new float[3 * n], other = new float[3 * n];
        YCbCr.FromRgb(picture.Planes, one);
        YCbCr.FromRgb(original.Planes, other);
        return Imaging.Psnr.Plane(one.AsSpan(0, n), other.AsSpan(0, n), picture.Width, picture.Height, scale);
    }

    /// <summary>The picture a factor larger.</summary>
    /// <param name="method">One of <see cref="Methods"/>.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="scale">The factor, 2 to 4.</param>
    /// <param name="original">What it was made of, for max-unpooling, which pools it anew.</param>
    /// <param name="progress">Is told how much is done, and waited for: it lets the page breathe.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static async Task<Picture> EnlargeAsync(
        string method, Picture picture, int scale, Picture? original, Func<double, Task> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(progress);
        int width = picture.Width * scale, height = picture.Height * scale, n = picture.Width * picture.Height, m = width * height;
        var large = new float[3 * m];
        if (method == "fsrcnn")
        {
            await NetworkAsync(picture, scale, large, progress, cancellation);
            return new(width, height, large);
        }
        await BandsAsync(method, picture.Width, picture.Height, scale, original?.Planes ?? [], picture.Planes, large, 0, 3, progress,
            cancellation);
        return new(width, height, large);
    }

    // Planes band by band, each as long as is not felt.
    private static async Task BandsAsync(
        string method, int width, int height, int scale, float[] original, float[] small, float[] large, int first, int planes,
        Func<double, Task> progress, CancellationToken cancellation)
    {
        int rows = Math.Max(1, FirstPiece / (width * scale * scale));
        for (int row = 0; row < planes * height;)
        {
            await progress((double)row / (planes * height));
            cancellation.ThrowIfCancellationRequested();
            int from = row % height, to = Math.Min(height, from + rows);
            long start = Stopwatch.GetTimestamp();
            Band(method, width, height, scale, original, small, large, first + row / height, from, to);
            row += to - from;
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            rows = Math.Clamp((int)(rows * PieceMilliseconds / Math.Max(took, 1)), Math.Max(1, rows / 2), 2 * rows);
        }
    }

    // Rows from..to of a plane, made with what lies around them.
    private static void Band(
        string method, int width, int height, int scale, float[] original, float[] small, float[] large, int plane, int from, int to)
    {
        int wide = width * scale, low = Math.Max(0, from - Halo), high = Math.Min(height, to + Halo), whole = wide * height * scale;
        Span<float> destination = large.AsSpan(plane * whole + from * scale * wide, (to - from) * scale * wide);
        if (method == "unpool")
        {
            One(method, width, to - from, scale, original.AsSpan(plane * whole + from * scale * wide, destination.Length),
                small.AsSpan((plane * height + from) * width, (to - from) * width), destination);
            return;
        }
        var made = new float[(high - low) * scale * wide];
        One(method, width, high - low, scale, [], small.AsSpan((plane * height + low) * width, (high - low) * width), made);
        made.AsSpan((from - low) * scale * wide, destination.Length).CopyTo(destination);
    }

    private static void One(string method, int width, int height, int scale, ReadOnlySpan<float> original, ReadOnlySpan<float> plane,
        Span<float> large)
    {
        nint[] shape = [1, 1, height, width];
        switch (method)
        {
            case "nearest":
                Resized(ResizeMethod.PyTorchNearest, plane, large);
                break;
            case "bilinear":
                Resized(ResizeMethod.PyTorchLinear(), plane, large);
                break;
            case "bicubic":
                Resized(ResizeMethod.PyTorchBicubic(), plane, large);
                break;
            case "nails":
                BedOfNails.Forward(plane, BedOfNailsGeometry.Create(shape, scale), large);
                break;
            case "unpool":
                var maxima = new float[plane.Length];
                var indices = new int[plane.Length];
                MaxPool.Forward(original, PoolGeometry.PyTorch([1, 1, height * scale, width * scale], scale), maxima,
                    indices);
                MaxUnpool.Forward(maxima, indices, UnpoolGeometry.PyTorch(shape, scale), large);
                break;
            case "transposed":
                int taps = BilinearKernel.Taps(scale);
                var weight = new float[taps * taps];
                BilinearKernel.Fill([taps, taps], weight.AsSpan());
                ConvTransposeSettings settings = InverseGeometry.Scaling(scale, taps, taps, 1).First();
                var geometry = ConvTransposeGeometry.PyTorch(shape, [1, 1, taps, taps], scale, settings.Padding, settings.OutputPadding);
                ConvTranspose.Forward(geometry, plane, weight, [], large);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(method), method, $"not one of {string.Join(", ", Methods)}");
        }

        void Resized(ResizeMethod resize, ReadOnlySpan<float> from, Span<float> to) =>
            Resize.Forward(from, ResizeGeometry.ToSize(shape, PerAxis.Create([height * scale, width * scale]), resize), to);
    }

    // The network makes luma; chroma, which the eye sees less sharply, is interpolated.
    private static async Task NetworkAsync(Picture picture, int scale, float[] large, Func<double, Task> progress,
        CancellationToken cancellation)
    {
        FsrcnnNetwork network = FsrcnnWeights.Find(scale) ?? throw new ArgumentOutOfRangeException(nameof(scale), scale,
            $"there are weights for {string.Join(", ", FsrcnnWeights.Scales)}");
        int n = picture.Width * picture.Height, width = picture.Width * scale, taken = 0;
        var small = new float[3 * n];
        YCbCr.FromRgb(picture.Planes, small);
        await BandsAsync("bicubic", picture.Width, picture.Height, scale, [], small, large, 1, 2, done => progress(done * ChromaShare),
            cancellation);
        using IRowUpscaler rows = PlaneNetwork.Of(network).CreateUpscaler(picture.Width, picture.Height, new());
        while (rows.RowsDone < picture.Height * scale)
        {
            await progress(ChromaShare + (1 - ChromaShare) * rows.RowsDone / (picture.Height * scale));
            cancellation.ThrowIfCancellationRequested();
            int first = rows.RowsDone, count = Math.Min(rows.BandRows, picture.Height - taken);
            rows.Next(small.AsSpan(taken * picture.Width, count * picture.Width)).CopyTo(large.AsSpan(first * width));
            taken += count;
        }
        YCbCr.ToRgb(large, large);
    }
}
