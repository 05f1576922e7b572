using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Testing;

/// <summary>The oracle: every product of a transposed convolution, straight from its definition and the problem's integers.</summary>
internal static class Oracle
{
    /// <summary>
    /// Input element <paramref name="x"/> times weight <paramref name="w"/> belongs to output element <paramref name="y"/>.
    /// </summary>
    public delegate void Product(int x, int w, int y);

    /// <summary>Visits <c>y[o] += x[i] w[t] where i*stride + t*dilation = o + head</c>, for every image, channel and group.</summary>
    public static void ForEachProduct(ConvTransposeGeometry g, Product visit)
    {
        int[] n = Three(g, static axis => axis.Input, 1), k = Three(g, static axis => axis.Kernel, 1);
        int[] s = Three(g, static axis => axis.Stride, 1), d = Three(g, static axis => axis.Dilation, 1);
        int[] head = Three(g, static axis => axis.Head, 0), m = Three(g, Size, 1);
        int inputs = g.InputChannels / g.Groups, outputs = g.OutputChannels / g.Groups;
        for (int b = 0; b < g.Batch; b++)
        for (int ci = 0; ci < g.InputChannels; ci++)
        for (int co = 0; co < outputs; co++)
        for (int t0 = 0; t0 < k[0]; t0++)
        for (int t1 = 0; t1 < k[1]; t1++)
        for (int t2 = 0; t2 < k[2]; t2++)
        {
            int w = (((ci * outputs + co) * k[0] + t0) * k[1] + t1) * k[2] + t2;
            for (int i0 = 0; i0 < n[0]; i0++)
            for (int i1 = 0; i1 < n[1]; i1++)
            for (int i2 = 0; i2 < n[2]; i2++)
            {
                int o0 = i0 * s[0] + t0 * d[0] - head[0], o1 = i1 * s[1] + t1 * d[1] - head[1], o2 = i2 * s[2] + t2 * d[2] - head[2];
                if (o0 < 0 || o0 >= m[0] || o1 < 0 || o1 >= m[1] || o2 < 0 || o2 >= m[2]) continue;
                visit(
                    Place(g.Layout, b, ci, g.InputChannels, n, i0, i1, i2), w,
                    Place(g.Layout, b, ci / inputs * outputs + co, g.OutputChannels, m, o0, o1, o2));
            }
        }
    }

    /// <summary>The product of a pass: output of x and w, input gradient of y and w, or weight gradient of x and y.</summary>
    public static T[] Compute<T>(ConvTransposeGeometry g, Pass pass, T[] x, T[] w, T[] y)
        where T : INumber<T>
    {
        var result = new T[Length(g, pass)];
        ForEachProduct(g, pass switch
        {
            Pass.Forward => (i, t, o) => result[o] += x[i] * w[t],
            Pass.InputGradient => (i, t, o) => result[i] += y[o] * w[t],
            _ => (i, t, o) => result[t] += x[i] * y[o],
        });
        return result;
    }

    /// <summary>
    /// The most by which sums in any order may differ from the true ones: products in the sum * epsilon * sum of their magnitudes.
    /// </summary>
    public static double[] Bounds<T>(ConvTransposeGeometry g, Pass pass, T[] x, T[] w, T[] y)
        where T : INumber<T>
    {
        double[] Magnitudes(T[] values) => Array.ConvertAll(values, static value => double.CreateChecked(T.Abs(value)));
        double[] sums = Compute(g, pass, Magnitudes(x), Magnitudes(w), Magnitudes(y));
        double[] Ones(int length) => [.. Enumerable.Repeat(1.0, length)];
        double[] counts = Compute(g, pass, Ones(x.Length), Ones(w.Length), Ones(y.Length));
        double epsilon = typeof(T) == typeof(float) ? Math.ScaleB(1, -23) : Math.ScaleB(1, -52);
        return [.. sums.Zip(counts, (sum, count) => count * epsilon * sum)];
    }

    /// <summary>Where an element stands in a tensor of three spatial axes.</summary>
    public static int Place(Layout layout, int image, int channel, int channels, int[] sizes, int i0, int i1, int i2) =>
        layout == Layout.ChannelsFirst
            ? (((image * channels + channel) * sizes[0] + i0) * sizes[1] + i1) * sizes[2] + i2
            : (((image * sizes[0] + i0) * sizes[1] + i1) * sizes[2] + i2) * channels + channel;

    /// <summary>One number of each axis, with axes in front up to three.</summary>
    public static int[] Three(ConvTransposeGeometry g, Func<ConvTransposeAxis, int> number, int missing) =>
        [.. Enumerable.Repeat(missing, 3 - g.Axes.Length), .. g.Axes.Select(number)];

    /// <summary>The output's size along an axis, from the six integers.</summary>
    public static int Size(ConvTransposeAxis axis) =>
        (axis.Input - 1) * axis.Stride + (axis.Kernel - 1) * axis.Dilation + 1 - axis.Head - axis.Tail;

    private static int Length(ConvTransposeGeometry g, Pass pass) => pass switch
    {
        Pass.Forward => g.Axes.Aggregate(g.Batch * g.OutputChannels, static (product, axis) => product * Size(axis)),
        Pass.InputGradient => g.Axes.Aggregate(g.Batch * g.InputChannels, static (product, axis) => product * axis.Input),
        _ => g.Axes.Aggregate(g.InputChannels * (g.OutputChannels / g.Groups), static (product, axis) => product * axis.Kernel),
    };
}
