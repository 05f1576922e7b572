using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Optimization;

/// <summary>An exponential moving average of parameters: often better than the last of them.</summary>
/// <remarks>average = average + (1 - decay) (parameter - average) at each update, beginning with the parameters as they are.</remarks>
public sealed class MovingAverage<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int BlockLength = 1024;
    private readonly T[][] _averages;
    private readonly T[] _scratch = new T[BlockLength];
    private readonly T _part;

    /// <param name="parameters">What is averaged, in an order that does not change.</param>
    /// <param name="decay">How much of the average is kept in an update: 0.999 averages about the last thousand.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is not in [0, 1).</exception>
    public MovingAverage(IEnumerable<Parameter<T>> parameters, double decay = 0.999)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (decay is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(decay), decay, $"decay = {decay}, and must be at least 0 and below 1");
        Decay = decay;
        Parameters = [.. parameters];
        _averages = [.. Parameters.Select(static parameter => parameter.Elements.ToArray())];
        _part = T.CreateTruncating(1 - decay);
    }

    /// <summary>How much of the average is kept in an update.</summary>
    public double Decay { get; }

    /// <summary>What is averaged.</summary>
    public ImmutableArray<Parameter<T>> Parameters { get; }

    /// <summary>Whether the parameters hold the averages now, and the averages' place holds the parameters.</summary>
    public bool IsSwapped { get; private set; }

    /// <summary>The average of a parameter; while swapped, the parameter itself.</summary>
    /// <param name="index">The place in <see cref="Parameters"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A place that there is not.</exception>
    public ReadOnlySpan<T> this[int index] => (uint)index < (uint)_averages.Length
        ? _averages[index]
        : throw new ArgumentOutOfRangeException(nameof(index), $"index = {index}, and must be 0 .. {_averages.Length - 1}");

    /// <summary>Takes the parameters into the average, as is due after each step.</summary>
    /// <exception cref="InvalidOperationException">The averages are swapped in.</exception>
    public void Update()
    {
        if (IsSwapped)
            throw new InvalidOperationException(
                "the parameters hold the averages now, which would be averaged with themselves: Swap back before Update");
        for (int i = 0; i < _averages.Length; i++)
        {
            Span<T> average = _averages[i];
            for (ReadOnlySpan<T> values = Parameters[i].Elements; values.Length > 0;)
            {
                int length = Math.Min(BlockLength, values.Length);
                Span<T> distance = _scratch.AsSpan(0, length);
                TensorPrimitives.Subtract(values[..length], average[..length], distance);
                TensorPrimitives.MultiplyAdd(distance, _part, average[..length], average[..length]);
                values = values[length..];
                average = average[length..];
            }
        }
    }

    /// <summary>Exchanges parameters and averages, in or back out: the model computes with the averages in between.</summary>
    public void Swap()
    {
        for (int i = 0; i < _averages.Length; i++)
        {
            Span<T> average = _averages[i], values = Parameters[i].Values;
            for (int start = 0; start < average.Length; start += BlockLength)
            {
                int length = Math.Min(BlockLength, average.Length - start);
                Span<T> kept = _scratch.AsSpan(0, length);
                average.Slice(start, length).CopyTo(kept);
                values.Slice(start, length).CopyTo(average[start..]);
                kept.CopyTo(values[start..]);
            }
        }
        IsSwapped = !IsSwapped;
    }

    internal Span<T> Writable(int index) => _averages[index];
}
