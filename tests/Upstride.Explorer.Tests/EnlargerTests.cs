using Upstride.Explorer.Services;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explorer.Tests;

/// <summary>What is made band by band is what is made at once.</summary>
public class EnlargerTests
{
    private const int Width = 37, Height = 90, Scale = 3;

    public static TheoryData<string> Methods => [.. Enlarger.Methods.Where(static method => method != "fsrcnn")];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_picture_made_in_bands_is_the_picture_made_at_once(string method)
    {
        var random = new Random(1);
        Picture original = Draw(Width * Scale, Height * Scale, random), small = Draw(Width, Height, random);
        int pieces = 0;
        Picture made = await Enlarger.EnlargeAsync(method, small, Scale, original, _ =>
        {
            pieces++;
            return Task.CompletedTask;
        }, TestContext.Current.CancellationToken);

        // Twelve rows, then at most twice as many each time, and none over the end of a plane: 12, 24, 48 and 6, and two planes of 90.
        Assert.True(pieces >= 6, $"{pieces} pieces");
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<float> plane = small.Planes.AsSpan(c * Width * Height, Width * Height);
            float[] expected = Whole(method, plane, original.Planes.AsSpan(c * 9 * Width * Height, 9 * Width * Height));
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - made.Planes[c * expected.Length + i]) <= 1e-6f,
                    $"{method}, plane {c}, row {i / (Width * Scale)}: {made.Planes[c * expected.Length + i]} and not {expected[i]}");
        }
    }

    [Fact]
    public async Task Work_that_is_cancelled_ends()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Enlarger.EnlargeAsync(
            "bicubic", Draw(Width, Height, new Random(2)), Scale, null, _ => stop.CancelAsync(), stop.Token));
    }

    [Fact]
    public async Task Of_a_picture_too_large_for_the_seconds_the_network_makes_the_middle()
    {
        byte[] canvas = Canvas(600, 450, new Random(3));
        var work = new PictureWork(seconds: 0.02);
        await work.OpenAsync(canvas, 2, shrinks: true);
        Enlarged made = await work.EnlargeAsync("fsrcnn", static _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        PicturePart part = Assert.NotNull(made.Part);
        Assert.Equal((600, 450), (made.Width, made.Height));
        Assert.InRange(part.Width, 2, 598);
        Assert.InRange(Math.Abs(part.Width * 450.0 / (part.Height * 600) - 1), 0, 0.1);
        Assert.InRange(Math.Abs(2 * part.Left + part.Width - 600), 0, 2);
        Assert.InRange(Math.Abs(2 * part.Top + part.Height - 450), 0, 2);

        // Inside is what the network makes of that part alone, outside nothing, and the ratio is the part's.
        Picture original = Picture.FromCanvas(canvas), small = Enlarger.Shrink(original, 2);
        var inner = new PicturePart(part.Left / 2, part.Top / 2, part.Width / 2, part.Height / 2);
        Picture expected = await Enlarger.EnlargeAsync("fsrcnn", small.Crop(inner), 2, null,
            static _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        byte[] inside = expected.ToCanvas();
        for (int y = 0; y < 450; y++)
        for (int x = 0; x < 600; x++)
        {
            int row = y - part.Top, column = x - part.Left;
            uint pixel = row >= 0 && row < part.Height && column >= 0 && column < part.Width
                ? BitConverter.ToUInt32(inside, 4 * (row * part.Width + column)) : 0;
            Assert.True(pixel == BitConverter.ToUInt32(made.Canvas, 4 * (y * 600 + x)), $"{x}, {y}");
        }
        Assert.Equal(Enlarger.Psnr(expected, original.Crop(part), 2), made.Psnr);

        // It comes over as it was made, and a picture for which there is time is made whole.
        Enlarged came = HiredPictureWork.Read(HiredPictureWork.Write(made));
        Assert.Equal((made.Part, made.Psnr, made.Width, made.Height), (came.Part, came.Psnr, came.Width, came.Height));
        Assert.Equal(made.Canvas, came.Canvas);
        var patient = new PictureWork(seconds: 1e6);
        await patient.OpenAsync(canvas, 2, shrinks: true);
        Enlarged whole = await patient.EnlargeAsync("fsrcnn", static _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        Assert.Null(whole.Part);
        Assert.Null(HiredPictureWork.Read(HiredPictureWork.Write(whole)).Part);
    }

    // A picture as a canvas gives it: columns, rows, then red, green, blue and alpha of each pixel.
    internal static byte[] Canvas(int width, int height, Random random)
    {
        byte[] canvas = new byte[8 + 4 * width * height];
        random.NextBytes(canvas);
        BitConverter.TryWriteBytes(canvas, width);
        BitConverter.TryWriteBytes(canvas.AsSpan(4), height);
        for (int i = 0; i < width * height; i++) canvas[8 + 4 * i + 3] = 255;
        return canvas;
    }

    private static float[] Whole(string method, ReadOnlySpan<float> plane, ReadOnlySpan<float> original)
    {
        nint[] shape = [1, 1, Height, Width];
        var large = new float[Height * Width * Scale * Scale];
        ResizeMethod? resize = method switch
        {
            "nearest" => ResizeMethod.PyTorchNearest,
            "bilinear" => ResizeMethod.PyTorchLinear(),
            "bicubic" => ResizeMethod.PyTorchBicubic(),
            _ => null,
        };
        if (resize is { } by)
            Resize.Forward(plane, ResizeGeometry.ToSize(shape, PerAxis.Create([Height * Scale, Width * Scale]), by), large.AsSpan());
        else if (method == "nails")
            for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++) large[y * Scale * Width * Scale + x * Scale] = plane[y * Width + x];
        else if (method == "unpool")
        {
            // The largest of each block, where it first stands.
            for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                int best = y * Scale * Width * Scale + x * Scale, corner = best;
                for (int i = 1; i < Scale * Scale; i++)
                    if (corner + i / Scale * Width * Scale + i % Scale is var at && original[at] > original[best]) best = at;
                large[best] = original[best];
            }
        }
        else
        {
            int taps = BilinearKernel.Taps(Scale);
            var weight = new float[taps * taps];
            BilinearKernel.Fill([taps, taps], weight.AsSpan());
            ConvTransposeSettings settings = InverseGeometry.Scaling(Scale, taps, taps, 1).First();
            ConvTranspose.Forward(ConvTransposeGeometry.PyTorch(shape, [1, 1, taps, taps], Scale, settings.Padding, settings.OutputPadding),
                plane, weight, [], large);
        }
        return large;
    }

    private static Picture Draw(int width, int height, Random random) =>
        new(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(_ => random.NextSingle())]);
}
