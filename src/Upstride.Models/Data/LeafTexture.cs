namespace Upstride.Models.Data;

/// <summary>The pattern on a leaf.</summary>
internal enum LeafTexture
{
    /// <summary>None.</summary>
    Plain,

    /// <summary>Waves in one direction.</summary>
    Stripes,

    /// <summary>Waves in two directions, multiplied.</summary>
    Checks,

    /// <summary>Smooth noise of two octaves.</summary>
    Grain,
}
