namespace Upstride.Algorithms.Blocks;

/// <summary>
/// Where a block's results are before they are written: [row of the product][row of axis 0][row of axis 1][lane][column][image]. The
/// columns of axis 2 may be deinterleaved to several lanes, column c in lane c % <paramref name="Lanes"/>; of an axis 2 that is split into
/// lattices, a column is one of each, side by side.
/// </summary>
/// <param name="Row">Elements from row to row of the product.</param>
/// <param name="Depth">From row to row of axis 0.</param>
/// <param name="Height">From row to row of axis 1.</param>
/// <param name="Lane">From lane to lane.</param>
/// <param name="Lanes">Lanes that the columns are deinterleaved to.</param>
/// <param name="Images">Images that are stored side by side.</param>
internal readonly record struct ResultLayout(long Row, nint Depth, nint Height, nint Lane, int Lanes, int Images);
