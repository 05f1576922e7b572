using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>The sizes of the register tile for an element type at a width, for estimates.</summary>
internal readonly record struct ProductTileShape(int ElementSize, int Lanes, int TallRows, int WideRows)
{
    public static ProductTileShape Of(Type element, SimdWidth width)
    {
        if (element == typeof(float))
        {
            ProductTile.Table<float> table = ProductTile.At<float>(width);
            return new(sizeof(float), table.Lanes, table.TallRows, table.WideRows);
        }
        ProductTile.Table<double> wide = ProductTile.At<double>(width);
        return new(sizeof(double), wide.Lanes, wide.TallRows, wide.WideRows);
    }
}
