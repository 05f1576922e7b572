using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

/// <summary>The oracle: one axis by the definition alone, on integers.</summary>
internal static class Definition
{
    /// <summary>Every product of the full output, one element for each (input, tap).</summary>
    public static IEnumerable<(int Input, int Tap, int Position)> Products(int input, int kernel, int stride, int dilation)
    {
        for (int i = 0; i < input; i++)
            for (int t = 0; t < kernel; t++)
                yield return (i, t, i * stride + t * dilation);
    }

    /// <summary>The transposed convolution of x by w over the axis.</summary>
    public static long[] ConvTranspose(ConvTransposeAxis axis, long[] x, long[] w)
    {
        var y = new long[axis.Output];
        foreach ((int i, int t, int position) in Products(axis.Input, axis.Kernel, axis.Stride, axis.Dilation))
        {
            int o = position - axis.Head;
            if (o >= 0 && o < y.Length) y[o] += x[i] * w[t];
        }
        return y;
    }

    /// <summary>The correlation of x, padded with zeros, by w: what frameworks call a convolution.</summary>
    public static long[] Correlate(long[] x, long[] w, int stride, int dilation, int head, int tail)
    {
        int extent = (w.Length - 1) * dilation + 1;
        int count = x.Length + head + tail - extent;
        var y = new long[count < 0 ? 0 : count / stride + 1];
        for (int o = 0; o < y.Length; o++)
            for (int t = 0; t < w.Length; t++)
            {
                int place = o * stride + t * dilation - head;
                if (place >= 0 && place < x.Length) y[o] += x[place] * w[t];
            }
        return y;
    }

    /// <summary>x with zeros between its elements.</summary>
    public static long[] Stretch(long[] x, int stride)
    {
        var stretched = new long[(x.Length - 1) * stride + 1];
        for (int i = 0; i < x.Length; i++) stretched[i * stride] = x[i];
        return stretched;
    }

    /// <summary>Distinct small primes and powers, so that a product in the wrong place shows.</summary>
    public static long[] Numbers(int count, long ratio)
    {
        var numbers = new long[count];
        long next = 1;
        for (int i = 0; i < count; i++)
        {
            numbers[i] = next;
            next = next * ratio % 1_000_003;
        }
        return numbers;
    }

    /// <summary>The error that <paramref name="create"/> must throw.</summary>
    public static void Refuses(string parameter, string message, Action create)
    {
        var exception = Assert.Throws<GeometryException>(create);
        Assert.Equal(message, exception.Message);
        Assert.Equal(parameter, exception.Error.Parameter);
        Assert.Equal(parameter, exception.ParamName);
    }
}
