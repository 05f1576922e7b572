using System.Collections.Immutable;

namespace Upstride.Tests;

/// <summary>Queries over arrays against System.Linq's over the same elements.</summary>
public class ArraysTests
{
    public static TheoryData<int[]> Lists => [new int[0], new[] { 3 }, new[] { 3, -1, 4, 1, -5, 9, 2, 6, 5, 3 }];

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_query_over_an_array_gives_what_one_over_a_sequence_does(int[] items)
    {
        ImmutableArray<int> same = [.. items];
        int[] Times(int item) => [.. Enumerable.Repeat(item, item & 3)];
        ImmutableArray<int> Kept(int item) => [.. Times(item)];
        Assert.Equal(Enumerable.Select(items, static item => item * 2L), Arrays.Select(items, static item => item * 2L));
        Assert.Equal(Enumerable.Select(items, static item => item * 2L), Arrays.Select(same, static item => item * 2L));
        Assert.Equal(Enumerable.Select(items, static (item, i) => item + i), Arrays.Select(items, static (item, i) => item + i));
        Assert.Equal(Enumerable.Select(items, static (item, i) => item + i), Arrays.Select(same, static (item, i) => item + i));
        Assert.Equal(Enumerable.SelectMany(items, Times), Arrays.SelectMany(items, Times));
        Assert.Equal(Enumerable.SelectMany(items, Times), Arrays.SelectMany(same, Kept));
        Assert.Equal(
            Enumerable.SelectMany(items, Times, static (item, part) => (item, part)),
            Arrays.SelectMany(items, Kept, static (item, part) => (item, part)));
        Assert.Equal(
            Enumerable.SelectMany(items, Times, static (item, part) => (item, part)),
            Arrays.SelectMany(same, Times, static (item, part) => (item, part)));
        Assert.Equal(Enumerable.Where(items, static item => item > 2), Arrays.Where(items, static item => item > 2));
        Assert.Equal(Enumerable.Where(items, static (item, i) => item > i), Arrays.Where(items, static (item, i) => item > i));
        Assert.Equal(Enumerable.Any(items, static item => item > 3), Arrays.Any(same, static item => item > 3));
        Assert.Equal(Enumerable.All(items, static item => item > -3), Arrays.All(same, static item => item > -3));
        Assert.Equal(Enumerable.Count(items, static item => item > 2), Arrays.Count(same, static item => item > 2));
        Assert.Equal(Enumerable.Sum(items), Arrays.Sum(items));
        Assert.Equal(Enumerable.Sum(items, static item => 3L * item), Arrays.Sum(same, static item => 3L * item));
        Assert.Equal(Enumerable.OrderBy(items, static item => item & 3), Arrays.Sorted(items, static (a, b) => (a & 3) - (b & 3)));
        Assert.Equal(Enumerable.Range(-2, items.Length), Arrays.Range(-2, items.Length));
        Assert.Equal(Enumerable.Repeat('a', items.Length), Arrays.Repeat('a', items.Length));
        if (items.Length == 0) return;
        Assert.Equal(Enumerable.Max(items), Arrays.Max(items));
        Assert.Equal(Enumerable.Min(items, static item => -item), Arrays.Min(same, static item => -item));
        Assert.Equal(Enumerable.Max(items, static item => 2L * item), Arrays.Max(same, static item => 2L * item));
    }

    [Fact]
    public void No_element_has_no_largest_and_a_sum_too_large_is_refused()
    {
        Assert.Equal("Sequence contains no elements",
            Assert.Throws<InvalidOperationException>(static () => Arrays.Max(Array.Empty<int>())).Message);
        Assert.Throws<OverflowException>(static () => Arrays.Sum([int.MaxValue, 1]));
    }
}
