using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class OverlapMapTests
{
    [Fact]
    public void The_map_counts_the_products_of_the_definition()
    {
        foreach (ConvTransposeAxis axis in AxisTests.SmallAxes())
        {
            OverlapMap map = OverlapMap.Of(axis);
            long[] ones = ConvTranspose(axis, [.. Enumerable.Repeat(1L, axis.Input)], [.. Enumerable.Repeat(1L, axis.Kernel)]);
            Assert.Equal(ones, map.ToArray().Select(static count => (long)count));
            Assert.Equal(ones, Enumerable.Range(0, axis.Output).Select(output => (long)map.CountAt(output)));
        }
    }

    [Fact]
    public void Minimum_and_maximum_are_those_of_a_period_far_from_the_border()
    {
        for (int k = 1; k <= 9; k++)
            for (int s = 1; s <= 6; s++)
                for (int d = 1; d <= 6; d++)
                {
                    int extent = (k - 1) * d + 1;
                    var axis = ConvTransposeAxis.Create(2 * extent + 2, k, s, d);
                    int[] period = [.. OverlapMap.Of(axis).ToArray().Skip(extent / s * s + s).Take(s)];
                    OverlapMap map = OverlapMap.Of(axis);
                    Assert.Equal((period.Min(), period.Max(), period.Min() == period.Max()), (map.Min, map.Max, map.IsEven));
                    Assert.Equal(period.Order(), map.GetTapsPerPhase(0).Order());
                    Assert.Equal(axis.GetPhases().Select(static phase => phase.Taps.Length), map.GetTapsPerPhase(0));
                }
    }

    [Theory]
    [InlineData(4, 2, 1, true, 2, 2)]
    [InlineData(3, 2, 1, false, 1, 2)]
    [InlineData(9, 3, 1, true, 3, 3)]
    [InlineData(9, 4, 1, false, 2, 3)]
    [InlineData(2, 3, 1, false, 0, 1)]
    [InlineData(4, 2, 2, false, 0, 4)]
    [InlineData(5, 1, 3, true, 5, 5)]
    public void The_stride_must_divide_the_kernel(int kernel, int stride, int dilation, bool even, int min, int max)
    {
        OverlapMap map = OverlapMap.Of(ConvTransposeAxis.Create(8, kernel, stride, dilation));
        Assert.Equal((even, min, max), (map.IsEven, map.Min, map.Max));
    }

    [Fact]
    public void Several_axes_multiply()
    {
        OverlapMap map = OverlapMap.Of(ConvTransposeGeometry.PyTorch([1, 1, 2, 2], [1, 1, 3, 2], stride: [2, 1]));
        Assert.Equal((false, 2, 4), (map.IsEven, map.Min, map.Max));
        Assert.Equal([1, 2, 1, 1, 2, 1, 2, 4, 2, 1, 2, 1, 1, 2, 1], map.ToArray());
        Assert.Equal(4, map.CountAt(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => map.CountAt(5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => map.CountAt(1));
    }
}
