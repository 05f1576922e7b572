using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Kernels;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>Of a normalisation by what it normalises itself.</summary>
/// <param name="Reciprocal">[middle]: 1 / sqrt(variance + epsilon).</param>
/// <param name="Weight">[middle], by which that is multiplied; null for 1.</param>
/// <param name="Share">1 / the number of elements for each place of the middle.</param>
internal sealed record OwnStatistics<T>(Variable<T> Reciprocal, Variable<T>? Weight, T Share)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>gradient * factor + (x - mean) * ofDistance + offset, for x [outer, middle, inner] and a number of each kind for each place of
/// the middle; nothing is recorded.</summary>
internal sealed class NormalizationGradient<T> : IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Variable<T> _gradient, _x, _mean, _factor, _ofDistance, _offset, _result;
    private readonly AxisGroups _grouping;

    private NormalizationGradient(Variable<T> gradient, Variable<T> x, Variable<T> mean, Variable<T> factor, Variable<T> ofDistance,
        Variable<T> offset, AxisGroups grouping, Variable<T> result)
    {
        (_gradient, _x, _mean, _factor) = (gradient, x, mean, factor);
        (_ofDistance, _offset, _grouping, _result) = (ofDistance, offset, grouping, result);
    }

    public static Variable<T> Run(Tape<T> tape, Variable<T> gradient, Variable<T> x, Variable<T> mean, Variable<T> factor,
        Variable<T> ofDistance, Variable<T> offset, AxisGroups grouping)
    {
        Variable<T> result = tape.Empty(x.Shape.AsSpan());
        tape.Runner.Run(new NormalizationGradient<T>(gradient, x, mean, factor, ofDistance, offset, grouping, result),
            BlockRunner.CountFor(result.Length));
        return result;
    }

    public void RunBlock(int block)
    {
        int start = block * BlockRunner.BlockLength, length = Math.Min(BlockRunner.BlockLength, _result.Length - start);
        Span<T> destination = _result.Elements.Slice(start, length);
        ReadOnlySpan<T> x = _x.Elements.Slice(start, length), gradient = _gradient.Elements.Slice(start, length), mean = _mean.Elements,
            factor = _factor.Elements, ofDistance = _ofDistance.Elements, offset = _offset.Elements;
        foreach (ChannelRun run in new ChannelRuns(_grouping, start, length))
        {
            ReadOnlySpan<T> from = x.Slice(run.Start, run.Length), by = gradient.Slice(run.Start, run.Length);
            Span<T> to = destination.Slice(run.Start, run.Length);
            int middle = run.Middle;
            if (!run.IsVector)
            {
                RowKernels.Standardize(from, mean[middle], ofDistance[middle], offset[middle], to);
                TensorPrimitives.MultiplyAdd(by, factor[middle], to, to);
                continue;
            }
            for (int i = 0; i < run.Length; i++)
                to[i] = by[i] * factor[middle + i] + (from[i] - mean[middle + i]) * ofDistance[middle + i] + offset[middle + i];
        }
    }
}
