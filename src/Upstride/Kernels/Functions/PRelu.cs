using System.Numerics;

namespace Upstride.Kernels.Functions;

/// <summary>x where positive or zero, else slope x, with a slope for each element.</summary>
internal static class PRelu
{
    /// <summary>destination[i] of input[i] and slope[i]; all are as long, and the destination may be the input's memory.</summary>
    public static void Apply(ReadOnlySpan<float> input, ReadOnlySpan<float> slope, Span<float> destination)
    {
        int i = 0;
        for (; i <= input.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> x = new(input[i..]);
            Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), x * new Vector<float>(slope[i..]), x).CopyTo(destination[i..]);
        }
        for (; i < input.Length; i++) destination[i] = input[i] < 0 ? slope[i] * input[i] : input[i];
    }
}
