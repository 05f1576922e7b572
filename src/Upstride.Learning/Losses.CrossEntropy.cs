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
    /// <param name="labelSmoothing">The part of the target, 0 to 1, that all classes share evenly, each times its weight.</param>
    /// <param name="reduction">What becomes of the places' losses: without one they are [batch, sizes...].</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target that is no class, or a smoothing outside 0 .. 1.</exception>
    public static Variable<T> CrossEntropy<T>(Variable<T> logits, ReadOnlySpan<int> target, ReadOnlySpan<T> classWeights = default,
        int ignoreIndex = -100, double labelSmoothing = 0, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(logits);
        if (labelSmoothing is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing,
                $"labelSmoothing = {labelSmoothing}, and must be 0 .. 1");
        Require.Rank(logits.Shape.AsSpan(), 2, 5, nameof(logits));
        AxisGroups grouping = AxisGroups.OfChannels(logits.Shape.AsSpan());
        int classes = grouping.Middle;
        Require.Length(target.Length, [logits.Shape[0], .. logits.Shape.AsSpan()[2..]], nameof(target));
        if (!classWeights.IsEmpty) Require.Length(classWeights.Length, [classes], nameof(classWeights));
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
        if (labelSmoothing > 0 || reduction != LossReduction.Mean)
            return Smoothed(LogSoftmax<T>.Run(logits, grouping), grouping, places, weights, classWeights, labelSmoothing, reduction);

        // The mean is taken into the weights: the sum of small numbers in pairs is as exact as any.
        T total = SumInPairs(weights.Span[..target.Length]);
        for (int i = 0; i < target.Length; i++) weights.Span[i] = -weights.Span[i] / total;
        Variable<T> loss = GatherClass<T>.Run(LogSoftmax<T>.Run(logits, grouping), new(grouping, places, weights));
        return T.IsZero(total) ? loss * T.NaN : loss;
    }

    // Place by place: (1 - s) times the weighted loss of the target, plus s / classes times the sum of those of all classes.
    private static Variable<T> Smoothed<T>(Variable<T> logs, AxisGroups grouping, PooledBuffer<int> targets, PooledBuffer<T> weights,
        ReadOnlySpan<T> classWeights, double smoothing, LossReduction reduction)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Tape<T> tape = Tape<T>.Of([logs]);
        int count = grouping.Outer * grouping.Inner;
        var chosen = new ClassTargets<T>(grouping, targets, weights);
        PooledBuffer<int> elements = tape.Indices.Take(count);
        Variable<T> factors = tape.Empty([grouping.Outer, grouping.Inner]), counted = tape.Empty([grouping.Outer, 1, grouping.Inner]);
        T total = SumInPairs<T>(weights.Span[..count]), kept = T.CreateTruncating(smoothing - 1);
        for (int place = 0; place < count; place++)
        {
            elements.Span[place] = chosen.ElementOf(place);
            factors.Elements[place] = kept * weights.Span[place];
            counted.Elements[place] = targets.Span[place] < 0 ? T.Zero : -T.CreateTruncating(smoothing / grouping.Middle);
        }
        Variable<T> losses = Gathering<T>.Run(tape, logs, elements, [grouping.Outer, grouping.Inner]) * factors;
        if (smoothing > 0)
        {
            if (!classWeights.IsEmpty) logs = Scale<T>.Run(logs, tape.Constant(classWeights, [grouping.Middle]), grouping);
            Variable<T> sums = Operations.Reshape<T>.Run(ColumnSum<T>.Run(logs, grouping), counted.Shape);
            losses += Operations.Reshape<T>.Run(sums * counted, losses.Shape);
        }
        return reduction == LossReduction.Mean
            ? Functions.Sum(losses) / total
            : Reduce(Operations.Reshape<T>.Run(losses, [logs.Shape[0], .. logs.Shape.AsSpan()[2..]]), reduction);
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
