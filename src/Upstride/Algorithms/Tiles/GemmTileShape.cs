using Upstride.Kernels;

namespace Upstride.Algorithms.Tiles;

/// <summary>The sizes of the register tile for an element type at a width, for estimates.</summary>
internal readonly record struct GemmTileShape(int ElementSize, int Lanes, int TallRows, int WideRows)
{
    /// <summary>The machine that sizes are made for.</summary>
    public MachineModel Machine => MachineModel.Of(Lanes * ElementSize);

    public static GemmTileShape Of(Type element, SimdWidth width)
    {
        if (element == typeof(float))
        {
            GemmTile.Table<float> table = GemmTile.At<float>(width);
            return new(sizeof(float), table.Lanes, table.TallRows, table.WideRows);
        }
        GemmTile.Table<double> wide = GemmTile.At<double>(width);
        return new(sizeof(double), wide.Lanes, wide.TallRows, wide.WideRows);
    }
}
