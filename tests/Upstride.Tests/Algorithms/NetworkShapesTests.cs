using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Testing;
using static Upstride.Testing.TestProblems;

namespace Upstride.Tests.Algorithms;

/// <summary>The problems of real networks, their space, kernels and strides as they are, their channels and batches cut so that the oracle is quick.</summary>
public sealed class NetworkShapesTests
{
    // One channel of the largest has 5 million.
    private const long MostProducts = 2_000_000;

    public static IEnumerable<TheoryDataRow<string>> Problems
    {
        get
        {
            string[] lines;
            try
            {
                lines = File.ReadAllLines(SharedData.Path("bench", "shapes.txt"));
            }
            catch (Exception)
            {
                // Rows are listed outside any test; the one row's test skips or fails.
                return [new("the shared data")];
            }
            return lines.Where(static line => line.Length > 0 && line[0] != '#').Select(static line => new TheoryDataRow<string>(line) { TestDisplayName = line.Split(' ')[0] });
        }
    }

    [Theory]
    [MemberData(nameof(Problems))]
    public void Phases_are_exact(string problem)
    {
        SharedData.Path("bench", "shapes.txt");
        ConvTransposeGeometry whole = ConvTransposeGeometry.ParseProblem(problem).Geometry, geometry = Small(whole);
        Assert.Equal(whole.Axes, geometry.Axes);
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            geometry = geometry.WithLayout(layout);
            var (x, w, y) = Tensors(geometry, RandomProblems.Integers<float>);
            foreach (Pass pass in Passes)
            {
                float[] expected = Oracle.Compute(geometry, pass, x, w, y);
                AssertSame(expected, Run(geometry, pass, x, w, y, By("phases", threads: 2)), $"{layout} {pass}");
            }
        }
    }

    /// <summary>Halves channels (of a group first), batch and groups in turn until few enough products are left, or one channel of one image.</summary>
    private static ConvTransposeGeometry Small(ConvTransposeGeometry g)
    {
        (int batch, int groups, int inputs, int outputs) = (g.Batch, g.Groups, g.InputChannels / g.Groups, g.OutputChannels / g.Groups);
        while (true)
        {
            var cut = ConvTransposeGeometry.Create(batch, groups * inputs, groups * outputs, groups, g.Axes);
            if (cut.MultiplyAdds <= MostProducts) return cut;
            if (inputs >= outputs && inputs > 2) inputs = (inputs + 1) / 2;
            else if (batch > 2) batch /= 2;
            else if (groups > 2) groups = (groups + 1) / 2;
            else if (outputs > 1) outputs = (outputs + 1) / 2;
            else if (inputs > 1) inputs--;
            else if (batch > 1 || groups > 1) (batch, groups) = (1, 1);
            else return cut;
        }
    }
}
