using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>The sum of each channel of a contiguous tensor over images and places: the gradient with respect to a bias.</summary>
internal static class ChannelSum
{
    public static void Run<T>(ReadOnlySpan<T> tensor, int plane, Layout layout, Span<T> destination)
        where T : INumber<T>
    {
        destination.Fill(T.Zero);
        int channels = destination.Length;
        if (layout == Layout.ChannelsLast)
        {
            for (int start = 0; start < tensor.Length; start += channels) TensorPrimitives.Add<T>(destination, tensor.Slice(start, channels), destination);
            return;
        }
        for (int start = 0, row = 0; start < tensor.Length; start += plane, row++) destination[row % channels] += TensorPrimitives.Sum(tensor.Slice(start, plane));
    }
}
