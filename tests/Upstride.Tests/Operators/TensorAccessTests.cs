using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Tests.Operators;

public sealed class TensorMemoryTests
{
    private static readonly int[] s_twelve = [.. Enumerable.Range(0, 12)];

    [Fact]
    public void A_dense_tensor_is_read_and_written_in_place()
    {
        int[] memory = [.. s_twelve];
        var tensor = new TensorSpan<int>(memory, [3, 4]);
        Assert.True(TensorMemory.Contiguous<int>(tensor) == memory.AsSpan());
        ContiguousDestination<int> destination = TensorMemory.Destination(tensor);
        Assert.True(destination.Span == memory.AsSpan());
        destination.Span.Fill(7);
        destination.Commit();
        Assert.All(memory, static value => Assert.Equal(7, value));
    }

    [Fact]
    public void A_strided_tensor_is_read_by_its_strides()
    {
        Assert.Equal([1, 2, 5, 6, 9, 10], TensorMemory.Contiguous<int>(new TensorSpan<int>(s_twelve, 1, [3, 2], [4, 1])).ToArray());
        Assert.Equal([5, 6, 9, 10], TensorMemory.Contiguous(new ReadOnlyTensorSpan<int>(s_twelve, [3, 4]).Slice([1.., 1..3])).ToArray());
        Assert.Equal([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
            TensorMemory.Contiguous(new ReadOnlyTensorSpan<int>(s_twelve, [3, 4], [1, 3])).ToArray());
        Assert.Equal([0, 0, 0, 1, 1, 1], TensorMemory.Contiguous(new ReadOnlyTensorSpan<int>(s_twelve, [2, 3], [1, 0])).ToArray());
    }

    [Fact]
    public void A_strided_destination_is_written_by_its_strides_and_nowhere_else()
    {
        int[] memory = [.. s_twelve];
        ContiguousDestination<int> destination = TensorMemory.Destination(new TensorSpan<int>(memory, 1, [3, 2], [4, 1]));
        for (int i = 0; i < 6; i++) destination.Span[i] = 100 + i;
        Assert.Equal(s_twelve, memory);
        destination.Commit();
        Assert.Equal([0, 100, 101, 3, 4, 102, 103, 7, 8, 104, 105, 11], memory);
    }

    [Fact]
    public void Empty_tensors_have_no_elements()
    {
        Tensor<float> empty = TensorMemory.Create<float>([0, 3, 4], out Span<float> elements);
        Assert.Equal(0, elements.Length);
        Assert.Equal([0, 3, 4], empty.Lengths.ToArray());
        Assert.True(TensorMemory.Contiguous<float>(empty.AsTensorSpan()).IsEmpty);
        ContiguousDestination<float> destination = TensorMemory.Destination(empty.AsTensorSpan());
        Assert.True(destination.Span.IsEmpty);
        destination.Commit();
        Require.Disjoint<float, float>(empty, empty.AsTensorSpan(), "input");
    }

    [Fact]
    public void A_new_tensor_shows_what_its_elements_are_given()
    {
        Tensor<int> tensor = TensorMemory.Create<int>([2, 3], out Span<int> elements);
        for (int i = 0; i < 6; i++) elements[i] = i;
        Assert.Equal(5, tensor[1, 2]);
        Assert.Equal(3, tensor[1, 0]);
    }

    [Fact]
    public void A_shared_place_is_no_destination()
    {
        var error = Assert.Throws<ArgumentException>(
            static () => TensorMemory.Destination(new TensorSpan<int>(new int[6], [2, 3], [1, 0])));
        Assert.StartsWith(
            "destination of shape [2, 3] has stride 0 along axis 1, so that 3 elements share one place: give a tensor with a place for "
                + "each element", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 4, 4, 4, false)]
    [InlineData(0, 5, 4, 4, true)]
    [InlineData(4, 4, 0, 4, false)]
    [InlineData(4, 4, 0, 5, true)]
    [InlineData(2, 2, 0, 8, true)]
    [InlineData(0, 8, 2, 0, false)]
    public void Overlap_is_refused_and_touching_is_not(int first, int count, int destinationFirst, int destinationCount, bool overlaps)
    {
        float[] memory = new float[16];
        void Spans() =>
            Require.Disjoint<float, float>(memory.AsSpan(first, count), memory.AsSpan(destinationFirst, destinationCount),
            "weight");
        void Tensors() => Require.Disjoint<float, float>(
            new TensorSpan<float>(memory, first, [count], []), new TensorSpan<float>(memory, destinationFirst, [destinationCount], []),
                "weight");
        foreach (Action check in new Action[] { Spans, Tensors })
        {
            if (!overlaps) check();
            else Assert.StartsWith(
                "destination shares memory with weight, which would be overwritten while it is read: give a destination of its own",
                    Assert.Throws<ArgumentException>(check).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Overlap_of_other_types_is_measured_in_bytes()
    {
        long[] memory = new long[8];
        Span<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(memory.AsSpan());
        Require.Disjoint<long, byte>(memory.AsSpan(0, 4), bytes[32..], "indices");
        byte[] at = [31];
        Assert.Throws<ArgumentException>(() => Require.Disjoint<long, byte>(
            memory.AsSpan(0, 4), System.Runtime.InteropServices.MemoryMarshal.AsBytes(memory.AsSpan())[at[0]..], "indices"));
    }

    [Fact]
    public void Refusals_name_the_parameter_and_both_shapes()
    {
        Assert.Equal("input has shape [1, 2, 3], and must have [1, 2, 4]",
            Assert.Throws<GeometryException>(static () => Require.Shape([1, 2, 3], [1, 2, 4], "input")).Message);
        Assert.Equal("bias holds 5 elements, and shape [2, 3] needs 6",
            Assert.Throws<GeometryException>(static () => Require.Length(5, [2, 3], "bias")).Message);
        Assert.Equal("weight has shape [2, 3] of rank 2, and the rank must be 3 to 5",
            Assert.Throws<GeometryException>(static () => Require.Rank([2, 3], 3, 5, "weight")).Message);
        Assert.Equal(
            $"a tensor of shape [65536, 65536, 65536, 65536, 65536] has more elements than an array's {Array.MaxLength}: split it or "
                + $"make it smaller",
            Assert.Throws<GeometryException>(static () => TensorMemory.Length([65536, 65536, 65536, 65536, 65536])).Message);
        Assert.Equal(0, TensorMemory.Length([nint.MaxValue, 0, nint.MaxValue]));
    }
}
