using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Explain.Computing;

/// <summary>Brings one to three spatial axes to three by axes of one element in front: every view draws slices of rows and
/// columns.</summary>
internal static class Axes3
{
    private static readonly ConvTransposeAxis One = ConvTransposeAxis.Create(1, 1);

    /// <summary>The axes of a geometry.</summary>
    public static ImmutableArray<ConvTransposeAxis> Of(ConvTransposeGeometry geometry) =>
        [.. Enumerable.Repeat(One, 3 - geometry.Axes.Length), .. geometry.Axes];

    /// <summary>A position, with zeros in front.</summary>
    public static int[] Three(ReadOnlySpan<int> position) => [.. new int[3 - position.Length], .. position];

    /// <summary>A position of three without what was put in front.</summary>
    public static int[] Back(ReadOnlySpan<int> place, int rank) => place[^rank..].ToArray();
}
