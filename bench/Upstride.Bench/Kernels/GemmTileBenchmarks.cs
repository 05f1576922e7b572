using BenchmarkDotNet.Attributes;
using Upstride.Kernels;

namespace Upstride.Bench.Kernels;

/// <summary>The register tile at every useful shape: its operands in the caches, 512 steps of the sum.</summary>
public unsafe class GemmTileBenchmarks
{
    private const int Steps = 512;
    private readonly AlignedBuffer<float> _a = new(Steps * GemmTile.MaxRows);
    private readonly AlignedBuffer<float> _b = new((long)Steps * 6 * 16 + 64);
    private readonly AlignedBuffer<float> _c = new(GemmTile.MaxRows * 6 * 16);
    private nint _kernel;
    private int _pitch;

    /// <summary>Rows and vectors of the tile.</summary>
    [Params("14x2", "13x2", "9x2", "8x2", "14x1", "4x6", "1x6")]
    public string Tile { get; set; } = "14x2";

    /// <summary>Fills the operands and picks the kernel.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _a.Span.Fill(1);
        _b.Span.Fill(1);
        GemmTile.Table<float> table = GemmTile.At<float>(Simd.Widest);
        int[] sizes = Array.ConvertAll(Tile.Split('x'), int.Parse);
        _kernel = (nint)table.Kernel(Math.Min(sizes[0], sizes[1] == 6 ? table.WideRows : table.TallRows), sizes[1]);
        _pitch = sizes[1] * table.Lanes;
    }

    /// <summary>One call: 2 * rows * vectors * lanes * 512 FLOPs.</summary>
    [Benchmark]
    public void Run()
    {
        nint zero = 0;
        var arguments = new GemmTile.Arguments<float>
        {
            A = _a.Start, B = _b.Start, C = _c.Start, Offsets = &zero, OffsetCount = 1, Steps = Steps, BStride = _pitch, CPitch = _pitch,
        };
        ((delegate*<GemmTile.Arguments<float>*, void>)_kernel)(&arguments);
    }
}
