using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Geometry;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// How the places that a weight gradient is summed over, those of the input, fall into blocks, and how much of the output a block's places
/// reach, in full coordinates: with what is cropped.
/// </summary>
internal sealed class GradientBlocks
{
    /// <param name="geometry">The problem.</param>
    /// <param name="panelElements">The most output elements of one channel that a block should reach.</param>
    /// <param name="places">The most places that it should have.</param>
    public GradientBlocks(ConvTransposeGeometry geometry, long panelElements, long places)
    {
        Axes = geometry.ThreeAxes;
        (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (Axes[0], Axes[1], Axes[2]);
        bool Fits(long images, long n0, long n1, long n2) =>
            images * a0.FullOf(n0) * a1.FullOf(n1) * a2.FullOf(n2) <= panelElements && images * n0 * n1 * n2 <= places;
        Width = BlockSizes.Largest(a2.Input, n => n <= 32 || Fits(1, 1, 1, n));
        Height = Width < a2.Input ? 1 : BlockSizes.Largest(a1.Input, n => Fits(1, 1, n, Width));
        Depth = Height < a1.Input ? 1 : BlockSizes.Largest(a0.Input, n => Fits(1, n, Height, Width));
        Images = Depth < a0.Input ? 1 : BlockSizes.Largest(Math.Max(1, geometry.Batch), n => Fits(n, Depth, Height, Width));
        (PanelDepth, PanelHeight, PanelWidth) = ((int)a0.FullOf(Depth), (int)a1.FullOf(Height), (int)a2.FullOf(Width));
        PanelLength = (long)Images * PanelDepth * PanelHeight * PanelWidth;
        Places = Images * Depth * Height * Width;
        Count = Integers.DivideUp(geometry.Batch, Images) * Integers.DivideUp(a0.Input, Depth) * Integers.DivideUp(a1.Input, Height)
            * Integers.DivideUp(a2.Input, Width);
    }

    public ImmutableArray<ConvTransposeAxis> Axes { get; }

    /// <summary>Images of a block, and inputs of each axis.</summary>
    public int Images { get; }

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Output places of a block along each axis, in full coordinates.</summary>
    public int PanelDepth { get; }

    public int PanelHeight { get; }

    public int PanelWidth { get; }

    /// <summary>Output elements of a block of one channel.</summary>
    public long PanelLength { get; }

    /// <summary>The most input places of a block.</summary>
    public int Places { get; }

    public int Count { get; }

    /// <summary>A block by its number.</summary>
    public GradientBlock this[int index, int batch]
    {
        get
        {
            (index, int i2) = Math.DivRem(index, Integers.DivideUp(Axes[2].Input, Width));
            (index, int i1) = Math.DivRem(index, Integers.DivideUp(Axes[1].Input, Height));
            (int n, int i0) = Math.DivRem(index, Integers.DivideUp(Axes[0].Input, Depth));
            return new(
                n * Images, Math.Min(Images, batch - n * Images), i0 * Depth, Math.Min(Depth, Axes[0].Input - i0 * Depth),
                i1 * Height, Math.Min(Height, Axes[1].Input - i1 * Height), i2 * Width, Math.Min(Width, Axes[2].Input - i2 * Width));
        }
    }

    /// <summary>Where each place of a block stands in its panel, [image][row of axis 0][row of axis 1][column].</summary>
    public void FillOffsets(in GradientBlock block, Span<nint> offsets)
    {
        int place = 0;
        for (int n = 0; n < block.Images; n++)
        for (int i0 = 0; i0 < block.Count0; i0++)
        for (int i1 = 0; i1 < block.Count1; i1++)
        for (int i2 = 0; i2 < block.Count2; i2++)
        {
            offsets[place++] =
                (((nint)n * PanelDepth + Axes[0].FullOf(i0, 0)) * PanelHeight + Axes[1].FullOf(i1, 0)) * PanelWidth + Axes[2].FullOf(i2, 0);
        }
    }

    /// <summary>Where a tap stands in the panel, counted from the place it belongs to.</summary>
    public nint OffsetOf(int t0, int t1, int t2) =>
        ((nint)Axes[0].FullOf(0, t0) * PanelHeight + Axes[1].FullOf(0, t1)) * PanelWidth + Axes[2].FullOf(0, t2);

    public override string ToString() => $"blocks of {Images} images x {Depth}x{Height}x{Width}";
}

/// <summary>Some images, and of each axis the first input and how many.</summary>
internal readonly record struct GradientBlock(
    int Image, int Images, int First0, int Count0, int First1, int Count1, int First2, int Count2)
{
    public int Places => Images * Count0 * Count1 * Count2;
}
