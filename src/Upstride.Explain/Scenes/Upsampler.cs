using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Scenes;

/// <summary>The other ways to enlarge, shown cell by cell.</summary>
public enum Upsampling
{
    /// <summary>Nearest neighbour.</summary>
    Nearest,

    /// <summary>Bilinear, half-pixel centres.</summary>
    Bilinear,

    /// <summary>Bicubic, half-pixel centres, coefficient -0.75.</summary>
    Bicubic,

    /// <summary>Zeros between the elements.</summary>
    BedOfNails,

    /// <summary>Each maximum back to where a pooling found it.</summary>
    MaxUnpool,

    /// <summary>Nearest neighbour, then a convolution.</summary>
    ResizeConvolution,
}

/// <summary>Another upsampler beside the transposed convolution that equals it, where one does.</summary>
public static class Upsampler
{
    /// <summary>Shows a plane of one or two axes enlarged.</summary>
    /// <param name="method">Which upsampler.</param>
    /// <param name="input">The plane, row by row; for max-unpooling the plane before the pooling.</param>
    /// <param name="size">Its sizes, one or two.</param>
    /// <param name="scale">The factor, 2 to 8.</param>
    /// <param name="kernel">The convolution's kernel, row by row, of a resize-convolution; else not read.</param>
    /// <param name="at">The output position whose sum is written; null for none.</param>
    /// <param name="language">Of the texts.</param>
    /// <exception cref="GeometryException">Sizes, a scale or a kernel that do not fit.</exception>
    public static Scene Show(
        Upsampling method, ReadOnlySpan<double> input, ReadOnlySpan<int> size, int scale, ReadOnlySpan<double> kernel = default,
            ImmutableArray<int>? at = null,
        Language language = Language.English)
    {
        if (!Enum.IsDefined(method)) throw ValueSource.Fault("method", $"method = {method}, and must be one of "
            + $"{string.Join(", ", Enum.GetNames<Upsampling>())}");
        if (at is { IsDefault: true }) at = null;
        Texts texts = Texts.Of(language);
        if (size.Length is < 1 or > 2) throw ValueSource.Fault(
            "input", $"input has {size.Length} axes, and the other upsamplers are shown over one or two");
        if (scale is < 2 or > 8) throw ValueSource.Fault("scale", $"scale = {scale}, and must be 2 .. 8");
        int[] plane = size.Length == 2 ? size.ToArray() : [1, size[0]];
        int[] factor = size.Length == 2 ? [scale, scale] : [1, scale];
        if (input.Length != plane[0] * plane[1]) throw ValueSource.Fault(
            "input", $"input has {input.Length} values, and {plane[0]}*{plane[1]} are needed");
        return method == Upsampling.MaxUnpool
            ? Unpool(input.ToArray(), plane, factor, texts, at, size.Length)
            : Linear(method, input.ToArray(), plane, factor, kernel.ToArray(), texts, at, size.Length);
    }

    private static Scene Linear(Upsampling method, double[] input, int[] plane, int[] factor, double[] kernel, Texts texts,
        ImmutableArray<int>? at, int rank)
    {
        (int, double)[][] rows, columns;
        double[] output;
        int[] outSize = [plane[0] * factor[0], plane[1] * factor[1]];
        if (method == Upsampling.ResizeConvolution)
        {
            int taps = rank == 2 ? (int)Math.Sqrt(kernel.Length) : kernel.Length;
            if (kernel.Length == 0 || (rank == 2 ? taps * taps : taps) != kernel.Length || taps % 2 == 0)
                throw ValueSource.Fault(
                    "weight", $"weight has {kernel.Length} values, and a resize-convolution is shown with an odd kernel, as long on each "
                        + $"axis");
            return ResizeConvolution(input, plane, factor, kernel, taps, texts, at, rank);
        }
        (rows, columns) = (Taps(method, plane[0], factor[0]), Taps(method, plane[1], factor[1]));
        output = new double[outSize[0] * outSize[1]];
        for (int y = 0; y < outSize[0]; y++)
            for (int x = 0; x < outSize[1]; x++)
                output[y * outSize[1] + x] = Terms(rows[y], columns[x], input, plane[1]).Sum(static term => term.Value * term.Weight);
        (double[] equalKernel, int[] kernelSize, int[] head) = EqualKernel(method, factor);
        ConvTransposeGeometry geometry = Equal(plane, outSize, factor, kernelSize, head);
        var equal = new double[output.Length];
        ConvTranspose.Forward(geometry, input.AsSpan(), equalKernel.AsSpan(), [], equal.AsSpan());
        string sum = at is { } pin ? SumAt(pin, rank, outSize, (y, x) => Terms(rows[y], columns[x], input, plane[1])) : "";
        return Made(method, input, plane, output, outSize, equalKernel, kernelSize, equal, geometry, texts, at, sum, rank);
    }

    private static Scene ResizeConvolution(
        double[] input, int[] plane, int[] factor, double[] kernel, int taps, Texts texts, ImmutableArray<int>? at, int rank)
    {
        int[] outSize = [plane[0] * factor[0], plane[1] * factor[1]];
        int[] kernelSize = rank == 2 ? [taps, taps] : [1, taps];
        var output = new double[outSize[0] * outSize[1]];
        IEnumerable<(int Y, int X, double Value, double Weight)> TermsAt(int y, int x)
        {
            for (int t = 0; t < kernelSize[0]; t++)
            for (int u = 0; u < kernelSize[1]; u++)
            {
                int row = y + t - kernelSize[0] / 2, column = x + u - kernelSize[1] / 2;
                if (row < 0 || row >= outSize[0] || column < 0 || column >= outSize[1]) continue;
                int iy = row / factor[0], ix = column / factor[1];
                yield return (iy, ix, input[iy * plane[1] + ix], kernel[t * kernelSize[1] + u]);
            }
        }
        for (int y = 0; y < outSize[0]; y++)
            for (int x = 0; x < outSize[1]; x++)
                output[y * outSize[1] + x] = TermsAt(y, x).Sum(static term => term.Value * term.Weight);
        nint[] weightShape = [1, 1, kernelSize[0], kernelSize[1]];
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ResizeConvolution(
            [1, 1, plane[0], plane[1]], weightShape, factor, PerAxis.Create([kernelSize[0] / 2, kernelSize[1] / 2]));
        double[] fused = Operators.ResizeConvolution.FuseWeights<double>(geometry, weightShape, kernel);
        var equal = new double[output.Length];
        ConvTranspose.Forward(geometry, input.AsSpan(), fused.AsSpan(), [], equal.AsSpan());
        string sum = at is { } pin ? SumAt(pin, rank, outSize, TermsAt) : "";
        int[] fusedSize = [.. geometry.Axes.Select(static axis => axis.Kernel)];
        return Made(Upsampling.ResizeConvolution, input, plane, output, outSize, fused, fusedSize, equal, geometry, texts, at, sum, rank);
    }

    private static Scene Unpool(double[] before, int[] plane, int[] factor, Texts texts, ImmutableArray<int>? at, int rank)
    {
        nint[] shape = [1, 1, plane[0], plane[1]];
        PoolGeometry pooling = PoolGeometry.PyTorch(shape, factor);
        int[] pooled = [(int)pooling.OutputShape[2], (int)pooling.OutputShape[3]];
        var small = new double[pooled[0] * pooled[1]];
        var indices = new int[small.Length];
        MaxPool.Forward(before.AsSpan(), pooling, small.AsSpan(), indices);
        var back = new double[before.Length];
        MaxUnpool.Forward(small.AsSpan(), indices, UnpoolGeometry.ToSize([1, 1, pooled[0], pooled[1]], plane), back.AsSpan());
        string sum = "";
        if (at is { } pin)
        {
            int[] place = Place(pin, rank, plane);
            int flat = place[0] * plane[1] + place[1], from = Array.IndexOf(indices, flat);
            sum = from < 0
                ? $"y{Numeral.Position(pin)} = 0"
                : $"y{Numeral.Position(pin)} = x{Numeral.Position(rank == 2 ? [from / pooled[1], from % pooled[1]] : [from])} = "
                    + $"{Numeral.Of(small[from])}";
        }
        string title = texts["method.MaxUnpool"];
        return new(
            null, title, texts["method.unpool"],
            [
                Grid("before", texts["method.before"], plane, before, CellRole.Input),
                Grid(Parts.Input, texts["method.pooled"], pooled, small, CellRole.Input),
                Grid(Parts.Output, texts["output"], plane, back, CellRole.Output),
            ],
            [], [.. back])
        {
            Lines = [texts["method.unpool"]],
            PinnedText = sum,
            Pinned = at is { } pinned ? [Id(pinned, rank, plane)] : [],
        };
    }

    private static Scene Made(
        Upsampling method, double[] input, int[] plane, double[] output, int[] outSize, double[] kernel, int[] kernelSize, double[] equal,
        ConvTransposeGeometry geometry, Texts texts, ImmutableArray<int>? at, string sum, int rank)
    {
        int differing = output.Zip(equal)
            .Count(static pair => Math.Abs(pair.First - pair.Second) > 1e-9 * Math.Max(1, Math.Abs(pair.First)));
        ConvTransposeAxis last = geometry.Axes[^1];
        string settings = texts["method.equal", last.Kernel, last.Stride, last.Head, last.Tail];
        string verdict = differing == 0 ? texts["method.same"] : texts["method.border", differing, output.Length];
        Panel twin = Grid("twin", texts["method.twin"], outSize, equal, CellRole.Output) with { Sign = differing == 0 ? "=" : "~" };
        return new(
            null, texts[$"method.{method}"], $"{settings} {verdict}",
            [
                Grid(Parts.Input, texts["input"], plane, input, CellRole.Input),
                Grid(Parts.Output, texts["output"], outSize, output, CellRole.Output),
                twin,
                Grid(Parts.Kernel, texts["method.kernel"], kernelSize, kernel, CellRole.Weight),
            ],
            [], [.. output])
        {
            Lines = [settings, verdict],
            PinnedText = sum,
            Pinned = at is { } pin ? [Id(pin, rank, outSize)] : [],
        };
    }

    private static Panel Grid(string part, string title, int[] size, double[] values, CellRole role) =>
        SceneSource.Grid(part, 0, title, size[0], size[1], (y, x) => (Numeral.Of(values[y * size[1] + x]), values[y * size[1] + x]), role);

    private static int[] Place(ImmutableArray<int> at, int rank, int[] size)
    {
        if (at.Length != rank) throw ValueSource.Fault("at", $"at has {at.Length} numbers, and there are {rank} axes: give one for each");
        int[] place = rank == 2 ? [at[0], at[1]] : [0, at[0]];
        for (int a = 0; a < 2; a++)
            if (place[a] < 0 || place[a] >= size[a]) throw ValueSource.Fault("at", $"at = {place[a]}, and there are 0 .. {size[a] - 1}");
        return place;
    }

    private static CellId Id(ImmutableArray<int> at, int rank, int[] size)
    {
        int[] place = Place(at, rank, size);
        return new(Parts.Output, 0, place[0], place[1]);
    }

    private static string SumAt(ImmutableArray<int> at, int rank, int[] size, Func<int, int,
        IEnumerable<(int Y, int X, double Value, double Weight)>> terms)
    {
        int[] place = Place(at, rank, size);
        (int Y, int X, double Value, double Weight)[] all = [.. terms(place[0], place[1])];
        string symbols =
            string.Join(" + ",
            all.Select(term => $"x{Numeral.Position(rank == 2 ? [term.Y, term.X] : [term.X])}*{Numeral.Factor(term.Weight)}"));
        string numbers = string.Join(" + ", all.Select(static term => $"{Numeral.Factor(term.Value)}*{Numeral.Factor(term.Weight)}"));
        string sum = Numeral.Of(all.Sum(static term => term.Value * term.Weight));
        return all.Length == 0 ? $"y{Numeral.Position(at)} = 0" : $"y{Numeral.Position(at)} = {symbols} = {numbers} = {sum}";
    }

    private static IEnumerable<(int Y, int X, double Value, double Weight)> Terms(
        (int At, double Weight)[] row, (int At, double Weight)[] column, double[] input, int width) =>
        from y in row from x in column select (y.At, x.At, input[y.At * width + x.At], y.Weight * x.Weight);

    // The inputs of each output along one axis.
    private static (int At, double Weight)[][] Taps(Upsampling method, int size, int factor)
    {
        if (method == Upsampling.BedOfNails)
            return [.. Enumerable.Range(0, size * factor).Select(o => o % factor == 0 ? new[] { (o / factor, 1.0) } : [])];
        ResizeMethod resize = method switch
        {
            Upsampling.Nearest => ResizeMethod.PyTorchNearest,
            Upsampling.Bilinear => ResizeMethod.PyTorchLinear(),
            _ => ResizeMethod.PyTorchBicubic(),
        };
        if (factor == 1) return [.. Enumerable.Range(0, size).Select(static o => new[] { (o, 1.0) })];
        var taps = ResizeTaps.Create(ResizeAxis.ToSize(size, (long)size * factor, resize.Coordinates), resize);
        var all = new (int, double)[size * factor][];
        for (int o = 0; o < all.Length; o++)
        {
            int begin = taps.Offsets[o], end = o + 1 < taps.Offsets.Length ? taps.Offsets[o + 1] : taps.Weights.Length;
            var one = new (int, double)[end - begin];
            for (int i = 0; i < one.Length; i++) one[i] = (taps.First[o] + i, taps.Weights[begin + i]);
            all[o] = one;
        }
        return all;
    }

    private static (double[] Kernel, int[] Size, int[] Head) EqualKernel(Upsampling method, int[] factor)
    {
        (double[] along, int head)[] axes = [.. factor.Select(s => Along(method, s))];
        double[] kernel = [.. axes[0].along.SelectMany(_ => axes[1].along, static (outer, inner) => outer * inner)];
        return (kernel, [axes[0].along.Length, axes[1].along.Length], [axes[0].head, axes[1].head]);
    }

    // What an impulse far from the border becomes along one axis, and how much of it lies before the impulse's own block.
    private static (double[] Kernel, int Head) Along(Upsampling method, int factor)
    {
        if (factor == 1) return ([1], 0);
        const int Size = 9, Middle = 4;
        (int At, double Weight)[][] taps = Taps(method, Size, factor);
        double[] response = [.. taps.Select(static one => one.Where(static tap => tap.At == Middle).Sum(static tap => tap.Weight))];
        int first = Array.FindIndex(response, static value => value != 0), last = Array.FindLastIndex(response, static value => value != 0);
        return (response[first..(last + 1)], Middle * factor - first);
    }

    private static ConvTransposeGeometry Equal(int[] plane, int[] output, int[] factor, int[] kernel, int[] head) =>
        ConvTransposeGeometry.Create(
        1, 1, 1, 1,
        Enumerable.Range(0, 2).Select(a =>
        {
            ConvTransposeAxis full = ConvTransposeAxis.Create(plane[a], kernel[a], factor[a]);
            return full.WithCrop(head[a], full.Full - output[a] - head[a]);
        }));
}
