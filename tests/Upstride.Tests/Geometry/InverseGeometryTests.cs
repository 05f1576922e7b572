using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

public class InverseGeometryTests
{
    [Fact]
    public void Paddings_that_take_85_to_255_with_9_taps_and_stride_3() =>
        Assert.Equal([new(9, 3, 3, 0), new(9, 3, 4, 2)], InverseGeometry.Between(85, 255, kernel: 9, stride: 3));

    [Fact]
    public void Answers_between_two_sizes_are_all_there_are()
    {
        for (int from = 1; from <= 4; from++)
            for (int to = 1; to <= 9; to++)
                for (int k = 1; k <= 4; k++)
                    for (int s = 1; s <= 4; s++)
                        for (int d = 1; d <= 3; d++)
                            Assert.Equal(
                                Legal(padding: 30, k, s, d).Where(settings => Takes(settings, from, to)),
                                InverseGeometry.Between(from, to, k, s, d));
    }

    [Fact]
    public void Answers_of_any_kernel_are_all_there_are_with_a_padding_below_it()
    {
        for (int small = 1; small <= 5; small++)
            for (int large = 1; large <= 12; large++)
                Assert.Equal(
                    from k in Enumerable.Range(1, 4)
                    from s in Enumerable.Range(1, small == 1 ? large : 20)
                    from settings in Legal(k - 1, k, s, 1)
                    where Takes(settings, small, large)
                    select settings,
                    InverseGeometry.Between(small, large, maxKernel: 4));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    public void Answers_that_multiply_every_size_are_all_there_are(int factor, int dilation)
    {
        var expected =
            from k in Enumerable.Range(1, 9)
            from s in Enumerable.Range(1, 8)
            from settings in Legal(20, k, s, dilation)
            where Enumerable.Range(1, 6).All(n => Takes(settings, n, factor * n))
            select settings;
        Assert.Equal(expected, InverseGeometry.Scaling(factor, 9, dilation));
    }

    [Fact]
    public void Doublings_that_everybody_uses_are_among_the_answers()
    {
        var doublings = InverseGeometry.Scaling(factor: 2, maxKernel: 9).ToList();
        Assert.Contains(new(4, 2, 1, 0), doublings);
        Assert.Contains(new(2, 2, 0, 0), doublings);
        Assert.Contains(new(3, 2, 1, 1), doublings);
        Assert.Contains(new(5, 2, 2, 1), doublings);
        Assert.Contains(new(1, 2, 0, 1), doublings);
        Assert.All(doublings, settings => Assert.Equal(22, settings.Apply(11).Output));
        Assert.Contains(new(9, 4, 3, 1), InverseGeometry.Scaling(4, 9));
        Assert.Contains(new(9, 4, 4, 3), InverseGeometry.Scaling(4, 9));
    }

    [Fact]
    public void An_endless_list_of_answers_is_not_made_before_it_is_asked_for() =>
        Assert.Equal(3, InverseGeometry.Between(1, int.MaxValue, kernel: 1, stride: int.MaxValue).Take(3).Count()
            + InverseGeometry.Between(1, 1, kernel: 1, stride: int.MaxValue).Take(2).Count());

    [Fact]
    public void Refusals_quote_the_rule()
    {
        Refuses("from", "from = 0, and must be at least 1", () => InverseGeometry.Between(0, 5, kernel: 3, stride: 2));
        Refuses("to", "to = -1, and must be at least 1", () => InverseGeometry.Between(5, -1, maxKernel: 3));
        Refuses("kernel", "kernel = 0, and must be at least 1", () => InverseGeometry.Between(5, 5, kernel: 0, stride: 2));
        Refuses("factor", "factor = 0, and must be at least 1", () => InverseGeometry.Scaling(0, 9));
    }

    private static IEnumerable<ConvTransposeSettings> Legal(int padding, int kernel, int stride, int dilation) =>
        from p in Enumerable.Range(0, padding + 1)
        from op in Enumerable.Range(0, Math.Max(stride, dilation))
        select new ConvTransposeSettings(kernel, stride, p, op, dilation);

    private static bool Takes(ConvTransposeSettings settings, int from, int to) =>
        (from - 1) * settings.Stride - 2 * settings.Padding + settings.Dilation * (settings.Kernel - 1) + settings.OutputPadding + 1 == to;

    // What has a billion strides before its first answer, or after it, is answered from the first stride that has one.
    [Theory]
    [InlineData(1, int.MaxValue, null, null)]
    [InlineData(2, int.MaxValue, null, null)]
    [InlineData(1, int.MaxValue, 5, null)]
    [InlineData(2, int.MaxValue, 7, null)]
    [InlineData(2, int.MaxValue, null, 3)]
    [InlineData(1000, int.MaxValue, null, 3)]
    [InlineData(int.MaxValue, 1, null, null)]
    [InlineData(int.MaxValue, int.MaxValue, null, null)]
    public void Far_sizes_are_answered_at_once(int from, int to, int? kernel, int? stride)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        ConvTransposeSettings[] answers = [.. InverseGeometry.Between(from, to, kernel, stride, maxKernel: 16).Take(20)];
        Assert.All(answers,
            settings => Assert.True(Takes(settings, from, to) && settings.Kernel == (kernel ?? settings.Kernel)
            && settings.Stride == (stride ?? settings.Stride)));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 2000);
    }

    [Fact]
    public void A_given_kernel_or_stride_chooses_among_the_answers()
    {
        for (int small = 1; small <= 5; small++)
            for (int large = 1; large <= 12; large++)
                for (int given = 1; given <= 4; given++)
                {
                    Assert.Equal(InverseGeometry.Between(small, large, maxKernel: 4).Where(one => one.Kernel == given),
                        InverseGeometry.Between(small, large, given, null, 4));
                    Assert.Equal(InverseGeometry.Between(small, large, maxKernel: 4).Where(one => one.Stride == given),
                        InverseGeometry.Between(small, large, null, given, 4));
                    Assert.Equal(InverseGeometry.Scaling(large, 5, given).Where(one => one.Kernel == small),
                        InverseGeometry.Scaling(large, small, 5, given));
                }
    }
}
