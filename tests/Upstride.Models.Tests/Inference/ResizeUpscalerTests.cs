using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Operators;

namespace Upstride.Models.Tests.Inference;

/// <summary>Pictures resized a few rows at a time have the bits of whole planes resized at once.</summary>
public sealed class ResizeUpscalerTests
{
    private static readonly SampleType[] _types = [SampleType.UInt8, SampleType.UInt16, SampleType.Float32];

    private static readonly TargetSize[] _sizes =
    [
        TargetSize.ByFactor(2), TargetSize.ByFactor(1.5), TargetSize.ByFactor(0.37), TargetSize.ByFactor(1),
        TargetSize.InPixels(31, 200), TargetSize.InPixels(90, 97), TargetSize.InPixels(41, 150), TargetSize.InPixels(20, 300),
    ];

    public static TheoryData<string, SampleType, int> Cases()
    {
        var data = new TheoryData<string, SampleType, int>();
        foreach (string method in (string[])["nearest", "bilinear", "bicubic"])
            foreach (SampleType type in _types)
                for (int size = 0; size < _sizes.Length; size++) data.Add(method, type, size);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bands_have_the_bits_of_whole_planes(string method, SampleType type, int size)
    {
        foreach (int channels in (int[])[1, 3])
        {
            ImageBuffer image = Noise(41, 97, channels, type, size);
            var upscaler = new ResizeUpscaler(MethodOf(method), _sizes[size]);
            ImageBuffer made = upscaler.UpscaleBuffer(image, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(Whole(method, image, _sizes[size], roundsBetween: true).Bytes.SequenceEqual(made.Bytes));
        }
    }

    [Theory]
    [InlineData("nearest")]
    [InlineData("bilinear")]
    [InlineData("bicubic")]
    public void Opaque_pictures_with_alpha_have_the_bits_of_their_colours(string method)
    {
        ImageBuffer colours = Noise(30, 80, 3, SampleType.UInt8, 5), opaque = new(30, 80, 4, SampleType.UInt8);
        for (int row = 0; row < 80; row++)
            for (int column = 0; column < 30; column++)
            {
                colours.Row(row).Slice(3 * column, 3).CopyTo(opaque.Row(row)[(4 * column)..]);
                opaque.Row(row)[4 * column + 3] = 255;
            }
        var upscaler = new ResizeUpscaler(MethodOf(method), TargetSize.ByFactor(2.5));
        ImageBuffer made = upscaler.UpscaleBuffer(opaque, cancellationToken: TestContext.Current.CancellationToken);
        ImageBuffer expected = upscaler.UpscaleBuffer(colours, cancellationToken: TestContext.Current.CancellationToken);
        for (int row = 0; row < made.Height; row++)
            for (int column = 0; column < made.Width; column++)
            {
                Assert.True(expected.Row(row).Slice(3 * column, 3).SequenceEqual(made.Row(row).Slice(4 * column, 3)));
                Assert.Equal(255, made.Row(row)[4 * column + 3]);
            }
    }

    // The one pixel that is not opaque decides on every row, those long before it as well.
    [Theory]
    [InlineData("bilinear", SampleType.UInt8)]
    [InlineData("bicubic", SampleType.UInt8)]
    [InlineData("bicubic", SampleType.UInt16)]
    [InlineData("bilinear", SampleType.Float32)]
    public void A_transparent_pixel_anywhere_has_the_bits_of_whole_planes(string method, SampleType type)
    {
        foreach (int place in (int[])[0, 40, 41 * 50 + 3, 41 * 97 - 1])
        {
            ImageBuffer image = Noise(41, 97, 4, type, place);
            float[] planes = image.ToPlanes(), alpha = planes[(3 * 41 * 97)..];
            Array.Fill(alpha, 1f);
            alpha[place] = 0.25f;
            alpha.CopyTo(planes, 3 * 41 * 97);
            image.CopyFromPlanes(planes);
            TargetSize size = TargetSize.ByFactor(1.5);
            ImageBuffer made = new ResizeUpscaler(MethodOf(method), size).UpscaleBuffer(
                image, cancellationToken: TestContext.Current.CancellationToken);

            // Whole planes, weighted and divided again.
            planes = image.ToPlanes();
            Alpha.Multiply(planes, 41 * 97);
            ImageBuffer weighted = ImageBuffer.FromPlanes(planes, 41, 97, 4, SampleType.Float32);
            float[] expected = Whole(method, weighted, size, roundsBetween: false).ToPlanes();
            int length = made.Width * made.Height;
            Alpha.Limit(expected.AsSpan(^length..));
            Alpha.Divide(expected, length);
            Assert.True(ImageBuffer.FromPlanes(expected, made.Width, made.Height, 4, type).Bytes.SequenceEqual(made.Bytes));
        }
    }

    [Fact]
    public void A_transparent_picture_is_read_as_it_is_made()
    {
        int read = 0, readAtFirst = 0;
        new ResizeUpscaler(ResizeMethod.MatlabBicubic, TargetSize.ByFactor(2)).Upscale(
            new(8, 1000, 4, SampleType.UInt8),
            row =>
            {
                read++;
                row.Fill(7);
            },
            _ => readAtFirst = readAtFirst == 0 ? read : readAtFirst, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1000, read);
        Assert.InRange(readAtFirst, 1, 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Parts_of_wide_rows_have_the_bits_of_whole_rows(int part)
    {
        foreach (ResizeMethod method in (ResizeMethod[])[ResizeMethod.PyTorchNearest, ResizeMethod.PyTorchLinear(antialias: true),
            ResizeMethod.MatlabBicubic])
            foreach ((int width, int height) in ((int, int)[])[(150, 40), (61, 9), (150, 9), (61, 40), (90, 20)])
            {
                ResizeAxis rows = ResizeAxis.ToSize(20, height), columns = ResizeAxis.ToSize(90, width);
                Assert.Equal(Rows(new ResizeBands<float>(2, rows, columns, method), width),
                    Rows(new ResizeBands<float>(2, rows, columns, method, partColumns: part), width));
            }

        static float[] Rows(ResizeBands<float> bands, int width)
        {
            var random = new Random(9);
            for (int row = 0; row < 20; row++)
            {
                float[] place = bands.Add();
                for (int i = 0; i < place.Length; i++) place[i] = random.NextSingle();
            }
            var made = new float[2 * bands.BandRows * width];
            bands.Make(0, bands.BandRows, (planes, row, column) =>
            {
                for (int plane = 0; plane < 2; plane++)
                    planes.Slice(plane * planes.Length / 2, planes.Length / 2)
                        .CopyTo(made.AsSpan((plane * bands.BandRows + row) * width + column));
            });
            return made;
        }
    }

    [Fact]
    public void An_opaque_picture_is_not_held()
    {
        // The first rows are made long before the last are read.
        int read = 0, readAtFirst = 0;
        var upscaler = new ResizeUpscaler(ResizeMethod.MatlabBicubic, TargetSize.ByFactor(2));
        upscaler.Upscale(
            new(8, 1000, 3, SampleType.UInt8), _ => read++,
            _ => readAtFirst = readAtFirst == 0 ? read : readAtFirst, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1000, read);
        Assert.InRange(readAtFirst, 1, 100);

        // Nor where each row of the result depends on many, or on none of the last.
        var smaller = new ResizeUpscaler(ResizeMethod.PyTorchNearest, TargetSize.InPixels(3000, 10));
        (read, readAtFirst) = (0, 0);
        smaller.Upscale(
            new(3000, 20_000, 3, SampleType.UInt8), _ => read++,
            _ => readAtFirst = readAtFirst == 0 ? read : readAtFirst, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(20_000, read);
        Assert.InRange(readAtFirst, 1, 2000);
    }

    private static ResizeMethod MethodOf(string method) => method switch
    {
        "nearest" => ResizeMethod.PyTorchNearest,
        "bilinear" => ResizeMethod.PyTorchLinear(),
        _ => ResizeMethod.MatlabBicubic,
    };

    private static ImageBuffer Whole(string method, ImageBuffer image, TargetSize size, bool roundsBetween)
    {
        (int width, int height) = size.Of(image.Width, image.Height);
        float[] planes = image.ToPlanes(), larger = new float[image.Channels * height * width];
        nint[] shape = [1, image.Channels, image.Height, image.Width];
        if (method != "bicubic")
        {
            ResizeMethod how = method == "nearest" ? ResizeMethod.PyTorchNearest
                : ResizeMethod.PyTorchLinear(antialias: width < image.Width || height < image.Height);
            ResizeGeometry geometry = size.Factor is { } factor && Math.Truncate(factor) == factor
                ? ResizeGeometry.ByScale(shape, [(float)factor], how) : ResizeGeometry.ToSize(shape, PerAxis.Create([height, width]), how);
            Resize.Forward(planes, geometry, larger.AsSpan());
            return ImageBuffer.FromPlanes(larger, width, height, image.Channels, image.SampleType);
        }
        ResizeGeometry matlab = size.Factor is { } scale
            ? ResizeGeometry.MatlabBicubic(shape.AsSpan(1), scale) : ResizeGeometry.MatlabBicubic(shape.AsSpan(1), height, width);
        if (image.SampleType == SampleType.UInt8 && roundsBetween)
        {
            TensorPrimitives.Multiply(planes, 255, planes);
            TensorPrimitives.Round(planes, planes);
            Imresize.Bicubic(planes, matlab, ImresizeRounding.Byte, larger);
            TensorPrimitives.Divide(larger, 255, larger);
        }
        else
        {
            Imresize.Bicubic(planes, matlab, ImresizeRounding.None, larger);
        }
        return ImageBuffer.FromPlanes(larger, width, height, image.Channels, image.SampleType);
    }

    private static ImageBuffer Noise(int width, int height, int channels, SampleType type, int seed)
    {
        var random = new Random(seed);
        return ImageBuffer.FromPlanes(
            [.. Enumerable.Range(0, width * height * channels).Select(_ => random.NextSingle())], width, height, channels, type);
    }
}
