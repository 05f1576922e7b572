using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Textbook;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>
/// A way to compute one product, for a weight, a source, what is added, an epilogue, vectors and threads; null where it does not take the
/// problem at that width.
/// </summary>
internal delegate T[]? ProductWay<T>(T[] weight, T[] source, T[] residual, Epilogue<T> epilogue, SimdWidth width, int threads)
    where T : INumber<T>;

/// <summary>What every way is held to.</summary>
internal static class ProductChecks
{
    /// <summary>It makes of whole numbers what the definition makes, without and with an epilogue.</summary>
    /// <returns>How often it took the problem.</returns>
    public static int IsExact<T>(ConvTransposeGeometry geometry, Pass pass, IEnumerable<SimdWidth> widths, int threads, ProductWay<T> way)
        where T : unmanaged, INumber<T>
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Integers<T>);
        int channels = pass == Pass.Forward ? geometry.OutputChannels : geometry.InputChannels, computed = 0;
        (T[] source, T[] residual) = pass == Pass.Forward ? (x, y) : (y, x);
        foreach (bool plain in (bool[])[true, false])
        {
            Epilogue<T> epilogue = plain ? Epilogue<T>.None
                : new([.. Enumerable.Range(1, channels).Select(T.CreateChecked)], Activation.Relu, addsResidual: true);
            T[] expected = Poisoned<T>(residual.Length), added = plain ? [] : residual;
            ((IAlgorithm)new ScatterAlgorithm()).Prepare(new(geometry, pass, typeof(T), By("scatter")), w, epilogue)
                .Run(source, added, expected);
            foreach (SimdWidth width in widths)
            {
                if (way(w, source, added, epilogue, width, threads) is not { } actual) continue;
                AssertSame(expected, actual, $"{pass} {typeof(T).Name} {width}, {(plain ? "no" : "an")} epilogue");
                computed++;
            }
        }
        return computed;
    }

    /// <summary>Any number of threads makes the same bits.</summary>
    public static void KeepsBits(ConvTransposeGeometry geometry, Pass pass, IEnumerable<SimdWidth> widths, ProductWay<float> way)
    {
        var (x, w, y) = Tensors(geometry, RandomProblems.Reals<float>);
        float[] source = pass == Pass.Forward ? x : y;
        foreach (SimdWidth width in widths)
        {
            float[] expected = way(w, source, [], Epilogue<float>.None, width, 1)!;
            foreach (int threads in (int[])[2, 3, 7])
                AssertSame(expected, way(w, source, [], Epilogue<float>.None, width, threads)!, $"{width}, {threads} threads");
        }
    }
}
