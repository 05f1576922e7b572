using BenchmarkDotNet.Attributes;
using Upstride.Kernels;

namespace Upstride.Bench.Kernels;

/// <summary>The transforms of Winograd's tiles, four vectors of tiles a call.</summary>
public unsafe class WinogradBenchmarks
{
    private const int Groups = 4;
    private const int Step = Groups * 16;
    private readonly AlignedBuffer<float> elements = new(36 * Step + 64);
    private readonly AlignedBuffer<float> frequencies = new(36 * Step + 64);
    private nint input, output;
    private int alpha, m;

    /// <summary>m and taps of both axes.</summary>
    [Params("2,2", "3,2", "4,2", "4,3")]
    public string Tile { get; set; } = "4,3";

    /// <summary>Picks the kernels.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = Array.ConvertAll(Tile.Split(','), int.Parse);
        m = sizes[0];
        alpha = m + sizes[1] - 1;
        input = WinogradKernels.InputKernel<float>(Simd.Widest, (alpha, sizes[1]), (alpha, sizes[1]));
        output = WinogradKernels.OutputKernel<float>(Simd.Widest, (alpha, sizes[1]), (alpha, sizes[1]));
    }

    /// <summary>Elements to frequencies.</summary>
    [Benchmark]
    public void Input()
    {
        nint* columns = stackalloc nint[WinogradKernels.MaxAlpha];
        for (int b = 0; b < alpha; b++) columns[b] = b * Step;
        var arguments = new WinogradKernels.Arguments<float>
        {
            Source = elements.Start, Destination = frequencies.Start, Columns = columns, SourceRow = alpha * Step, DestinationStep = Step, Groups = Groups,
        };
        ((delegate*<WinogradKernels.Arguments<float>*, void>)input)(&arguments);
    }

    /// <summary>Frequencies to results.</summary>
    [Benchmark]
    public void Output()
    {
        var arguments = new WinogradKernels.Arguments<float>
        {
            Source = frequencies.Start, Destination = elements.Start, SourceStep = Step, DestinationRow = m * Step, DestinationStep = Step, Groups = Groups, Tile0 = m, Tile1 = m,
        };
        ((delegate*<WinogradKernels.Arguments<float>*, void>)output)(&arguments);
    }
}
