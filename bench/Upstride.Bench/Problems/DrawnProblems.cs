using System.Globalization;
using Upstride.Geometry;

namespace Upstride.Bench.Problems;

/// <summary>
/// Transposed convolutions as networks have them, drawn by chance, so that no list can be tuned to. The same seed gives the same problems,
/// and the first n of a longer draw are those of a shorter one. Each is legal in PyTorch's terms.
/// </summary>
/// <remarks>
/// A problem is of one of <see cref="Kinds"/>, in the shares that stand there; within a kind, channels, sizes and batches are drawn evenly
/// from what such layers have, most often powers of two and their multiples by 3/2, one in four of no such form. One whose definition takes
/// less than a million or more than two billion multiply-adds and additions, or that moves more than 64 MB, is drawn again: the first are
/// done before a clock sees them, the last take the time of all others.
/// </remarks>
internal static class DrawnProblems
{
    private const double LeastFlops = 1e6, MostFlops = 2e9;
    private const long MostElements = 16 << 20;

    private static readonly (string Name, int Share, Func<Draw, string> Line)[] Recipes =
    [
        // GANs, autoencoders, pose networks: kernel 4, stride 2, padding 1, channels halved, or three at the end.
        ("decoder", 18, static draw =>
        {
            int input = draw.Channels(32, 1024), output = draw.Next(6) == 0 ? draw.Of(1, 3) : Math.Max(1, input / draw.Of(1, 2, 2));
            return Line(draw.Of(1, 1, 2, 4, 8, 16, 32), input, output, 1, draw.Plane(4, 96), "k4x4 s2x2 p1x1 o0x0 d1x1");
        }),
        // U-Nets: kernel and stride 2, channels halved.
        ("unet", 13, static draw =>
        {
            int input = draw.Channels(32, 1024);
            return Line(draw.Of(1, 1, 2, 4), input, input / 2, 1, draw.Plane(8, 160), "k2x2 s2x2 p0x0 o0x0 d1x1");
        }),
        // Image translation, depth networks: kernel 3, stride 2, output padding 1, so that sizes double.
        ("translation", 9, static draw =>
        {
            int input = draw.Channels(32, 512);
            return Line(draw.Of(1, 1, 2, 4, 8), input, input / draw.Of(1, 2), 1, draw.Plane(8, 128), "k3x3 s2x2 p1x1 o1x1 d1x1");
        }),
        // Vocoders and audio codecs: one axis, strides of up to 16, kernels of twice that.
        ("vocoder", 11, static draw =>
        {
            int stride = draw.Of(2, 2, 3, 4, 5, 6, 8, 10, 16), input = draw.Channels(32, 768);
            return Line(draw.Of(1, 1, 1, 2, 8, 16), input, input / 2, 1, [draw.Log(24, 16384)],
                $"k{2 * stride + stride % 2 * draw.Of(0, 1)} s{stride} p{(stride + 1) / 2} o{stride % 2} d1");
        }),
        // The last layer of a super-resolution network: to one or three channels at the large size.
        ("tail", 9, static draw =>
        {
            int stride = draw.Of(2, 3, 4), kernel = draw.Of(5, 7, 9, 9);
            return Line(draw.Of(1, 1, 1, 4, 16), draw.Of(12, 16, 24, 32, 48, 56, 64), draw.Of(1, 1, 3), 1, draw.Plane(24, 320),
                $"k{kernel} s{stride} p{kernel / 2} o{stride - 1} d1");
        }),
        // The heads of segmentation networks: as many channels as classes, kernels of two strides, up to 64.
        ("segmentation", 8, static draw =>
        {
            int stride = draw.Of(2, 2, 4, 8, 16, 32), classes = draw.Of(2, 5, 11, 19, 21, 34, 60, 150);
            return Line(draw.Of(1, 1, 2, 4), classes, classes, 1, draw.Plane(6, 80),
                $"k{2 * stride} s{stride} p{draw.Of(0, stride / 2)} o0 d1");
        }),
        // One channel at a time.
        ("depthwise", 8, static draw =>
        {
            int channels = draw.Channels(16, 768), kernel = draw.Of(2, 3, 3, 4, 4, 5, 6, 7, 8), stride = draw.Of(1, 2, 2, 2, 3, 4);
            return Line(draw.Of(1, 1, 4, 16), channels, channels, channels, draw.Plane(8, 128), Window(draw, kernel, stride, 1));
        }),
        ("grouped", 4, static draw =>
        {
            int groups = draw.Of(2, 4, 8, 16, 32), input = groups * draw.Of(2, 4, 8, 12, 16, 32),
                output = groups * draw.Of(2, 4, 8, 12, 16);
            return Line(draw.Of(1, 1, 4, 8), input, output, groups, draw.Plane(8, 80),
                Window(draw, draw.Of(2, 3, 4, 5), draw.Of(1, 2, 2), 1));
        }),
        // Volumes of medical networks.
        ("volume", 7, static draw =>
        {
            int input = draw.Channels(8, 256);
            return Line(draw.Of(1, 1, 2), input, Math.Max(1, input / 2), 1, [draw.Log(2, 32), .. draw.Plane(4, 48)],
                draw.Of("k2 s2 p0 o0 d1", "k2 s2 p0 o0 d1", "k3 s2 p1 o1 d1",
                    "k4 s2 p1 o0 d1", "k1x2x2 s1x2x2 p0 o0 d1", "k3 s1 p1 o0 d1"));
        }),
        ("dilated", 4, static draw =>
        {
            int input = draw.Channels(16, 256), dilation = draw.Of(2, 2, 3, 4), stride = draw.Of(1, 1, 2);
            return Line(draw.Of(1, 1, 4), input, Math.Max(1, input / draw.Of(1, 2)), 1, draw.Plane(12, 96),
                Window(draw, 3, stride, dilation));
        }),
        // Stride 1: mirrors of a classification network's layers.
        ("stride1", 4, static draw =>
        {
            int input = draw.Channels(16, 512), kernel = draw.Of(1, 3, 3, 3, 5);
            return Line(draw.Of(1, 1, 4), input, Math.Max(1, input / draw.Of(1, 1, 2)), 1, draw.Plane(8, 112),
                $"k{kernel} s1 p{kernel / 2} o0 d1");
        }),
        // From a vector to a small picture.
        ("latent", 2, static draw => Line(draw.Of(1, 8, 64), draw.Of(64, 100, 128, 256, 512, 1024), draw.Channels(64, 1024), 1, [1, 1],
            $"k{draw.Of(3, 4, 4, 6, 7)} s1 p0 o0 d1")),
        // Anything that is legal: axes unlike each other, strides beyond the kernel, all paddings.
        ("odd", 3, static draw =>
        {
            int kernel = draw.Of(1, 2, 3, 4, 5, 6, 7), other = draw.Of(1, 2, 3, 4, 5), stride = 1 + draw.Next(4), across = 1 + draw.Next(3);
            int input = 1 + draw.Next(200), output = 1 + draw.Next(100);
            int padding = draw.Next((kernel + 1) / 2), paddingAcross = draw.Next((other + 1) / 2);
            return Line(1 + draw.Next(5), input, output, 1, draw.Plane(5, 90),
                $"k{kernel}x{other} s{stride}x{across} p{padding}x{paddingAcross} o{draw.Next(stride)}x{draw.Next(across)} d1");
        }),
    ];

    /// <summary>The kinds, and how many of a hundred problems are of each.</summary>
    public static IReadOnlyList<(string Name, int Share)> Kinds { get; } = [.. Recipes.Select(static kind => (kind.Name, kind.Share))];

    /// <summary>A day's seed: its date as eight digits, 20260131 for the last of January 2026.</summary>
    public static int SeedOf(DateOnly day) => (day.Year * 100 + day.Month) * 100 + day.Day;

    /// <summary>The kind that a problem was drawn from.</summary>
    public static string KindOf(Problem problem) => problem.Name[..problem.Name.LastIndexOf('-')];

    /// <summary>Draws problems.</summary>
    /// <param name="seed">What the draw follows from.</param>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<Problem> Of(int seed, int count)
    {
        var draw = new Draw(seed);
        var problems = new List<Problem>(count);
        while (problems.Count < count)
        {
            var (name, line) = Any(draw);
            var problem = Problem.Parse(
                string.Create(CultureInfo.InvariantCulture, $"{name}-{problems.Count:000} {line}"), convolution: false);
            if (IsOfUse(problem.Geometry)) problems.Add(problem);
        }

        return problems;
    }

    /// <summary>The problem as a line of a shape file.</summary>
    public static string LineOf(Problem problem) => $"{problem.Name} {problem.Geometry}";

    private static (string Name, string Line) Any(Draw draw)
    {
        var at = draw.Next(Recipes.Sum(static kind => kind.Share));
        foreach (var (name, share, line) in Recipes)
            if ((at -= share) < 0) return (name, line(draw));
        throw new InvalidOperationException("the shares of the kinds changed while one was drawn");
    }

    private static bool IsOfUse(ConvTransposeGeometry geometry) =>
        2.0 * geometry.MultiplyAdds is >= LeastFlops and <= MostFlops
        && (long)geometry.InputLength + geometry.OutputLength + geometry.WeightLength <= MostElements;

    // The padding that keeps or multiplies sizes as nearly as the kernel allows, and the output padding that makes up for the rest.
    private static string Window(Draw draw, int kernel, int stride, int dilation)
    {
        var extent = (kernel - 1) * dilation + 1;
        var padding = Math.Max(0, (extent - stride + 1) / 2);
        var rest = stride - extent + 2 * padding;
        return $"k{kernel} s{stride} p{padding} "
            + $"o{(rest > 0 && rest < Math.Max(stride, dilation) && draw.Next(4) > 0 ? rest : 0)} d{dilation}";
    }

    private static string Line(int batch, int input, int output, int groups, int[] size, string window) =>
        $"n{batch} ci{input} co{output} g{groups} i{string.Join('x', size)} {window}";

    private sealed class Draw(int seed)
    {
        // The sequence of a seed is .NET's promise for a seeded generator.
        private readonly Random _random = new(seed);

        public int Next(int below) => _random.Next(below);

        public T Of<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

        // Evenly on a scale of logarithms.
        public int Log(int least, int most) =>
            Math.Clamp((int)Math.Round(least * Math.Pow((double)most / least, _random.NextDouble())), least, most);

        // Powers of two and one and a half times them, or one in four any even number.
        public int Channels(int least, int most)
        {
            var any = Log(least, most);
            if (_random.Next(4) == 0) return Math.Max(2, any & ~1);
            var power = 1 << (int)Math.Floor(Math.Log2(any));
            return any >= power * 3 / 2 ? power * 3 / 2 : power;
        }

        // A picture's height and width: half are square, and one in four is of odd numbers.
        public int[] Plane(int least, int most)
        {
            int height = Log(least, most), width = _random.Next(2) == 0 ? height : Log(least, most);
            var odd = _random.Next(4) == 0;
            int Side(int length) => odd ? length | 1 : Math.Max(1, length & ~(length >= 32 ? 7 : 1));
            return [Side(height), Side(width)];
        }
    }
}
