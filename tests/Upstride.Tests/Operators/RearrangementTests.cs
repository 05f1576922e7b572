using System.Numerics.Tensors;
using FsCheck;
using FsCheck.Fluent;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

/// <summary>Pixel shuffle and the bed of nails against their definitions, element by element.</summary>
public sealed class RearrangementTests
{
    public sealed record Case(int Batch, int Channels, int[] Space, int[] Factor, PixelShuffleOrder Order, int Seed)
    {
        public override string ToString() =>
            $"n{Batch} c{Channels} {string.Join('x', Space)} by {string.Join('x', Factor)} {Order} seed {Seed}";
    }

    private static Gen<Case> Cases =>
        from rank in Gen.Choose(1, 3)
        from batch in Gen.Choose(0, 2)
        from channels in Gen.Choose(1, 4)
        from space in Gen.Choose(1, 5).ArrayOf(3)
        from factor in Gen.Choose(1, 4).ArrayOf(3)
        from order in Gen.Elements(PixelShuffleOrder.ChannelMajor, PixelShuffleOrder.BlockMajor)
        from seed in Gen.Choose(0, int.MaxValue)
        select new Case(batch, channels, space[..rank], factor[..rank], order, seed);

    [Fact]
    public void A_shuffle_moves_each_channel_to_its_pixel_and_back() => OperatorProperty.Holds(Cases, static one =>
    {
        int block = one.Factor.Aggregate(1, static (p, n) => p * n), plane = one.Space.Aggregate(1, static (p, n) => p * n);
        nint[] shape = [one.Batch, one.Channels * block, .. one.Space.Select(static n => (nint)n)];
        int[] input = OperatorProperty.Integers<int>(one.Batch * one.Channels * block * plane, one.Seed);
        Tensor<int> output = PixelShuffle.Forward(new ReadOnlyTensorSpan<int>(input, shape), one.Factor, one.Order);
        int[] large = [.. one.Space.Zip(one.Factor, static (n, r) => n * r)];
        Assert.Equal([one.Batch, one.Channels, .. large.Select(static n => (nint)n)], output.Lengths.ToArray());
        int[] shuffled = TensorMemory.Contiguous<int>(output).ToArray();
        for (int at = 0; at < shuffled.Length; at++)
        {
            int rest = at, place = 0, offset = 0, placeStep = 1, offsetStep = 1;
            for (int a = large.Length - 1; a >= 0; a--)
            {
                (rest, int x) = Math.DivRem(rest, large[a]);
                place += x / one.Factor[a] * placeStep;
                offset += x % one.Factor[a] * offsetStep;
                placeStep *= one.Space[a];
                offsetStep *= one.Factor[a];
            }
            (int n, int c) = Math.DivRem(rest, one.Channels);
            int channel = one.Order == PixelShuffleOrder.ChannelMajor ? c * block + offset : offset * one.Channels + c;
            Assert.Equal(input[(n * one.Channels * block + channel) * plane + place], shuffled[at]);
        }
        Assert.Equal(input, TensorMemory.Contiguous<int>(PixelShuffle.Inverse<int>(output, one.Factor, one.Order)).ToArray());

        // Channels last: the same with the channels moved.
        int[] last = OperatorProperty.MoveChannels<int>(input, one.Batch, one.Channels * block, true);
        Tensor<int> outputLast =
            PixelShuffle.Forward(new ReadOnlyTensorSpan<int>(last, OperatorProperty.ChannelsLast(shape)), one.Factor, one.Order,
            Layout.ChannelsLast);
        Assert.Equal(OperatorProperty.MoveChannels<int>(shuffled, one.Batch, one.Channels, true),
            TensorMemory.Contiguous<int>(outputLast).ToArray());
        Assert.Equal(last,
            TensorMemory.Contiguous<int>(PixelShuffle.Inverse<int>(outputLast, one.Factor, one.Order, Layout.ChannelsLast)).ToArray());
    });

    [Fact]
    public void The_orders_of_PyTorch_and_of_ONNXs_default_differ()
    {
        // Eight channels of one pixel to two channels of 2x2.
        int[] input = [0, 1, 2, 3, 4, 5, 6, 7];
        var tensor = new ReadOnlyTensorSpan<int>(input, [1, 8, 1, 1]);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], TensorMemory.Contiguous<int>(PixelShuffle.Forward(tensor, 2)).ToArray());
        Assert.Equal([0, 2, 4, 6, 1, 3, 5, 7],
            TensorMemory.Contiguous<int>(PixelShuffle.Forward(tensor, 2, PixelShuffleOrder.BlockMajor)).ToArray());
    }

    [Fact]
    public void Nails_stand_at_the_first_corners_of_zeros() => OperatorProperty.Holds(Cases, static one =>
    {
        nint[] shape = [one.Batch, one.Channels, .. one.Space.Select(static n => (nint)n)];
        int[] input = OperatorProperty.Integers<int>(one.Batch * one.Channels * one.Space.Aggregate(1, static (p, n) => p * n), one.Seed);
        var geometry = BedOfNailsGeometry.Create(shape, one.Factor);
        int[] large = [.. one.Space.Zip(one.Factor, static (n, s) => n * s)],
            output = new int[one.Batch * one.Channels * large.Aggregate(1, static (p, n) => p * n)];
        Array.Fill(output, 77);
        BedOfNails.Forward(input, geometry, output);
        int next = 0;
        for (int at = 0; at < output.Length; at++)
        {
            int rest = at;
            bool nail = true;
            for (int a = large.Length - 1; a >= 0; a--)
            {
                (rest, int x) = Math.DivRem(rest, large[a]);
                nail &= x % one.Factor[a] == 0;
            }
            Assert.Equal(nail ? input[next++] : 0, output[at]);
        }
        Assert.Equal(input.Length, next);

        // The gradient picks at the nails: <nails(x), y> = <x, gradient(y)>, exactly.
        int[] y = OperatorProperty.Integers<int>(output.Length, one.Seed + 1);
        Tensor<int> gradient = BedOfNails.InputGradient<int>(new ReadOnlyTensorSpan<int>(y, geometry.OutputShape.AsSpan()), geometry);
        Assert.Equal(output.Zip(y, static (p, q) => p * q).Sum(),
            input.Zip(TensorMemory.Contiguous<int>(gradient).ToArray(), static (p, q) => p * q).Sum());

        Tensor<int> last = BedOfNails.Forward(
            new ReadOnlyTensorSpan<int>(OperatorProperty.MoveChannels<int>(input, one.Batch, one.Channels, true),
                OperatorProperty.ChannelsLast(shape)), one.Factor, Layout.ChannelsLast);
        Assert.Equal(OperatorProperty.MoveChannels<int>(output, one.Batch, one.Channels, true),
            TensorMemory.Contiguous<int>(last).ToArray());
    });

    [Fact]
    public void Strided_tensors_are_read_by_their_strides()
    {
        int[] memory = [.. Enumerable.Range(0, 24)];
        var strided = new ReadOnlyTensorSpan<int>(memory, [1, 4, 1, 3], [0, 6, 0, 2]);
        Assert.Equal([0, 6, 2, 8, 4, 10, 12, 18, 14, 20, 16, 22], TensorMemory.Contiguous<int>(PixelShuffle.Forward(strided, 2)).ToArray());
        Assert.Equal([0, 0, 2, 0, 4, 0], TensorMemory.Contiguous<int>(BedOfNails.Forward(strided, new int[] { 1, 2 })).ToArray()[..6]);
    }

    [Fact]
    public void Refusals_say_why()
    {
        void Refuses(string message, Action act) =>
            Assert.StartsWith(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
        Refuses("channels % block = 6 % 2*2 = 2, and must be 0: choose a factor whose block divides the channels",
            () => PixelShuffleGeometry.Create([1, 6, 2, 2], 2));
        Refuses("size % factor = 3 % 2 = 1 along spatial axis 1, and must be 0: crop or pad the input",
            () => PixelShuffleGeometry.OfOutput([1, 6, 2, 3], 2));
        Refuses("factor = 0, and must be at least 1", () => PixelShuffleGeometry.Create([1, 6, 2, 2], 0));
        Refuses("stride = 0, and must be at least 1", () => BedOfNailsGeometry.Create([1, 6, 2, 2], 0));
        Refuses("input has shape [1, 6, 0, 2], and every length must be at least 1, but a batch may be empty",
            () => BedOfNailsGeometry.Create([1, 6, 0, 2], 2));
        Refuses("the output would have 1 * 1 * 131072 * 131072 = 17179869184 elements",
            () => BedOfNailsGeometry.Create([0, 1, 2, 2], 65536));
        int[] memory = new int[20];
        Refuses("destination shares memory with input",
            () => BedOfNails.Forward(memory.AsSpan(0, 4), BedOfNailsGeometry.Create([1, 1, 2, 2], 2), memory.AsSpan(3, 16)));
        Refuses("destination shares memory with input",
            () => PixelShuffle.Forward<int>(memory.AsSpan(0, 8), PixelShuffleGeometry.Create([1, 8, 1, 1], 2), memory.AsSpan(4, 8)));
        Refuses("input holds 3 elements, and shape [1, 4, 1, 1] needs 4",
            () => PixelShuffle.Forward<int>(memory.AsSpan(0, 3), PixelShuffleGeometry.Create([1, 4, 1, 1], 2), memory.AsSpan(4, 4)));
    }
}
