using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>The sum of each channel of a contiguous tensor over images and places: the gradient with respect to a bias.</summary>
internal static class ChannelSum
{
    public static void Run<T>(ReadOnlySpan<T> tensor, int plane, Layout layout, Span<T> destination)
        where T : INumber<T>
    {
        if (typeof(T) == typeof(Half))
        {
            // A sum of halves stands still where its next term is below the last digit.
            float[] single = new float[tensor.Length], sums = new float[destination.Length];
            TensorPrimitives.ConvertToSingle(Reinterpret.As<T, Half>(tensor), single);
            Run<float>(single, plane, layout, sums);
            TensorPrimitives.ConvertToHalf(sums, Reinterpret.As<T, Half>(destination));
            return;
        }
        destination.Fill(T.Zero);
        int channels = destination.Length;
        if (layout == Layout.ChannelsLast)
        {
            for (int start = 0; start < tensor.Length; start += channels)
                TensorPrimitives.Add<T>(destination, tensor.Slice(start, channels), destination);
            return;
        }
        for (int start = 0, row = 0; start < tensor.Length; start += plane, row++)
            destination[row % channels] += TensorPrimitives.Sum(tensor.Slice(start, plane));
    }
}
