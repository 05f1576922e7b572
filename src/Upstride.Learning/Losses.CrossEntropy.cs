using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Buffers;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Losses
{
    /// <summary>
    /// The mean of -log softmax(logits) at the target class, over the places that count: the sum of weight[target] times that, divided by
    /// the sum of weight[target]. PyTorch's <c>CrossEntropyLoss</c>; NaN, as there, where no place counts.
    /// </summary>
    /// <param name="logits">[batch, classes, sizes...].</param>
    /// <param name="target">[batch, sizes...], row-major: the class of each place, 0 to classes - 1, or <paramref name="ignoreIndex"/>;
    /// copied.</param>
    /// <param name="classWeights">[classes], or empty for ones.</param>
    /// <param name="ignoreIndex">The class of places that do not count: 255 in PASCAL VOC, -100 in PyTorch.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target that is no class.</exception>
    public static Variable<T> CrossEntropy<T>(Variable<T> logits, ReadOnlySpan<int> target, ReadOnlySpan<T> classWeights = default,
        int ignoreIndex = -100)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(logits);
        TensorAccess.RequireRank(logits.Shape.AsSpan(), 2, 5, nameof(logits));
        AxisGroups grouping = AxisGroups.OfChannels(logits.Shape.AsSpan());
        int classes = grouping.Middle;
        TensorAccess.RequireLength(target.Length, [logits.Shape[0], .. logits.Shape.AsSpan()[2..]], nameof(target));
        if (!classWeights.IsEmpty) TensorAccess.RequireLength(classWeights.Length, [classes], nameof(classWeights));
        Tape<T> tape = Tape<T>.Of([logits]);
        PooledBuffer<int> places = tape.Indices.Take(target.Length);
        PooledBuffer<T> weights = tape.Buffers.Take(target.Length);
        for (int i = 0; i < target.Length; i++)
        {
            bool counts = target[i] != ignoreIndex;
            if (counts && (uint)target[i] >= (uint)classes)
                throw new ArgumentOutOfRangeException(nameof(target),
                    $"target[{i}] = {target[i]}, and must be 0 .. {classes - 1} for {classes} classes, or ignoreIndex = {ignoreIndex}");
            places.Span[i] = counts ? target[i] : -1;
            weights.Span[i] = !counts ? T.Zero : classWeights.IsEmpty ? T.One : classWeights[target[i]];
        }
        // The mean is taken into the weights: the sum of small numbers in pairs is as exact as any.
        T total = SumInPairs(weights.Span[..target.Length]);
        for (int i = 0; i < target.Length; i++) weights.Span[i] = -weights.Span[i] / total;
        Variable<T> loss = GatherClass<T>.Run(LogSoftmax<T>.Run(logits, grouping), new(grouping, places, weights));
        return T.IsZero(total) ? loss * T.NaN : loss;
    }

    private static T SumInPairs<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (values.Length > 64) return SumInPairs(values[..(values.Length / 2)]) + SumInPairs(values[(values.Length / 2)..]);
        T sum = T.Zero;
        foreach (T value in values) sum += value;
        return sum;
    }
}
