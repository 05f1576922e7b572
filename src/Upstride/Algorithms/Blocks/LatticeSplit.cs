namespace Upstride.Algorithms.Blocks;

/// <summary>Which dilated axes of stride 1 are split into lattices, where the layout allows it.</summary>
internal enum LatticeSplit
{
    /// <summary>None.</summary>
    None,

    /// <summary>The outer ones: rows of an image that never meet are computed apart.</summary>
    Rows,

    /// <summary>All: the columns' lattices stay side by side.</summary>
    All,
}
