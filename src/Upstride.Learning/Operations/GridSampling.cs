using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>Takes pixels of pictures at whole places, those outside as 0.</summary>
/// <param name="tape">Where everything goes.</param>
/// <param name="input">[batch, channels, height, width].</param>
/// <param name="grid">[batch, rows, columns, 2].</param>
internal readonly struct GridSampling<T>(Tape<T> tape, ImmutableArray<nint> input, ImmutableArray<nint> grid)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whole numbers, [batch, rows, columns].</summary>
    public Variable<T> Constant(int[] values)
    {
        Variable<T> constant = tape.Empty(grid.AsSpan()[..3]);
        for (int i = 0; i < values.Length; i++) constant.Elements[i] = T.CreateSaturating(values[i]);
        return constant;
    }

    /// <summary>[batch, channels, rows, columns].</summary>
    public Variable<T> Take(Variable<T> pictures, int[] x, int[] y) => Functions.Permute(Gather(pictures, x, y), 1, 0, 2, 3);

    /// <summary>[channels, batch, rows, columns], times a weight for each place, [batch, rows, columns].</summary>
    public Variable<T> TakeWeighted(Variable<T> pictures, int[] x, int[] y, Variable<T> weight) => Gather(pictures, x, y) * weight;

    private Variable<T> Gather(Variable<T> pictures, int[] x, int[] y)
    {
        (int batch, int channels, int height, int width) = ((int)input[0], (int)input[1], (int)input[2], (int)input[3]);
        PooledBuffer<int> places = tape.Indices.Take(channels * x.Length);
        int plane = batch == 0 ? 0 : x.Length / batch;
        for (int channel = 0; channel < channels; channel++)
            for (int i = 0; i < x.Length; i++)
                places.Span[channel * x.Length + i] = (uint)x[i] < (uint)width && (uint)y[i] < (uint)height
                    ? ((i / plane * channels + channel) * height + y[i]) * width + x[i] : -1;
        return Gathering<T>.Run(tape, pictures, places, [channels, .. grid.AsSpan()[..3]]);
    }
}
