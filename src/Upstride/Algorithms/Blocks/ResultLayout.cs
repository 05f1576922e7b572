namespace Upstride.Algorithms.Blocks;

/// <summary>
/// Where a block's results stand before they are written: [row of the product][row of axis 0][row of axis 1][lane][column][image]. The
/// columns of axis 2 may be dealt out to several lanes, column c standing in lane c % <paramref name="Lanes"/>.
/// </summary>
/// <param name="Row">Elements from row to row of the product.</param>
/// <param name="Depth">From row to row of axis 0.</param>
/// <param name="Height">From row to row of axis 1.</param>
/// <param name="Lane">From lane to lane.</param>
/// <param name="Lanes">Lanes that the columns are dealt out to.</param>
/// <param name="Images">Images that stand side by side.</param>
internal readonly record struct ResultLayout(long Row, nint Depth, nint Height, nint Lane, int Lanes, int Images);
