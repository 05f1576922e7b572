using System.Numerics;
using Upstride.Algorithms;
using Upstride.Algorithms.Blocks;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Operators;

namespace Upstride.Testing;

/// <summary>Runs one pass of a problem by one algorithm, over a destination full of NaN.</summary>
internal static class TestProblems
{
    public static Pass[] Passes { get; } = Enum.GetValues<Pass>();

    /// <summary>The widths that a test can force: where the machine has no such vectors, the runtime computes them in software.</summary>
    public static SimdWidth[] Widths { get; } = Enum.GetValues<SimdWidth>();

    /// <summary>Elements of a vector at a width; for an interpreter they have 128 bits.</summary>
    internal static unsafe int Lanes<T>(SimdWidth width)
        where T : unmanaged => Math.Max(1, (width == SimdWidth.Interpreted ? 128 : (int)width) / (8 * sizeof(T)));

    /// <summary>The windows of a pass, and the same split into lattices where some axis may be.</summary>
    internal static PolyphaseProblem[] PolyphaseProblems(ConvTransposeGeometry geometry, Pass pass) =>
    [
        .. Enum.GetValues<LatticeSplit>().Select(split => new PolyphaseProblem(geometry, pass, split))
            .Where(static (problem, split) => split == 0 || problem.HasLattices),
    ];

    /// <summary>One thread, the algorithm of a name.</summary>
    public static ComputeSettings By(string? algorithm, int threads = 1) =>
        new() { Algorithm = algorithm, Threads = threads, CyclesPerThread = 1 };

    /// <summary>
    /// The names of the algorithms that do not refuse, without Winograd's: its transforms round, so <see cref="WinogradTests"/> hold it to
    /// a bound of its own.
    /// </summary>
    public static string[] Algorithms<T>(ConvTransposeGeometry geometry, Pass pass) =>
        [.. AlgorithmTable.All.Where(algorithm => algorithm.Name != "winograd" && algorithm.Refusal(new(geometry, pass, typeof(T))) is null)
        .Select(static algorithm => algorithm.Name)];

    /// <summary>The algorithms that do not refuse, those over vectors at every width.</summary>
    public static IEnumerable<ComputeSettings> Ways<T>(ConvTransposeGeometry geometry, Pass pass) =>
        from name in Algorithms<T>(geometry, pass)
        from width in name is "scatter" or "matrix" or "zero-insertion" ? [Simd.Widest] : Widths
        select By(name) with { Width = width };

    public static Plan<T> Plan<T>(ConvTransposeGeometry geometry, Pass pass, T[] weight, ComputeSettings settings)
        where T : INumber<T> => pass switch
        {
            Pass.Forward => ConvTransposePlan.Create<T>(geometry, weight, settings: settings),
            Pass.InputGradient => ConvTransposePlan.CreateInputGradient<T>(geometry, weight, settings),
            _ => ConvTransposePlan.CreateWeightGradient<T>(geometry, settings),
        };

    /// <summary>Output of x and w, input gradient of y and w, or weight gradient of x and y.</summary>
    public static T[] Run<T>(ConvTransposeGeometry geometry, Pass pass, T[] x, T[] w, T[] y, ComputeSettings settings)
        where T : INumber<T>
    {
        using Plan<T> plan = Plan(geometry, pass, w, settings);
        return Run(plan, x, y);
    }

    public static T[] Run<T>(Plan<T> plan, T[] x, T[] y)
        where T : INumber<T>
    {
        T[] destination = Poisoned<T>(plan.Pass switch
        {
            Pass.Forward => plan.Geometry.OutputLength,
            Pass.InputGradient => plan.Geometry.InputLength,
            _ => plan.Geometry.WeightLength,
        });
        if (plan.Pass == Pass.WeightGradient) plan.Run(x, y, destination);
        else plan.Run(plan.Pass == Pass.Forward ? x : y, destination);
        return destination;
    }

    /// <summary>NaN where the type has one, else a number that no sum here comes to.</summary>
    public static T[] Poisoned<T>(int length)
        where T : INumber<T>
    {
        var values = new T[length];
        Array.Fill(values,
            typeof(T) == typeof(float) || typeof(T) == typeof(double) ? T.CreateChecked(double.NaN) : T.CreateChecked(1_234_567));
        return values;
    }

    /// <summary>Input, weights and output gradient of a geometry.</summary>
    public static (T[] X, T[] W, T[] Y) Tensors<T>(ConvTransposeGeometry g, Func<int, int, T[]> make) =>
        (make(g.InputLength, 1), make(g.WeightLength, 2), make(g.OutputLength, 3));

    /// <summary>Names the first element that differs.</summary>
    public static void AssertSame<T>(T[] expected, T[] actual, string what)
        where T : INumber<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            if (expected[i] != actual[i])
                Assert.Fail($"{what}: element {i} of {expected.Length} is {actual[i]}, and must be {expected[i]}");
    }

    /// <summary>Names the first element that lies outside its bound.</summary>
    public static void AssertWithin<T>(double[] expected, double[] bounds, T[] actual, string what)
        where T : INumber<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(double.CreateChecked(actual[i]) - expected[i]);
            if (!(error <= bounds[i]))
                Assert.Fail($"{what}: element {i} of {expected.Length} is {actual[i]}, and must be {expected[i]} within {bounds[i]}");
        }
    }
}
