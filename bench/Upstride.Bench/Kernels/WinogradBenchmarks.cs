using BenchmarkDotNet.Attributes;
using Upstride.Kernels;

namespace Upstride.Bench.Kernels;

/// <summary>The transforms of Winograd's tiles, four vectors of tiles a call.</summary>
public unsafe class WinogradBenchmarks
{
    private const int Groups = 4;
    private const int Step = Groups * 16;
    private readonly AlignedBuffer<float> _elements = new(36 * Step + 64);
    private readonly AlignedBuffer<float> _frequencies = new(36 * Step + 64);
    private nint _input, _output;
    private int _alpha, _m;

    /// <summary>m and taps of both axes.</summary>
    [Params("2,2", "3,2", "4,2", "4,3")]
    public string Tile { get; set; } = "4,3";

    /// <summary>Picks the kernels.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = Array.ConvertAll(Tile.Split(','), int.Parse);
        _m = sizes[0];
        _alpha = _m + sizes[1] - 1;
        _input = WinogradKernels.InputKernel<float>(Simd.Widest, (_alpha, sizes[1]), (_alpha, sizes[1]));
        _output = WinogradKernels.OutputKernel<float>(Simd.Widest, (_alpha, sizes[1]), (_alpha, sizes[1]));
    }

    /// <summary>Elements to frequencies.</summary>
    [Benchmark]
    public void Input()
    {
        nint* columns = stackalloc nint[WinogradKernels.MaxAlpha];
        for (int b = 0; b < _alpha; b++) columns[b] = b * Step;
        var arguments = new WinogradKernels.Arguments<float>
        {
            Source = _elements.Start, Destination = _frequencies.Start, Columns = columns, SourceRow = _alpha * Step, DestinationStep = Step, Groups = Groups,
        };
        ((delegate*<WinogradKernels.Arguments<float>*, void>)_input)(&arguments);
    }

    /// <summary>Frequencies to results.</summary>
    [Benchmark]
    public void Output()
    {
        var arguments = new WinogradKernels.Arguments<float>
        {
            Source = _frequencies.Start, Destination = _elements.Start, SourceStep = Step, DestinationRow = _m * Step, DestinationStep = Step, Groups = Groups, Tile0 = _m, Tile1 = _m,
        };
        ((delegate*<WinogradKernels.Arguments<float>*, void>)_output)(&arguments);
    }
}
