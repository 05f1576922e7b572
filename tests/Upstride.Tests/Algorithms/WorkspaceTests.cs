using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Testing;

namespace Upstride.Tests.Algorithms;

public sealed class WorkspaceTests
{
    [Theory]
    [MemberData(nameof(NetworkShapesTests.Problems), MemberType = typeof(NetworkShapesTests))]
    public void A_workspace_takes_at_most_an_eighth_of_the_column_buffer_where_that_is_large(string problem)
    {
        SharedData.Path("bench", "shapes.txt");
        (_, ConvTransposeGeometry geometry) = ConvTransposeGeometry.ParseProblem(problem);

        // The buffer of one image: output channels * taps * input places.
        long columns = (long)sizeof(float) * geometry.OutputChannels * geometry.KernelTaps * geometry.InputPlane;
        if (columns <= 4 << 20) return;
        var settings = new ComputeSettings { Threads = 1 };
        var asked = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), settings);
        IAlgorithm algorithm = AlgorithmTable.Choose(asked);
        PreparedAlgorithm<float> prepared = algorithm.Prepare<float>(asked, new float[geometry.WeightLength], Epilogue<float>.None);
        Assert.True(prepared.WorkspaceBytes <= columns / 8, $"{algorithm.Name} takes {prepared.WorkspaceBytes} bytes, an eighth of the column buffer is {columns / 8}");
    }

    [Theory]
    [InlineData("winograd", "a n1 ci32 co32 i24x24 k4x4 s2x2 p1x1")]
    [InlineData("phases", "a n1 ci32 co32 i24x24 k4x4 s2x2 p1x1")]
    [InlineData("phases", "a n2 ci64 co3 i32x32 k9x9 s3x3 p4x4 o2x2")]
    [InlineData("point", "a n2 ci100 co64 i1x1 k4x4")]
    public void The_first_run_allocates_the_workspace_that_is_stated_and_the_second_nothing(string name, string problem)
    {
        (_, ConvTransposeGeometry geometry) = ConvTransposeGeometry.ParseProblem(problem);
        var settings = new ComputeSettings { Threads = 1 };
        var asked = new AlgorithmProblem(geometry, Pass.Forward, typeof(float), settings);
        float[] weight = new float[geometry.WeightLength], input = new float[geometry.InputLength], output = new float[geometry.OutputLength];

        PreparedAlgorithm<float> Prepared() => AlgorithmTable.Named(name).Prepare(asked, weight, Epilogue<float>.None);
        var fresh = new Queue<PreparedAlgorithm<float>>(Enumerable.Range(0, 10).Select(_ => Prepared()));
        PreparedAlgorithm<float> prepared = fresh.Peek();
        long first = Allocation.OfEachRun(() => fresh.Dequeue().Run(input, default, output));
        long second = Allocation.OfEachRun(() => prepared.Run(input, default, output));
        // Beside the buffers: their alignment to a cache line, and the few objects that hold them.
        Assert.InRange(first, prepared.WorkspaceBytes, prepared.WorkspaceBytes + 8192);
        Assert.Equal(0, second);
    }

    [Theory]
    [InlineData("phases")]
    [InlineData("winograd")]
    public void What_takes_some_microseconds_wakes_no_thread(string name)
    {
        var settings = new ComputeSettings { Threads = 7 };
        Assert.Equal(1, Workspaces("a n1 ci4 co4 i12x12 k4x4 s2x2 p1x1"));
        Assert.Equal(7, Workspaces("a n8 ci64 co64 i32x32 k4x4 s2x2 p1x1"));

        long Workspaces(string problem)
        {
            ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem(problem).Geometry;
            long Of(int threads) => AlgorithmTable.Named(name).Prepare(
                new(geometry, Pass.Forward, typeof(float), settings with { Threads = threads }), new float[geometry.WeightLength], Epilogue<float>.None).WorkspaceBytes;
            return Of(settings.Threads) / Of(1);
        }
    }
}
