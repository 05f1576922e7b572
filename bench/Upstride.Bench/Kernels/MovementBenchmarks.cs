using BenchmarkDotNet.Attributes;
using Upstride.Kernels;

namespace Upstride.Bench.Kernels;

/// <summary>What moves elements between tensors and blocks: interleaving phases, dealing rows out, and turning channels.</summary>
public unsafe class MovementBenchmarks
{
    private const int Count = 256;
    private readonly AlignedBuffer<float> _source = new(16 * (Count + 32));
    private readonly AlignedBuffer<float> _destination = new(16 * (Count + 32));

    /// <summary>Rows that are interleaved or dealt out to.</summary>
    [Params(2, 3, 4, 6, 8)]
    public int Rows { get; set; } = 2;

    /// <summary>Rows of 256 elements into one.</summary>
    [Benchmark]
    public void Interleave()
    {
        float** rows = stackalloc float*[Rows];
        for (int k = 0; k < Rows; k++) rows[k] = _source.Start + k * (Count + 32);
        Interleaving.Interleave(rows, 0, 0, Rows, _destination.Start, 0, 1, Count * Rows);
    }

    /// <summary>One row into several of 256 elements.</summary>
    [Benchmark]
    public void Deinterleave()
    {
        float** rows = stackalloc float*[Rows];
        for (int k = 0; k < Rows; k++) rows[k] = _destination.Start + k * (Count + 32);
        Interleaving.Deinterleave(_source.Start, 0, 0, Count * Rows, Count * Rows, Rows, rows, 0, 1);
    }
}
